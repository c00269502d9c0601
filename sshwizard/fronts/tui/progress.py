"""What is awaited and until when, and how long each stretch took. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sshwizard.events import Event, Rewound, Saw
from sshwizard.fronts.tui.advice import Waiting
from sshwizard.session import walk
from sshwizard.state import State
from sshwizard.tree import TREE

_LIMIT = re.compile(r"\s*\((?:gives up in|at most) (\d+) s(?: per address)?\)")


def awaits(state: State, now: Waiting | None) -> str:
    """One line: what was seen last if it was trouble, what is awaited, and how long it still may take."""
    if now is None:
        return ""
    found = _LIMIT.search(now.waits)
    what = _LIMIT.sub("", now.waits) or "ssh itself"
    steps = walk(state).steps
    last = steps[-1] if steps else None
    before = next(
        (step for step in reversed(steps) if TREE[step.node].spine and last and step.leg == last.leg), None
    )  # fmt: skip
    seen = f"{TREE[before.node].word(before.fact.outcome)}; " if before and _troubled(before.fact.outcome) else ""
    if found is None:
        return f"{seen}waiting for {what}"
    left = int(found[1]) - int(now.seconds)
    if left <= 0:
        return f"{seen}waiting for {what}; any moment now"
    return f"{seen}waiting for {what}; gives up in {left} s"


def _troubled(outcome: str) -> bool:
    return outcome not in {"ok", "open", "elsewhere", "unknown"}


def took(events: Sequence[Event]) -> dict[str, float]:
    """Seconds per stretch since the last look from the start, as far as the looks say how long they took."""
    made: dict[str, float] = {}
    for event in events:
        if isinstance(event, Rewound):
            made.clear()
        elif isinstance(event, Saw) and event.took_ms and event.node in TREE:
            stretch = TREE[event.node].stretch
            made[stretch] = made.get(stretch, 0.0) + event.took_ms / 1000
    return made
