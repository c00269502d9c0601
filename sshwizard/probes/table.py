"""Many patterns as one: which of them a line begins with, in one step of one machine."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

KEPT = 1024
"""Answers that are remembered; a line has at most a few thousand letters."""

_GROUP = re.compile(r"\(\?P<\w+>|(?<!\\)\((?!\?)")


class Table:
    """Patterns in order, each with an id; all begin at the start of the line, behind what may lead."""

    def __init__(self, rows: Iterable[tuple[str, str]], lead: str = "", flags: int = 0, kept: int = KEPT) -> None:
        self.rows = list(rows)
        self._lead, self._flags = lead, flags
        named = len(self.rows) == 1
        parts = (f"({pattern if named else _GROUP.sub('(?:', pattern)})" for _, pattern in self.rows)
        self._any = re.compile(f"{lead}(?:{'|'.join(parts)})", flags)
        self._single: dict[int, re.Pattern[str]] = {}
        self.find = lru_cache(kept)(self._find) if kept else self._find
        """The id of the first pattern that a text begins with, and its match; logs say the same again and again."""

    def few(self, ids: Collection[str]) -> Table:
        """The same table with some of its rows, for lines that are rarely the same."""
        return Table([row for row in self.rows if row[0] in ids], self._lead, self._flags, kept=0)

    def first(self, text: str) -> str | None:
        """The id of the first pattern that a text begins with, where nobody wants its parts."""
        gate = self._any.match(text)
        return self.rows[gate.lastindex - 1][0] if gate and gate.lastindex else None

    def _find(self, text: str) -> tuple[str, re.Match[str]] | None:
        gate = self._any.match(text)
        if gate is None or gate.lastindex is None:
            return None
        if len(self.rows) == 1 and gate.start(1) == 0:
            return self.rows[0][0], gate
        number = gate.lastindex - 1  # each row is one group
        id_, pattern = self.rows[number]
        single = self._single.get(number)
        if single is None:
            self._single[number] = single = re.compile(pattern, self._flags)
        found = single.search(text)
        return (id_, found) if found else None
