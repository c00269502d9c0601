"""What people live through. Each story begins in a window of 80 x 24 and in one of 160 x 50, and meets the other."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from live.keys import KeyRing
from live.sshd import Sshd, me
from rich.cells import cell_len

from sshwizard.lab import World, open_world

from .driver import CHECKOUT, LARGE, SMALL, Size, environment, opened, sshwizard

pytestmark = pytest.mark.requires("tmux", "ssh", "ssh-keygen")

JAPANESE = "東京本番"
RECORDED = CHECKOUT / "screenshots" / "sessions"


@pytest.fixture(params=[SMALL, LARGE], ids=["80x24", "160x50"])
def size(request: pytest.FixtureRequest) -> Size:
    """Of the terminal window at the start."""
    made: Size = request.param
    return made


@pytest.fixture(scope="module")
def open_key() -> Iterator[World]:
    """A new colleague's key, which others may read; each story leaves it as it was."""
    with open_world("open-key") as world:
        yield world


def at_a_prompt(shown: str) -> bool:
    """A shell waits for a command."""
    return shown.rstrip().endswith("$")


def key(world: World) -> Path:
    return next(world.root.glob("ssh/id_*[!b]"))


@pytest.mark.requires("moto")
def test_a_silent_port_at_night(size: Size, tmp_path: Path) -> None:
    """03:10. The security group lets in another address: seen, let in, logged in, and taken back."""
    with open_world("closed-security-group") as world:
        env = environment(tmp_path, **world.environment)
        with opened(size, sshwizard(*world.target_args), env) as terminal:
            terminal.wait_for("security group")
            terminal.at_both_sizes("lets in other addresses, not yours", "Allow my address in")
            terminal.press("f").wait_for("Proof", "192.88.99.7/32")
            terminal.press("y").wait_for("ssh works")
            terminal.press("s").wait_for(at_a_prompt)
            terminal.type("exit").press("Enter").wait_for("ssh works", "session ended")
            terminal.press("u").wait_for("Proof", "Cancel")
            terminal.press("y").wait_for("lets in other addresses, not yours")
            terminal.leave(1)


def test_the_first_day_with_a_new_key(size: Size, open_key: World, tmp_path: Path) -> None:
    """The key came by mail, so others may read it: made private, proved, and the first session."""
    with opened(size, sshwizard(*open_key.target_args), environment(tmp_path)) as terminal:
        terminal.wait_for("Other people can read")
        terminal.at_both_sizes("Other people can read", "Make the key private")
        terminal.press("f").wait_for("Proof", "chmod 600")
        terminal.press("y").wait_for("ssh works")
        assert key(open_key).stat().st_mode & 0o777 == 0o600
        terminal.press("s").wait_for(at_a_prompt)
        terminal.type("exit").press("Enter").wait_for("ssh works", "session ended")
        terminal.press("u").wait_for("Proof", "chmod 6")
        terminal.press("y").wait_for("Other people can read")
        terminal.leave(1)


def test_the_host_key_has_changed(size: Size, tmp_path: Path) -> None:
    """A wall of at-signs. The colleague's note has the fingerprint; another one is refused."""
    with open_world("changed-host-key") as world:
        note = (world.root / "fingerprint.txt").read_text()
        given = next(word for word in note.split() if word.startswith("SHA256:"))
        with opened(size, sshwizard(*world.target_args), environment(tmp_path)) as terminal:
            terminal.at_both_sizes("shows another host key than the known one", "Save the confirmed host key")
            terminal.press("f").wait_for("Cancel", "ingerprint")
            terminal.type("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").wait_for("AAAAAAAA")
            terminal.wait_for("nothing was changed")
            terminal.press("Escape").wait_for(lambda text: "Cancel" not in text and "What you can do" in text)
            terminal.press("f").wait_for("Cancel", "ingerprint")
            terminal.type(given).wait_for("Proof", given[:30])
            terminal.press("Enter").press("Enter").wait_for("ssh works")
            terminal.leave(0)


def test_the_incident_of_last_month(size: Size, tmp_path: Path) -> None:
    """A recording, step by step: nothing is looked at, nothing changed."""
    command = sshwizard("replay", str(RECORDED / "closed-security-group.jsonl"))
    with opened(size, command, environment(tmp_path)) as terminal:
        end = "replay 27/27"
        terminal.at_both_sizes("lets in other addresses, not yours", end)
        terminal.press("e").wait_for("esc back", "192.88.99.113/32")
        terminal.press("Escape").wait_for(lambda text: "esc back" not in text and end in text)
        terminal.press("[").wait_for("replay 26/27")
        terminal.press("v").wait_for(end)
        terminal.press("f").wait_for("This is a recording")
        terminal.leave(1, "q")


def test_no_credentials(size: Size, tmp_path: Path) -> None:
    """An instance by its id, and nothing to ask AWS with: what was not seen, and what would help."""
    env = environment(
        tmp_path, AWS_CONFIG_FILE=str(tmp_path / "none"), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "no")
    )
    with opened(size, sshwizard("i-0123456789abcdef0"), env) as terminal:
        terminal.at_both_sizes("Which machine has this instance id?", "no AWS credentials are configured here")
        terminal.press("q").wait_for("it ended with")


def test_a_screen_reader(size: Size, open_key: World, tmp_path: Path) -> None:
    """The same walk on a pipe and line by line in a terminal: the same verdict, the same fix, no escape sequences."""
    env = environment(tmp_path, SSHWIZARD_ACCESSIBLE="1")
    asked = [sys.executable, "-m", "sshwizard", "ask", *open_key.target_args]
    ran = subprocess.run(asked, input="fix\nyes\nundo\nyes\nquit\n", env=env, cwd=CHECKOUT, capture_output=True,
                         text=True, check=False, timeout=60)  # fmt: skip
    said = ("Other people can read", "chmod 600", "ssh works.")
    assert [ran.stdout.find(part) for part in said] == sorted(map(ran.stdout.index, said)), ran.stdout
    assert "\x1b" not in ran.stdout
    assert ran.returncode == 1
    with opened(size, sshwizard(*open_key.target_args), {**env, "SSHWIZARD_PLAIN": ""}) as terminal:
        terminal.wait_for("Make the key private", "What now?")
        assert "Other people can read" in terminal.screen(past=True)
        terminal.at_both_sizes("What now?")
        terminal.type("fix").press("Enter").wait_for("chmod 600", "Do it?")
        terminal.type("no").press("Enter").wait_for("Nothing was changed.")
        terminal.type("quit").press("Enter").wait_for("it ended with 1")


def test_colour_blind_and_without_colours(size: Size, open_key: World, tmp_path: Path) -> None:
    """The marks say it; NO_COLOR writes no colour, and an ansi theme only the terminal's sixteen."""
    for more, coloured in (({"NO_COLOR": "1"}, False), ({"SSHWIZARD_THEME": "ansi-dark"}, True)):
        with opened(size, sshwizard("--read-only", *open_key.target_args), environment(tmp_path, **more)) as terminal:
            terminal.wait_for("Other people can read", "✗", "✓", "–")
            codes = set(re.findall(r"\x1b\[([0-9;]*)m", terminal.screen(colours=True)))
            inks = {code for code in codes if re.match(r"(3[0-8]|4[0-8]|9\d|10\d)", code)} - {"39", "49"}
            assert bool(inks) is coloured, inks
            assert not [ink for ink in inks if ink.startswith(("38", "48"))], inks
            terminal.at_both_sizes("Other people can read", "✗", "✓")
            terminal.leave(1)


# ------------------------------------------------------------------ real servers


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Sshd]]]:
    """Three real servers on the loopback, and a client's directory with a key that all but the second take."""
    place = tmp_path_factory.mktemp("chain")
    keys = KeyRing(place / "keys")
    keys.directory.mkdir()
    chain = [Sshd(place / f"server-{number}", keys, f"host-{number}") for number in range(3)]
    banner = place / "banner"
    banner.write_text("ようこそ、東京データセンターへ。許可された人だけが使えます。🗾\n", "utf-8")
    try:
        for number, server in enumerate(chain):
            server.authorize("other" if number == 1 else "mine")
            server.start(f"Banner {banner}")
        (place / "known_hosts").write_text("".join(f"{server.known_hosts_line()}\n" for server in chain))
        for name, mode in (("id_ed25519", 0o600), ("鍵_ed25519", 0o644)):
            (place / name).write_bytes(keys.private("mine"))
            (place / name).chmod(mode)
        (place / "config").write_text("".join((
            *(f"Host {name}\n  HostName 127.0.0.1\n  Port {server.port}\n{jump}" for name, server, jump in (
                ("gate", chain[0], ""), ("inner", chain[1], "  ProxyJump gate\n"),
                ("web-1", chain[2], "  ProxyJump inner\n"), (JAPANESE, chain[0], ""), ("box", chain[0], ""))),
            f"Host {JAPANESE}\n  IdentityFile {place}/鍵_ed25519\n"
            f"Host * !{JAPANESE}\n  IdentityFile {place}/id_ed25519\n"
            f"Host *\n  User {me()}\n  IdentitiesOnly yes\n",
            f"  UserKnownHostsFile {place}/known_hosts\n  GlobalKnownHostsFile /dev/null\n",
        )), "utf-8")  # fmt: skip
        yield place, chain
    finally:
        for server in chain:
            server.stop()


@pytest.mark.requires("sshd")
def test_three_hops(size: Size, servers: tuple[Path, list[Sshd]], tmp_path: Path) -> None:
    """The way leads over two jump hosts; it is the second one that refuses, and it is named."""
    place, _ = servers
    with opened(size, sshwizard("-F", str(place / "config"), "web-1"), environment(tmp_path)) as terminal:
        terminal.wait_for("inner", "login")
        terminal.at_both_sizes("inner", "key").wait_for("hop 2")
        terminal.leave(1)


def centred(columns: int, shown: str) -> bool:
    """One frame in the middle of so many columns: every line of it begins in the same one, and ends so, too."""
    lines = [line.rstrip() for line in shown.splitlines() if line.rstrip().endswith(("│", "╮", "╯"))]
    edges = {(len(line) - len(line.lstrip()), columns - cell_len(line)) for line in lines}
    return len(edges) == 1 and all(abs(left - right) <= 1 for left, right in edges)


@pytest.mark.requires("sshd")
def test_a_japanese_screen(size: Size, servers: tuple[Path, list[Sshd]], tmp_path: Path) -> None:
    """Host, key file and banner are Japanese: no frame is pushed aside, no letter is split."""
    place, _ = servers
    with opened(size, sshwizard("-F", str(place / "config"), JAPANESE), environment(tmp_path)) as terminal:
        terminal.wait_for(JAPANESE, "鍵_ed25519")
        terminal.at_both_sizes(JAPANESE, "鍵_ed25519")
        terminal.press("e").wait_for("esc back")
        for other in (LARGE, SMALL):
            drawn = partial(centred, other[0])  # awaited: a frame of the old width may still stand there
            assert "\ufffd" not in terminal.resize(other).wait_for("鍵_ed25519", drawn)
        terminal.press("Escape").wait_for("What you can do")
        terminal.leave(1)


@pytest.mark.requires("sshd")
def test_in_tmux_over_ssh(size: Size, servers: tuple[Path, list[Sshd]], open_key: World, tmp_path: Path) -> None:
    """The wizard runs in tmux on another computer, to which ssh leads."""
    place, _ = servers
    inner = tmp_path / "inner"
    wizard = f"cd {CHECKOUT}; env HOME={tmp_path} LC_ALL=C.UTF-8 {sshwizard(*open_key.target_args)}"
    remote = f"LC_ALL=C.UTF-8 tmux -u -S {inner} -f /dev/null new-session {shlex.quote(wizard)}"
    command = shlex.join(("ssh", "-F", str(place / "config"), "-t", "box", remote))
    with opened(size, command, environment(tmp_path, TERM="xterm-256color")) as terminal:
        terminal.at_both_sizes("Other people can read", "Make the key private")
        terminal.press("f").wait_for("Proof", "chmod 600")
        terminal.press("Escape").wait_for(lambda text: "Cancel" not in text and "What you can do" in text)
        terminal.press("q").wait_for("it ended with")
    assert key(open_key).stat().st_mode & 0o777 == 0o644
