"""Who came through the doors lately, in words: beside the list of doors, and in its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.model import Fact

NODE = "aws.visits"
"""What the fact is called in a session."""


def told(fact: Fact[Any]) -> dict[str, Any]:
    """For JSON. `mine` is null where it is not known who we are."""
    keys = ("at", "event", "did", "who", "arn", "from", "user", "key", "mine", "refused")
    return {
        "known": fact.known,
        "says": clean.line(fact.says, 400),
        "days": fact.data.get("days"),
        "late_minutes": fact.data.get("late"),
        "events": [{key: row.get(key) for key in keys} for row in fact.data.get("visits", ())],
        "cut_short": [clean.line(str(one), 80) for one in fact.data.get("more", ())],
        "unknown": [
            {"probe": clean.line(row.get("call") or NODE, 80), "why": clean.line(row.get("why", ""), 200),
             "unblock": clean.line(row.get("unblock", ""), 160)}
            for row in _unseen(fact)
        ],
    }  # fmt: skip


def lines(fact: Fact[Any]) -> Iterator[str]:
    """For people."""
    unseen = _unseen(fact)
    yield f"Lately: {clean.line(fact.says, 400) if fact.known or not unseen else 'who came in is not known'}"
    yield from (f"     {clean.line(row, 300)}" for row in fact.lines)
    yield from (f"     only the newest of many {one} were read" for one in fact.data.get("more", ()))
    for row in unseen:
        unblock = f" ({clean.line(row['unblock'], 160)})" if row.get("unblock") else ""
        yield f"     not known: {clean.line(row.get('why', ''), 200)}{unblock}"


def _unseen(fact: Fact[Any]) -> list[Mapping[str, str]]:
    return [row for row in fact.data.get("unseen", ()) if isinstance(row, Mapping)]
