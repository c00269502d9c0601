"""Write sshwizard/data/fragments.txt: pieces of words, one of which stands in every message that we know; and
sshwizard/data/needed.txt: the words of each message of ssh and sshd.

    python scripts/fragments.py [--check]

A large text is searched for them first, so that most of its lines need not be read one by one. They are taken from
the patterns themselves: of what a match must hold, a piece that is rare in plain English. They are in lower case and
without digits, as the lines are that are searched for them (`sshwizard/probes/shapes.py`).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from sshwizard.probes import clients, cloudlines, serverlines, sshlines
from sshwizard.probes.undress import CUT

DATA = Path(__file__).parents[1] / "sshwizard" / "data"
FILE = DATA / "fragments.txt"
NEEDED = DATA / "needed.txt"
ALWAYS = (
    "debug", "openssh_", "unreachable!", "linux version", "command line:", "bdsdxe", "seabios", "uefi", "-- boot",
    "-- reboot", "active: ", ".service", "●", "○", "×", "\"message\"", "message=", "__cursor", "sshd", "private key",
    "ci-info", "\\n", "\\r", "❯", "➜", "this could either mean that",
)  # fmt: skip
"""What is not in the tables: headers, boot markers, the journal's own forms, folded strings. What counts at the
beginning of a line or behind a prompt stands in `sshwizard/probes/fragments.py`."""
SHORTEST, ENOUGH, LONGEST = 3, 8, 14
"""Letters of a piece; those with enough of them are met rarely where nothing is meant."""
MOST = 24
"""Wordings of one part of a message that are told apart."""
COMMON = Path("/usr/share/common-licenses/GPL-3")
FRAME = {"hk.banner_text", "se.transfer"}
"""Messages that frame another one, and mean nothing by themselves."""


def needed(parsed: Any, runs: Sequence[str] = ("",)) -> Sequence[str]:
    """Words of which every match of a pattern holds at least one; none where that cannot be said. `runs`: what may
    stand right before it."""
    best: Sequence[str] = ()
    for kind, value in parsed:
        texts = exact(kind, value)
        if texts and len(texts) * len(runs) <= MOST:
            runs = [run + text for run in runs for text in texts]
            continue
        name = str(kind)
        if name == "SUBPATTERN":
            best = better(best, needed(value[-1], runs))
        elif name == "BRANCH":
            branches = [needed(branch, runs) for branch in value[1]]
            best = better(best, [word for words in branches for word in words] if all(branches) else ())
        elif name in {"MAX_REPEAT", "MIN_REPEAT"} and value[0] > 0:
            best = better(best, needed(value[2], runs))
        best, runs = better(best, runs), ("",)
    return better(best, runs)


def exact(kind: Any, value: Any) -> list[str]:
    """Every text that a part of a pattern matches, in lower case, where there are few; else none."""
    name = str(kind)
    if name == "LITERAL":
        return ["" if chr(value).isdigit() else chr(value).lower()]
    if name in {"AT", "ASSERT", "ASSERT_NOT"}:
        return [""]
    if name == "IN":
        parts = [exact(*part) for part in value]
        return sorted({text for texts in parts for text in texts}) if all(parts) else []
    if name == "SUBPATTERN":
        return sequence(value[-1])
    if name == "BRANCH":
        branches = [sequence(branch) for branch in value[1]]
        return [text for texts in branches for text in texts] if all(branches) else []
    if name == "MAX_REPEAT" and value[:2] == (0, 1):
        texts = sequence(value[2])
        return ["", *texts] if texts else []
    return []


def sequence(parsed: Any) -> list[str]:
    """Every text that a sequence of parts matches, where there are few; else none."""
    whole = [""]
    for part in parsed:
        whole = [before + text for before in whole for text in exact(*part)]
        if not 0 < len(whole) <= MOST:
            return []
    return whole


def better(one: Sequence[str], other: Sequence[str]) -> Sequence[str]:
    """Of two sets of words the one that is met less often where nothing is meant."""
    return other if other and (not one or noise(other) < noise(one)) else one


def noise(words: Sequence[str]) -> tuple[int, int, int]:
    """How often plain English holds one of the words; short ones count as common, whatever they are."""
    shortest = min(map(len, words))
    return -min(shortest, 6), sum(common().count(word) for word in words), -shortest


@cache
def common() -> str:
    """Plain English."""
    return COMMON.read_text("utf-8").lower() if COMMON.exists() else ""


def patterns() -> dict[str, Sequence[str]]:
    """What each known message must hold, by its pattern."""
    tables = (sshlines.plain(), clients.same(), cloudlines.means(), serverlines.table(""))
    rows = [pattern for table in tables for id_, pattern in table.rows if id_ not in FRAME]
    return {pattern: needed(_parser.parse(pattern)) for pattern in (*rows, CUT.pattern)}


def listed() -> str:
    """The rows of the second file: whose message it is, its id, and its words."""
    tables = {"sshd": serverlines.table("sshd"), "debug": sshlines.debug(), "plain": sshlines.plain()}
    rows = [(of, id_, needed(_parser.parse(pattern))) for of, table in tables.items() for id_, pattern in table.rows]
    return "".join("\t".join((of, id_, *sorted(set(words)))) + "\n" for of, id_, words in rows)


def bare(known: dict[str, Sequence[str]], pieces: Iterable[str]) -> list[str]:
    """The patterns that may match a line without any of `pieces`."""
    return [row for row, words in known.items() if not words or not all(any(p in w for p in pieces) for w in words)]


def chosen(known: dict[str, Sequence[str]]) -> list[str]:
    """The rows of the file: of each word a piece that plain English holds rarely, and the words that it is of. All
    pieces begin with one of a few letters, the rarest that do, because everywhere else a search passes by in a step;
    and of each word the piece is taken that begins with the rarest of them.
    """
    often = Counter(common())
    words = {word: rare(word) for words in (ALWAYS, *known.values()) for word in words}
    first = {piece[0] for pieces in words.values() for piece in pieces}
    for letter in sorted(first, key=lambda letter: (-often[letter], letter)):
        if all(any(piece[0] in first - {letter} for piece in pieces) for pieces in words.values()):
            first.remove(letter)
    of: dict[str, set[str]] = {}
    for word, pieces in words.items():
        fitting = (piece for piece in pieces if piece[0] in first)
        piece = min(fitting, key=lambda one: (len(one) < ENOUGH, often[one[0]] * (1 + common().count(one))))
        of.setdefault(piece, set()).add(word)
    for piece in sorted(of, key=len, reverse=True):  # a shorter one finds what a longer one would
        shorter = next((piece[:size] for size in range(1, len(piece)) if piece[:size] in of), "")
        if shorter:
            of[shorter] |= of.pop(piece)
    return ["\t".join((piece, *sorted(of[piece] if piece not in of[piece] else ()))) for piece in sorted(of)]


def rare(word: str) -> list[str]:
    """The pieces of a word that are nearly as rare as the rarest, the rarest first."""
    places = range(max(1, len(word) - SHORTEST + 1))
    pieces = sorted((word[at : at + LONGEST] for at in places), key=lambda piece: (noise([piece]), piece))
    return [piece for piece in pieces if common().count(piece) <= common().count(pieces[0]) + 3]


def main() -> int:
    """Write the file, or with --check say whether every pattern is covered by it."""
    known = patterns()
    if "--check" in sys.argv[1:]:
        rows = [row.split("\t") for row in FILE.read_text("utf-8").rstrip("\n").split("\n")]
        missing = bare(known, [word for row in rows for word in (row[1:] or row)])
        for row in missing:
            print(f"no piece for: {row}", file=sys.stderr)
        if stale := NEEDED.read_text("utf-8") != listed() or "\t\n" in listed():
            print(f"{NEEDED.name} is not what the tables need", file=sys.stderr)
        return 1 if missing or stale else 0
    FILE.write_text("\n".join(chosen(known)) + "\n", "utf-8")
    NEEDED.write_text(listed(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
