"""An edit of a file: refused when the world moved on, made whole or not at all, and taken back byte for byte."""

from __future__ import annotations

import os
import resource
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import done, snapshot

from sshwizard import paths
from sshwizard.effects import Chmod, EditLines, Effect, Refused, Restore, Retarget, apply_all, digest

OLD = b"first\nsecond\r\nthird \xff\xfe\nlast without end"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ssh" / "config"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def edit(
    path: Path, *, remove: tuple[tuple[int, str], ...] = (), add: tuple[str, ...] = (), top: bool = False
) -> Effect:
    content = path.read_bytes() if path.exists() else None
    return EditLines(str(path), digest(content), remove, add, top)


EDITS: dict[str, tuple[Callable[[Path], Effect], bytes]] = {
    "add at the end": (lambda path: edit(path, add=("new", "newer")), OLD + b"\nnew\nnewer\n"),
    "add at the top": (lambda path: edit(path, add=("new",), top=True), b"new\n" + OLD),
    "remove": (lambda path: edit(path, remove=((2, "second"),)), b"first\nthird \xff\xfe\nlast without end"),
    "replace": (
        lambda path: edit(path, remove=((1, "first"), (4, "last without end")), add=("new",)),
        b"second\r\nthird \xff\xfe\nnew\n",
    ),
    "remove all": (
        lambda path: edit(
            path, remove=((1, "first"), (2, "second"), (3, "third \ufffd\ufffd"), (4, "last without end"))
        ),
        b"",
    ),
    "chmod": (lambda path: Chmod(str(path), 0o600, 0o640), OLD),
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("through", ["itself", "a link"])
def test_a_change_is_made_and_taken_back(file: Path, name: str, through: str) -> None:
    make, after = EDITS[name]
    path = file
    if through == "a link":
        path = file.parent / "link"
        path.symlink_to("config")
    before = snapshot(file.parent)
    effect = make(path)
    shown = effect.preview()
    assert shown
    assert all(row == row.strip("\n") for row in shown)
    assert snapshot(file.parent) == before
    inverse = done(effect)
    assert file.read_bytes() == after
    assert path.is_symlink() is (through == "a link")
    assert stat.S_IMODE(file.stat().st_mode) == (0o600 if name == "chmod" else 0o640)
    assert inverse is not None
    assert inverse.preview()
    again = done(inverse)
    assert snapshot(file.parent) == before
    assert again is not None
    done(again)
    assert file.read_bytes() == after


def test_a_new_file_is_private_and_taken_back(file: Path) -> None:
    path = file.parent / "known_hosts"
    before = snapshot(file.parent)
    inverse = done(edit(path, add=("host key",)))
    assert path.read_bytes() == b"host key\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert inverse is not None
    inverse.apply()
    assert snapshot(file.parent) == before


def test_a_link_to_a_file_that_is_not_there_yet_stays_a_link(file: Path) -> None:
    path = file.parent / "known_hosts"
    path.symlink_to("elsewhere")
    before = snapshot(file.parent)
    inverse = done(edit(path, add=("host key",)))
    assert (file.parent / "elsewhere").read_bytes() == b"host key\n"
    assert path.is_symlink()
    assert inverse is not None
    inverse.apply()
    assert snapshot(file.parent) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_owner_stays(file: Path) -> None:
    os.chown(file, 1234, 2345)
    done(edit(file, add=("new",)))
    info = file.stat()
    assert (info.st_uid, info.st_gid) == (1234, 2345)


def test_a_backup_is_private(file: Path) -> None:
    file.chmod(0o644)
    done(edit(file, add=("new",)))
    kept = list(paths.backups_dir().iterdir())
    assert [path.read_bytes() for path in kept] == [OLD]
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


REFUSALS: dict[str, tuple[Callable[[Path], Effect], Callable[[Path], object]]] = {
    "the content changed": (EDITS["remove"][0], lambda path: path.write_bytes(OLD + b"\nmore\n")),
    "the file went": (EDITS["remove"][0], lambda path: path.unlink()),
    "a file came": (lambda path: edit(path.with_name("new"), add=("x",)), lambda path: path.with_name("new").touch()),
    "the mode changed": (EDITS["chmod"][0], lambda path: path.chmod(0o644)),
    "the line is another": (lambda path: edit(path, remove=((1, "second"),)), lambda path: None),
    "the line is not there": (lambda path: edit(path, remove=((9, "ninth"),)), lambda path: None),
    "the line is before the first": (lambda path: edit(path, remove=((0, "last without end"),)), lambda path: None),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_preview_is_a_promise(file: Path, name: str) -> None:
    make, disturb = REFUSALS[name]
    effect = make(file)
    disturb(file)
    before = snapshot(file.parent)
    with pytest.raises(Refused) as refused:
        effect.apply()
    assert str(refused.value)
    assert snapshot(file.parent) == before


@pytest.mark.parametrize("name", ["remove", "add at the end", "chmod"])
def test_undo_refuses_when_the_world_changed_since(file: Path, name: str) -> None:
    inverse = done(EDITS[name][0](file))
    file.write_bytes(b"somebody's own work\n")
    file.chmod(0o604)
    assert inverse is not None
    with pytest.raises(Refused):
        inverse.apply()
    assert file.read_bytes() == b"somebody's own work\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


def test_when_one_fails_those_before_it_are_taken_back(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"x\n")
    before = snapshot(file.parent)
    wrong = EditLines(str(other), digest(b"what the preview saw"), (), ("y",))
    with pytest.raises(Refused):
        apply_all((Chmod(str(file), 0o600, 0o640), edit(file, add=("new",)), wrong))
    assert snapshot(file.parent) == before


def test_the_inverses_take_all_back_in_one_go(file: Path) -> None:
    before = snapshot(file.parent)
    inverses = apply_all((edit(file, add=("new",)), Chmod(str(file), 0o600, 0o640), Retarget(("-4",), ())))
    assert file.read_bytes().endswith(b"new\n")
    apply_all(inverses)
    assert snapshot(file.parent) == before


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_leaves_everything_as_it_was(file: Path) -> None:
    effect = edit(file, add=("x" * 4096,))
    before = snapshot(file.parent)
    with full_disk(1024), pytest.raises(OSError):
        effect.apply()
    assert snapshot(file.parent) == before


def test_a_disk_that_is_full_takes_the_first_change_back(file: Path) -> None:
    steps = (Chmod(str(file), 0o600, 0o640), edit(file, add=("x" * 4096,)))
    before = snapshot(file.parent)
    with full_disk(1024), pytest.raises(OSError):
        apply_all(steps)
    assert snapshot(file.parent) == before


def test_a_directory_that_is_not_there_is_an_error_and_no_more(tmp_path: Path) -> None:
    effect = edit(tmp_path / "none" / "known_hosts", add=("x",))
    with pytest.raises(OSError):
        effect.apply()
    assert not list(tmp_path.iterdir())


def test_a_backup_that_is_gone_stops_the_undo(file: Path) -> None:
    inverse = done(edit(file, add=("new",)))
    assert isinstance(inverse, Restore)
    Path(inverse.backup).unlink()
    after = file.read_bytes()
    with pytest.raises(Refused, match="is gone"):
        inverse.apply()
    assert file.read_bytes() == after


rows = st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b""))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(rows, max_size=6), st.booleans(), st.data())
def test_any_edit_is_taken_back(parts: list[bytes], ends: bool, data: st.DataObject) -> None:
    content = b"\n".join(parts) + (b"\n" if ends and parts else b"")
    numbered = [
        (number, row.decode("utf-8", "replace").rstrip("\r\n"))
        for number, row in enumerate(content.splitlines(keepends=True), 1)
    ]
    gone = tuple(data.draw(st.lists(st.sampled_from(numbered), unique=True))) if numbered else ()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "file")
        path.write_bytes(content)
        inverse = done(EditLines(str(path), digest(content), gone, ("new",), data.draw(st.booleans())))
        left = path.read_bytes().splitlines()
        assert b"new" in left
        assert inverse is not None
        inverse.apply()
        assert path.read_bytes() == content
        assert list(Path(place).iterdir()) == [path]
