"""What a preview promised holds, or nothing is changed; one step each, nothing left behind, and taken back in order."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from snapshots import done, snapshot

from sshwizard import paths
from sshwizard.effects import (
    Chmod,
    EditLines,
    Effect,
    MakeDirectory,
    Refused,
    Restore,
    WriteFile,
    apply_all,
    digest,
    sweep_after,
)
from sshwizard.effects.content import write_whole

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
TEXT = b"one\ntwo\nthree\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "place" / "config"
    path.parent.mkdir(mode=0o755)
    path.write_bytes(TEXT)
    path.chmod(0o640)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def made(effect: Effect) -> Effect:
    """Apply it; the way back."""
    back = done(effect)
    assert back is not None
    return back


# ------------------------------------------------------------------ promises


@pytest.mark.parametrize("kind", ["write", "restore", "edit"])
def test_each_step_of_a_change_sees_that_somebody_was_there(file: Path, kind: str) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(b"old")
    seen = digest(TEXT)
    effect: Effect = {
        "write": WriteFile(str(file), "x", seen),
        "restore": Restore(str(file), str(copy), seen),
        "edit": EditLines(str(file), seen, ((1, "one"),)),
    }[kind]
    file.write_bytes(TEXT + b"more")
    for act in (effect.check, effect.inverse, effect.apply):
        with pytest.raises(Refused, match="was changed by somebody else since the preview; look again first"):
            act()
    file.write_bytes(TEXT)
    effect.check()
    os.link(file, file.with_name("second"))
    for act in (effect.check, effect.apply):
        with pytest.raises(Refused, match="has 2 names"):
            act()


def test_a_directory_that_is_there_is_not_made(file: Path) -> None:
    for path in (file, file.parent):
        with pytest.raises(Refused, match="is there already"):
            MakeDirectory(str(path)).check()
        with pytest.raises(Refused, match="is there already"):
            MakeDirectory(str(path)).apply()


def test_a_directory_comes_and_goes_and_stays_where_something_is_in_it(file: Path) -> None:
    below = file.parent / "new"
    back = made(MakeDirectory(str(below), 0o750))
    assert mode(below) == 0o750
    (below / "x").touch()
    for act in (back.check, back.apply):
        with pytest.raises(Refused, match="is not empty any more"):
            act()
    (below / "x").unlink()
    below.chmod(0o711)
    again = made(back)
    assert not below.exists()
    made(again)
    assert mode(below) == 0o711


def test_a_new_directory_is_for_this_account_alone(file: Path) -> None:
    made(MakeDirectory(str(file.parent / "new")))
    assert mode(file.parent / "new") == 0o700


# ------------------------------------------------------------------ one step, nothing left


def test_a_new_file_is_private_and_the_temporary_name_gone(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    seen: list[tuple[int, bytes]] = []
    write_whole(place / "f", b"secret", prove=lambda new: seen.append((mode(new), new.read_bytes())))
    assert seen == [(0o600, b"secret")]
    assert snapshot(place) == {"f": (stat.S_IFREG | 0o600, b"secret".hex())}


@pytest.mark.parametrize("name", ["f", "f*", "f?[a]"])
def test_what_a_crash_left_beside_a_file_goes_and_nothing_else(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    ours = place / f".{name}.sshwizard-x1"
    others = {
        place / each
        for each in (name, ".fx.sshwizard-x1", f".{name}.sshwizar", f"{name}.sshwizard-x1", ".f12a.sshwizard-x")
    }
    for path in (ours, *others):
        path.touch()
    sweep_after(WriteFile(str(place / name), "", ""))
    assert set(place.iterdir()) == others


def test_a_sweep_follows_a_link_to_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/f")
    left = tmp_path / "real" / ".f.sshwizard-x1"
    left.touch()
    sweep_after(WriteFile(str(tmp_path / "link"), "", ""))
    assert not left.exists()


def test_an_error_names_the_place_it_is_about(file: Path) -> None:
    with pytest.raises(OSError, match="gone") as error:
        write_whole(file.parent / "gone" / "f", b"x")
    assert error.value.filename == str(file.parent / "gone")


# ------------------------------------------------------------------ several in one go


def test_the_way_back_is_told_before_a_change_is_made(file: Path) -> None:
    told: list[tuple[Effect, Effect | None, bytes]] = []
    steps = (
        Chmod(str(file), 0o600, 0o640),
        EditLines(str(file), digest(TEXT), (), ("new",)),
    )
    backs = apply_all(steps, lambda effect, back: told.append((effect, back, file.read_bytes())))
    assert [row[0] for row in told] == list(steps)
    assert [row[1] for row in told] == list(reversed(backs))
    assert told[1][2] == TEXT
    kept = backs[0]
    assert isinstance(kept, Restore)
    assert Path(kept.backup).parent == paths.backups_dir()
    assert Path(kept.backup).read_bytes() == TEXT
    apply_all(backs)
    assert (file.read_bytes(), mode(file)) == (TEXT, 0o640)


def test_one_that_cannot_be_taken_back_keeps_none_from_it(file: Path) -> None:
    """The second step fails, the way back of the first is barred: the other one is taken back all the same."""
    other = file.with_name("other")
    other.write_bytes(b"x\n")
    steps: tuple[Effect, ...] = (
        Chmod(str(file), 0o600, 0o640),
        EditLines(str(other), digest(b"x\n"), (), ("y",)),
        EditLines(str(file), digest(b"not this"), (), ("z",)),
    )

    def meddle(effect: Effect, back: Effect | None) -> None:
        if effect is steps[1]:
            file.chmod(0o604)  # the way back of the first refuses now

    with pytest.raises(Refused, match="was changed by somebody else"):
        apply_all(steps, meddle)
    assert (mode(file), other.read_bytes()) == (0o604, b"x\n")


class Final(Chmod):
    """A change whose way back is only for a crash."""

    __slots__ = ()

    @property
    def undoable(self) -> bool:
        return False


def test_a_way_back_that_is_only_for_a_crash_is_no_undo(file: Path) -> None:
    told: list[Effect | None] = []
    assert apply_all((Final(str(file), 0o600, 0o640),), lambda effect, back: told.append(back)) == ()
    assert told == [Chmod(str(file), 0o640, 0o600)]


KINDS = (Chmod("/k", 1, 2), WriteFile("/k", "", ""), EditLines("/k", ""), MakeDirectory("/k"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_files_is_quick_and_asks_nobody(kind: Effect) -> None:
    assert (kind.slow, kind.terminal, kind.changes, kind.undoable) == (False, False, True, True)
