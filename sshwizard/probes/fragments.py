"""Where in a large text a known message may be: words, one of which stands in each of them.

`scripts/fragments.py` takes the words from the tables, and proves that no message is without one. A piece that
many words share is looked for first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def fragments() -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    """Each piece with its words, in lower case; without words the piece itself is enough."""
    rows = Path(__file__).parents[1].joinpath("data", "fragments.txt").read_bytes().rstrip(b"\n").split(b"\n")
    return tuple((piece, tuple(words)) for piece, *words in (row.split(b"\t") for row in rows))


def lines(raw: bytes) -> list[int]:
    """Where the lines of `raw` begin that hold one of the words, in order."""
    folded, found = raw.lower(), set()
    for piece, words in fragments():
        at = folded.find(piece)
        while at >= 0:
            begin, end = folded.rfind(b"\n", 0, at) + 1, folded.find(b"\n", at)
            end = len(folded) if end < 0 else end
            if not words or any(folded.find(word, begin, end) >= 0 for word in words):
                found.add(begin)
            at = folded.find(piece, end)
    return sorted(found)
