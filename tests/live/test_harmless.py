"""A diagnosis leaves no trace: on disk, at the server, on the screen, among the processes."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .networld import NetWorld
from .ports import says
from .process import Ran, marked_processes
from .scenario import WORLDS_ONLY, Scenario
from .sshd import wait_until
from .test_live import ON_LOOPBACK, name_of
from .world import SshdWorld

CHOSEN = (
    "healthy",
    "healthy-through-jump",
    "key-open-to-others",
    "key-not-authorised",
    "key-locked-no-agent",
    "config-identities-only",
    "host-key-unknown",
    "host-key-changed",
    "old-cipher",
    "server-wants-second-factor",
    "key-tied-to-command",
)
OWN_STATE = ".local/state/sshwizard"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m"


def hostile_text(world: SshdWorld) -> None:
    """The server's greeting before the login carries terminal commands."""
    banner = world.server.directory / "banner"
    banner.write_text(f"{EVIL}welcome\n")
    world.server.authorize("other")
    world.server.start(f"Banner {banner}")


def hostile_lines(world: SshdWorld) -> None:
    """What answers on the port is not SSH, and it too carries terminal commands."""
    world.replace_server(says(f"220 {EVIL}mail.example ready\r\n".encode()))


HOSTILE: list[Scenario[SshdWorld]] = [
    Scenario("hostile-text", "auth.key-rejected", "denied", r"Permission denied \(", hostile_text),
    Scenario("hostile-lines", "kex.not-ssh", "kex | closed", r"kex_exchange_identification", hostile_lines),
]
PLAYED = [*(scenario for scenario in ON_LOOPBACK if scenario.name in CHOSEN), *HOSTILE]


def snapshot(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file below: mode, time of the last change, content."""
    return {
        str(file.relative_to(directory)): (file.stat().st_mode, file.stat().st_mtime_ns, file.read_bytes())
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }


def strings_in(value: Any) -> Iterator[str]:
    """Every string of a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from strings_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from strings_in(below)


def assert_clean(ran: Ran) -> None:
    """No byte on the screen, and no text behind a JSON escape, can command a terminal."""
    for name, output in (("stdout", ran.out), ("stderr", ran.err)):
        shown = CONTROL.search(output.decode())
        assert shown is None, f"control character {shown[0]!r} on {name}: {output[:2000]!r}"
    for text in strings_in(json.loads(ran.out)):
        assert not CONTROL.search(text), f"control character in the report: {text!r}"


def assert_no_secrets(world: SshdWorld, ran: Ran) -> None:
    """No line of a private key is printed, or kept in the product's own state."""
    kept = b"".join(file.read_bytes() for file in (world.home / ".local").rglob("*") if file.is_file())
    for secret in world.keys.secrets():
        assert secret.encode() not in ran.out + ran.err + kept


def assert_nothing_runs(processes: Callable[[], list[str]]) -> None:
    """What the diagnosis started has ended with it, or does within a moment."""
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: not processes(), "it has all ended", 2)
    assert processes() == []


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("scenario", PLAYED, ids=name_of)
def test_leaves_no_trace(scenario: Scenario[SshdWorld], world: SshdWorld) -> None:
    args = scenario.build(world)
    if WORLDS_ONLY:
        return
    before, modes = snapshot(world.home), world.ssh_dir.stat().st_mode
    at_server, at_jump = world.server.mark(), world.jump.mark()
    mark = f"diagnosis-of-{scenario.name}-in-{world.home}"

    ran = world.diagnose(args, mark)

    json.loads(ran.out)
    after = snapshot(world.home)
    assert {name: after.get(name) for name in before} == before
    assert world.ssh_dir.stat().st_mode == modes
    assert [name for name in after if name not in before and not name.startswith(OWN_STATE)] == []
    for server, since in ((world.server, at_server), (world.jump, at_jump)):
        assert server.connections(since) <= 2, server.log()[since:]
        assert server.failed_logins(since) <= 2, server.log()[since:]
    assert_clean(ran)
    assert_no_secrets(world, ran)
    assert_nothing_runs(lambda: marked_processes(mark))


@pytest.mark.netns
@pytest.mark.requires("netns")
def test_leaves_no_trace_of_an_ordinary_user(net_world: NetWorld) -> None:
    """The same where ``~`` is the user's own: no -F, the default files, an unknown host."""
    net_world.client.put("known_hosts", "")
    if WORLDS_ONLY:
        return
    before = snapshot(net_world.client.home)
    ran = net_world.diagnose(net_world.target_args)
    assert json.loads(ran.out)["findings"][0]["cause"] == "hostkey.unknown"
    after = snapshot(net_world.client.home)
    assert {name: after.get(name) for name in before} == before
    assert [name for name in after if name not in before and not name.startswith(OWN_STATE)] == []
    assert_nothing_runs(net_world.client.processes)


@pytest.mark.requires("sshd")
def test_a_later_run_writes_into_no_file_of_an_earlier_one(world: SshdWorld) -> None:
    """Also one that repairs: it adds files of its own, and changes nothing but what its preview named."""
    scenario = next(one for one in ON_LOOPBACK if one.name == "key-open-to-others")
    args = scenario.build(world)
    if WORLDS_ONLY:
        return
    world.diagnose(args)
    kept = {name: content for name, (_, _, content) in snapshot(world.home).items()}
    assert any(name.startswith(OWN_STATE) for name in kept)
    assert world.diagnose(["--fix", *args]).code == 0
    after = snapshot(world.home)
    assert {name: after[name][2] for name in kept} == kept


@pytest.mark.requires("sshd")
def test_the_counters_count(world: SshdWorld) -> None:
    """The limits above mean something: sshd's log shows each connection and each refused key."""
    world.server.authorize("other")
    since = world.server.mark()
    world.plain_ssh(world.target_args)
    world.plain_ssh(world.target_args)
    wait_until(lambda: world.server.failed_logins(since) == 2, "both failures are in the log")
    assert world.server.connections(since) == 2


def test_all_chosen_exist() -> None:
    """A renamed scenario must not drop out in silence."""
    assert {scenario.name for scenario in PLAYED} >= set(CHOSEN)
