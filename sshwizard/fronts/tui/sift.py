"""The tree, sifted: only the questions and causes that fit some words, with their parents. Pure.

What the walk has not come to is sifted, too: every question and every cause stands in its stretch once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sshwizard import vocabulary
from sshwizard.fronts.tui.ahead import answers
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.fronts.tui.rows import SPINE, rows
from sshwizard.fronts.why import places_of
from sshwizard.state import Place, State
from sshwizard.tree import TREE
from sshwizard.verdict import Verdict, judge
from sshwizard.wording import Mark

OF = len(TREE) + len(vocabulary.causes())
"""All questions and causes."""


@dataclass(frozen=True)
class Sifted:
    """What is left of the tree."""

    rows: tuple[Row, ...]
    hits: tuple[Row, ...]
    """The rows that fit, from top to bottom; the others are their parents."""
    text: str = ""

    @property
    def best(self) -> Row | None:
        """The first hit that has the very words in its own line or code; else the first one."""
        wanted = self.text.lower().strip()
        named = (row for row in self.hits if wanted in row.text.lower() or wanted in row.code)
        return next(named, next(iter(self.hits), None))

    def next(self, now: Key | None, by: int) -> Row | None:
        """The hit after (or before) a row, round and round; the first one from anywhere else."""
        if not self.hits:
            return None
        keys = [row.key for row in self.hits]
        return self.hits[(keys.index(now) + by) % len(keys) if now in keys else 0]


def sift(
    state: State, waiting: Place | None, unfolded: Collection[Key], text: str, found: Verdict | None = None
) -> Sifted:
    """The rows that fit all words of `text`. `found` is the verdict, where it was judged already."""
    words = text.lower().split()
    questions = {node.id for node in TREE.values()
                 if _fits(words, node.asks, node.short, node.id, node.stretch)}  # fmt: skip
    causes: dict[str, list[str]] = {}
    for code, entry in vocabulary.causes().items():
        if _fits(words, code, entry.title, entry.why):
            causes.setdefault(places_of()[code][0], []).append(code)
    marks = _marks(found or judge(state))
    tree = rows(state, waiting, ())
    hops = tree and tree[0].key[0] == "leg"
    kept: list[Row] = []
    for number, row in enumerate(tree):
        last = not hops or number == len(tree) - 1
        sieve = _Sieve(questions, causes if last else {}, marks, unfolded)
        if hops:
            leg = int(row.key[1])
            under = sieve.spine(row.under, leg if last else None)
            if under:
                kept.append(replace(row, open=True, under=under))
        else:
            kept.extend(sieve.spine((row,), max(len(state.legs) - 1, 0)))
    return Sifted(tuple(kept), tuple(_hits(kept)), text)


def _fits(words: Sequence[str], *parts: str) -> bool:
    text = " ".join(parts).lower()
    return all(word in text for word in words)


def _marks(found: Verdict | None) -> dict[str, Mark]:
    """The causes of the verdict, and those that look the same."""
    if found is None or found.root is None:
        return {}
    return {**{one.cause: "unknown" for one in found.findings[1:]}, found.root.cause: "trouble"}


def _hits(tree: Sequence[Row]) -> list[Row]:
    return [hit for row in tree for hit in ([row] if row.hit else []) + _hits(row.under)]


@dataclass(frozen=True)
class _Sieve:
    questions: set[str]
    causes: dict[str, list[str]]
    """By the question that shows them."""
    marks: dict[str, Mark]
    unfolded: Collection[Key]

    def spine(self, tree: Sequence[Row], leg: int | None) -> tuple[Row, ...]:
        """Rows of spine questions; with a `leg`, what was not reached stands under the first one of its stretch."""
        made = []
        for row in tree:
            kept = self._question(row)
            node = str(row.key[-1])
            under = list(kept.under if kept else ())
            if leg is not None and _first(TREE[node].stretch) == node:
                walked = _walked(tree)
                under += [
                    self._limb(leg, other.id)
                    for other in TREE.values()
                    if other.stretch == TREE[node].stretch
                    and other.id not in walked
                    and (other.id in self.questions or other.id in self.causes)
                    and not other.spine
                ]
            if kept or under:
                made.append(replace(kept or row, open=True, under=tuple(under)))
        return tuple(made)

    def _question(self, row: Row) -> Row | None:
        """A question that was asked, or lies on the spine."""
        node = str(row.key[-1])
        under = [kept for one in row.under if one.key[0] == "question" and (kept := self._question(one))]
        if row.place:
            under += [self._cause(row.place, code) for code in self.causes.get(node, ())]
        hit = node in self.questions
        return replace(row, hit=hit, open=bool(under), under=tuple(under)) if hit or under else None

    def _limb(self, leg: int, node: str) -> Row:
        """A question to which the way has not come."""
        key: Key = ("limb", leg, node)
        under = [self._cause((leg, node), code) for code in self.causes.get(node, ())]
        if key in self.unfolded:
            under += answers((leg, node), "", self.unfolded, path=("limb",))
        return Row(key, TREE[node].short, place=(leg, node), foldable=True, open=bool(under),
                   hit=node in self.questions, under=tuple(under))  # fmt: skip

    def _cause(self, place: Place, code: str) -> Row:
        title = vocabulary.causes()[code].title
        return Row(("cause", *place, code), title, self.marks.get(code, "ahead"), place=place, code=code, hit=True)


def _first(stretch: str) -> str:
    return next(node for node in SPINE if TREE[node].stretch == stretch)


def _walked(tree: Sequence[Row]) -> set[str]:
    return {str(row.key[-1]) for row in tree if row.key[0] == "question"} | {
        str(one.key[-1]) for row in tree for one in row.under if one.key[0] == "question"
    }
