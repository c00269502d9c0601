"""Words and symbols that all front ends share."""

from __future__ import annotations

import locale
import os
from typing import Literal

Mark = Literal["ok", "trouble", "note", "unknown", "looking", "ahead", "undone", "said"]

_UNICODE: dict[Mark, str] = {
    "ok": "✓",
    "trouble": "✗",
    "note": "!",
    "unknown": "?",
    "looking": "…",
    "ahead": "–",
    "undone": "↶",
    "said": "✎",
}
_ASCII: dict[Mark, str] = {
    "ok": "[ok]",
    "trouble": "[!!]",
    "note": "[i]",
    "unknown": "[??]",
    "looking": "[..]",
    "ahead": "[--]",
    "undone": "[un]",
    "said": "[you]",
}

CONFIDENCE = {
    "certain": "certain: a look proved it",
    "likely": "likely: it fits, and from here it cannot be proved",
    "possible": "possible",
}

STRETCHES = ("client", "name", "network", "handshake", "host key", "login", "session")
"""The stretches of the way, in order; every question belongs to one."""


def unnamed(text: str) -> str:
    """A sentence with names filled in, where a port that nobody named would read "port the port"."""
    return text.replace("port the port", "the port").replace("Port the port", "The port")


def plain_terminal() -> bool:
    """True where only ASCII can be trusted: another encoding than UTF-8, or TERM says linux or dumb."""
    encoding = (locale.getpreferredencoding(False) or "").lower().replace("-", "")
    return encoding != "utf8" or os.environ.get("TERM") in {"linux", "dumb"}


def mark(kind: Mark, *, ascii_only: bool) -> str:
    """The symbol for `kind`: one cell, or a word in brackets."""
    return (_ASCII if ascii_only else _UNICODE)[kind]
