"""`sshwizard connect` through the two doors that lead around the network, in a real terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fronts.terminal import Terminal
from live.doorsite import ASKS
from live.leaks import Watch, leaked, left, private_lines
from live.process import marked_processes
from live.sshd import me, wait_until

from sshwizard.doors import plugin, walks
from sshwizard.doors.marks import IDS, LEADS, OTHERWISE
from sshwizard.doors.table import DOORS

from .private import Private, active, private  # noqa: F401

pytestmark = [
    pytest.mark.requires("moto", "sshd", "ssh"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice instances need 127.77.0.0/16"),
    pytest.mark.skipif(plugin.find() is not None, reason="a plugin of AWS's own would be preferred"),
]
CHECKOUT = str(Path(walks.__file__).parents[2])
SAID = {"eice": "a tunnel through the Instance", "ssm": "a session with the agent on"}


@pytest.fixture
def site(private: Private, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Private:  # noqa: F811
    """ssh is told a private address, to which no packet leads; the server takes pushed keys only."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", CHECKOUT)
    asks = tmp_path / "asks.py"
    asks.write_text(ASKS)
    world = private.world
    world.server.authorize()
    python = os.path.realpath(sys.executable)
    world.server.start(
        f"AuthorizedKeysCommand {python} -I {asks} {private.aws.keys} {world.server.port} %u",
        f"AuthorizedKeysCommandUser {me()}",
    )
    address = private.net.instance(private.instance)["PrivateIpAddress"]
    world.config_file.write_text(
        f"Host {private.instance}\n  HostName {address}\n  User {me()}\n  IdentityFile {world.ssh_dir}/id_ed25519\n"
        f"  UserKnownHostsFile {world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
    )
    world.known_hosts(f"{address} {world.keys.bare(world.server.host_key)}")
    return private


@contextlib.contextmanager
def connecting(site: Private, door: str, **env: str) -> Iterator[Terminal]:
    words = ["connect", "--via", door, "-F", str(site.world.config_file), site.instance]
    terminal = Terminal([sys.executable, "-m", "sshwizard", *words], {**os.environ, **env}, owns=True)
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.mark.parametrize("door", SAID)
def test_the_command_gets_in_where_no_packet_does(site: Private, door: str, tmp_path: Path) -> None:
    """And nothing that lets in is seen by anybody: a signature, a session's token, the private key."""
    with Watch() as watch, connecting(site, door) as terminal:
        terminal.until(SAID[door], 30)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 30)
        secrets = private_lines()
        assert secrets
        secrets += [one.encode() for one in site.aws.secrets()]
        assert len(secrets) > len(private_lines())
        terminal.press("exit 7\n")
        terminal.ended(10)
        assert terminal.child.returncode == 7
    assert leaked(secrets, *watch.seen, terminal.raw, left(tmp_path / "state")) == []
    ours = [row for row in watch.seen if f":{site.aws.streams}".encode() in row]  # others' tests run beside this one
    assert ours
    everything = b"".join((*ours, terminal.raw, left(tmp_path / "state")))
    assert b"X-Amz-Signature=" not in everything
    assert b"TokenValue" not in everything


@pytest.mark.parametrize("door", SAID)
def test_the_own_key_does_where_none_is_pushed(site: Private, door: str) -> None:
    site.aws.deny("ec2-instance-connect:SendSSHPublicKey")
    site.world.server.authorize("mine")
    with connecting(site, door) as terminal:
        terminal.until("with your own keys only", 30)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 30)
        terminal.press("exit\n")
        terminal.ended(10)


@pytest.mark.parametrize("door", SAID)
def test_a_killed_wizard_takes_ssh_along(site: Private, door: str) -> None:
    mark = f"MARK_{os.getpid()}_{door}"
    with connecting(site, door, **{mark: "1"}) as terminal:
        terminal.until(SAID[door], 30)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 30)
        assert marked_processes(mark)
        terminal.child.send_signal(signal.SIGKILL)
        terminal.child.wait(10)
        wait_until(lambda: not marked_processes(mark), "ssh has ended, too", 20)


def test_a_shell_needs_no_ssh(site: Private) -> None:
    site.aws.machine(site.instance, None)
    with connecting(site, "ssm-shell") as terminal:
        terminal.until("sh-practice$", 30)
        before = terminal.modes_now
        terminal.press("echo got-$((40+2))\r")
        terminal.until("got-42", 20)
        terminal.resize(30, 100)
        terminal.read(0.5)
        terminal.press("stty size\r")
        terminal.until("30 100", 20)
        terminal.press("exit\r")
        terminal.ended(10)
        assert terminal.child.returncode == 0
        assert terminal.modes_now != before
    assert active(site) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_shell_that_is_told_to_end_gives_the_terminal_back(site: Private, number: signal.Signals) -> None:
    with connecting(site, "ssm-shell") as terminal:
        raw = terminal.modes_now
        terminal.until("sh-practice$", 30)
        assert terminal.modes_now != raw
        terminal.child.send_signal(number)
        terminal.ended(10)
        assert terminal.modes_now == raw
    assert active(site) == []


def test_a_shell_that_does_not_begin_says_why(site: Private) -> None:
    site.aws.misbehave(agent="encrypt")
    with connecting(site, "ssm-shell") as terminal:
        terminal.until("key of KMS", 30)
        terminal.ended(10)
        assert terminal.child.returncode == 255
    assert active(site) == []


def test_the_actions_lead_to_the_doors_that_can_be_walked_through() -> None:
    walked = {door.id: door.action for door in DOORS.values() if door.walk and door.action}
    assert walked == {door: action for action, first in LEADS.items() for door in (first, OTHERWISE.get(first)) if door}
    assert tuple(DOORS) == IDS
