"""The one guarded run: harmless whatever the person's options say, and gone when it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.model import Target
from sshwizard.probes import process
from sshwizard.probes.command import build, guards
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg
from sshwizard.probes.sshlines import Stage

WANTED = {
    "batchmode": "yes", "controlmaster": "false", "forwardagent": "no", "forwardx11": "no", "permitlocalcommand": "no",
    "updatehostkeys": "false", "addkeystoagent": "false", "clearallforwardings": "yes", "requesttty": "false",
    "connectionattempts": "1", "stricthostkeychecking": "true",
}  # fmt: skip
"""What `ssh -G` must say about a guarded run, whatever stands in the config."""

OPPOSITE = """\
Host *
  BatchMode no
  ControlMaster auto
  ControlPath /tmp/x-%C
  ForwardAgent yes
  ForwardX11 yes
  PermitLocalCommand yes
  LocalCommand touch {place}/local
  RemoteCommand touch x
  UpdateHostKeys yes
  AddKeysToAgent yes
  LocalForward 127.0.0.1:1 x:1
  RequestTTY force
  ConnectionAttempts 9
  UserKnownHostsFile "{place}/my hosts" {place}/hosts
"""


def leg(name: str = "box", **more: str) -> Leg:
    found = {"hostname": name, "port": "22", "user": "dana", "userknownhostsfile": "/k/hosts", **more}
    return Leg(name, {key: (value,) for key, value in found.items()})


def made(
    *args: str, legs: tuple[Leg, ...] = (leg(),), overrides: tuple[str, ...] = (), first: bool = False
) -> list[str]:
    files = [Path(f"/t/log{number}") for number in range(len(legs))]
    return list(
        build(Target("x", args or ("box",), overrides), legs, files, Path("/t/fresh"), "TOKEN", ours_first=first)
    )


def option(command: list[str], keyword: str) -> str:
    """The value of the first `-o KEYWORD=…`, the one that counts."""
    values = [after.partition("=") for word, after in pairwise(command) if word == "-o"]
    return next((value for name, _, value in values if name.lower() == keyword.lower()), "")


def effective(command: list[str]) -> dict[str, str]:
    """What ssh would do with the command, by its own word: the command and its log file left out."""
    at = command.index("-E")
    words = [word for word in command[:at] if word != "-vvv"] + command[at + 2 : -1]
    told = subprocess.run([words[0], "-G", *words[1:]], capture_output=True, text=True, check=True, timeout=20).stdout
    return dict(reversed([tuple(row.split(" ", 1)) for row in told.splitlines() if " " in row]))  # type: ignore[misc]


def test_the_guards_win_over_every_config(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(OPPOSITE.format(place=tmp_path))
    told = effective(made("-F", str(config), "box"))
    assert {key: told.get(key) for key in WANTED} == WANTED
    assert "localforward" not in told
    assert told.get("remotecommand", "none") == "none"
    assert told.get("controlpath", "none") == "none"


def test_the_guards_win_over_every_option_that_was_typed() -> None:
    typed = [f"-o{name}={value}" for name, value in (
        ("BatchMode", "no"), ("StrictHostKeyChecking", "no"), ("ForwardAgent", "yes"), ("ForwardX11", "yes"),
        ("ControlMaster", "yes"), ("RequestTTY", "force"), ("UpdateHostKeys", "yes"), ("PermitLocalCommand", "yes"),
        ("ConnectionAttempts", "9"), ("AddKeysToAgent", "yes"), ("ClearAllForwardings", "no"))]  # fmt: skip
    told = effective(made(*typed, "-F", "none", "box"))
    assert {key: told.get(key) for key in WANTED} == WANTED


@pytest.mark.parametrize("switch", ["-A", "-X", "-M", "-t"])
def test_a_switch_that_was_typed_does_not_undo_a_guard(switch: str) -> None:
    from sshwizard.probes import typed

    told = effective(made("-F", "none", *typed.parse([switch, "box"]).args))
    assert {key: told.get(key) for key in WANTED} == WANTED


def test_the_guards_stand_before_what_was_typed() -> None:
    command = made("-o", "BatchMode=no", "-i", "k", "box", overrides=("-p", "2222"))
    assert command.index("BatchMode=yes") < command.index("-p") < command.index("BatchMode=no")
    assert command[-3:] == ["--", "box", "echo TOKEN"]
    asking = made("box", overrides=("-o", "StrictHostKeyChecking=accept-new"), first=True)
    assert option(asking, "StrictHostKeyChecking") == "accept-new"


@pytest.mark.parametrize(
    ("value", "strict"),
    [("ask", "yes"), ("yes", "yes"), ("true", "yes"), ("accept-new", "accept-new"), ("no", "accept-new")],
)
def test_a_new_host_is_never_written_into_the_person_s_file(value: str, strict: str) -> None:
    words = guards(leg(stricthostkeychecking=value), Path("/t/fresh"))
    assert f"StrictHostKeyChecking={strict}" in words
    assert "UserKnownHostsFile=/t/fresh /k/hosts" in words


def test_known_hosts_files_with_spaces_stay_whole(tmp_path: Path) -> None:
    files = ("/k/my hosts", "/k/other")
    one = Leg("box", {"hostname": ("box",), "user": ("dana",), "userknownhostsfile": files})
    told = effective(made("-F", "none", "box", legs=(one,)))
    assert shlex.split(told["userknownhostsfile"].replace('"', "'"))[0] == "/t/fresh"
    assert "/k/my hosts" in told["userknownhostsfile"]


def words_of_proxy(command: list[str]) -> list[str]:
    """The words that a shell makes of ProxyCommand, after ssh took its % signs."""
    return shlex.split(option(command, "ProxyCommand").replace("%%", "%"))


def test_each_hop_is_guarded_and_has_its_own_log() -> None:
    command = made("-F", "/c/my config", "-J", "a,b", "box", legs=(leg("a"), leg("b"), leg("box")))
    assert "-J" not in command
    inner = words_of_proxy(command)
    outer = words_of_proxy(inner)
    for words, log in ((command, "/t/log2"), (inner, "/t/log1"), (outer, "/t/log0")):
        assert words[0] == "ssh"
        assert words[words.index("-E") + 1] == log
        assert words[words.index("-F") + 1] == "/c/my config"
        for keyword, value in (
            ("BatchMode", "yes"),
            ("ForwardAgent", "no"),
            ("ControlPath", "none"),
            ("UpdateHostKeys", "no"),
        ):
            assert option(words, keyword) == value
    assert inner[-4:] == ["-W", "[box]:22", "--", "b"]
    assert outer[-4:] == ["-W", "[b]:22", "--", "a"]


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("% '\"$`\\;&|"),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(names, names, names)
def test_no_name_breaks_out_of_the_proxy_command(hop: str, user: str, config: str) -> None:
    """Percent signs, spaces and quotes of names and paths come out of ssh and the shell as they went in."""
    legs = (leg(hop, user=user), leg("middle", user=user), leg("box"))
    command = made("-F", config, "box", legs=legs)
    inner = words_of_proxy(command)
    outer = words_of_proxy(inner)
    assert outer[-1] == hop
    assert outer[outer.index("-l") + 1] == user
    assert outer[outer.index("-F") + 1] == config


async def test_the_shell_sees_a_hop_s_name_as_one_word(tmp_path: Path) -> None:
    """With a real ssh: a name that would run something in a shell does not."""
    evil = f"x$(touch {tmp_path}/ran)`touch {tmp_path}/ran`;touch {tmp_path}/ran"
    hop, target = leg(evil, user="dana"), leg("box")
    run = Run()
    run.start(Target("x", ("-F", "none", "box")), (hop, target), 1)
    await run.finished()
    await run.close()
    assert not (tmp_path / "ran").exists()


# ------------------------------------------------------------------ nothing is left


def processes_with(word: str) -> dict[int, str]:
    """Running processes whose command line holds `word`."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in text and os.getpid() != int(place.parent.name):
            found[int(place.parent.name)] = text
    return found


async def left_of(word: str) -> dict[int, str]:
    """What is still there, once the system had a moment to end what was killed."""
    deadline = time.monotonic() + 1
    while (found := processes_with(word)) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return found


@pytest.fixture
def mark() -> Iterator[str]:
    """A command that runs long and is known by its words; none of it outlives the test."""
    words = f"sleep 30.{os.getpid()}{secrets.randbelow(10**6)}"
    yield words
    for number in processes_with(words):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def leftovers(place: Path) -> list[str]:
    return [path.name for path in place.iterdir() if path.name.startswith("sshwizard-")]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see processes")
async def test_a_run_that_is_cancelled_leaves_no_process_and_no_file(temporary: Path, mark: str) -> None:
    """The proxy ignores SIGTERM and hangs: it must be gone all the same."""
    proxy = f"sh -c 'trap \"\" TERM; {mark} & wait'"
    run = Run()
    run.start(Target("x", ("-F", "none", "-o", f"ProxyCommand={proxy}", "box")), (leg(),), 1)
    while run.logs[0].stage < Stage.TCP or not processes_with(mark):
        await asyncio.sleep(0.01)
    await run.close()
    assert run.ended
    assert await left_of(mark) == {}
    assert leftovers(temporary) == []


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see processes")
async def test_a_command_that_is_too_slow_is_ended_with_its_children(mark: str) -> None:
    result = await process.run(("sh", "-c", f"{mark} & {mark}"), 0.2)
    assert (result.code, result.timed_out) == (None, True)
    assert await left_of(mark) == {}


async def test_a_command_that_does_not_exist_is_a_result(tmp_path: Path) -> None:
    assert (await process.run(("no-such-program",), 1)).missing
    (tmp_path / "text").write_text("hello")
    assert (await process.run((str(tmp_path / "text"),), 1)).missing


async def test_a_command_has_no_terminal_and_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    result = await process.run(("sh", "-c", "test -t 0 || echo no terminal; echo $LC_ALL; cat"), 5)
    assert result.out.split("\n")[:2] == ["no terminal", "C.UTF-8"]
    fed = await process.run(("cat",), 5, b"fed\xff")
    assert fed.out == "fed\ufffd"


async def test_a_refused_port_is_read_while_it_runs(temporary: Path) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        number = str(holder.getsockname()[1])
        run = Run()
        run.start(Target("x", ("-F", "none", "-p", number, "127.0.0.1")), (leg("127.0.0.1", port=number),), 1)
        log = await run.upto(0, Stage.TCP)
        assert log.has("tcp.fail")
        await run.finished()
        await run.close()
    assert run.code == 255
    assert not run.cut
    assert leftovers(temporary) == []


def test_a_text_is_a_run_that_is_over() -> None:
    run = Run.of_text(b"debug1: Connection established.\n")
    assert run.ended
    assert run.command == ""
    assert run.logs[0].stage == Stage.BANNER
