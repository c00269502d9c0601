"""Where in a large text a known message may be: pieces of words, one of which stands in each of them.

`scripts/fragments.py` takes the pieces from the tables, and proves that no message is without one. All words are in
lower case and without digits, and so must be what is searched for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

MOST, LONGEST = 4096, 400
"""What is remembered of lines and of their parts: so many, none longer."""
OTHER = b"\0"
"""What stands for a part that belongs to no message; no shape holds it."""

_DATA = Path(__file__).parents[1] / "data"
_PROMPTED = rb"(?:sudo |time |command )*(?:/\S*/)?(?:ssh|scp|sftp|rsync|mosh|git|gcloud|aws|ansible|plink|autossh)"
_BEGINS = re.compile(
    rb"[\n$#%>](?:(?<=\n)(?:[a-z_]+=|@{20}|sha:| +#|transferred: sent|bytes per second|it is (?:poss|also)|"
    rb"someone could|please contact|add correct|this could mean|impersonate|the [^ \n]+ host key|and (?:the key|its)|"
    rb"is un|has a diff|dns spoof|matching host)|(?<!\n) ?" + _PROMPTED + rb")"
)
"""What counts at the beginning of a line only: a journal's field, frames of other messages; or behind a prompt."""


@cache
def fragments() -> dict[bytes, tuple[bytes, ...]]:
    """Each piece with the words that it is of, in order; none begins with another one."""
    rows = _DATA.joinpath("fragments.txt").read_bytes().rstrip(b"\n").split(b"\n")
    return {piece: tuple(words) or (piece,) for piece, *words in (row.split(b"\t") for row in rows)}


def among(of: str, shape: bytes) -> frozenset[str]:
    """The messages of one table (`sshd`, `debug`, `plain`), by their ids, one of whose words stands in a line."""
    kept = b" ".join(map(_parts(of).__getitem__, shape.split(b" ")))
    return (_among if len(kept) <= LONGEST else _among.__wrapped__)(of, kept)


@lru_cache(MOST)
def _among(of: str, shape: bytes) -> frozenset[str]:
    (ids, machine), found, at = _needed(of), set[str](), 0
    while hit := machine.search(shape, at):
        found |= ids[hit[0]]
        at = hit.start() + 1
    return frozenset(found)


class _Parts(dict[bytes, bytes]):
    """What stands between two blanks: a part that belongs to no message, as names do, is like any other such part."""

    def __init__(self, words: Iterable[bytes]) -> None:
        every = [word.split(b" ") for word in words]
        several = [parts for parts in every if len(parts) > 1]
        self._within = {part for parts in several for part in parts[1:-1]}
        self._begins = _any_of(parts[-1] for parts in several)
        self._ends = _any_of(parts[0][::-1] for parts in several)
        self._holds = _any_of(parts[0] for parts in every if len(parts) == 1)

    def __missing__(self, part: bytes) -> bytes:
        if len(part) > LONGEST:
            return part
        if len(self) >= MOST:
            self.clear()
        counts = (
            part in self._within or self._begins.match(part) or self._ends.match(part[::-1]) or self._holds.search(part)
        )
        self[part] = kept = part if counts else OTHER
        return kept


def _any_of(words: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(_tree(tuple(sorted({word for word in words if word}))))


@cache
def _parts(of: str) -> _Parts:
    return _Parts(_needed(of)[0])


@cache
def _needed(of: str) -> tuple[dict[bytes, set[str]], re.Pattern[bytes]]:
    """The messages of each word, and all words as one machine. What a word begins with stands for all that begin so."""
    rows = (row.split("\t") for row in _DATA.joinpath("needed.txt").read_text("utf-8").rstrip("\n").split("\n"))
    ids: dict[bytes, set[str]] = {}
    start = b"\n"
    for word, id_ in sorted((word.encode(), id_) for table, id_, *words in rows if table == of for word in words):
        start = start if word.startswith(start) else word
        ids.setdefault(start, set()).add(id_)
    return ids, _any_of(ids)


def lines(folded: bytes) -> Iterator[int]:
    """Where the lines begin that hold one of the words, in any order, some twice. Each stands between two line ends."""
    words, search, at = fragments(), _search().search, 0
    while found := search(folded, at):
        at = found.start()
        begin, end = folded.rfind(b"\n", 0, at) + 1, folded.find(b"\n", at)
        end = len(folded) if end < 0 else end
        if any(folded.find(word, begin, end) >= 0 for word in words[found[0]]):
            yield begin
            at = end
        at += 1
    for found in _BEGINS.finditer(folded):
        yield found.start() + 1 if found[0][:1] == b"\n" else folded.rfind(b"\n", 0, found.start()) + 1


@cache
def _search() -> re.Pattern[bytes]:
    """All pieces as one machine."""
    return _any_of(fragments())


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
