"""What a tutor asks before it tells: the forks at which this walk was decided, each with its answers. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sshwizard import clean, vocabulary
from sshwizard.fronts.plain import is_fine
from sshwizard.fronts.report import question
from sshwizard.model import UNKNOWN, unknown
from sshwizard.session import Step, Walk, walk
from sshwizard.state import State
from sshwizard.tree import TREE
from sshwizard.tree.hand import HOW, choices
from sshwizard.verdict import Verdict, judge

NONE = "none"
_MOST = 6
"""Answers of one question."""
_MOST_FORKS = 3

STOPS = (
    ("client", "Before it sent anything: the command or the config"),
    ("name", "At the name: it found no address, or no way to go there"),
    ("network", "On the way: no connection came about"),
    ("handshake", "Connected, and the two did not come to an agreement"),
    ("host key", "At the host key"),
    ("login", "At the login"),
    ("session", "After the login"),
    (NONE, "Nowhere: it gets in"),
)
"""The layers, in the order in which a connection passes them."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question to the learner."""

    asks: str
    choices: tuple[tuple[str, str], ...]
    """Each answer: its word, and what it means."""
    right: str
    told: str
    """What was really seen, in a sentence."""
    lines: tuple[str, ...] = ()
    """The same word for word."""
    command: str = ""
    how: str = ""
    """How a person would have found out by hand."""
    names: bool = False
    """True for the question about the cause itself."""

    @property
    def says(self) -> str:
        """The right answer in words."""
        return dict(self.choices)[self.right]


def lessons(state: State) -> tuple[Lesson, ...]:
    """The questions about a walk that is over, in its order."""
    found, way = judge(state), walk(state)
    if found is None:
        return ()
    forks = [_fork(state, step) for step in _forks(way)]
    return (*_which_hop(state, way, found), _stop(state, way, found), *forks[-_MOST_FORKS:], *_cause(state, found))


def _stop(state: State, way: Walk, found: Verdict) -> Lesson:
    """It does not tell what was seen there: that is the next question."""
    last = _last(way)
    how = "Run ssh -v HOST, and look for the last thing that went well."
    if found.outcome == "healthy":
        return Lesson(
            "Where did ssh stop?", STOPS, NONE, "ssh logged in, and its session ended well.", how=how, names=True
        )
    asks = question(state, Step(last.leg, last.node, unknown("")))
    told = f"Everything before went well. It ended at the question: {asks}"
    return Lesson("Where did ssh stop?", STOPS, TREE[last.node].stretch, told, how=how)


def _last(way: Walk) -> Step:
    """The question of the spine at which the run stopped; before the run, the last one at all."""
    spine = [step for step in way.steps if TREE[step.node].spine]
    stopped = [step for step in spine if step.fact.known and not is_fine(step.node, step.fact.outcome)]
    return (stopped or spine[-1:] or way.steps[-1:])[-1]


def _which_hop(state: State, way: Walk, found: Verdict) -> Iterator[Lesson]:
    """Where there are jump hosts: which of the machines it is."""
    if len(state.legs) < 2 or found.root is None:
        return
    answers = tuple((str(number), leg.name) for number, leg in enumerate(state.legs))
    at = max(found.root.leg, 0)
    yield Lesson(
        "Several machines are on the way. Which one is it?", answers, str(at), found.root.title,
        how="ssh to the first machine alone, then to the next.",
    )  # fmt: skip


def _forks(way: Walk) -> Iterator[Step]:
    """The questions at which the way left the straight one: those that a person could have looked at, too."""
    stop = _last(way)
    for step in way.steps:
        told = step.fact.known and (step == stop or not is_fine(step.node, step.fact.outcome))
        if told and len(_answers(step)) > 1:
            yield step


def _answers(step: Step) -> tuple[tuple[str, str], ...]:
    node = TREE[step.node]
    words = [one for one in choices(node, step.fact.outcome) if one != UNKNOWN]
    at = words.index(step.fact.outcome)
    first = max(0, min(at - _MOST // 2, len(words) - _MOST))
    known = vocabulary.causes()
    return tuple((one, known[one].title if one in known else node.word(one)) for one in words[first : first + _MOST])


def _fork(state: State, step: Step) -> Lesson:
    return Lesson(
        question(state, Step(step.leg, step.node, unknown(""))),
        _answers(step),
        step.fact.outcome,
        clean.line(step.fact.says),
        tuple(clean.line(line) for line in step.fact.lines[:4]),
        clean.line(step.fact.command),
        HOW.get(step.node, ""),
    )


def _cause(state: State, found: Verdict) -> Iterator[Lesson]:
    """What it comes to, among causes that look alike or are near."""
    if found.root is None:
        return
    known, root = vocabulary.causes(), found.root.cause
    # What looks the same from here is a fair question only where a look told it apart.
    near = [*known[root].siblings, *_elsewhere(root)] if found.root.confidence == "certain" else _elsewhere(root)
    codes = mixed(root, near)
    yield Lesson(
        "So what is it?", tuple((code, known[code].title) for code in codes), root, known[root].why,
        how=known[root].proof, names=True,
    )  # fmt: skip


_COMMON = ("auth.key-rejected", "network.no-answer", "hostkey.unknown", "server.sshd-not-running", "config.wrong-port")


def _elsewhere(code: str) -> list[str]:
    """Causes that are near by their name, and do not look the same; then some that everybody meets."""
    known = vocabulary.causes()
    alike = {code, *(known[code].siblings if code in known else ())}
    family = [one for one in known if one.partition(".")[0] == code.partition(".")[0]]
    return [one for one in (*family, *_COMMON) if one not in alike and code not in known[one].siblings]


def mixed(right: str, others: Sequence[str], most: int = 5) -> list[str]:
    """The right code among a few others, always in the same order for the same ones."""
    known = [one for one in dict.fromkeys(others) if one != right and (one in vocabulary.causes() or one == NONE)]
    return sorted([right, *known[: most - 1]], key=lambda code: zlib.crc32(f"{right} {code}".encode()))


def named_among(causes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The choices for an exercise whose cause has to be named."""
    known, right = vocabulary.causes(), causes[0]
    codes = mixed(right, _COMMON if right == NONE else [NONE, *_elsewhere(right)])
    return tuple((code, known[code].title if code in known else "Nothing is wrong") for code in codes)
