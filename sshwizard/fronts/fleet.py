"""A sweep in words: a line a host as it ends, the groups at the end, and the same as blocks for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from sshwizard import clean, vocabulary, wording
from sshwizard.fleet.groups import Action, Change, Group, Summary
from sshwizard.fleet.rows import Row, to_json
from sshwizard.fleet.statuses import STATUSES
from sshwizard.fronts.reports.story import Block, Code, Heading, Item, Items, Say, translated
from sshwizard.language import say
from sshwizard.wording import Mark

NAMED = 8
"""Hosts of a group that are named in plain lines; the page and the JSON have all."""
CHANGES = 5
"""Changes of a group that plain lines have."""
SCHEMA = "sshwizard/sweep-report/1"
PLAN = "sshwizard/sweep-plan/1"


def mark_of(one: Row) -> Mark:
    """How a host stands, as a symbol."""
    if one.outcome == "inconclusive":
        return "unknown"
    return ("note" if one.cause else "ok") if one.works else "trouble"


def line(one: Row) -> str:
    """One host."""
    says = "ssh works" if one.works and not one.cause else one.title or f"cannot tell: {one.why}"
    code = f" [{one.cause}]" if one.cause else ""
    return f"{wording.mark(mark_of(one), ascii_only=True)} {clean.line(one.host)}: {say(clean.line(says))}{code}"


def progress(done: int, whole: int, stream: TextIO) -> None:
    """How far it is; one line that is written over."""
    print("\r" + say(f"{done} of {whole} hosts"), end="\n" if done == whole else "", file=stream, flush=True)


def sized(count: int) -> str:
    """How many it is about."""
    return f"{count} hosts" if count != 1 else "1 host"


def numbers(told: Summary) -> str:
    """The first line of every report."""
    hosts, unclear = sized(told.hosts), f", {told.unclear} cannot be told" if told.unclear else ""
    return f"{hosts}: ssh works on {told.works}, fails on {told.fails}{unclear}."


def planned_numbers(told: Summary) -> str:
    """The first line of a plan: nothing was connected to."""
    return (f"{sized(told.hosts)}: the account lets your address in to {told.works} and stops it on the way to "
            f"{told.fails}; of {told.unclear} it cannot be told. Nothing was connected to.")  # fmt: skip


def tell(told: Summary, where: str = "", first: str = "") -> str:
    """The groups in plain lines. `first`: the line with the numbers."""
    rows = [say(first or numbers(told))]
    if seen := looked(told):
        rows.append(say(seen))
    for action in told.actions:
        rows += ["", say(everywhere(action)), f"    {_few(action.places)}"]
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        rows += ["", say(f"{len(group.rows)} of {told.hosts}: {group.title}") + code, f"    {_named(group)}"]
        if not group.cause:
            one = group.rows[0]
            rows.append(f"    {say('for example:')} {one.host}: {say(clean.line(one.why))}")
        rows += [f"    {say(stops_at(group, hop, count))}" for hop, count in group.behind]
        rows += [f"    {say(line)}" for line in inside(group)]
        for change in group.changes[:CHANGES]:
            rows.append(f"    {say(mends(change))}")
            rows += [f"        {say(clean.line(text))}" for text in change.preview]
        if len(group.changes) > CHANGES:
            left = len(group.changes) - CHANGES
            rows.append(f"    {say(f'and {left} more changes; --json and --html have all')}")
    if where:
        rows += ["", f"{say('Sweep:')} {where}"]
    return "\n".join(rows)


def _named(group: Group) -> str:
    return _few([one.host for one in group.rows])


def _few(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" {say(f'and {len(names) - NAMED} more')}" if len(names) > NAMED else ""
    return clean.line(" ".join(names[:NAMED])) + more


def mends(change: Change) -> str:
    """What one change is good for."""
    title = vocabulary.actions()[change.fix].title if change.fix in vocabulary.actions() else change.fix
    if len(change.hosts) == 1:
        return f"mends {clean.line(change.hosts[0])}: {title}"
    return f"one change mends {len(change.hosts)} of them: {title}"


def everywhere(action: Action) -> str:
    """What the same change in several places is good for."""
    title = vocabulary.actions()[action.fix].title if action.fix in vocabulary.actions() else action.fix
    return f"The same change in {len(action.changes)} places mends {action.hosts}: {title}"


def stops_at(group: Group, hop: str, count: int) -> str:
    """How many of a group stop at the same jump host."""
    return f"{count} of {len(group.rows)} stop at the jump host {clean.line(hop)}"


def looked(told: Summary) -> str:
    """How a look inside ended on all servers for which it was made; empty where it was made for none."""
    rows = [STATUSES[one.inside] for group in told.groups for one in group.rows if one.inside in STATUSES]
    parts = ", ".join(f"{rows.count(word)} {say(word)}" for word in STATUSES.values() if word in rows)
    return f"The servers themselves, asked by Run Command: {parts}." if parts else ""


def inside(group: Group) -> Iterator[str]:
    """What a look inside made of a group."""
    if group.seen:
        yield f"seen on the server itself: {group.seen} of {len(group.rows)}"
    for cause, count in group.wires:
        title = vocabulary.causes()[cause].title if cause in vocabulary.causes() else cause
        yield f"from outside, {count} of them looked like: {title}"
    for why, hosts in group.unseen:
        count, names = len(hosts), _few(hosts)
        yield f"no answer from {count} of them, because {clean.line(why, 300)}: {names}"


def blocks(told: Summary, rows: Sequence[Row], first: str = "") -> Iterator[Block]:
    """The page, in the reader's language: what is common first, then every host."""
    return map(translated, _blocks(told, rows, first))


def _blocks(told: Summary, rows: Sequence[Row], first: str) -> Iterator[Block]:
    yield Heading((first or numbers(told)).rstrip("."), 1)
    if seen := looked(told):
        yield Say(seen)
    for action in told.actions:
        yield Say(everywhere(action))
        yield Code(tuple(clean.line(text) for text in action.places))
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        yield Heading(f"{len(group.rows)} of {told.hosts}: {group.title}{code}")
        for hop, count in group.behind:
            yield Say(stops_at(group, hop, count))
        yield from (Say(line) for line in inside(group))
        for change in group.changes:
            yield Say(mends(change))
            yield Code(tuple(clean.line(text) for text in change.preview))
        yield Items(tuple(Item(clean.line(one.host), mark_of(one), _more(one)) for one in group.rows))
    yield Heading("Hosts that work")
    works = [one for one in rows if one.works and not one.cause]
    yield Items(tuple(Item(clean.line(one.host), "ok") for one in works)) if works else Say("None.")


def _more(one: Row) -> tuple[str, ...]:
    sure = f" ({one.confidence})" if one.confidence else ""
    told = clean.line(f"{one.title or one.why}{sure}")
    return (told, clean.line(one.saw)) if one.inside == "answered" and one.saw else (told,)


def as_json(told: Summary, rows: Sequence[Row], schema: str = SCHEMA) -> dict[str, Any]:
    """The whole sweep as one object; of a plan `works` counts those to which the account lets you in."""
    return {
        "schema": schema,
        "hosts": told.hosts,
        "works": told.works,
        "fails": told.fails,
        "unclear": told.unclear,
        "actions": [
            {
                "fix": action.fix,
                "causes": list(action.causes),
                "places": list(action.places),
                "hosts": action.hosts,
                "changes": [_change(change) for change in action.changes],
            }
            for action in told.actions
        ],
        "groups": [
            {
                "cause": group.cause,
                "title": group.title,
                "hosts": [one.host for one in group.rows],
                "behind": dict(group.behind),
                "seen": group.seen,
                "wires": dict(group.wires),
                "changes": [_change(change) for change in group.changes],
            }
            for group in told.groups
        ],
        "rows": [to_json(one) for one in rows],
    }


def _change(one: Change) -> dict[str, Any]:
    return {"fix": one.fix, "preview": list(one.preview), "hosts": list(one.hosts)}
