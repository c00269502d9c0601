"""Lines of authorized_keys: real sh, grep and files; only the way there is short (tests/live has the whole one)."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from snapshots import snapshot

from sshwizard.effects import AddKeyLine, Effect, PutBackKeyLine, Refused, RemoveKeyLine, TakeAwayKeyLine
from sshwizard.effects.keylines import USUAL, with_key

OLD, NEW, OTHER = (f"ssh-ed25519 AAAA{letter * 8} {letter}@box" for letter in "onx")
HOW = (("-l", "dana", "box"), ("-i", "/k"))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of an account, to which `ssh` on PATH leads."""
    home, place = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    place.mkdir()
    (place / "ssh").write_text(f'#!/bin/sh\necho "$*" >{place}/asked\nHOME={home}; export HOME; exec sh -s\n')
    (place / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return home


def holding(server: Path, *rows: str, end: str = "\n") -> Path:
    file = server / USUAL
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text("\n".join(rows) + end)
    file.chmod(0o640)
    return file


def add(line: str = NEW) -> AddKeyLine:
    return AddKeyLine(*HOW, USUAL, line, "0a1b")


def remove(keep: str = NEW) -> RemoveKeyLine:
    return RemoveKeyLine(*HOW, USUAL, OLD, "0a1b", keep.split()[1])


def made(effect: Effect) -> Effect:
    effect.check()
    back = effect.inverse()
    assert back is not None
    effect.apply()
    return back


def refuses(effect: Effect, says: str, server: Path) -> None:
    before = snapshot(server)
    for act in (effect.check, effect.apply):
        with pytest.raises(Refused) as refused:
            act()
        assert str(refused.value) == says
    assert snapshot(server) == before


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_key_is_let_in_and_taken_away(server: Path, end: str) -> None:
    file = holding(server, OTHER, OLD, end=end)
    back = made(add())
    assert file.read_text() == f"{OTHER}\n{OLD}\n{NEW}\n"
    refuses(add(), "the key stands in authorized_keys already", server)
    assert isinstance(back, TakeAwayKeyLine)
    assert back.inverse() == add()
    made(back)
    assert file.read_text() == f"{OTHER}\n{OLD}\n"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    refuses(back, "the line is not in authorized_keys any more", server)


def test_the_first_key_of_an_account_makes_a_private_file(server: Path) -> None:
    back = made(add())
    file = server / USUAL
    assert file.read_text() == NEW + "\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)] == [0o700, 0o600]
    made(back)
    assert file.read_text() == ""


def test_a_key_that_is_there_with_options_is_not_added_again(server: Path) -> None:
    holding(server, f'from="10.0.0.1" {NEW}')
    refuses(add(), "the key stands in authorized_keys already", server)


def test_a_key_is_known_by_its_base64_whatever_its_comment(server: Path) -> None:
    kind, base64, _ = NEW.split()
    file = holding(server, OLD, f"{kind} {base64} another@desk")
    refuses(add(), "the key stands in authorized_keys already", server)
    RemoveKeyLine(*HOW, USUAL, NEW, "0a1b", OLD.split()[1]).apply()
    assert file.read_text() == f"{OLD}\n"


def test_another_key_with_the_same_comment_is_another(server: Path) -> None:
    file = holding(server, f"ssh-ed25519 {'B' * 12} {NEW.split()[2]}")
    made(add())
    assert len(file.read_text().splitlines()) == 2


def test_a_line_that_somebody_changed_is_not_taken_away(server: Path) -> None:
    back = add().inverse()
    holding(server, NEW + " and more")
    refuses(back, "the line is not in authorized_keys any more", server)


def test_an_old_key_is_shut_out_and_put_back(server: Path) -> None:
    file = holding(server, OLD, OTHER, f'command="x" {OLD}', NEW)
    before = snapshot(server)
    back = made(remove())
    assert file.read_text() == f"{OTHER}\n{NEW}\n"
    assert file.with_name("authorized_keys.sshwizard-0a1b").read_text().startswith(OLD)
    refuses(remove(), "the old key is not in authorized_keys any more", server)
    assert isinstance(back, PutBackKeyLine)
    assert back.inverse() == remove()
    file.write_text(f"{OTHER}\n{NEW}\nmore\n")
    refuses(back, "authorized_keys was changed since; it stays", server)
    file.write_text(f"{OTHER}\n{NEW}\n")
    made(back)
    assert snapshot(server) == before
    refuses(back, "the old file is no longer on the server", server)


@pytest.mark.parametrize("rows", [(OLD, OTHER), (OLD, "# " + NEW)])
def test_the_key_to_keep_must_stand_there_first(server: Path, rows: tuple[str, ...]) -> None:
    holding(server, *rows)
    refuses(remove(), "the new key is not in authorized_keys", server)


def test_a_file_behind_a_link_stays_behind_it(server: Path) -> None:
    file = holding(server, OLD)
    real = server / "real"
    file.rename(real)
    file.symlink_to("../real")
    back = made(add())
    assert file.is_symlink()
    assert real.read_text() == f"{OLD}\n{NEW}\n"
    made(back)
    assert file.is_symlink()
    assert real.read_text() == f"{OLD}\n"


def test_what_is_shown_and_typed_is_what_is_run(server: Path) -> None:
    file = holding(server, OLD)
    effect = add()
    head, *rows = effect.preview()
    assert head == "# on box, as the login account"
    assert rows == effect.script.splitlines()
    first, *script, last = effect.typed(("elsewhere",))
    assert (first, last) == ("ssh -i /k -l dana box 'sh -s' <<'SSHWIZARD'", "SSHWIZARD")
    subprocess.run(["sh"], input="\n".join([first, *script, last, ""]), text=True, check=True, timeout=20)
    assert file.read_text() == f"{OLD}\n{NEW}\n"
    file.write_text(f"{OLD}\n")
    effect.apply()
    assert file.read_text() == f"{OLD}\n{NEW}\n"
    asked = (server.parent / "bin" / "asked").read_text()
    assert asked.endswith(" -i /k -l dana box sh -s\n")
    assert with_key("/k") == ("-i", "/k", "-o", "IdentitiesOnly=yes")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo first >&2; echo Permission denied >&2; exit 255", "the login does not lead in: Permission denied"),
        ("echo first >&2; echo grep: bad >&2; exit 2", "the server says: grep: bad"),
        ("echo it differs >&2; exit 9", "it differs"),
        ("exit 9", "the server says: "),
        ("exit 255", "the login does not lead in: "),
        ("printf 'odd \\033[31m\\377 bytes' >&2; exit 4", "the server says: odd \ufffd bytes"),
    ],
)
def test_how_it_failed_is_said(server: Path, text: str, says: str) -> None:
    (server.parent / "bin" / "ssh").write_text(f"#!/bin/sh\ncat >/dev/null\n{text}\n")
    with pytest.raises(Refused) as refused:
        add().apply()
    assert str(refused.value) == says
