"""What stands in a change's way: each time a sentence, nothing changed, nothing left behind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from snapshots import snapshot

from sshwizard.effects import Chmod, CopyKey, EditLines, Effect, MakeDirectory, Restore, WriteFile, digest
from sshwizard.events import Doing
from sshwizard.journal import CannotFix, Journal
from sshwizard.store import Store

BIG = "x" * 400_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    below = tmp_path / "ssh"
    below.mkdir(mode=0o700)
    (below / "config").write_text("# mine\n")
    (below / "config").chmod(0o644)
    return below


def changes(place: Path) -> dict[str, Effect]:
    """A change of each kind that writes, as the preview saw the world before anything was in its way."""
    file, backup = place / "config", place.parent / "backup"
    backup.write_text(BIG)
    seen = digest(file.read_bytes())
    return {
        "edit": EditLines(str(file), seen, (), (BIG,)),
        "restore": Restore(str(file), str(backup), seen),
        "write": WriteFile(str(file), BIG, seen),
        "chmod": Chmod(str(file), 0o600, 0o644),
        "copy": CopyKey(str(backup), str(place / "copy"), digest(BIG.encode())),
        "mkdir": MakeDirectory(str(place / "new")),
    }


def refused(effect: Effect) -> str:
    """What the one place where anything is changed says; it had written it down first, or never began."""
    told: list[Doing] = []
    with pytest.raises(CannotFix) as error:
        Journal(Store.create("box"), read_only=False, noted=told.append).change("edit-config-value", (effect,))
    return str(error.value)


def unchanged(place: Path, effect: Effect, says: str) -> None:
    before = snapshot(place)
    assert says in refused(effect)
    assert snapshot(place) == before


REPLACE = ("edit", "restore", "write")


@pytest.mark.parametrize("kind", REPLACE)
def test_a_file_with_two_names_keeps_them(place: Path, kind: str) -> None:
    effect = changes(place)[kind]
    os.link(place / "config", place / "other-name")
    unchanged(place, effect, "ssh/config has 2 names (hard links), and replacing it would part them")
    assert (place / "config").samefile(place / "other-name")


@pytest.mark.parametrize("kind", REPLACE)
def test_a_directory_took_the_place(place: Path, kind: str) -> None:
    effect = changes(place)[kind]
    (place / "config").unlink()
    (place / "config").mkdir()
    unchanged(place, effect, "ssh/config is no plain file")


@pytest.mark.parametrize("kind", REPLACE)
def test_a_link_that_leads_to_itself(place: Path, kind: str) -> None:
    effect = changes(place)[kind]
    (place / "config").unlink()
    (place / "config").symlink_to("config")
    unchanged(place, effect, "ssh/config is a link that leads to itself")
    (place / "config").unlink()
    (place / "config").symlink_to("config2")
    (place / "config2").symlink_to("config")
    unchanged(place, effect, "is a link that leads to itself")


@pytest.fixture
def immutable() -> Iterator[Callable[[Path], None]]:
    """Set chattr(1)'s i, which binds root, too."""
    held: list[Path] = []

    def hold(path: Path) -> None:
        tried = subprocess.run(["chattr", "+i", str(path)], capture_output=True, check=False, timeout=20)
        if tried.returncode:
            pytest.skip("this file system has no immutable files")
        held.append(path)

    yield hold
    for path in held:
        subprocess.run(["chattr", "-i", str(path)], check=True, timeout=20)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file immutable")
@pytest.mark.requires("chattr")
@pytest.mark.parametrize("kind", [*REPLACE, "chmod"])
def test_an_immutable_file(place: Path, immutable: Callable[[Path], None], kind: str) -> None:
    effect = changes(place)[kind]
    immutable(place / "config")
    unchanged(place, effect, "ssh/config: operation not permitted")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a directory immutable")
@pytest.mark.requires("chattr")
@pytest.mark.parametrize("kind", [*REPLACE, "copy", "mkdir"])
def test_an_immutable_directory(place: Path, immutable: Callable[[Path], None], kind: str) -> None:
    effect = changes(place)[kind]
    immutable(place)
    unchanged(place, effect, "operation not permitted")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 KiB."""
    below = tmp_path / "small"
    below.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(below)],
        capture_output=True, check=False, timeout=20,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield below
    subprocess.run(["umount", str(below)], check=True, timeout=20)


@pytest.mark.requires("netns")
@pytest.mark.parametrize("kind", [*REPLACE, "copy"])
def test_a_disk_that_is_full(small_disk: Path, kind: str) -> None:
    place = small_disk / "ssh"
    place.mkdir()
    (place / "config").write_text("# mine\n")
    (place / "config").chmod(0o644)
    file = place / "config"
    backup = place.parent.parent / "backup"
    backup.write_text(BIG)
    seen = digest(file.read_bytes())
    effect: Effect = {
        "edit": EditLines(str(file), seen, (), (BIG,)),
        "restore": Restore(str(file), str(backup), seen),
        "write": WriteFile(str(file), BIG, seen),
        "copy": CopyKey(str(backup), str(place / "copy"), digest(BIG.encode())),
    }[kind]
    unchanged(place, effect, "no space left on device")


@pytest.mark.requires("netns")
def test_a_full_disk_under_the_journal(small_disk: Path, place: Path) -> None:
    """What cannot be written down is not made."""
    effect = changes(place)["write"]
    kept = Store.create("box", small_disk)
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(b"x" * 200_000)
    before = snapshot(place)
    with pytest.raises(CannotFix, match="the journal cannot be written"):
        Journal(kept, read_only=False, noted=lambda doing: None).change("edit-config-value", (effect,))
    assert snapshot(place) == before
