"""Starts the embedded Google Cloud and talks to it: what a test or an exercise may do beside the APIs themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshwizard.lab import channel, child, scratch
from sshwizard.lab.bench import LOOPBACK, write_private

EXAMPLE = "gcloud compute instances list"
"""A command to try in it."""
NAME = "The practice Google Cloud"
PROJECT = "practice-shop"
ZONE = "europe-west1-b"
PERSON = "dana@example.com"
TOKEN = "ya29.practice"
_SERVICES = (
    "OSLOGIN",
    "IAM",
    "CLOUDRESOURCEMANAGER",
    "IAP",
    "NETWORKMANAGEMENT",
    "MONITORING",
    "SERVICEUSAGE",
    "LOGGING",
    "ORGPOLICY",
)
_OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
HIDDEN = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
    "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
    "CLOUDSDK_BILLING_QUOTA_PROJECT",
)
"""Variables of the person's that would outrank or break the environment of the embedded cloud: to be unset."""


@dataclass(frozen=True)
class Gcp:
    """A running embedded Google Cloud. VMs are named by name, within the practice project unless told otherwise."""

    url: str
    home: Path
    """A private directory: the access token, gcloud's configuration."""
    keys: Path
    """Whom the guests let in, for an SSH server of the lab to read."""
    port: int
    """Where every VM's SSH server is met; 0 where this system has no such addresses."""
    relay: str = ""
    """The relay of IAP's tunnels, as ws://127.0.0.1:PORT; empty where websockets is not installed."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs in its environment to talk to this cloud, and to no other."""
        return {
            f"{_OVERRIDE}COMPUTE": f"{self.url}/compute/v1/",
            **{f"{_OVERRIDE}{one}": f"{self.url}/{one.lower()}/" for one in _SERVICES},
            # Its paths begin with oauth2/ themselves.
            f"{_OVERRIDE}OAUTH2": f"{self.url}/",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(self.home / "token"),
            "CLOUDSDK_CONFIG": str(self.home / "gcloud"),
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "CLOUDSDK_CORE_ACCOUNT": PERSON,
            "CLOUDSDK_COMPUTE_ZONE": ZONE,
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            **({"SSHWIZARD_IAP_URL": self.relay} if self.relay else {}),
            "NO_GCE_CHECK": "true",
            "SSHWIZARD_CHECKIP_URL": f"{self.url}/checkip",
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
        }

    def tell(self, verb: str, **told: object) -> Any:
        """One request to a control page. Raises LabError with what it answered."""
        return channel.tell(NAME, self.url, verb, told)

    # ------------------------------------------------------------------ what the project has

    def reset(self) -> None:
        """An empty project, no faults, no record."""
        self.tell("reset")

    def project(self, **has: object) -> None:
        """Set fields of state.Project: metadata, zones, constraints, disabled (APIs), entries, host …"""
        self.tell("project", **has)

    def network(self, **has: object) -> None:
        """Set firewalls and routes by name as the API takes them (None: away), policies, order."""
        self.tell("network", **has)

    def allow(self, name: str, *sources: str, port: int = 0, **more: object) -> None:
        """A rule that lets these ranges in to one port, else to that of the SSH servers."""
        let = [{"IPProtocol": "tcp", "ports": [str(port or self.port)]}]
        self.network(firewalls={name: {"sourceRanges": sources, "allowed": let, **more}})

    def instance(self, name: str, **has: object) -> dict[str, str]:
        """Make a VM, or change one: fields of state.Instance. Returns path, id and address."""
        return dict(self.tell("instance", name=name, **has))

    def shown(self, name: str) -> dict[str, Any]:
        """A VM as it is kept."""
        return dict(self.tell("shown", name=name))

    def machine(
        self, name: str, server: int | None, *, dead: bool = False, files: Mapping[str, Path] | None = None
    ) -> None:
        """Give a VM packets: they lead to this port of 127.0.0.1. `dead`: nothing answers, whatever the rules say.

        `files` are authorized_keys of accounts, for a server that does not read `keys`.
        """
        told = {user: str(file) for user, file in (files or {}).items()}
        self.tell("machine", name=name, server=server, dead=dead, files=told)

    def profile(self, keys: Mapping[str, int], *, email: str = PERSON, posix: str = "") -> None:
        """Set an OS Login profile: public key -> microseconds since the epoch when it ends, 0 for never."""
        self.tell("profile", email=email, posix=posix, keys=keys)

    def grant(self, *permissions: str, member: str = PERSON, resource: str = "", role: str = "roles/custom") -> None:
        """All that somebody may do from now on, by patterns: "*", "compute.instances.*". None: nothing."""
        one = {"permissions": permissions, "resource": resource, "role": role}
        self.tell("grants", member=member, grants=[one] if permissions else [])

    def service_account(self, email: str, *permissions: str) -> Path:
        """A key file of a service account, whose tokens come from here; what it may do, else everything."""
        told = self.tell("service-account", email=email, project=PROJECT)
        self.grant(*(permissions or ("*",)), member=email)
        place = self.home / f"{email.partition('@')[0]}.json"
        write_private(place, json.dumps(told))
        return place

    # ------------------------------------------------------------------ how it misbehaves

    def deny(self, *permissions: str) -> None:
        """Nobody has these, such as "compute.instances.get" or "compute.*": calls are refused, and tests say so."""
        self.tell("faults", deny=permissions)

    def throttle(self, method: str, times: int) -> None:
        """Turn the next `times` calls away."""
        self.tell("faults", throttle={method: times})

    def hang(self, method: str, seconds: float = 120) -> None:
        """Answer these only after so long."""
        self.tell("faults", hang={method: seconds})

    def slow(self, seconds: float) -> None:
        """Every call takes so much longer."""
        self.tell("faults", latency=seconds)

    def fail(self, kind: str, code: str = "QUOTA_EXCEEDED") -> None:
        """Operations of a kind (operationType: insert, setMetadata, start) end in an error."""
        self.tell("faults", failing={kind: code})

    def expire(self) -> None:
        """The tokens that are out ran out; new ones of a service account work."""
        self.tell("identity", expire=True)

    def disable(self, *apis: str) -> None:
        """These APIs of the project are off, such as "oslogin.googleapis.com"."""
        self.project(disabled=apis)

    def heal(self) -> None:
        """End denials, throttling, hanging, slowness and failing, and let calls that hang go."""
        self.tell("faults")

    def pace(self, *, settle: float = 0.02, agent: float = 0.0) -> None:
        """Seconds that an operation takes, and that the guest agents need to see what is new."""
        self.tell("pace", settle=settle, agent=agent)

    def come_from(self, address: str) -> None:
        """Where this computer's packets seem to come from."""
        self.tell("identity", client_address=address)

    # ------------------------------------------------------------------ what happened

    def calls(self) -> list[dict[str, Any]]:
        """Every call so far: method, path, query, name (of the API method), mutating, status."""
        return list(self.tell("calls"))

    def gaps(self) -> dict[str, int]:
        """Calls that this cloud could not answer, which a real one would: a test wants none."""
        return dict(self.tell("gaps"))

    def gates(self) -> dict[str, str | int]:
        """What stands on each external address: silent, refusing, or the port of a server."""
        return dict(self.tell("gates"))

    def doors(self) -> dict[str, list[dict[str, Any]]]:
        """The keys that open each machine, by the VM's path: user, key, until."""
        return dict(self.tell("doors"))


@contextmanager
def open_gcp() -> Iterator[Gcp]:
    """Start the embedded Google Cloud; it ends with the block, and with this process. Raises LabError."""
    with ExitStack() as undo:
        home = undo.enter_context(scratch.directory("gcp"))
        told = child.start(NAME, "sshwizard.lab.gcp.server", (str(home),), home / "errors.txt", undo)
        write_private(home / "token", f"{TOKEN}\n")
        (home / "gcloud").mkdir(mode=0o700)
        yield Gcp(f"http://{LOOPBACK}:{told['port']}", home, Path(told["keys"]), told["ssh"], told["relay"])
