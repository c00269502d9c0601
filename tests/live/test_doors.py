"""Doors to a real sshd that asks for pushed keys, as one with EC2 Instance Connect does, in an embedded account."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cloud import OWN, Network
from fronts.terminal import Terminal

from sshwizard import paths
from sshwizard.doors import DOORS, Shut, passage, sweep
from sshwizard.doors.instance_connect import walk
from sshwizard.doors.serial import Console, pinned
from sshwizard.fronts.report import report
from sshwizard.lab.aws import Aws
from sshwizard.probes import process, typed
from sshwizard.probes.scene import Scene
from sshwizard.runner import Runner

from .ports import LOOPBACK
from .sshd import me, wait_until
from .world import SshdWorld

pytestmark = [
    pytest.mark.requires("moto", "sshd", "ssh"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]

HERE = "192.88.99.7/32"
ASKS = """
import json, sys, time
rows = json.load(open(sys.argv[1]))
mine = [one["key"] for one in rows if (one["server"], one["user"]) == (int(sys.argv[2]), sys.argv[3])
        and one["until"] > time.time()]
print("\\n".join(mine))
"""


@dataclass
class Site:
    """An instance with a real sshd behind its public address."""

    aws: Aws
    world: SshdWorld
    net: Network
    web: str

    @property
    def args(self) -> list[str]:
        return self.world.target_args

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    @contextlib.asynccontextmanager
    async def scene(self) -> AsyncIterator[Scene]:
        runner = Runner.live(typed.parse(self.args), read_only=True)
        try:
            yield await runner.ready()
        finally:
            await runner.close()


@pytest.fixture
def site(aws: Aws, world: SshdWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The person's own key is not authorised; a pushed one is, for a while."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    asks = tmp_path / "asks.py"
    asks.write_text(ASKS)
    python = os.path.realpath(sys.executable)  # sshd wants a program that only root can change
    world.server.authorize()
    world.server.start(
        f"AuthorizedKeysCommand {python} -I {asks} {aws.keys} {world.server.port} %u",
        f"AuthorizedKeysCommandUser {me()}",
    )
    net = Network(aws)
    net.allow(net.group, HERE, port=aws.port)
    web = net.launch("web-1", image=OWN)
    aws.machine(web, world.server.port)
    address = net.instance(web)["PublicIpAddress"]
    world.target = web
    world.config_file.write_text(
        f"Host {web}\n  HostName {address}\n  Port {aws.port}\n  User {me()}\n"
        f"  IdentityFile {world.ssh_dir}/id_ed25519\n"
        f"  UserKnownHostsFile {world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
    )
    world.known_hosts(f"[{address}]:{aws.port} {world.keys.bare(world.server.host_key)}")
    return Site(aws, world, net, web)


async def login(site: Site, options: tuple[str, ...]) -> process.Result:
    return await process.run(("ssh", "-o", "BatchMode=yes", *options, *site.args, "echo let-in"), 20)


def left_behind() -> list[Path]:
    place = paths.state_dir() / "doors"
    return list(place.rglob("*")) if place.exists() else []


async def test_a_pushed_key_lets_in_and_nothing_of_it_stays(site: Site) -> None:
    assert (await login(site, ())).code == 255
    async with site.scene() as scene:
        async with walk(scene) as way:
            key = Path(way.options[1])
            assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
            let_in = await login(site, way.options)
            assert (let_in.code, let_in.out) == (0, "let-in\n"), let_in.err
            assert way.until is not None
            assert 50 < way.until - time.monotonic() <= 60
        assert left_behind() == []
    (pushed,) = site.aws.pushed()
    assert (pushed["instance"], pushed["user"]) == (site.web, me())


async def test_a_key_that_is_used_too_late_opens_nothing(site: Site) -> None:
    site.aws.key_seconds(0.5)
    async with site.scene() as scene, walk(scene) as way:
        time.sleep(0.7)  # noqa: ASYNC251
        late = await login(site, way.options)
        assert late.code == 255
        assert way.until is not None
        read = passage._read(way, late.code, late.err)
        assert (read.cause, "eic.package-missing" in read.also) == ("eic.pushed-key-refused", True)
        expired = passage._read(replace(way, until=time.monotonic() - 1), late.code, late.err)
        assert (expired.cause, expired.also) == ("eic.key-expired", ())


async def test_a_server_that_never_asks_for_keys(site: Site) -> None:
    """The push is accepted, and that is no login."""
    site.world.server.start()
    async with site.scene() as scene, walk(scene) as way:
        denied = await login(site, way.options)
    assert passage._read(way, denied.code, denied.err).cause == "eic.pushed-key-refused"


@pytest.mark.parametrize("what", ["denied", "stopped"])
async def test_a_push_that_is_refused_says_why(site: Site, what: str) -> None:
    if what == "denied":
        site.aws.deny("ec2-instance-connect:*")
    async with site.scene() as scene:
        if what == "stopped":
            site.aws.hold(site.web, "stopping")
        with pytest.raises(Shut) as shut:
            async with walk(scene):
                raise AssertionError("it opened")
    assert shut.value.code == {"denied": "eic.permission-missing", "stopped": "aws.instance-stopped"}[what]
    assert left_behind() == []


async def test_the_host_key_is_verified_as_always(site: Site) -> None:
    site.world.known_hosts()
    async with site.scene() as scene, walk(scene) as way:
        refused = await login(site, way.options)
    assert refused.code == 255
    assert "Host key verification failed" in refused.err
    assert passage._read(way, refused.code, refused.err).cause == ""


# ------------------------------------------------------------------ the command


@contextlib.contextmanager
def connecting(site: Site) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "sshwizard", "connect", "--via", "eic", *site.args]
    terminal = Terminal(command, site.env, owns=True)
    try:
        yield terminal
    finally:
        terminal.close()


def private_text() -> bytes:
    (key,) = (path for path in left_behind() if path.name == "key")
    return key.read_bytes()


def seen_by_others() -> bytes:
    """Every command line and environment of this machine's processes, but our own."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found += [(place / "cmdline").read_bytes(), (place / "environ").read_bytes()]
    return b"\n".join(found)


def test_the_command_hands_the_terminal_over_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        secret = private_text()
        lines = [line for line in secret.splitlines() if line and not line.startswith(b"-----")]
        others = seen_by_others()
        assert not [line for line in lines if line in others]
        terminal.press("exit 7\n")
        terminal.ended(10)
        assert terminal.child.returncode == 7
    assert left_behind() == []
    kept = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    assert not [line for line in lines if line in kept + terminal.raw]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_wizard_that_is_told_to_end_takes_the_key_along(site: Site, number: signal.Signals) -> None:
    with connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        terminal.child.send_signal(number)
        terminal.ended(10)
    assert left_behind() == []


def test_a_killed_wizard_leaves_a_key_that_the_next_start_sweeps(site: Site) -> None:
    with connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        sweep()
        assert private_text()  # another wizard's, which lives
        terminal.child.kill()
        terminal.child.wait(10)
        assert private_text()
        sweep()
        assert left_behind() == []


def test_a_refused_login_is_told_with_its_causes(site: Site) -> None:
    site.world.server.start()
    with connecting(site) as terminal:
        terminal.ended(30)
        assert terminal.child.returncode == 255
        text = "".join(terminal.text.split())  # lines are wrapped anywhere
    assert "eic.pushed-key-refused" in text
    assert "eic.package-missing" in text
    assert "Permissiondenied" in text


def test_without_a_terminal_the_command_is_printed(site: Site) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "connect", "--via", "eic", *site.args],
        capture_output=True, text=True, timeout=60, check=False, env=site.env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert f"aws ec2-instance-connect ssh --instance-id {site.web}" in ran.stdout
    assert site.aws.pushed() == []


# ------------------------------------------------------------------ the list


def listed(site: Site, *words: str) -> tuple[int, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "doors", "--json", *words, *site.args],
        capture_output=True, text=True, timeout=60, check=False, env=site.env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return ran.returncode, {row["door"]: row for row in json.loads(ran.stdout)["doors"]}


def test_the_doors_of_a_server_that_refuses_the_key(site: Site) -> None:
    code, rows = listed(site)
    assert list(rows) == list(DOORS)
    assert {name: row["open"] for name, row in rows.items() if not DOORS[name].offline} == {
        "direct": False, "other-login": False, "eic": None, "eice": False, "ssm": False, "serial": False, "jump": False,
    }  # fmt: skip
    assert code == 3  # whether that image of their own has the package, nobody knows
    assert rows["serial"]["cause"] == "serial.account-access-off"
    assert all(row["interrupts"] for name, row in rows.items() if name in {"user-data", "volume"})
    site.aws.agent(site.web)
    assert listed(site)[0] == 0
    site.world.server.authorize("mine")
    code, rows = listed(site)
    assert (code, rows["direct"]["open"]) == (0, True)


def test_a_closed_network_shuts_the_doors_that_go_through_it(site: Site) -> None:
    site.net.ec2.revoke_security_group_ingress(
        GroupId=site.net.group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": site.aws.port, "ToPort": site.aws.port,
                        "IpRanges": [{"CidrIp": HERE}]}],
    )  # fmt: skip
    site.net.ec2.enable_serial_console_access()
    code, rows = listed(site)
    assert (rows["direct"]["open"], rows["eic"]["open"], rows["serial"]["open"]) == (False, False, True)
    assert code == 0


async def test_a_diagnosis_carries_the_doors_and_asks_little(site: Site) -> None:
    before = len(site.aws.calls())
    runner = Runner.live(typed.parse(site.args), read_only=True)
    try:
        found = await runner.walk()
        told = report(runner.state, found)
    finally:
        await runner.close()
    assert {row["door"] for row in told["doors"]} == set(DOORS)
    made = site.aws.calls()[before:]
    assert len(made) <= 21, [one["action"] for one in made]
    assert not [one for one in made if one["mutating"]]


# ------------------------------------------------------------------ the serial console's server


async def test_only_the_published_host_key_passes(world: SshdWorld) -> None:
    """ssh asks our word about the key that the server shows, and takes no file's."""
    public = world.keys.public(world.server.host_key)
    shown = await process.run(("ssh-keygen", "-l", "-f", "-"), 5, (public + "\n").encode())
    console = Console(LOOPBACK, shown.out.split()[1])
    world.known_hosts("# nothing")
    key = ("-F", "none", "-i", str(world.ssh_dir / "id_ed25519"), "-p", str(world.server.port), "-o", "BatchMode=yes")
    for server, code in ((console, 0), (Console(LOOPBACK, "SHA256:" + "A" * 43), 255)):
        ran = await process.run(("ssh", *key, *pinned(server), "-l", me(), LOOPBACK, "true"), 20)
        assert ran.code == code, ran.err
    wait_until(lambda: "Accepted publickey" in world.server.log(), "the login is logged")
