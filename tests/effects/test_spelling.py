"""How a change is spelled: names that mean this very file in a shell, lines that are copied whole or not at all."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from sshwizard import effects, paths
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects import (
    AddKeyLine,
    Chmod,
    CloseShared,
    Connect,
    EditLines,
    Effect,
    InTerminal,
    RemoteScript,
    ResetAcl,
    RestoreAcl,
    Retarget,
    WriteFile,
    digest,
    harmless,
    in_words,
)
from sshwizard.effects.online import refused
from sshwizard.effects.spelling import spelled, word


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "home", lambda: tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def expanded(text: str, **env: str) -> str:
    """What a shell takes it for."""
    ran = subprocess.run(["sh", "-c", f"printf %s {text}"], capture_output=True, text=True, check=True, timeout=20,
                         env={**os.environ, **env})  # fmt: skip
    return ran.stdout


@pytest.mark.parametrize("name", ["id", ".ssh/id", "a b", "it's", "a;b", "$x", "~", "~root", "~/x"])
def test_a_word_means_this_very_file(home: Path, name: str) -> None:
    for path in (str(home / name), f"/elsewhere/{name}", name):
        assert expanded(word(path)) == path


def test_a_plain_name_below_home_is_short(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [spelled(str(home / name)) for name in ("id", "a b")] == ["~/id", shlex.quote(f"{home}/a b")]
    assert word(str(home / "id")) == "~/id"
    monkeypatch.setenv("HOME", "/another")
    assert word(str(home / "id")) == f"{home}/id"
    assert expanded(word(str(home / "id"))) == f"{home}/id"


def test_a_name_that_would_not_pass_the_border_is_spelled_as_it_is(home: Path) -> None:
    evil = f"{home}/a\u202eb"
    assert word(evil) == shlex.quote(evil)
    assert "\u202e" not in spelled(evil)
    assert Chmod(evil, 0o600, 0o644).typed(()) == ()


@pytest.mark.parametrize(
    ("rows", "same"),
    [(["a", "b c"], True), ([], True), (["a", "b\x1b[1m"], False), (["\ufffd"], False), (["a\tb"], False),
     (["x y " * 4999], False), (["x y " * 4999 + "z"], True), (["x y " * 5001], False)],
)  # fmt: skip
def test_lines_are_copied_whole_or_not_at_all(rows: list[str], same: bool) -> None:
    assert harmless(rows) == (tuple(rows) if same else ())


# ------------------------------------------------------------------ the lines of an edit, in a real shell


EDITS = {
    "remove": ({"remove": ((2, "two"),)}, "one\nthree\n"),
    "comment": ({"comment": ((1, "one"),)}, "# one\ntwo\nthree\n"),
    "both": ({"remove": ((1, "one"),), "comment": ((3, "three"),), "add": ("new",)}, "two\n# three\nnew\n"),
    "top": ({"add": ("new", "newer"), "at_top": True, "remove": ((3, "three"),)}, "new\nnewer\none\ntwo\n"),
    "end": ({"add": ("it's $new",)}, "one\ntwo\nthree\nit's $new\n"),
}


def run(rows: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh"], input="\n".join(rows) + "\n", capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("ending", ["\n", ""])
def test_the_lines_make_what_the_effect_makes(tmp_path: Path, name: str, ending: str) -> None:
    change, after = EDITS[name]
    file = tmp_path / "a file"
    text = "one\ntwo\nthree" + ending
    file.write_text(text)
    file.chmod(0o640)
    effect = EditLines(str(file), digest(text.encode()), **change)  # type: ignore[arg-type]
    rows = effect.typed(())
    effect.apply()
    made = file.read_text()
    assert made.rstrip("\n") == after.rstrip("\n")
    file.write_text(text)
    ran = run(rows)
    assert (ran.stderr, ran.returncode) == ("", 0)
    # sed ends every line of what it prints; the effect keeps a last line as it was
    assert file.read_text().rstrip("\n") == made.rstrip("\n")
    assert (file.stat().st_mode & 0o777, [path.name for path in tmp_path.iterdir() if path.is_file()]) == (
        0o640,
        ["a file"],
    )


def test_the_lines_refuse_a_file_that_is_another_now(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\n")
    rows = EditLines(str(file), digest(b"one\n"), ((1, "one"),), ("new",)).typed(())
    file.write_text("other\n")
    ran = run(rows)
    assert (ran.returncode, file.read_text()) == (1, "other\n")
    assert "is another now; nothing was changed" in ran.stderr
    new = EditLines(str(tmp_path / "new"), "", (), ("a",)).typed(())
    assert run(new).returncode == 0
    assert (tmp_path / "new").read_text() == "a\n"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert run(new).returncode == 1
    assert (tmp_path / "new").read_text() == "a\n"


def test_a_whole_file_is_written_by_lines_too(tmp_path: Path) -> None:
    effect = WriteFile(str(tmp_path / "f"), "a b\nit's\n", "", 0o600)
    assert run(effect.typed(())).returncode == 0
    by_lines = (tmp_path / "f").read_bytes(), (tmp_path / "f").stat().st_mode
    (tmp_path / "f").unlink()
    effect.apply()
    assert ((tmp_path / "f").read_bytes(), (tmp_path / "f").stat().st_mode) == by_lines


# ------------------------------------------------------------------ refusals in words


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "/x/f"), "/x/f: permission denied"),
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(5, "Input/output error", b"/x"), "input/output error"),
        (OSError("only words\x1b[1m"), "only words"),
    ],
)
def test_what_the_system_refused_is_a_sentence(error: OSError, says: str) -> None:
    assert in_words(error) == says


def test_what_a_cloud_refused_says_what_would_unblock_it() -> None:
    assert str(refused(Unseen("c", "denied", "you may not", "allow ec2:X"))) == "you may not; allow ec2:X"
    assert str(refused(Unseen("c", "denied", "you may not"))) == "you may not"


def test_a_row_of_an_older_journal_is_read(tmp_path: Path) -> None:
    """It said of itself what the kind decides now."""
    row = {**effects.to_json(Chmod("/k", 0o600, 0o644)), "undoable": True, "terminal": False}
    assert effects.from_json(row) == Chmod("/k", 0o600, 0o644)
    for wrong in ({}, {"kind": None}, {"kind": "Refused"}):
        with pytest.raises(ValueError, match="unknown effect"):
            effects.from_json(wrong)


LONG = "x y " * 2000
AT_HOST = (("box",), (), "f", f"ssh-rsa AAAA {LONG}", "0a")


@pytest.mark.parametrize(
    ("effect", "longest"),
    [
        (InTerminal(("echo", LONG)), 4000),
        (Connect(("ssh", LONG)), 4000),
        (CloseShared("/s", LONG), 4000),
        (Retarget((), (), (LONG,)), 404),
        (ResetAcl("C:\\k", LONG, ()), 4000),
        (RestoreAcl("C:\\k", LONG, "me", ()), 4000),
        (AddKeyLine(*AT_HOST), 2000),
        (RemoteScript("0a", "user", (), ("box",), LONG, LONG), 2000),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_row_of_a_preview_is_never_endless(effect: Effect, longest: int) -> None:
    assert max(len(row) for row in effect.preview()) == longest
