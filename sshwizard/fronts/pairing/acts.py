"""What a joiner may send: one JSON object a line, an act of this table with exactly its fields, each of limited size.

No act holds a command: a fix is named by its id, and the owner's process plans it anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 4096
"""Bytes of a line."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_WORDS = 400
"""Characters of a text that a person types."""
_HIGHEST = {"leg": 1000, "number": 10**9}

ACTS: Mapping[str, tuple[str, ...]] = {
    "hello": ("name",),
    "ask": (),
    "back": (),
    "look": ("leg", "node"),
    "stop": (),
    "answer": ("leg", "id", "outcome"),
    "fix": ("fix",),
    "undo": (),
    "inside": ("door",),
    "plan": ("number", "text"),
    "confirm": ("number", "text", "name"),
    "leave": ("number",),
}
"""Each act with its fields: say who joins; ask for the keyboard and give it back; look again from a question on, stop
looking, answer; preview a fix, an undo, a look inside; type into the preview, confirm or leave it."""


class Refused(ValueError):
    """A line that is no act; the text says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as it was checked."""

    name: str
    numbers: Mapping[str, int]
    words: Mapping[str, str]


def line(act: str, **fields: str | int) -> bytes:
    """An act as it is sent."""
    return json.dumps({"act": act, **fields}).encode() + b"\n"


def read(row: bytes) -> Act:
    """The act in a line. Raises Refused."""
    if len(row) > MOST:
        raise Refused(f"a line has at most {MOST} bytes")
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        raise Refused("this is no JSON") from None
    name = found.pop("act", None) if isinstance(found, dict) else None
    if not isinstance(name, str) or name not in ACTS:
        raise Refused("there is no such act")
    if set(found) != set(ACTS[name]):
        raise Refused(f"{name} takes other fields")
    for field, value in found.items():
        if not _fits(field, value):
            raise Refused(f"{field} of {name} cannot be that")
    numbers = {field: value for field, value in found.items() if field in _HIGHEST}
    return Act(name, numbers, {field: value for field, value in found.items() if field not in numbers})


def _fits(field: str, value: Any) -> bool:
    if field in _HIGHEST:
        return type(value) is int and -1 <= value <= _HIGHEST[field]
    if not isinstance(value, str):
        return False
    if field in {"text", "name"}:
        return len(value) <= _WORDS and value.isprintable()
    return bool(_ID.fullmatch(value)) or (field in {"node", "door"} and not value)
