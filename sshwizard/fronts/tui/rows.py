"""The tree as rows, made from the state alone: what was walked, what lies ahead, what was not taken."""

from __future__ import annotations

from collections.abc import Collection

from sshwizard.fronts.evidence import decider
from sshwizard.fronts.plain import step_mark
from sshwizard.fronts.tui.ahead import answers
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.model import Arrived, Unclear
from sshwizard.session import Step, Walk, walk
from sshwizard.state import Place, State
from sshwizard.tree import TREE
from sshwizard.wording import STRETCHES, Mark

SPINE = tuple(node.id for node in TREE.values() if node.spine)


def rows(state: State, waiting: Place | None, unfolded: Collection[Key]) -> tuple[Row, ...]:
    """The whole tree. The answers of a question are listed only where somebody unfolded it."""
    way = walk(state)
    legs = state.legs
    if len(legs) < 2:
        return _leg(state, way, 0, waiting, unfolded)
    made = []
    for number, leg in enumerate(legs):
        name = "target" if number == len(legs) - 1 else f"hop {number + 1}"
        under = _leg(state, way, number, waiting, unfolded)
        marks = [row.mark for row in under]
        worst: Mark = next((kind for kind in ("trouble", "unknown", "looking", "ahead") if kind in marks), "ok")
        text = f"{name}: {leg.name}"
        made.append(Row(("leg", number), text, worst, foldable=True, open=worst != "ok", under=under))
    return tuple(made)


def _leg(state: State, way: Walk, leg: int, waiting: Place | None, unfolded: Collection[Key]) -> tuple[Row, ...]:
    last = leg >= len(state.legs) - 1
    spine = [node for node in SPINE if last or node != "session"] + ([] if last else ["forward"])
    if leg:
        spine.remove("client")
    steps = [step for step in way.steps if step.leg == leg or (step.leg == -1 and leg == 0)]
    groups: dict[str, list[Step]] = {node: [] for node in spine}
    at = spine[0]
    for step in steps:
        at = _home(step.node, at, spine)
        groups[at].append(step)
    now = waiting if waiting and waiting[0] in ({leg, -1} if leg == 0 else {leg}) else None
    home = _home(now[1], at, spine) if now else ""
    end = decider(way).place if way.steps and way.end else None
    if isinstance(way.end, Arrived) and last:
        end = (leg, "session")
    hand = state.mode == "hand"
    return tuple(
        _question(node, leg, groups[node], now if home == node else None, end, unfolded, hand) for node in spine
    )


def _home(node: str, at: str, spine: list[str]) -> str:
    """The spine question under which a question stands: the last one of its stretch."""
    if node in spine:
        return node
    stretch = TREE[node].stretch
    if TREE[at].stretch == stretch:
        return at
    return next((one for one in spine if TREE[one].stretch == stretch), at)


def _question(
    node: str,
    leg: int,
    steps: list[Step],
    now: Place | None,
    end: Place | None,
    unfolded: Collection[Key],
    hand: bool,
) -> Row:
    own = next((step for step in steps if step.node == node), None)
    sides = [step for step in steps if step.node != node]
    place = own.place if own else (-1 if node == "client" else leg, node)
    kind: Mark = step_mark(own) if own else "ahead"
    troubled = kind in {"trouble", "unknown"} or any(step.place == end for step in sides)
    if now:
        kind = "looking" if not own or kind == "ok" else kind
    elif kind == "ok" and any(step.place == end for step in sides):
        kind = "trouble"
    key: Key = ("question", *place)
    taken = own.fact.outcome if own else ""
    under: list[Row] = []
    if own and kind not in {"ok", "looking"}:
        under = [_taken(own, hand), _more(own, unfolded, hand)]
    elif key in unfolded:
        under = list(answers(place, taken, unfolded))
    under += [_side(step, end, unfolded, hand) for step in sides]
    if now and now[1] != node:
        under.append(Row(("question", *now), TREE[now[1]].short, "looking", place=now, here=True))
    return Row(
        key,
        TREE[node].short or TREE[node].asks,
        kind,
        _word(own, hand) if own and not troubled else "",
        place,
        said=bool(own and own.fact.source == "person" and not hand),
        foldable=True,
        open=troubled,
        here=bool(own and own.place == end) or bool(now and not troubled),
        under=tuple(under),
    )


def _side(step: Step, end: Place | None, unfolded: Collection[Key], hand: bool) -> Row:
    key: Key = ("question", *step.place)
    kind = step_mark(step)
    here = step.place == end
    under: tuple[Row, ...] = ()
    if kind == "trouble" or here:
        under = (_taken(step, hand), _more(step, unfolded, hand))
    elif key in unfolded:
        under = answers(step.place, step.fact.outcome, unfolded)
    word = "" if kind == "trouble" or here else _word(step, hand)
    said = step.fact.source == "person" and not hand
    text = TREE[step.node].short
    return Row(key, text, kind, word, step.place, foldable=True, open=here, said=said, here=here, under=under)


def _taken(step: Step, hand: bool) -> Row:
    return Row(("taken", *step.place), _word(step, hand), step_mark(step), place=step.place, outcome=step.fact.outcome)


def _word(step: Step, hand: bool) -> str:
    """The answer; a person's is called so, unless all are (`hand`)."""
    word = TREE[step.node].word(step.fact.outcome)
    return f"you: {word}" if step.fact.source == "person" and not hand else word


def _more(step: Step, unfolded: Collection[Key], hand: bool) -> Row:
    key: Key = ("more", *step.place)
    count = len(TREE[step.node].via.outcomes)
    under = answers(step.place, step.fact.outcome, unfolded, without=True) if key in unfolded else ()
    out = step.fact.known and step.fact.source != "person" and not hand
    text = f"{count} others ruled out" if out else f"{count} other answers"
    return Row(key, text, place=step.place, foldable=True, under=under)


def stretches(state: State, waiting: Place | None) -> dict[str, Mark]:
    """How each stretch of the way stands, on the leg that the walk reached last."""
    way = walk(state)
    legs = {step.leg for step in way.steps} | ({waiting[0]} if waiting else set())
    leg = max(legs, default=-1)
    marks: dict[str, Mark] = dict.fromkeys(STRETCHES, "ahead")
    end = way.steps[-1] if way.steps and not isinstance(way.end, Arrived | None) else None
    for step in way.steps:
        if step.leg in {-1, leg}:
            marks[TREE[step.node].stretch] = _worse(marks[TREE[step.node].stretch], step_mark(step))
    if end:
        marks[TREE[end.node].stretch] = "unknown" if isinstance(way.end, Unclear) else "trouble"
    if waiting:
        marks[TREE[waiting[1]].stretch] = "looking"
    return marks


def _worse(one: Mark, other: Mark) -> Mark:
    order: tuple[Mark, ...] = ("ahead", "ok", "unknown", "trouble")
    return max(one, other, key=order.index)


def undecided(state: State) -> Step | None:
    """The question that nobody could answer and that tells the most apart; of equals, the last one."""
    blind = [step for step in walk(state).steps if not step.fact.known]
    return max(reversed(blind), key=lambda step: len(set(map(str, TREE[step.node].leads.values()))), default=None)


def address(state: State) -> str:
    """user@host:port of the last leg, as soon as ssh itself said so."""
    legs = state.legs
    if state.mode != "live" or not legs:
        return ""
    leg = legs[-1]
    host = f"[{leg.host}]" if ":" in leg.host else leg.host
    via = f", {len(legs) - 1} hop{'s' if len(legs) > 2 else ''} before" if len(legs) > 1 else ""
    return f"{leg.user}@{host}:{leg.port}{via}" if leg.user else f"{host}:{leg.port}{via}"


def summary(state: State) -> str:
    """How many questions were answered, and how many could not be."""
    steps = walk(state).steps
    blind = sum(not step.fact.known for step in steps)
    return f"{len(steps)} asked · {blind} unknown" if blind else f"{len(steps)} asked"


def home_of(place: Place) -> Place:
    """The spine question under which a question stands that was not reached."""
    stretch = TREE[place[1]].stretch
    return place[0], next(node for node in SPINE if TREE[node].stretch == stretch)
