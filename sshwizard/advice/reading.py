"""What stands on this computer: ~/.ssh, the client's config, the agent, the programs. I/O at the edge; looks only."""

from __future__ import annotations

import asyncio
import glob
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.advice.seen import Authorized, Key, Line, Place, Reading
from sshwizard.effects import BESIDE
from sshwizard.model import Fact
from sshwizard.probes import agent, client, known_hosts, tools
from sshwizard.probes.configfiles import split
from sshwizard.probes.keyfile import LARGEST, examine, public_blob, public_line
from sshwizard.probes.known_hosts import Entry
from sshwizard.probes.localkeys import files
from sshwizard.probes.pemkeys import public_half
from sshwizard.probes.scene import Leg

MOST_FILES = 200
"""Files of the directory that are looked at."""
DEEPEST = 8
"""Levels of Include that are followed."""
NOBODY = "sshwizard.invalid"
"""A name that no host has (RFC 2606): `ssh -G` is asked about it once, to hear whether the config can be read."""


@dataclass
class _Notes:
    unread: list[tuple[str, str]] = field(default_factory=list)
    missing: list[Line] = field(default_factory=list)


async def read(place: Path | None = None) -> Reading:
    """Look at the whole directory, the config, the agent and the programs; at most 5 s."""
    folder = place or paths.ssh_dir()
    own = place is None or folder == paths.ssh_dir()
    notes = _Notes()
    lines = tuple(_config(folder / "config", folder, notes, 0, ""))
    args = (*(() if own else ("-F", str(folder / "config"))), "--", NOBODY)
    said, held, programs = await asyncio.gather(
        client.answer_of(args) if own or (folder / "config").exists() else _nothing(),
        agent.ask(Leg("")) if own else _nothing(),
        asyncio.gather(*map(tools.version, tools.ASKED)),
    )
    return Reading(
        place=str(folder),
        me=os.getuid(),
        now=time.time(),
        places=tuple(_places(folder, notes)),
        above=tuple(_stat(folder.parent)),
        keys=tuple(_keys(folder)),
        lines=lines,
        missing=tuple(notes.missing),
        sockets=tuple(_sockets(lines)),
        config=said if isinstance(said, Fact) else None,
        known=tuple(_known(folder, notes)),
        authorized=tuple(_authorized(folder / "authorized_keys", notes)),
        agent=held,
        programs=tuple(programs),
        free=_free(folder),
        unread=tuple(notes.unread),
    )


async def _nothing() -> None:
    return None


# ------------------------------------------------------------------ files


def _stat(path: Path) -> Iterator[Place]:
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode):
            info = path.stat()
    except OSError:
        return
    yield Place(str(path), stat.S_IMODE(info.st_mode), info.st_uid, stat.S_ISDIR(info.st_mode))


def _places(folder: Path, notes: _Notes) -> Iterator[Place]:
    yield from _stat(folder)
    try:
        names = sorted(folder.iterdir())[:MOST_FILES]
    except FileNotFoundError:
        return
    except OSError as error:
        notes.unread.append((str(folder), clean.line(error.strerror or "it cannot be opened")))
        return
    for name in names:
        yield from _stat(name)


def _text(file: Path, notes: _Notes) -> str:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe could last for ever
            notes.unread.append((str(file), "it is no plain file"))
            return ""
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        notes.unread.append((str(file), clean.line(error.strerror or "it cannot be read")))
        return ""


def _free(folder: Path) -> int:
    try:
        told = os.statvfs(folder if folder.exists() else folder.parent)
    except OSError:
        return -1
    return told.f_bavail * told.f_frsize


# ------------------------------------------------------------------ keys


def _keys(folder: Path) -> Iterator[Key]:
    """Private key files by their content, or by the name ssh gives them: a damaged one no longer looks like one."""
    for path in files(folder, "*")[:MOST_FILES]:
        if (
            path.suffix in {".pub", ".old"}
            or BESIDE in path.name
            or path.name in {"config", "known_hosts", "authorized_keys", "environment"}
        ):
            continue
        try:
            with path.open("rb") as stream:
                raw = stream.read(LARGEST)
            changed = path.stat().st_mtime
        except OSError:
            raw, changed = b"", 0.0
        beside = path.with_name(f"{path.name}.pub")
        looks = b"PRIVATE KEY" in raw or raw.startswith(b"PuTTY-User-Key") or b"P\0R\0I\0V\0A\0T\0E" in raw
        if not (looks or path.name.startswith("id_") or path.suffix in {".pem", ".ppk"}):
            continue
        blob, locked = public_blob(raw)
        if blob is None and not locked:
            blob = public_half(raw)[0]
        told = ""
        if beside.is_file():
            try:
                told = beside.read_text("utf-8", "replace")
                changed = min(changed, beside.stat().st_mtime)
            except OSError:
                pass
        half = blob or public_line(told) or b""
        comment = clean.line(" ".join(told.split()[2:]), 120)
        pem = b"BEGIN RSA PRIVATE" in raw or b"BEGIN EC PRIVATE" in raw or b"BEGIN PRIVATE" in raw
        yield Key(examine(path), half, comment, bool(told), changed, pem)


# ------------------------------------------------------------------ the config


def _config(file: Path, base: Path, notes: _Notes, depth: int, block: str) -> Iterator[Line]:
    for number, row in enumerate(_text(file, notes).split("\n"), 1):
        keyword, value = split(row)
        if not keyword:
            continue
        if keyword in {"host", "match"}:
            block = f"{keyword} {value}"
        line = Line(str(file), number, row, keyword, value, block)
        yield line
        if keyword == "include" and depth < DEEPEST:
            for pattern in value.split():
                full = paths.expand(pattern)
                names = sorted(glob.glob(str(full if full.is_absolute() else base / full)))  # noqa: PTH207
                if not names and not set(pattern) & set("*?[%$"):
                    notes.missing.append(line)
                for name in names:
                    yield from _config(Path(name), base, notes, depth + 1, block)


def _sockets(lines: tuple[Line, ...]) -> Iterator[tuple[Line, Place]]:
    for line in lines:
        if line.keyword == "controlpath" and line.value.lower() != "none":
            folder = paths.expand(line.value).parent
            if folder.is_absolute() and not set(str(folder)) & set("%$"):
                for place in _stat(folder):
                    yield line, place


# ------------------------------------------------------------------ known_hosts and authorized_keys


def _known(folder: Path, notes: _Notes) -> Iterator[Entry]:
    file = folder / "known_hosts"
    if _text(file, notes):
        yield from known_hosts.lines(file)


_TYPE = re.compile(r"(?:^|\s)((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+)\s+(AAAA\S*)\s*(.*)$")


def _authorized(file: Path, notes: _Notes) -> Iterator[Authorized]:
    for number, row in enumerate(_text(file, notes).split("\n"), 1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        found = _TYPE.search(row)
        if found is None:
            yield Authorized(number, row)
            continue
        blob = public_line(f"{found[1]} {found[2]}") or b""
        options = clean.line(row[: found.start()].strip(), 200)
        yield Authorized(number, row, found[1], blob, options, clean.line(found[3], 120))
