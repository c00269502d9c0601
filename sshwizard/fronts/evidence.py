"""Which question decided, and which of the lines that were seen: the one that says what the fact says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sshwizard import vocabulary
from sshwizard.fronts.plain import step_mark
from sshwizard.model import Cause, Evidence
from sshwizard.session import Step, Walk

_WORDS = re.compile(r"[^\W\d_]{4,}")
_NUMBERS = re.compile(r"[0-9a-fA-F][\w.:/-]*\d[\w.:/-]*|\d+")
_PLAIN = {"that", "this", "with", "from", "your", "does", "will", "have", "than", "debug", "other", "only", "into"}
"""Words that any line may hold."""
_LISTED = re.compile(r"[-dlcbps][-rwxsStT]{9}")
"""A line of `ls -l`, which is what shows a mode."""
_TELLING = (
    "denied", "refused", "timed out", "changed", "failed", "closed", "warning", "invalid", "unreachable", "disabled",
    "no such", "error", "too open", "not found", "no matching", "expired", "established",
)  # fmt: skip


def decider(way: Walk) -> Step:
    """The question that decided: the last one with trouble. After it may come some that only added nothing, such as
    whose machine it is."""
    last = way.steps[-1]
    if not isinstance(way.end, Cause) or step_mark(last) == "trouble":
        return last
    return next((step for step in reversed(way.steps) if step.leg == last.leg and step_mark(step) == "trouble"), last)


def ordered(way: Walk, seen: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence of a verdict, what the deciding question saw first. A hop's own cause stays in front."""
    if not way.steps:
        return tuple(seen)
    says = decider(way).fact.says
    at_hop = [one for one in seen[:1] if one.probe in vocabulary.causes()]
    first = [one for one in seen if one.says == says]
    rest = sorted(seen, key=lambda one: not one.lines)
    return tuple(dict.fromkeys((*at_hop, *first, *rest)))


def deciding(says: str, lines: Sequence[str]) -> int:
    """The number of the line that decided, from 0; -1 where there are none. Of equal ones, the first."""
    return _deciding(says, tuple(lines)) if lines else -1


@lru_cache(32)  # a page asks each time it is drawn
def _deciding(says: str, lines: tuple[str, ...]) -> int:
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
    mode = 200 * ("mode" in words and bool(_LISTED.match(line)))
    return exact + mode + shared + named + sum(10 for word in _TELLING if word in low)
