"""Walks the phases: each matching rule takes its part of the source out, and in the end every part has an outcome."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from sshwizard.reach.gcp.answer import Answer, Near, Part, Record, Room, Step, Verdict
from sshwizard.reach.gcp.phases import Phase
from sshwizard.reach.gcp.request import Request
from sshwizard.reach.gcp.rule import Reason, Why
from sshwizard.reach.gcp.spans import Spans, common, joined, union, without
from sshwizard.reach.gcp.vpc import LARGEST_PRIORITY

Doubts = tuple[tuple[str, Reason], ...]


def walk(phases: Iterable[Phase], source: Spans) -> tuple[list[Record], list[Step]]:
    """All that may become of the source, in the order of evaluation, and every rule that was looked at.

    What a rule only may take stays in the walk besides, so that every possible outcome is found.
    """
    records: list[Record] = []
    steps: list[Step] = []
    arriving, above = source, True
    for phase in phases:
        here: Spans = arriving
        leaving: Spans = ()
        above = above and phase.kind != "vpc"
        for rule in phase.rules:
            sure: Spans = ()
            may: Spans = ()
            if not rule.misses:
                sure, may = common(here, rule.sure), common(here, rule.may)
            if not (sure or may):
                steps.append(Step(rule, "no-match" if rule.misses else "nothing-left"))
                continue
            took = union(sure, may)
            steps.append(Step(rule, "took" if sure else "may-take", took))
            if rule.action == "goto_next":
                leaving = union(leaving, took)
            for effect in rule.effects:
                records += [Record(spans, effect, rule, spans is sure, above) for spans in (sure, may) if spans]
            here = without(here, sure)
        arriving = union(here, leaving)
    if arriving:
        records.append(Record(arriving, "deny", None, sure=True))
    return records, steps


def parts(records: Sequence[Record]) -> tuple[Part, ...]:
    """The source, cut where its fate changes; every address of it is in some record."""
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, record in enumerate(records):
        for first, last in record.spans:
            starts.setdefault(first, []).append(number)
            ends.setdefault(last + 1, []).append(number)
    here: set[int] = set()
    cells: list[tuple[int, int, tuple[int, ...]]] = []
    edges = sorted({*starts, *ends})
    for edge, following in itertools.pairwise(edges):
        here.difference_update(ends.get(edge, ()))
        here.update(starts.get(edge, ()))
        found = tuple(sorted(here))
        if cells and cells[-1][1] + 1 == edge and cells[-1][2] == found:
            cells[-1] = (cells[-1][0], following - 1, found)
        elif found:
            cells.append((edge, following - 1, found))
    return tuple(_part(first, last, tuple(records[one] for one in found)) for first, last, found in cells)


def _part(first: int, last: int, found: tuple[Record, ...]) -> Part:
    decided = next((record for record in found if record.sure), found[-1])
    same = all(record.effect == found[0].effect for record in found)
    others = tuple(record for record in found if record is not decided)
    return Part((first, last), decided.effect if same else "uncertain", decided, others)


def judge(request: Request, walks: Sequence[tuple[list[Record], list[Step]]]) -> Answer:
    """The answer from the walk, or from the two walks when the order of the phases is not known."""
    records = [record for one, _ in walks for record in one]
    steps = walks[0][1]
    found = parts(records)
    actions = {part.action for part in found}
    action: Verdict = "uncertain" if "uncertain" in actions else "partial" if len(actions) > 1 else found[0].action
    doubts = tuple(dict.fromkeys(doubt for _, trace in walks for doubt in _doubts(found, trace)))
    if action == "uncertain" and len(walks) > 1 and _differ(request, walks):
        doubts = (("", Reason("order")), *doubts)
    room = _room(records) if action != "allow" else None
    return Answer(
        request, action, _by(action, found, records, doubts), found, tuple(steps), doubts, room,
        _near(found, steps, room),
    )  # fmt: skip


def _differ(request: Request, walks: Sequence[tuple[list[Record], list[Step]]]) -> bool:
    """True when the order alone changes the outcome of some part."""
    one, other = (_fates(parts(records)) for records, _ in walks)
    return one != other


def _fates(found: Sequence[Part]) -> dict[str, Spans]:
    return {
        action: joined(one.span for one in found if one.action == action) for action in {one.action for one in found}
    }


def _doubts(found: Sequence[Part], steps: Iterable[Step]) -> Doubts:
    """The rules that may take an uncertain part and change its outcome, each with what it depends on."""
    unsure = {
        effect: joined(part.span for part in found if part.action == "uncertain" and part.decided.effect == effect)
        for effect in ("allow", "deny")
    }
    return tuple(
        (step.rule.by, doubt)
        for step in steps
        if step.took and step.rule.doubts
        for doubt in step.rule.doubts
        if any(
            set(step.rule.effects) != {effect} and common(spans, common(step.took, step.rule.may))
            for effect, spans in unsure.items()
        )
    )


def _by(action: Verdict, found: Sequence[Part], records: Sequence[Record], doubts: Doubts) -> str:
    if action == "uncertain" and doubts and doubts[0][0]:
        return doubts[0][0]
    wanted = "deny" if action == "partial" else action
    deciders = {id(part.decided) for part in found if wanted in {part.action, "uncertain"}}
    return next(record.by for record in records if id(record) in deciders)


def _room(records: Iterable[Record]) -> Room:
    """A VPC rule wins against VPC rules of a larger number, and against all that is asked after the VPC rules."""
    priority, held_by = LARGEST_PRIORITY, ""
    for record in records:
        if record.effect == "allow" or record.rule is None:
            continue
        if record.kind == "vpc":
            if record.rule.priority <= priority:
                priority, held_by = record.rule.priority - 1, record.by
        elif record.above_vpc:
            return Room(None, record.by)
    return Room(priority, held_by) if priority >= 0 else Room(None, held_by)


NEAREST: tuple[Why, ...] = (
    "disabled", "target-tags", "target-service-accounts", "source-tags", "source-service-accounts", "source",
    "destination", "port", "protocol",
)  # fmt: skip
"""What makes a near miss, the easiest to mend first."""


def _near(found: Sequence[Part], steps: Iterable[Step], room: Room | None) -> tuple[Near, ...]:
    """VPC rules that would let in all that is denied, but for one thing."""
    if room is None or room.priority is None:
        return ()
    denied = joined(part.span for part in found if part.action != "allow")
    near = []
    for rule in (step.rule for step in steps):
        if rule.kind == "vpc" and rule.admits and rule.priority <= room.priority and len(rule.misses) == 1:
            (miss,) = rule.misses
            if miss.why in NEAREST and (miss.why.startswith("source") or not without(denied, rule.sure)):
                near.append(Near(rule, miss))
    return tuple(sorted(near, key=lambda one: NEAREST.index(one.miss.why)))
