"""Write sshwizard/data/fragments.txt: pieces of words, one of which stands in every message that we know.

    python scripts/fragments.py [--check]

A large text is searched for them first, so that most of its lines need not be read one by one. They are taken from
the patterns themselves: of what a match must hold, a piece that is rare in plain English.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from sshwizard.probes import clients, cloudlines, serverlines, sshlines

FILE = Path(__file__).parents[1] / "sshwizard" / "data" / "fragments.txt"
ALWAYS = (
    "debug", "openssh_", "unreachable!", "linux version", "command line:", "bdsdxe", "uefi", "-- boot", "-- reboot",
    "active: ", ".service", "\"message\"", "message=", "__cursor", "sshd", "private key", "ci-info", "\\n", "$ ",
    "# ssh", "% ssh", "> ssh", "❯", "➜",
)  # fmt: skip
"""What is not in the tables: headers, boot markers, the journal's own forms, prompts, folded strings."""
SHORTEST, LONGEST = 4, 10
COMMON = Path("/usr/share/common-licenses/GPL-3")
FRAME = {"hk.banner_text", "se.transfer"}
"""Messages that frame another one, and mean nothing by themselves."""


def needed(parsed: Any) -> list[str]:
    """Words of which every match of a pattern holds at least one; none where that cannot be said."""
    best: list[str] = []
    run = ""
    for kind, value in [*parsed, ("END", None)]:
        name = str(kind)
        if name == "LITERAL":
            run += chr(value).lower()
            continue
        best, run = better(best, [run]), ""
        if name == "SUBPATTERN":
            best = better(best, needed(value[-1]))
        elif name == "BRANCH":
            branches = [needed(branch) for branch in value[1]]
            best = better(best, [word for words in branches for word in words] if all(branches) else [])
        elif name in {"MAX_REPEAT", "MIN_REPEAT"} and value[0] > 0:
            best = better(best, needed(value[2]))
    return best


def better(one: list[str], other: list[str]) -> list[str]:
    """Of two sets of words the one whose shortest word is the longer."""
    length = min((len(word) for word in other), default=0)
    return other if length > min((len(word) for word in one), default=0) else one


def patterns() -> dict[str, list[str]]:
    """What each known message must hold, by its pattern."""
    tables = (sshlines.plain(), clients.same(), cloudlines.means(), serverlines.table(""))
    rows = [(id_, pattern) for table in tables for id_, pattern in table.rows if id_ not in FRAME]
    return {pattern: needed(_parser.parse(pattern)) for _, pattern in rows}


def bare(known: dict[str, list[str]], pieces: Iterable[str]) -> list[str]:
    """The patterns that may match a line without any of `pieces`."""
    return [row for row, words in known.items() if not words or not all(any(p in w for p in pieces) for w in words)]


def chosen(known: dict[str, list[str]]) -> list[str]:
    """The rows of the file: of each word the piece that is rarest in plain English. All pieces begin with one of a
    few letters, the rarest that do, because everywhere else a search passes by in a step."""
    common = COMMON.read_text("utf-8").lower() if COMMON.exists() else ""
    often = Counter(common)
    words = sorted({word for words in known.values() for word in words}.union(ALWAYS))
    first = {letter for word in words for letter in begins(word)}
    for letter in sorted(first, key=lambda letter: (-often[letter], letter)):
        if all(begins(word) & (first - {letter}) for word in words):
            first.remove(letter)
    picked = set()
    for word in words:
        pieces = [word[at : at + LONGEST] for at in places(word) if word[at] in first]
        picked.add(min(pieces, key=lambda piece: (common.count(piece), -len(piece), piece)))
    return sorted(piece for piece in picked if not any(piece[:size] in picked for size in range(1, len(piece))))


def places(word: str) -> range:
    """Where a piece of a word may begin."""
    return range(max(1, len(word) - SHORTEST + 1))


def begins(word: str) -> set[str]:
    """The letters that a piece of a word may begin with."""
    return {word[at] for at in places(word)}


def main() -> int:
    """Write the file, or with --check say whether every pattern is covered by it."""
    known = patterns()
    if "--check" in sys.argv[1:]:
        missing = bare(known, FILE.read_text("utf-8").rstrip("\n").split("\n"))
        for row in missing:
            print(f"no piece for: {row}", file=sys.stderr)
        return 1 if missing else 0
    FILE.write_text("\n".join(chosen(known)) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
