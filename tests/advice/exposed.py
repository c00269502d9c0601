"""One web server in the embedded AWS, open to the world, and `sshwizard doctor` for its account.

`tests/advice/conftest.py` gives the fixtures to all.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cloud import Network

from sshwizard import cli
from sshwizard.lab.aws import REGION, Aws

HERE = ("", REGION)
"""Profile and region."""
EVERYBODY = "0.0.0.0/0"
Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def net(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The account. Sessions of an earlier one are none of ours."""
    monkeypatch.setattr("sshwizard.effects.aws.place._ACCESS", {})
    made = Network(aws)
    made.allow(made.group, EVERYBODY)
    return made


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """`sshwizard doctor --only aws`: its exit code, and all that it says."""

    def run(*words: str, command: str = "doctor") -> tuple[int, str]:
        first = ("--only", "aws") if command == "doctor" else ()
        code = cli.main([command, *first, *words])
        said = capsys.readouterr()
        return int(code), said.out + said.err

    return run


def rules(net: Network) -> dict[str, str]:
    """The sources that ssh is open to, with their descriptions."""
    (row,) = net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"]
    return {
        block["CidrIp"]: block.get("Description", "")
        for permission in row["IpPermissions"] for block in permission["IpRanges"]
    }  # fmt: skip


def session_of(said: str) -> str:
    """The session in which a change stands, by what was said of its undoing."""
    return next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
