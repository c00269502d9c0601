"""What other programs change, and options of a run: which program is run with what, how it ended, in which words."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from sshwizard.effects import CloseShared, Connect, InTerminal, Refused, Retarget, Wait, apply_all
from sshwizard.effects.commands import must


def program(place: Path, name: str, text: str) -> str:
    """A program for sh on PATH."""
    path = place / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first directory of PATH."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return place


# ------------------------------------------------------------------ a program, quietly or in the terminal


@pytest.mark.parametrize("limit", [20, None])
def test_a_program_that_ends_well_says_nothing(limit: float | None, capfd: pytest.CaptureFixture[str]) -> None:
    must(("sh", "-c", "echo out; echo err >&2"), limit)
    out, err = capfd.readouterr()
    assert (out, err) == (("", "") if limit else ("out\n", "err\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exit 3", "sh did not succeed (it ended with 3)"),
        ("exit 1", "sh did not succeed (it ended with 1)"),
        ("kill -TERM $$", "sh did not succeed (it ended with -15)"),
        ("kill -INT $$", "sh was interrupted"),
    ],
)
@pytest.mark.parametrize("limit", [20, None])
def test_how_a_program_failed_is_said(text: str, says: str, limit: float | None) -> None:
    with pytest.raises(Refused) as refused:
        must(("sh", "-c", text), limit)
    assert str(refused.value) == says


def test_a_program_that_is_missing_or_does_not_end() -> None:
    with pytest.raises(Refused, match="there is no program named no-such-program"):
        must(("no-such-program",), None)
    with pytest.raises(Refused, match=r"sleep did not end within 0.05 s"):
        must(("sleep", "20"), 0.05)


def test_a_quiet_program_cannot_ask(tmp_path: Path) -> None:
    """With a limit its input is empty; in the terminal it is the person's own."""
    text = f"cat > {tmp_path}/got"
    held = os.dup(0)
    try:
        for limit, got in ((20.0, ""), (None, "typed")):
            reader, writer = os.pipe()
            os.write(writer, b"typed")
            os.close(writer)
            os.dup2(reader, 0)
            os.close(reader)
            must(("sh", "-c", text), limit)
            assert (tmp_path / "got").read_text() == got
    finally:
        os.dup2(held, 0)
        os.close(held)


def test_what_is_run_in_the_terminal_has_a_way_back_where_one_was_given(tmp_path: Path) -> None:
    mark = tmp_path / "a mark"
    there = InTerminal(("touch", str(mark)), ("rm", str(mark)))
    assert there.preview() == (f"touch '{mark}'",)
    assert there.terminal
    assert there.undoable
    back = apply_all((there,))
    assert mark.exists()
    assert back == (InTerminal(("rm", str(mark)), ("touch", str(mark))),)
    apply_all(back)
    assert not mark.exists()
    alone = InTerminal(("touch", str(mark)))
    assert (alone.undoable, alone.inverse(), apply_all((alone,))) == (False, None, ())


# ------------------------------------------------------------------ a shared connection


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A socket that nobody answers on."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as served:
        served.bind("cm")
    return tmp_path / "cm"


@pytest.mark.requires("ssh")
def test_a_dead_shared_connection_is_taken_away(master: Path) -> None:
    effect = CloseShared("cm", "box")
    ask, gone = effect.preview()
    assert ask == "ssh -F none -o ProxyCommand=false -S cm -O exit -- box"
    assert gone == "rm -f cm"
    assert (effect.undoable, effect.inverse()) == (False, None)
    assert apply_all((effect,)) == ()
    assert not master.exists()


def test_the_master_is_asked_to_end_before_its_socket_goes(master: Path, bin_: Path) -> None:
    program(bin_, "ssh", f'echo "$@" > {bin_}/asked; [ -S cm ] && echo there >> {bin_}/asked; exit 255')
    CloseShared("cm", "box").apply()
    assert (bin_ / "asked").read_text() == "-F none -o ProxyCommand=false -S cm -O exit -- box\nthere\n"
    assert not master.exists()


def test_a_master_that_is_gone_once_it_was_asked(master: Path, bin_: Path) -> None:
    program(bin_, "ssh", "rm cm")
    CloseShared("cm", "box").apply()
    assert not master.exists()


def test_what_is_no_socket_stays(tmp_path: Path) -> None:
    (tmp_path / "cm").write_text("mine")
    for act in (CloseShared(str(tmp_path / "cm"), "box").check, CloseShared(str(tmp_path / "cm"), "box").apply):
        with pytest.raises(Refused, match="cm is no socket"):
            act()
    assert (tmp_path / "cm").read_text() == "mine"
    (tmp_path / "link").symlink_to(tmp_path / "cm")
    with pytest.raises(Refused, match="is no socket"):
        CloseShared(str(tmp_path / "link"), "box").check()


# ------------------------------------------------------------------ this run only


def test_other_options_are_shown_typed_and_taken_back() -> None:
    other = Retarget(("-p", "2222"), ("-4",))
    assert other.preview() == ("ssh -p 2222 …   (this run only)",)
    assert other.typed(("-v", "my box")) == ("ssh -p 2222 -v 'my box'",)
    assert other.inverse().preview() == ("ssh -4 …   (this run only)",)
    assert other.inverse().inverse() == other
    assert Retarget((), ("-4",)).preview() == ("ssh …   (without the options of this run)",)
    assert not other.changes


def test_another_destination_is_shown_typed_and_taken_back() -> None:
    other = Retarget(("-4",), (), ("-l", "dana", "box"), ("bx",))
    assert other.preview() == ("ssh -4 -l dana box",)
    assert other.typed(("bx",)) == ("ssh -4 -l dana box",)
    assert other.inverse() == Retarget((), ("-4",), ("bx",), ("-l", "dana", "box"))


def test_a_wait_is_a_number_of_seconds_and_a_look() -> None:
    wait = Wait(20)
    assert wait.preview() == ("wait 20 s, then look again, once",)
    assert wait.typed(("my box",)) == ("sleep 20; ssh 'my box'",)
    assert (wait.undoable, wait.inverse(), wait.changes, apply_all((wait,))) == (False, None, False, ())


# ------------------------------------------------------------------ the person's own connection


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 0", ""),
        ("exit 7", ""),
        ("exit 254", ""),
        ("exit 255", "it ended with 255"),
        ("kill -TERM $$", "signal 15 ended it"),
    ],
)
def test_who_got_in_got_in_whatever_ran_there(
    text: str, why: str, bin_: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person sees how it ended before the screen comes back, and only where it did not end well."""
    program(bin_, "ssh", text)
    entered: list[str] = []
    monkeypatch.setattr("builtins.input", entered.append)
    connect = Connect(("ssh", "my box"))
    if why:
        with pytest.raises(Refused) as refused:
            connect.apply()
        assert str(refused.value) == f"ssh did not get in: {why}"
    else:
        connect.apply()
    code = {"exit 0": [], "exit 7": ["7"], "exit 254": ["254"], "exit 255": ["255"]}.get(text, ["-15"])
    assert entered == [f"\nssh ended with {one}. Enter goes back." for one in code]
    assert connect.preview() == ("ssh 'my box'",)
    assert (connect.undoable, connect.inverse(), connect.terminal, connect.changes) == (False, None, True, False)


def test_a_terminal_that_is_gone_needs_no_enter(bin_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin_, "ssh", "exit 7")
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        Connect(("ssh", "box")).apply()


def test_our_own_command_need_not_be_on_the_path(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    Connect(("sshwizard", "--version")).apply()
    assert capfd.readouterr().out.startswith("sshwizard ")
    with pytest.raises(Refused, match="there is no program named sftp"):
        Connect(("sftp", "box")).apply()
