"""Files and directories: what a preview says, which bytes, modes and owners stand afterwards, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from test_effects import done, snapshot

from sshwizard import paths
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
