"""What a look at this computer brings home: files, keys, lines of the config, programs. Frozen; `reading` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.probes.keyfile import KeyFile
from sshwizard.probes.known_hosts import Entry
from sshwizard.probes.tools import Program


@dataclass(frozen=True, slots=True)
class Place:
    """A file or directory, as lstat tells it."""

    path: str
    mode: int
    uid: int
    directory: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and what stands beside it."""

    file: KeyFile
    blob: bytes = b""
    """The public half; empty where a passphrase hides it."""
    comment: str = ""
    """From its .pub; the private half's own is not read."""
    beside: bool = False
    """True when there is a .pub."""
    changed: float = 0.0
    """When the key file or its .pub was last written, whichever is longer ago; seconds since the epoch."""
    pem: bool = False
    """True for PEM, the format in which clouds hand out a key pair."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ssh config."""

    file: str
    number: int
    text: str
    keyword: str
    """In lower case."""
    value: str
    block: str = ""
    """`host PATTERNS` or `match CONDITION` above it; empty before every block."""

    @property
    def place(self) -> str:
        """File, line and text."""
        return f"{paths.short(self.file)} line {self.number}: {clean.line(self.text.strip(), 160)}"

    @property
    def everybody(self) -> bool:
        """True when it holds for every host."""
        return self.block in {"", "host *", "match all"}


@dataclass(frozen=True, slots=True)
class Authorized:
    """One line of authorized_keys: a key that opens this account on this computer (sshd(8))."""

    number: int
    text: str
    type: str = ""
    blob: bytes = b""
    options: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the judges may know."""

    place: str
    """The directory that is judged: ~/.ssh."""
    me: int
    now: float
    places: tuple[Place, ...] = ()
    above: tuple[Place, ...] = ()
    """The home directory."""
    keys: tuple[Key, ...] = ()
    lines: tuple[Line, ...] = ()
    missing: tuple[Line, ...] = ()
    """Include lines that lead to no file."""
    sockets: tuple[tuple[Line, Place], ...] = ()
    """ControlPath lines, with the directory in which the sockets lie."""
    config: Fact[Any] | None = None
    """What ssh says when it cannot read its config; None while it can."""
    known: tuple[Entry, ...] = ()
    authorized: tuple[Authorized, ...] = ()
    agent: Fact[Any] | None = None
    programs: tuple[Program, ...] = ()
    free: int = -1
    """Bytes that may still be written there; -1 when nobody can tell."""
    unread: tuple[tuple[str, str], ...] = ()
    """Files that could not be read, and why."""
