"""Where in a large text a known message may be: pieces of words, one of which stands in each of them.

`scripts/fragments.py` takes the pieces from the tables, and proves that no message is without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path


@cache
def fragments() -> dict[bytes, tuple[bytes, ...]]:
    """Each piece with the words that it is of, in lower case and in order; none begins with another one."""
    rows = Path(__file__).parents[1].joinpath("data", "fragments.txt").read_bytes().rstrip(b"\n").split(b"\n")
    return {piece: tuple(words) or (piece,) for piece, *words in (row.split(b"\t") for row in rows)}


def lines(raw: bytes) -> Iterator[int]:
    """Where the lines of `raw` begin that hold one of the words, in order."""
    folded, words, search, at = raw.lower(), fragments(), _search().search, 0
    while found := search(folded, at):
        at = found.start()
        begin, end = folded.rfind(b"\n", 0, at) + 1, folded.find(b"\n", at)
        end = len(folded) if end < 0 else end
        if any(folded.find(word, begin, end) >= 0 for word in words[found[0]]):
            yield begin
            at = end
        at += 1


@cache
def _search() -> re.Pattern[bytes]:
    """All pieces as one machine."""
    return re.compile(_tree(tuple(fragments())))


def _tree(words: tuple[bytes, ...]) -> bytes:
    """A pattern for any of `words` that looks at each letter once: what begins alike stands together."""
    parts = []
    for first, same in groupby(words, key=lambda word: word[:1]):
        rests = tuple(word[1:] for word in same)
        alike = 0
        while all(rest[: alike + 1] == rests[0][: alike + 1] and len(rest) > alike for rest in rests):
            alike += 1
        tails = tuple(rest[alike:] for rest in rests)
        parts.append(re.escape(first + rests[0][:alike]) + (b"(?:%b)" % _tree(tails) if len(tails) > 1 else b""))
    return b"|".join(parts)
