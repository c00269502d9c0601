"""A sweep in words: a line a host as it ends, the groups at the end, and the same as blocks for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from sshwizard import clean, vocabulary, wording
from sshwizard.fleet.groups import Action, Change, Group, Summary
from sshwizard.fleet.rows import Row, to_json
from sshwizard.fronts.reports.story import Block, Code, Heading, Item, Items, Say
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
    return f"{wording.mark(mark_of(one), ascii_only=True)} {clean.line(one.host)}: {clean.line(says)}{code}"


def progress(done: int, whole: int, stream: TextIO) -> None:
    """How far it is; one line that is written over."""
    print(f"\r{done} of {whole} hosts", end="\n" if done == whole else "", file=stream, flush=True)


def sized(count: int) -> str:
    """How many it is about."""
    return f"{count} hosts" if count != 1 else "1 host"


def numbers(told: Summary) -> str:
    """The first line of every report."""
    unclear = f", {told.unclear} cannot be told" if told.unclear else ""
    return f"{sized(told.hosts)}: ssh works on {told.works}, fails on {told.fails}{unclear}."


def planned_numbers(told: Summary) -> str:
    """The first line of a plan: nothing was connected to."""
    return (f"{sized(told.hosts)}: the account lets your address in to {told.works} and stops it on the way to "
            f"{told.fails}; of {told.unclear} it cannot be told. Nothing was connected to.")  # fmt: skip


def tell(told: Summary, where: str = "", first: str = "") -> str:
    """The groups in plain lines. `first`: the line with the numbers."""
    rows = [first or numbers(told)]
    for action in told.actions:
        rows += ["", everywhere(action), f"    {_few(action.places)}"]
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        rows += ["", f"{len(group.rows)} of {told.hosts}: {group.title}{code}", f"    {_named(group)}"]
        if not group.cause:
            rows.append(f"    for example: {group.rows[0].host}: {clean.line(group.rows[0].why)}")
        rows += [f"    {stops_at(group, hop, count)}" for hop, count in group.behind]
        for change in group.changes[:CHANGES]:
            rows.append(f"    {mends(change)}")
            rows += [f"        {clean.line(text)}" for text in change.preview]
        if len(group.changes) > CHANGES:
            rows.append(f"    and {len(group.changes) - CHANGES} more changes; --json and --html have all")
    if where:
        rows += ["", f"Sweep: {where}"]
    return "\n".join(rows)


def _named(group: Group) -> str:
    return _few([one.host for one in group.rows])


def _few(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
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


def blocks(told: Summary, rows: Sequence[Row], first: str = "") -> Iterator[Block]:
    """The page: what is common first, then every host."""
    yield Heading((first or numbers(told)).rstrip("."), 1)
    for action in told.actions:
        yield Say(everywhere(action))
        yield Code(tuple(clean.line(text) for text in action.places))
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        yield Heading(f"{len(group.rows)} of {told.hosts}: {group.title}{code}")
        for hop, count in group.behind:
            yield Say(stops_at(group, hop, count))
        for change in group.changes:
            yield Say(mends(change))
            yield Code(tuple(clean.line(text) for text in change.preview))
        yield Items(tuple(Item(clean.line(one.host), mark_of(one), _more(one)) for one in group.rows))
    yield Heading("Hosts that work")
    works = [one for one in rows if one.works and not one.cause]
    yield Items(tuple(Item(clean.line(one.host), "ok") for one in works)) if works else Say("None.")


def _more(one: Row) -> tuple[str, ...]:
    sure = f" ({one.confidence})" if one.confidence else ""
    return (clean.line(f"{one.title or one.why}{sure}"),)


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
                "changes": [_change(change) for change in group.changes],
            }
            for group in told.groups
        ],
        "rows": [to_json(one) for one in rows],
    }


def _change(one: Change) -> dict[str, Any]:
    return {"fix": one.fix, "preview": list(one.preview), "hosts": list(one.hosts)}
