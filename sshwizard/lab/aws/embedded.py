"""Starts the embedded AWS and talks to it: what a test or an exercise may do beside the API itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sshwizard.lab import channel, child, scratch
from sshwizard.lab.bench import LOOPBACK, Missing

EXAMPLE = "aws ec2 describe-instances"
"""A command to try in it."""
NAME = "The practice AWS"
REGION = "eu-west-1"
_SERVICES = ("EC2", "EC2_INSTANCE_CONNECT", "SSM", "IAM", "STS", "CLOUDTRAIL", "CLOUDWATCH", "LOGS")
HIDDEN = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_CA_BUNDLE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    *(f"AWS_ENDPOINT_URL_{service}" for service in _SERVICES),
)
"""Variables of the person's that would outrank or break the environment of the embedded AWS: to be unset."""

_NEEDED = ("moto", "flask", "flask_cors", "websockets")


@dataclass(frozen=True)
class Aws:
    """A running embedded AWS. Instances are named by id; `region` is where they are looked for."""

    url: str
    keys: Path
    """What Instance Connect was given, for an SSH server of the lab to read."""
    streams: int = 0
    """The port of its websockets: Instance Connect tunnels, and Session Manager's data channels."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs in its environment to talk to this AWS, and to no other."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "practice",
            "AWS_SECRET_ACCESS_KEY": "practice",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SSHWIZARD_CHECKIP_URL": f"{self.url}/checkip",
            "SSHWIZARD_EICE_URL": f"ws://{LOOPBACK}:{self.streams}",
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
        }

    @property
    def client_options(self) -> dict[str, Any]:
        """For boto3.client: the same, without an environment."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": "practice",
            "aws_secret_access_key": "practice",
        }

    def tell(self, verb: str, **told: object) -> Any:
        """One request to a control page. Raises LabError with what it answered."""
        return channel.tell(NAME, self.url, verb, told)

    def reset(self) -> None:
        """An empty account, no faults, no record."""
        self.tell("reset")

    def deny(self, *actions: str) -> None:
        """Refuse these, such as "ec2:Describe*", as AWS does without a policy."""
        self.tell("faults", deny=actions)

    def throttle(self, action: str, times: int) -> None:
        """Turn the next `times` calls away."""
        self.tell("faults", throttle={action: times})

    def hang(self, action: str, seconds: float = 120) -> None:
        """Answer these only after so long."""
        self.tell("faults", hang={action: seconds})

    def slow(self, seconds: float) -> None:
        """Every call takes so much longer."""
        self.tell("faults", latency=seconds)

    def key_seconds(self, seconds: float) -> None:
        """How long a key that is pushed from now on opens the door; else a minute."""
        self.tell("faults", key_seconds=seconds)

    def expire(self) -> None:
        """The credentials ran out."""
        self.tell("faults", expired=True)

    def heal(self) -> None:
        """End all of these faults, and let calls that hang go."""
        self.tell("faults")

    def calls(self) -> list[dict[str, Any]]:
        """Every call since the last reset: service, action, region, mutating, error."""
        return list(self.tell("calls"))

    def gates(self) -> dict[str, Any]:
        """What stands on each public address of a machine: "silent", "refusing", or the port that it leads to."""
        return dict(self.tell("gates")["moods"])

    @property
    def port(self) -> int:
        """Where the SSH servers of all machines seem to listen; 0 on a system that has none of the addresses."""
        return int(self.tell("gates")["port"])

    def machine(
        self, instance: str, server: int | None, *, dead: bool = False, shell: Sequence[str] = (), region: str = REGION
    ) -> None:
        """Give an instance packets: connections to its public address are judged as the account says, and lead to
        the SSH server on this port of 127.0.0.1; None: nothing listens. `dead`: it answers nothing at all.
        `shell`: what begins a program on it, as its agent would; its commands then really run."""
        self.tell("machine", region=region, instance=instance, server=server, dead=dead, shell=list(shell))

    def gaps(self) -> dict[str, int]:
        """Calls that this AWS could not answer, which a real one would: a test wants none."""
        return dict(self.tell("gaps"))

    def pushed(self) -> list[dict[str, Any]]:
        """The keys that Instance Connect was given: instance, user, key, until."""
        return list(self.tell("pushed"))

    def age(self, seconds: float) -> None:
        """Whatever was called so far was called so much earlier, for CloudTrail."""
        self.tell("age", seconds=seconds)

    def secrets(self) -> list[str]:
        """The signatures and session tokens that were used: a test looks that nobody else saw them."""
        return list(self.tell("secrets"))

    def become(self, arn: str) -> None:
        """Who calls, from now on."""
        self.tell("identity", arn=arn)

    def misbehave(self, **how: object) -> None:
        """How the websockets misbehave from now on (state.Oddities); nothing: not at all."""
        self.tell("streams", **how)

    def come_from(self, address: str) -> None:
        """Where this computer's packets seem to come from."""
        self.tell("identity", client_address=address)

    def console(self, instance: str, text: str, *, region: str = REGION) -> None:
        """Post the console output of an instance; before, there is none."""
        self.tell("console", region=region, instance=instance, text=text)

    def health(
        self,
        instance: str,
        *,
        instance_check: str = "ok",
        system_check: str = "ok",
        ebs_check: str = "ok",
        since: datetime | None = None,
        events: list[dict[str, Any]] | None = None,
        region: str = REGION,
    ) -> None:
        """Set status checks (ok, impaired, initializing, insufficient-data) and scheduled events."""
        checks = {"instance_check": instance_check, "system_check": system_check, "ebs_check": ebs_check}
        begun = since.isoformat() if since else None
        self.tell("health", region=region, instance=instance, since=begun, events=events or [], **checks)

    def hold(self, instance: str, state: str | None, *, region: str = REGION) -> None:
        """Keep an instance in a state such as "stopping"; None lets it go on."""
        self.tell("state", region=region, instance=instance, state=state)

    def agent(self, instance: str, *, region: str = REGION, **says: object) -> None:
        """Register the Systems Manager agent; `PingStatus="ConnectionLost"` and the like replace what it reports."""
        self.tell("agent", region=region, instance=instance, says=says)

    def boots(self, instance: str, *command: str, region: str = REGION) -> None:
        """Let it run the scripts of its user data as cloud-init does, each on the standard input of this command;
        without one it hangs before them."""
        self.tell("boots", region=region, instance=instance, command=list(command))

    def runbook(self, looks: int) -> None:
        """A runbook ends after so many looks at it; what it says is a `reply` to its name and parameters."""
        self.tell("faults", automation_looks=looks)

    def endpoints(self, looks: int) -> None:
        """An Instance Connect Endpoint is made after so many looks at it."""
        self.tell("faults", endpoint_looks=looks)

    def disks(self, looks: int) -> None:
        """A snapshot is complete, and a larger volume usable, after so many looks at it."""
        self.tell("faults", disk_looks=looks)

    def inventory(self, instance: str, *programs: str, region: str = REGION) -> None:
        """What Systems Manager's inventory lists of it."""
        self.tell("inventory", region=region, instance=instance, programs=list(programs))

    def reply(self, pattern: str, out: str, *, err: str = "", status: int = 0, region: str = REGION) -> None:
        """What a command sent by Systems Manager answers, where its text matches the pattern."""
        self.tell("reply", region=region, pattern=pattern, out=out, err=err, status=status)


def missing() -> str:
    """What has to be installed first, as a sentence; empty when all is there."""
    lost = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if not lost:
        return ""
    return f"The practice AWS needs {' and '.join(lost)}. Install the extra: pip install 'sshwizard[lab]'"


@contextmanager
def open_aws() -> Iterator[Aws]:
    """Start the embedded AWS; it ends with the block, and with this process. Raises LabError (Missing)."""
    if lost := missing():
        raise Missing(lost)
    with ExitStack() as undo:
        home = undo.enter_context(scratch.directory("aws"))
        told = child.start(NAME, "sshwizard.lab.aws.server", (str(home),), home / "errors.txt", undo)
        yield Aws(f"http://{LOOPBACK}:{told['port']}", Path(told["keys"]), told["streams"])
