"""What stands in a directory, to be compared before a change, after it, and after its way back."""

from __future__ import annotations

from pathlib import Path

from sshwizard.effects import Effect


def done(effect: Effect) -> Effect | None:
    """Apply an effect as the journal does: the way back is made first."""
    effect.check()
    inverse = effect.inverse()
    effect.apply()
    return inverse


def snapshot(place: Path) -> dict[str, tuple[int, str]]:
    """Every name below `place`, with its kind and mode, and its content or where it points."""
    found = {}
    for path in sorted(place.rglob("*")):
        info = path.lstat()
        shows = str(path.readlink()) if path.is_symlink() else path.read_bytes().hex() if path.is_file() else ""
        found[str(path.relative_to(place))] = (info.st_mode, shows)
    return found
