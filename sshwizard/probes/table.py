"""Many patterns as one: which of them a line begins with, in one step of one machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

KEPT = 1024
"""Answers that are remembered; a line has at most a few thousand letters."""

_GROUP = re.compile(r"\(\?P<\w+>|(?<!\\)\((?!\?)")


class Table:
    """Patterns in order, each with an id; all begin at the start of the line, behind what may lead."""

    def __init__(self, rows: Iterable[tuple[str, str]], lead: str = "", flags: int = 0) -> None:
        self.rows = list(rows)
        self._flags = flags
        parts = (f"(?P<r{number}>{_GROUP.sub('(?:', pattern)})" for number, (_, pattern) in enumerate(self.rows))
        self._any = re.compile(f"{lead}(?:{'|'.join(parts)})", flags)
        self._single: dict[int, re.Pattern[str]] = {}
        self.find = lru_cache(KEPT)(self._find)
        """The id of the first pattern that a text begins with, and its match; logs say the same again and again."""

    def _find(self, text: str) -> tuple[str, re.Match[str]] | None:
        gate = self._any.match(text)
        if gate is None or gate.lastgroup is None:
            return None
        number = int(gate.lastgroup[1:])
        id_, pattern = self.rows[number]
        if number not in self._single:
            self._single[number] = re.compile(pattern, self._flags)
        found = self._single[number].search(text)
        return (id_, found) if found else None
