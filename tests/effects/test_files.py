"""Files and directories: what a preview says, which bytes, modes and owners stand afterwards, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from snapshots import done, snapshot

from sshwizard.effects import (
    Chmod,
    Chown,
    EditLines,
    Effect,
    MakeDirectory,
    Refused,
    RemoveDirectory,
    Restore,
    WriteFile,
    digest,
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


# ------------------------------------------------------------------ previews


@pytest.mark.parametrize(
    ("effect", "shown"),
    [
        (Chmod("/k", 0o600, 0o644), ("chmod 600 /k",)),
        (Chmod("/k", 0, 0o644), ("chmod 0 /k",)),
        (Chown("/k", 1000, 100, (0, 0)), ("chown 1000:100 /k",)),
        (Restore("/k", "/b", "d"), ("cp /b /k",)),
        (Restore("/k", "", "d"), ("rm /k",)),
        (WriteFile("/k", "a\nb\n", ""), ("/k:", "+ a", "+ b")),
        (MakeDirectory("/k"), ("mkdir -m 700 /k",)),
        (MakeDirectory("/k", 0o755), ("mkdir -m 755 /k",)),
        (RemoveDirectory("/k"), ("rmdir /k",)),
        (
            EditLines("/k", "d", ((2, "two"),), ("new",), False, ((3, "three"),)),
            ("/k:", "- two", "- three", "+ # three", "+ new"),
        ),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Effect) else "",
)
def test_a_preview_is_the_change_in_words(effect: Effect, shown: tuple[str, ...]) -> None:
    assert effect.preview() == shown


def test_a_long_line_is_cut_in_a_preview_and_whole_in_the_file(file: Path) -> None:
    long = "x y " * 50 + "z"
    file.write_text(f"{long}\n{long}y\n")
    effect = EditLines(str(file), digest(file.read_bytes()), ((1, long),), (long + "z",), False, ((2, long + "y"),))
    assert [len(row) for row in effect.preview()[1:]] == [112, 112, 114, 112]
    made(effect)
    assert file.read_text() == f"# {long}y\n{long}z\n"
    assert [len(row) for row in WriteFile(str(file), long, "").preview()[1:]] == [112]


# ------------------------------------------------------------------ modes and owners


@pytest.mark.parametrize("bits", [0o600, 0o400, 0o755, 0o2755])
def test_a_mode_is_set_and_comes_back(tmp_path: Path, bits: int) -> None:
    place = tmp_path / "k"
    place.mkdir(mode=0o751)
    back = made(Chmod(str(place), bits, 0o751))
    assert mode(place) == bits
    with pytest.raises(Refused, match=f"has mode {bits:04o} now; the preview saw 0751"):
        Chmod(str(place), 0o700, 0o751).apply()
    made(back)
    assert mode(place) == 0o751


@ROOT
def test_an_owner_is_set_on_the_link_itself_and_comes_back(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to("config")
    for path, other in ((file, link), (link, file)):
        was = path.lstat()
        beside = other.lstat()
        back = made(Chown(str(path), 1234, 2345, (was.st_uid, was.st_gid)))
        assert (path.lstat().st_uid, path.lstat().st_gid) == (1234, 2345)
        assert (other.lstat().st_uid, other.lstat().st_gid) == (beside.st_uid, beside.st_gid)
        with pytest.raises(Refused, match="belongs to 1234:2345 now"):
            Chown(str(path), 1, 1, (was.st_uid, was.st_gid)).apply()
        made(back)
        assert (path.lstat().st_uid, path.lstat().st_gid) == (was.st_uid, was.st_gid)


@ROOT
@pytest.mark.parametrize("owner", [(1234, 0), (0, 2345), (1234, 2345)])
def test_whoever_owns_a_file_owns_what_takes_its_place(file: Path, owner: tuple[int, int]) -> None:
    os.chown(file, *owner)
    write_whole(file, b"new")
    info = file.stat()
    assert (info.st_uid, info.st_gid, mode(file)) == (*owner, 0o640)


def test_extended_attributes_stay(file: Path) -> None:
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    write_whole(file, b"new")
    assert os.getxattr(file, "user.note") == b"mine"


# ------------------------------------------------------------------ content


@pytest.mark.parametrize("before", [None, b"old\n"])
def test_a_file_is_written_whole_with_its_mode_and_comes_back(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "place" / "f"
    path.parent.mkdir()
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o400)
    was = snapshot(path.parent)
    effect = WriteFile(str(path), "a\nb\n", digest(before))
    back = made(effect)
    assert (path.read_bytes(), mode(path)) == (b"a\nb\n", 0o644)
    after = snapshot(path.parent)
    again = made(back)
    assert snapshot(path.parent) == was
    once_more = made(again)
    assert snapshot(path.parent) == after
    made(once_more)
    assert snapshot(path.parent) == was


@pytest.mark.parametrize("bits", [0o600, 0o000])
def test_a_file_gets_the_mode_that_was_asked_for(tmp_path: Path, bits: int) -> None:
    made(WriteFile(str(tmp_path / "f"), "x\n", "", bits))
    assert mode(tmp_path / "f") == bits


def test_what_comes_back_has_the_mode_it_had_or_the_one_it_has(file: Path) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(b"old")
    Restore(str(file), str(copy), digest(TEXT)).apply()
    assert (file.read_bytes(), mode(file)) == (b"old", 0o640)
    for bits in (0o604, 0):
        Restore(str(file), str(copy), digest(b"old"), bits).apply()
        assert mode(file) == bits


def test_a_restored_file_is_taken_back_with_its_mode(file: Path) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(b"old")
    back = made(Restore(str(file), str(copy), digest(TEXT), 0o600))
    assert mode(file) == 0o600
    made(back)
    assert (file.read_bytes(), mode(file)) == (TEXT, 0o640)
    plain = Restore(str(file), str(copy), digest(TEXT)).inverse()
    assert isinstance(plain, Restore)
    assert plain.mode == -1


def test_a_file_that_came_is_removed_also_through_a_link(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to("new")
    back = made(WriteFile(str(link), "x\n", ""))
    assert file.with_name("new").read_text() == "x\n"
    made(back)
    assert link.is_symlink()
    assert not file.with_name("new").exists()


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        (b"a\nb", {"add": ("c",)}, b"a\nb\nc\n"),
        (b"a\nb\n", {"add": ("c",)}, b"a\nb\nc\n"),
        (b"a\nb", {"add": ("c",), "at_top": True}, b"c\na\nb"),
        (b"a\nb", {"remove": ((2, "b"),), "add": ("c",)}, b"a\nc\n"),
        (b"a\nb", {"remove": ((1, "a"), (2, "b")), "add": ("c",)}, b"c\n"),
        (b"a\n\nb\n", {"remove": ((2, ""),)}, b"a\nb\n"),
        (b"a\nb\n", {"comment": ((1, "a"),)}, b"# a\nb\n"),
        (b"a\nb", {"comment": ((2, "b"),), "remove": ((1, "a"),)}, b"# b"),
        (b"a\nb", {"remove": ((2, "b"),)}, b"a\n"),
        (b"", {"add": ("c",)}, b"c\n"),
        (b"\n", {"add": ("c",)}, b"\nc\n"),
        (b"a\r\nb\r\n", {"remove": ((2, "b"),), "add": ("c",)}, b"a\r\nc\n"),
    ],
)
def test_lines_are_taken_out_switched_off_and_put_in(
    file: Path, text: bytes, change: dict[str, object], after: bytes
) -> None:
    file.write_bytes(text)
    back = made(EditLines(str(file), digest(text), **change))  # type: ignore[arg-type]
    assert file.read_bytes() == after
    made(back)
    assert file.read_bytes() == text


@pytest.mark.parametrize("row", ["a\nb", "a\rb", "a\0b"])
def test_what_is_more_than_one_line_is_never_written(file: Path, row: str) -> None:
    effect = EditLines(str(file), digest(TEXT), (), (row,))
    for act in (effect.check, effect.inverse, effect.apply):
        with pytest.raises(Refused, match="more than one line"):
            act()
    assert file.read_bytes() == TEXT


@pytest.mark.parametrize("number", [0, -1, 4, 5])
@pytest.mark.parametrize("field", ["remove", "comment"])
def test_a_line_that_is_not_there_is_not_touched(file: Path, field: str, number: int) -> None:
    file.write_bytes(b"one\ntwo\nthree")
    effect = EditLines(str(file), digest(b"one\ntwo\nthree"), **{field: ((number, "three"),)})  # type: ignore[arg-type]
    with pytest.raises(Refused, match=f"line {number} of .* is not what the preview saw"):
        effect.check()


def test_what_is_beyond_a_thousand_letters_counts_too(file: Path) -> None:
    """A line is compared up to 4000 letters, not as far as it is shown."""
    row = "x y " * 999 + "zz"
    file.write_text(row + "a\n")
    with pytest.raises(Refused, match="not what the preview saw"):
        EditLines(str(file), digest(file.read_bytes()), ((1, row + "b"),)).check()
    EditLines(str(file), digest(file.read_bytes()), ((1, row + "a"),)).check()
    file.write_text(row + "abc\n")
    EditLines(str(file), digest(file.read_bytes()), ((1, row + "abc"),)).check()
