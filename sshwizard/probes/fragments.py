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
def fragments() -> tuple[bytes, ...]:
    """The pieces in order, in lower case; none begins with another one."""
    return tuple(Path(__file__).parents[1].joinpath("data", "fragments.txt").read_bytes().rstrip(b"\n").split(b"\n"))


def lines(raw: bytes) -> Iterator[int]:
    """Where the lines of `raw` begin that hold one of the pieces, in order."""
    folded = raw.lower()
    for found in _search().finditer(folded):
        yield folded.rfind(b"\n", 0, found.start()) + 1


@cache
def _search() -> re.Pattern[bytes]:
    """All pieces as one machine, which goes on with the next line once it has found one."""
    return re.compile(b"(?:%b)[^\n]*" % _tree(fragments()))


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
