"""A session is its list of events and nothing else. Pure: no I/O, so replay, resume and tests are one thing.

fold(events)  -> State     what is known
walk(state)   -> Walk      where the tree leads with it
need(state)   -> Look | Ask | Offer | Done
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sshwizard.doors.marks import MARK
from sshwizard.effects import Effect, Retarget
from sshwizard.events import Answered, Began, Did, Doing, Ended, Event, Rewound, Saw, Settled, Unanswered, Undid
from sshwizard.fixes import FIXES
from sshwizard.model import Arrived, Cause, Fact, Lead, Unclear
from sshwizard.probes.ahead import ahead
from sshwizard.probes.found import options
from sshwizard.state import Change, Place, State
from sshwizard.tree import INSIDE, LEG_START, START, TREE
from sshwizard.tree.hand import can_be


def fold(events: Iterable[Event]) -> State:
    """The state after `events`, which must start with Began."""
    state: State | None = None
    for event in events:
        state = after(state, event)
    if state is None:
        raise ValueError("a session has no first event")
    return state


def after(state: State | None, event: Event) -> State:
    """The state once one more event has come."""
    if state is None and isinstance(event, Began):
        return State(event.target, event.mode, logs=event.logs)
    if state is None:
        raise ValueError("a session must begin with Began")
    if isinstance(event, Saw):
        return _saw(state, event)
    if isinstance(event, Answered | Unanswered):
        return _answered(state, event)
    if isinstance(event, Doing):
        return replace(state, pending=(*state.pending, event))
    if isinstance(event, Settled):
        return replace(_touched(state, ()), pending=())
    if isinstance(event, Did):
        touched = _touched(state, event.effects)
        return replace(touched, changes=(*touched.changes, Change(event)), pending=())
    if isinstance(event, Undid):
        return _undid(state, event)
    if isinstance(event, Rewound):
        return _rewound(state, event)
    if isinstance(event, Ended):
        return replace(state, ended=event)
    raise ValueError(f"a session begins once: {event}")


def _undid(state: State, event: Undid) -> State:
    in_force = [number for number, change in enumerate(state.changes) if not change.undone]
    number = event.number if event.number in in_force else next(reversed(in_force), None)
    if number is None:
        return replace(state, pending=())
    touched = _touched(state, state.changes[number].did.inverses)
    changes = list(touched.changes)
    changes[number] = replace(changes[number], undone=True)
    return replace(touched, changes=tuple(changes), pending=())


def _saw(state: State, event: Saw) -> State:
    if event.node in {"machine", "vm"}:
        state = replace(state, target=replace(state.target, found=options(event.fact.data)))
    changes = tuple(change if change.undone else _proof(change, event) for change in state.changes)
    return replace(state, facts={**state.facts, (event.leg, event.node): event.fact}, changes=changes, ended=None)


def _answered(state: State, event: Answered | Unanswered) -> State:
    """What was answered after it is stale. What looks saw stays true, and counts where the way comes by again."""
    place = (event.leg, event.node)
    path = [step.place for step in walk(state).steps]
    stale = {place, *(path[path.index(place) :] if place in path else ())}
    answers = {at: said for at, said in state.answers.items() if at not in stale}
    if isinstance(event, Answered):
        if not can_be(event.node, event.outcome):
            raise ValueError(f"{event.node!r} has no answer {event.outcome!r}")
        answers[place] = event.outcome
    return replace(state, answers=answers, ended=None)


def _proof(change: Change, event: Saw) -> Change:
    if (fix := FIXES.get(change.did.fix)) and fix.later:
        return change
    if (change.did.leg, change.did.node) == (event.leg, event.node) and not goes_around(change.did):
        return replace(change, proof=event.fact)
    if (change.did.leg, change.did.question) == (event.leg, event.node):
        return replace(change, passed=event.fact)
    return change


def goes_around(did: Did) -> bool:
    """True when the look that found the trouble will see it again, and only ssh itself can prove the fix."""
    fix = FIXES.get(did.fix)
    return fix is not None and fix.around


def _touched(state: State, done: tuple[Effect, ...]) -> State:
    """Every fact and answer that may be about what was changed is stale, proofs of earlier changes too: all but
    what was typed."""
    target = state.target
    for effect in done:
        if isinstance(effect, Retarget):
            target = replace(target, overrides=effect.overrides, args=effect.args or target.args)
    typed_stays = target.args == state.target.args
    kept = {place: fact for place, fact in state.facts.items() if place[1] == START and typed_stays}
    answers = {place: said for place, said in state.answers.items() if place[1] == START and typed_stays}
    changes = tuple(replace(change, proof=None, passed=None) for change in state.changes)
    return replace(state, facts=kept, answers=answers, changes=changes, target=target, ended=None)


def _rewound(state: State, event: Rewound) -> State:
    """Only what looks saw is dropped: an answer stands until the person takes it back."""
    if not event.node:
        return replace(state, facts={}, ended=None)
    path = [step.place for step in walk(state).steps]
    at = (event.leg, event.node)
    dropped = set(path[path.index(at) :]) if at in path else {at}
    kept = {
        place: fact
        for place, fact in state.facts.items()
        if place not in dropped and place[1] != ahead.name and not place[1].startswith(MARK)
    }
    return replace(state, facts=kept, ended=None)


# ------------------------------------------------------------------ walk


@dataclass(frozen=True, slots=True)
class Step:
    """A question that was answered."""

    leg: int
    node: str
    fact: Fact[Any]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return (self.leg, self.node)


@dataclass(frozen=True, slots=True)
class Walk:
    """The way so far, and where it stands: at a question (`next`), or at an end (`end`)."""

    steps: tuple[Step, ...]
    next: Place | None = None
    end: Cause | Arrived | Unclear | None = None


def walk(state: State) -> Walk:
    """Follow the facts through the tree."""
    legs = state.legs
    steps: list[Step] = []
    leg, node = -1, START
    while True:
        if node == LEG_START and leg == -1:
            leg = 0
        fact = state.stands((leg, node))
        if fact is None:
            return Walk(tuple(steps), (leg, node))
        steps.append(Step(leg, node, fact))
        lead = lead_of(node, fact.outcome, hop=0 <= leg < len(legs) - 1)
        if isinstance(lead, str):
            node = lead
        elif isinstance(lead, Arrived) and 0 <= leg < len(legs) - 1:
            leg, node = leg + 1, LEG_START
        else:
            return _deciding(state, tuple(steps), lead)


def from_outside(state: State) -> Walk:
    """The way as it was before any look from inside."""
    return walk(replace(state, facts={place: fact for place, fact in state.facts.items() if place[1] != INSIDE}))


def _deciding(state: State, steps: tuple[Step, ...], end: Lead) -> Walk:
    """Where a look from inside was made for this very finding, what it proved follows as the last step."""
    seen = state.stands((steps[-1].leg, INSIDE))
    if isinstance(end, Cause) and seen is not None and seen.data.get("for") == end.code:
        proved = TREE[INSIDE].leads.get(seen.outcome)
        if isinstance(proved, Cause):
            return Walk((*steps, Step(steps[-1].leg, INSIDE, seen)), end=proved)
    return Walk(steps, end=end if not isinstance(end, str) else None)


def lead_of(node: str, outcome: str, *, hop: bool) -> Lead:
    """Where an outcome leads. An outcome that the tree no longer knows (an old session) is unknown."""
    question = TREE[node]
    if hop and outcome in question.at_hop:
        return question.at_hop[outcome]
    return question.leads.get(outcome) or question.leads["unknown"]


@dataclass(frozen=True, slots=True)
class Look:
    """A look is needed."""

    leg: int
    node: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A person is asked: nothing here can look."""

    leg: int
    node: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A cause was found: its fixes can be offered."""

    cause: Cause
    step: Step


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the way: ssh works, or it cannot be told."""

    end: Arrived | Unclear


def need(state: State) -> Look | Ask | Offer | Done:
    """What the session needs next."""
    way = walk(state)
    if way.next:
        return Ask(*way.next) if state.mode == "hand" else Look(*way.next)
    if isinstance(way.end, Cause):
        return Offer(way.end, way.steps[-1])
    return Done(way.end or Unclear())
