"""The lines to be copied: a real shell that runs them makes the very same files as the fix does."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from sshwizard import vocabulary
from sshwizard.effects import EditLines, Effect, MakeDirectory, WriteFile, digest
from sshwizard.fixes import FIXES, Refusal, account, awsdisks, offline, upkeep
from sshwizard.remedies import by_hand, commands

from .googleplans import GOOGLE_PLANS
from .plans import PLANS

SHELLS = [name for name in ("sh", "bash", "zsh") if shutil.which(name)]
WITHOUT = {"repair-key-copy"}
"""What no honest command does: the product's own is shown."""
ELSEWHERE = {
    "fix-key-owner": "needs a file of another account",
    "make-new-key": "ssh-keygen asks, and each key is another",
    "add-key-to-agent": "ssh-add asks",
    "unlock-agent": "ssh-add asks",
    "set-serial-password": "passwd asks",
    "renew-certificate": "the person's own tool",
    "convert-key": "the puttygen of these tests converts nothing",
    "close-control-socket": "the shared connections in tests/live",
    "reset-key-acl": "Windows only",
    "allow-my-ip-in-security-group": "an account: tests/aws",
    "allow-in-network-acl": "an account: tests/aws",
    "start-instance": "an account: tests/aws",
    **{fix.id: "an account: tests/aws" for fix in (*account.FIXES, *offline.FIXES, *awsdisks.FIXES, *upkeep.FIXES)},
    **dict.fromkeys(GOOGLE_PLANS, "a project: tests/gcp"),
    "guide-previous-kernel": "a machine that has the disk: tests/live/test_lent_disk.py",
}
"""What is not run here, and why."""

Seen = dict[str, tuple[int, bytes]]


def seen(place: Path) -> Seen:
    return {
        str(path): (stat.S_IMODE(path.lstat().st_mode), path.read_bytes() if path.is_file() else b"")
        for path in (place, *place.rglob("*"))
    }


def put_back(place: Path, world: Seen) -> None:
    """The place as it was seen."""
    for path in sorted(place.rglob("*"), reverse=True):
        if str(path) not in world:
            path.rmdir() if path.is_dir() else path.unlink()
    for name, (mode, content) in world.items():
        if Path(name).is_file() or content:
            Path(name).write_bytes(content)
        Path(name).chmod(mode)


def run(shell: str, lines: tuple[str, ...], place: Path) -> subprocess.CompletedProcess[bytes]:
    """What a person does who pastes them all."""
    text = "umask 022\n" + "\n".join(lines) + "\n"
    env = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "LANG": "C.UTF-8"}
    return subprocess.run(
        [shell], input=text.encode(), capture_output=True, env=env, cwd=place, timeout=20, check=False
    )


def same(effects: tuple[Effect, ...], place: Path, shell: str) -> None:
    """The effects, and their lines, make the same of the same world."""
    lines = commands(effects, ("box",))
    assert lines
    place = place.parent
    before = seen(place)
    for effect in effects:
        effect.apply()
    done = seen(place)
    assert done != before
    put_back(place, before)
    assert seen(place) == before
    ran = run(shell, lines, place)
    assert ran.stderr == b"", (lines, ran)
    assert seen(place) == done, lines
    put_back(place, before)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of an account, beside its .ssh."""
    home = tmp_path / "my home"
    below = home / "key disk"
    below.mkdir(mode=0o755, parents=True)
    (home / ".ssh").mkdir(mode=0o700)
    monkeypatch.setattr("sshwizard.paths.home", lambda: home)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    return below


HERE = [id_ for id_, fix in FIXES.items() if not fix.inside]
"""What is made on a server is made there: tests/live/test_inside.py."""
FILES = [id_ for id_ in HERE if id_ not in WITHOUT | set(ELSEWHERE) and vocabulary.actions()[id_].group == "repair"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("id_", FILES)
def test_a_shell_does_what_the_fix_does(id_: str, shell: str, place: Path) -> None:
    plan = FIXES[id_].plan(PLANS[id_](place))
    assert not isinstance(plan, Refusal), plan
    same(tuple(effect for effect in plan if effect.changes), place, shell)


@pytest.mark.parametrize("id_", FIXES)
def test_every_fix_can_be_copied(id_: str, place: Path) -> None:
    """As lines that do the same, or as our own command."""
    situation = PLANS[id_](place)
    plan = FIXES[id_].plan(situation)
    if isinstance(plan, Refusal):
        assert id_ in ELSEWHERE
        return
    lines = by_hand(id_, plan, situation.target)
    assert lines
    assert "…" not in "".join(lines)
    ours = [line for line in lines if line.startswith("sshwizard diagnose ")]
    assert bool(ours) is (id_ in WITHOUT), lines
    assert subprocess.run(["sh", "-n"], input="\n".join(lines), text=True, check=False, timeout=20).returncode == 0


ENDS = {"a newline": b"a\nb\nc\n", "none": b"a\nb\nc", "empty": b"", "latin": b"a\nb\xe9\nc\n", "one": b"a"}
EDITS = {
    "add": ((), ("new 'line'", "$HOME `x` \\n %s"), False, ()),
    "add at the top": ((), ("new",), True, ()),
    "take the last out and add": ((3,), ("new",), False, ()),
    "take the first out": ((1,), (), False, ()),
    "switch one off": ((), (), False, (3,)),
    "all": ((1,), ("new",), True, (3,)),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("edit", EDITS)
def test_every_edit(edit: str, ends: str, shell: str, place: Path) -> None:
    """Whatever a file ends with, and through a link."""
    gone, add, top, off = EDITS[edit]
    content = ENDS[ends]
    rows = content.decode("latin-1").split("\n")
    if max((*gone, *off, 0)) > len([row for row in rows if row]):
        return
    file, link = place / "real", place / "with space"
    file.write_bytes(content)
    file.chmod(0o640)
    link.symlink_to(file)
    numbered = [tuple((number, rows[number - 1]) for number in numbers) for numbers in (gone, off)]
    same((EditLines(str(link), digest(content), numbered[0], add, top, numbered[1]),), place, shell)
    assert link.is_symlink()


def test_a_changed_file_is_left_alone(place: Path) -> None:
    """The lines carry what the preview saw, as the fix does."""
    file = place / "known_hosts"
    file.write_text("one\ntwo\n")
    edit = EditLines(str(file), digest(b"one\ntwo\n"), ((2, "two"),))
    file.write_text("zero\none\ntwo\n")
    run("sh", edit.typed(()), place)
    assert file.read_text() == "zero\none\ntwo\n"
    new = EditLines(str(place / "config"), "", (), ("Host box",))
    (place / "config").write_text("mine\n")
    run("sh", new.typed(()), place)
    assert (place / "config").read_text() == "mine\n"


@pytest.mark.parametrize("text", ["a\rb", "a\x1b[31mb", "a\nrm -rf ~", "a\u202eb", "\ufeffHost", "a\ufffd"])
def test_what_would_not_survive_the_border_is_not_offered(text: str) -> None:
    assert EditLines("/f", "d", (), (text,)).typed(()) == ()
    assert EditLines("/f", "d", ((1, text),)).typed(()) == ()
    assert MakeDirectory(f"/{text}").typed(()) == () or text.isprintable()


def test_a_whole_file_is_written_with_its_mode(place: Path) -> None:
    same((WriteFile(str(place / "id.pub"), "ssh-ed25519 AAAA it's me\n", digest(None)),), place, "sh")
