"""Reads a field of an API answer as what it should be: a wrong or missing one is empty, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def text(row: Row, *names: str) -> str:
    """The text at a path of names."""
    value: Any = row
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def number(row: Row, name: str) -> int | None:
    """A whole number."""
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def part(row: Row, name: str) -> Row:
    """An object."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def rows(row: Row, name: str) -> list[Row]:
    """A list of objects."""
    value = row.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def listed(row: Row, name: str) -> bool:
    """False when a list is missing, so that nothing may be read from its emptiness."""
    return isinstance(row.get(name), list | tuple)


def texts(row: Row, name: str) -> list[str]:
    """A list of texts."""
    value = row.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
