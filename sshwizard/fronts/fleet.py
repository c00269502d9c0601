"""A sweep in words: a line a host as it ends, the groups at the end, and the same as blocks for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from sshwizard import clean, vocabulary, wording
from sshwizard.fleet.groups import Change, Group, Summary
from sshwizard.fleet.rows import Row, to_json
from sshwizard.fronts.reports.story import Block, Code, Heading, Item, Items, Say, translated
from sshwizard.language import say
from sshwizard.wording import Mark

NAMED = 8
"""Hosts of a group that are named in plain lines; the page and the JSON have all."""
SCHEMA = "sshwizard/sweep-report/1"


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


def tell(told: Summary, where: str = "") -> str:
    """The groups in plain lines."""
    rows = [say(numbers(told))]
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        rows += ["", say(f"{len(group.rows)} of {told.hosts}: {group.title}") + code, f"    {_named(group)}"]
        if not group.cause:
            one = group.rows[0]
            rows.append(f"    {say('for example:')} {one.host}: {say(clean.line(one.why))}")
        for change in group.changes:
            rows.append(f"    {say(mends(change))}")
            rows += [f"        {say(clean.line(text))}" for text in change.preview]
    if where:
        rows += ["", f"{say('Sweep:')} {where}"]
    return "\n".join(rows)


def _named(group: Group) -> str:
    names = [clean.line(one.host) for one in group.rows]
    more = [say(f"and {len(names) - NAMED} more")] if len(names) > NAMED else []
    return " ".join([*names[:NAMED], *more])


def mends(change: Change) -> str:
    """What one change is good for."""
    title = vocabulary.actions()[change.fix].title if change.fix in vocabulary.actions() else change.fix
    if len(change.hosts) == 1:
        return f"mends {clean.line(change.hosts[0])}: {title}"
    return f"one change mends {len(change.hosts)} of them: {title}"


def blocks(told: Summary, rows: Sequence[Row]) -> Iterator[Block]:
    """The page, in the reader's language: what is common first, then every host."""
    return map(translated, _blocks(told, rows))


def _blocks(told: Summary, rows: Sequence[Row]) -> Iterator[Block]:
    yield Heading(numbers(told).rstrip("."), 1)
    for group in told.groups:
        code = f" [{group.cause}]" if group.cause else ""
        yield Heading(f"{len(group.rows)} of {told.hosts}: {group.title}{code}")
        for change in group.changes:
            yield Say(mends(change))
            yield Code(change.preview)
        yield Items(tuple(Item(clean.line(one.host), mark_of(one), _more(one)) for one in group.rows))
    yield Heading("Hosts that work")
    works = [one for one in rows if one.works and not one.cause]
    yield Items(tuple(Item(clean.line(one.host), "ok") for one in works)) if works else Say("None.")


def _more(one: Row) -> tuple[str, ...]:
    sure = f" ({one.confidence})" if one.confidence else ""
    return (clean.line(f"{one.title or one.why}{sure}"),)


def as_json(told: Summary, rows: Sequence[Row]) -> dict[str, Any]:
    """The whole sweep as one object."""
    return {
        "schema": SCHEMA,
        "hosts": told.hosts,
        "works": told.works,
        "fails": told.fails,
        "unclear": told.unclear,
        "groups": [
            {
                "cause": group.cause,
                "title": group.title,
                "hosts": [one.host for one in group.rows],
                "changes": [
                    {"fix": change.fix, "preview": list(change.preview), "hosts": list(change.hosts)}
                    for change in group.changes
                ],
            }
            for group in told.groups
        ],
        "rows": [to_json(one) for one in rows],
    }
