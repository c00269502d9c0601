"""A change note for the team, from a session's journal: what, why, before, after, way back, who agrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard import clean, commonmark, vocabulary
from sshwizard.effects import Effect
from sshwizard.followup import REVIEWS
from sshwizard.state import Change, State

_LONGEST = 4000


def text(state: State, session: str) -> Iterator[str]:
    """The lines of the note."""
    name = cell(state.target.input)
    lasting = [change for change in state.changes if change.lasts]
    yield from (f"# Change note: {name}", "")
    when = sorted(change.did.at for change in lasting)
    yield f"Made between {when[0]} and {when[-1]}." if when else "Nothing was changed."
    for number, change in enumerate(lasting, 1):
        yield from ("", *_one(number, change, state.changes.index(change), session))
    if state.pending:
        yield from ("", "An interrupted change stands in the journal: `sshwizard undo` says what became of it.")
    yield from ("", "## Tell the team", "", *_fenced(_words(name, lasting)))
    yield from ("## Agreed", "", "| role | name | day | words |", "|---|---|---|---|")
    yield from ("| made by | | | |", "| agreed by a second person | | | |", "| reviewed afterwards | | | |")


def _one(number: int, change: Change, index: int, session: str) -> Iterator[str]:
    did = change.did
    action, cause = vocabulary.actions()[did.fix], vocabulary.causes().get(did.code)
    yield from (f"## {number}. {action.title}", "", f"- what: {cell(action.does)} (`{did.fix}`, {action.risk})")
    yield f"- why: {cell(cause.title if cause else did.code)} (`{cell(did.code)}`)"
    yield f"- when: {cell(did.at)}"
    yield f"- proved: {_proof(change)}"
    back = (
        commonmark.span(f"sshwizard undo {clean.line(session)} --change {index + 1}")
        if did.inverses
        else "there is none"
    )
    yield f"- way back: {'it was taken back' if change.undone else back}"
    if did.fix in REVIEWS:
        yield f"- look at it again: {cell(REVIEWS[did.fix])}"
    yield from ("", "What was changed:", "", *_fenced(_preview(did.effects)))
    if did.inverses:
        yield from ("What brings back the state before it:", "", *_fenced(_preview(did.inverses)))


def _proof(change: Change) -> str:
    if change.undone:
        return "no longer in force"
    if change.proved:
        seen = change.proof or change.passed
        return f"yes: {cell(seen.says) if seen else ''}"
    return "no look of this session proves it" if change.helped is None else "no: the trouble was still seen"


def _preview(effects: Sequence[Effect]) -> str:
    return "\n".join(line for effect in effects for line in effect.preview())


def _words(name: str, changes: Sequence[Change]) -> str:
    """A message that can be sent as it is."""
    rows = [f"Access to {name} was changed:"]
    for change in changes:
        action = vocabulary.actions()[change.did.fix]
        rows.append(f"- {action.title}{' (taken back since)' if change.undone else ''}")
    return "\n".join((*rows, "If something about your login is different now, say so here."))


def _fenced(words: str) -> Iterator[str]:
    yield from (commonmark.fenced(clean.line(line, _LONGEST) for line in words.splitlines()), "")


def cell(words: str) -> str:
    """Words of strangers in Markdown."""
    return commonmark.cell(clean.line(words, _LONGEST))
