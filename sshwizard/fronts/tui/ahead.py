"""What lies ahead: every answer of a question, where it leads, and on from there, as far as somebody unfolds it."""

from __future__ import annotations

from collections.abc import Collection

from sshwizard import vocabulary
from sshwizard.fronts.plain import is_fine
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.model import Arrived, Cause, Lead
from sshwizard.session import lead_of
from sshwizard.state import Place
from sshwizard.tree import TREE
from sshwizard.wording import Mark


def answers(
    place: Place,
    taken: str,
    unfolded: Collection[Key],
    *,
    without: bool = False,
    path: tuple[str, ...] = (),
) -> tuple[Row, ...]:
    """Every answer that a question can have; `without`: only those that were not given. `path` leads to the question
    where it was not reached: each earlier question and the answer that was unfolded."""
    node = TREE[place[1]]
    made = []
    for outcome in (*node.via.outcomes, "unknown"):
        hit = outcome == taken
        if hit and without:
            continue
        kind: Mark = ("ok" if is_fine(node.id, outcome) else "trouble") if hit else "ahead"
        lead = lead_of(node.id, outcome, hop=False)
        key: Key = ("answer", *place, outcome, *path)
        under: tuple[Row, ...] = ()
        goes_on = isinstance(lead, str) and not hit
        if goes_on and key in unfolded:
            under = answers((place[0], str(lead)), "", unfolded, path=(*path, f"{node.id}={outcome}"))
        made.append(
            Row(key, node.word(outcome), kind, f"→ {short(lead)}", place, outcome, foldable=goes_on, under=under)
        )
    return tuple(made)


def short(lead: Lead) -> str:
    """Where an answer leads, in a few words."""
    if isinstance(lead, str):
        return TREE[lead].short
    if isinstance(lead, Cause):
        return vocabulary.causes()[lead.code].title
    return "ssh works" if isinstance(lead, Arrived) else "no verdict"


def leads_to(lead: Lead) -> str:
    """Where an answer would lead, in words."""
    if isinstance(lead, str):
        return f"the question: {TREE[lead].asks}"
    if isinstance(lead, Cause):
        return f"the cause: {vocabulary.causes()[lead.code].title}"
    return "the end of the way: ssh works" if isinstance(lead, Arrived) else "no verdict: it cannot be told"
