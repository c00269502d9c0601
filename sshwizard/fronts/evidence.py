"""Which of the lines that were seen decided: the one that says what the fact says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = re.compile(r"[^\W\d_]{4,}")
_NUMBERS = re.compile(r"[0-9a-fA-F][\w.:/-]*\d[\w.:/-]*|\d+")
_PLAIN = {"that", "this", "with", "from", "your", "does", "will", "have", "than", "debug", "other", "only", "into"}
"""Words that any line may hold."""
_TELLING = (
    "denied", "refused", "timed out", "changed", "failed", "closed", "warning", "invalid", "unreachable", "disabled",
    "no such", "error", "too open", "not found", "no matching", "expired", "established",
)  # fmt: skip


def deciding(says: str, lines: Sequence[str]) -> int:
    """The number of the line that decided, from 0; -1 where there are none. Of equal ones, the first."""
    if not lines:
        return -1
    wanted = says.lower()
    words = {word for word in _WORDS.findall(wanted) if word not in _PLAIN}
    numbers = set(_NUMBERS.findall(says))
    scores = [_score(line, wanted, words, numbers) for line in lines]
    return scores.index(max(scores))


def _score(line: str, wanted: str, words: set[str], numbers: set[str]) -> int:
    low = line.lower()
    exact = 1000 * (len(wanted) > 8 and wanted.rstrip(".") in low)
    shared = sum(2 * len(word) for word in words if word in low)
    named = sum(3 for number in numbers if number in _NUMBERS.findall(line))
    return exact + shared + named + sum(10 for word in _TELLING if word in low)
