"""A machine whose address changed: the config gets its new address, or the name that the account has for it."""

from __future__ import annotations

import subprocess

import pytest

from aws.stage import ALIAS, Stage
from aws.unreached import moved

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


@pytest.fixture(autouse=True)
def wished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSHWIZARD_AWS_REGION", "eu-west-1")


def hostname(stage: Stage) -> str:
    """Where ssh itself would go."""
    ran = subprocess.run(
        ["ssh", "-G", *stage.target, ALIAS], capture_output=True, text=True, check=True, timeout=20
    ).stdout
    return next(line.partition(" ")[2] for line in ran.splitlines() if line.startswith("hostname "))


async def test_the_name_is_written_and_taken_back(stage: Stage) -> None:
    """No DNS knows the names of this account: what is written is what ssh then asks for."""
    config = stage.home / "config"
    moved(stage)
    before, runner = config.read_bytes(), stage.runner(ALIAS)
    try:
        await runner.walk()
        await runner.apply("guide-use-hostname")
        assert hostname(stage) == stage.net.instance(stage.web)["PublicDnsName"]
        await runner.undo()
        assert config.read_bytes() == before
    finally:
        await runner.close()


async def test_the_new_address_is_written_and_ssh_gets_in(stage: Stage) -> None:
    moved(stage)
    stage.known_hosts("host", stage.net.instance(stage.web)["PublicIpAddress"])
    runner = stage.runner(ALIAS)
    try:
        await runner.walk()
        await runner.apply("update-config-address")
        assert stage.ssh().stdout == "TOKEN\n"
        await runner.undo()
        assert stage.ssh().returncode == 255
    finally:
        await runner.close()
