"""The person's own ssh goes through a door of AWS that is shut: the words of AWS's tools, and a real account behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from live.sshd import me

from sshwizard.fronts import report
from sshwizard.probes import typed
from sshwizard.runner import Runner

from .private import Private, private  # noqa: F401

pytestmark = [
    pytest.mark.requires("moto", "sshd", "ssh"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice instances need 127.77.0.0/16"),
]
NO_ENDPOINT = "There are no available instance connect endpoints."
UNREACHED = "Websocket Closure Reason: Unable to reach the instance"
TUNNEL = '{"ErrorCode":"AccessDenied","Message":"You are not authorized","RequestId":"1"}'
NOT_CONNECTED = "An error occurred (TargetNotConnected) when calling the StartSession operation: i-0 is not connected."
EICE = "ec2-instance-connect open-tunnel --instance-id"
SSM = "ssm start-session --document-name AWS-StartSSHSession --parameters portNumber=%p --target"


@dataclass(frozen=True)
class World:
    """What is broken, what AWS's tool then says, and what the wizard must find."""

    code: str
    confidence: str
    says: str
    door: str
    breaks: Callable[[Private], None]


def _nothing(at: Private) -> None:
    """The account is in order."""


def _no_endpoint(at: Private) -> None:
    for row in at.net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]:
        at.net.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=row["InstanceConnectEndpointId"])


def _closed(at: Private) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": at.group}]}
    at.net.ec2.revoke_security_group_ingress(GroupId=at.net.group, IpPermissions=[rule])


def _closed_outwards(at: Private) -> None:
    every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    at.net.ec2.revoke_security_group_egress(GroupId=at.group, IpPermissions=[every])


def _offline(at: Private) -> None:
    at.aws.agent(at.instance, PingStatus="ConnectionLost")


WORLDS = {
    "no endpoint": World("eic.endpoint-missing", "certain", NO_ENDPOINT, EICE, _no_endpoint),
    "closed": World("eic.endpoint-blocked", "certain", "", EICE, _closed),
    "closed outwards": World("eic.endpoint-blocked", "certain", UNREACHED, EICE, _closed_outwards),
    "denied": World("eic.permission-missing", "certain", TUNNEL, EICE, _nothing),
    "agent offline": World("ssm.agent-offline", "certain", NOT_CONNECTED, SSM, _offline),
    "nothing may be asked": World("ssm.not-managed", "likely", NOT_CONNECTED, SSM,
                                  lambda at: at.aws.deny("ssm:DescribeInstanceInformation")),
}  # fmt: skip


LINES = {
    "no endpoint": {"print-terraform": "--terraform eice"},
    "denied": {"print-iam-policy": "--policy eice"},
}
"""What is there to be copied: our own command, which knows the account."""


def tool(home: Path, says: str) -> Path:
    """Stands for `aws`: it says what the real one says then, and ends as that does."""
    place = home / "bin" / "aws"
    place.parent.mkdir()
    head = '#!/bin/sh\n[ "$1" != --version ] || exec echo aws-cli/2.30.0 Python/3.13\n'
    place.write_text(f"{head}cat >&2 <<'EOF'\n\n{says}\nEOF\nexit 254\n" if says else f"{head}exit 1\n")
    place.chmod(0o755)
    return place


def configured(at: Private, host: str, command: str) -> list[str]:
    at.world.config_file.write_text(
        f"Host {host}\n  User {me()}\n  ProxyCommand {command}\n  IdentityFile {at.world.ssh_dir}/id_ed25519\n"
        f"  UserKnownHostsFile {at.world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
    )
    return ["-F", str(at.world.config_file), host]


async def diagnosed(args: list[str]) -> dict[str, Any]:
    runner = Runner.live(typed.parse(args), read_only=True)
    try:
        found = await runner.walk()
        return report.report(runner.state, found) | {"found": runner.state.target.found}
    finally:
        await runner.close()


@pytest.mark.parametrize("name", WORLDS)
async def test_a_shut_door_is_found_by_its_words_and_the_account(
    private: Private,  # noqa: F811
    name: str,
    tmp_path: Path,
) -> None:
    world = WORLDS[name]
    world.breaks(private)
    args = configured(private, "db", f"{tool(tmp_path, world.says)} {world.door} {private.instance}")
    told = await diagnosed(args)
    assert told["findings"], told["path"]
    root = told["findings"][0]
    assert (root["cause"], root["confidence"]) == (world.code, world.confidence), told["path"]
    assert "door" in [step["node"] for step in told["path"]]
    assert not private.aws.gaps()
    copied = {one["id"]: " ".join(one["preview"]) for one in root["fixes"]}
    for fix, option in LINES.get(name, {}).items():
        assert copied[fix].startswith("sshwizard doors ")
        assert copied[fix].endswith(f" db {option}")


async def test_an_instance_id_reaches_the_program_as_it_was_typed(
    private: Private,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The config that AWS recommends hands %h to the tool, which wants the id and no address."""
    _offline(private)
    place = tmp_path / "seen"
    aws = tool(tmp_path, NOT_CONNECTED)
    aws.write_text(aws.read_text().replace("#!/bin/sh\n", f'#!/bin/sh\necho "$@" > {place}\n'))
    told = await diagnosed(configured(private, private.instance, f'sh -c "{aws} {SSM} %h"'))
    assert told["findings"][0]["cause"] == "ssm.agent-offline"
    assert place.read_text().split()[-1] == private.instance
    assert not [word for word in told["found"] if "HostName" in word]


@pytest.mark.parametrize("way", ["--policy", "--audit"])
def test_the_command_prints_what_the_account_knows(private: Private, way: str, tmp_path: Path) -> None:  # noqa: F811
    args = configured(private, "db", f"{tool(tmp_path, NO_ENDPOINT)} {EICE} {private.instance}")
    words = [way, "eice"] if way != "--audit" else ["--audit", "--json"]
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "doors", *args, *words],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    endpoint = private.net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"][0]
    wanted = f"instance-connect-endpoint/{endpoint['InstanceConnectEndpointId']}"
    if way == "--policy":
        assert json.loads(ran.stdout)["Statement"][0]["Resource"] == [f"arn:aws:ec2:eu-west-1:123456789012:{wanted}"]
    else:
        told = json.loads(ran.stdout)
        assert (told["audit"]["days"], told["audit"]["events"], told["audit"]["unknown"]) == (7, [], [])
        return
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--policy", "direct"], "there is no policy for 'direct'"),
        (["--days", "3"], "--days belongs to --audit"),
        (["--audit", "--days", "91"], "from 1 to 90"),
        (["--policy", "eic", "--json"], "prints one text"),
    ],
)
def test_what_cannot_be_is_a_usage_error(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    from sshwizard.cli import main

    assert main(["doors", "box", *words]) == 2
    assert says in capsys.readouterr().err
