"""Names to offer: a convenience list from the ssh config and from recent sessions, never a source of settings."""

from __future__ import annotations

import glob
import json
import shlex
from pathlib import Path

from sshwizard import clean, paths

_DEEPEST = 8
_MOST = 500


def hosts_from_config(path: Path) -> list[str]:
    """The plain names in the Host lines of a config and of the files it includes, in order, each once."""
    found: dict[str, None] = {}
    _read(path, path.parent, found, 0)
    return list(found)[:_MOST]


def _read(path: Path, base: Path, found: dict[str, None], depth: int) -> None:
    if depth > _DEEPEST:
        return
    try:
        if not path.is_file():
            return
        text = path.read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        keyword, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if keyword.lower() == "host":
            for name in _words(rest):
                if name and not set(name) & set("*?!") and clean.line(name) == name and not name.startswith("-"):
                    found.setdefault(name)
        elif keyword.lower() == "include":
            for pattern in _words(rest):
                full = paths.expand(pattern)
                for file in sorted(glob.glob(str(full if full.is_absolute() else base / full))):  # noqa: PTH207
                    _read(Path(file), base, found, depth + 1)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()


def recent_targets(most: int = 8) -> list[str]:
    """What was typed in the newest sessions, newest first, each once."""
    from sshwizard import store

    found: dict[str, None] = {}
    try:
        files = list(store.recent(40))
    except OSError:
        return []
    for file in files:
        try:
            with file.open(encoding="utf-8", errors="replace") as stream:
                row = json.loads(stream.readline(20_000))
            typed = row["target"]["input"] if row.get("mode", "live") == "live" else ""
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if typed and clean.line(typed) == typed:
            found.setdefault(typed)
    return list(found)[:most]
