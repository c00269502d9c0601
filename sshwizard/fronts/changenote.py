"""A change note for the team, from a session's journal: what, why, before, after, way back, who agrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard import clean, commonmark, vocabulary
from sshwizard.effects import Effect
from sshwizard.followup import REVIEWS
from sshwizard.language import say
from sshwizard.state import Change, State

_LONGEST = 4000


def text(state: State, session: str) -> Iterator[str]:
    """The lines of the note."""
    name = cell(state.target.input)
    lasting = [change for change in state.changes if change.lasts]
    yield from (f"# {say(f'Change note: {name}')}", "")
    when = sorted(change.did.at for change in lasting)
    yield say(f"Made between {when[0]} and {when[-1]}." if when else "Nothing was changed.")
    for number, change in enumerate(lasting, 1):
        yield from ("", *_one(number, change, state.changes.index(change), session))
    if state.pending:
        yield from ("", say("An interrupted change stands in the journal: `sshwizard undo` says what became of it."))
    yield from ("", f"## {say('Tell the team')}", "", *_fenced(_words(name, lasting)))
    yield from (f"## {say('Who agreed')}", "", say("| role | name | day | words |"), "|---|---|---|---|")
    yield say("| made by | | | |")
    yield say("| agreed by a second person | | | |")
    yield say("| reviewed afterwards | | | |")


def _one(number: int, change: Change, index: int, session: str) -> Iterator[str]:
    did = change.did
    action, cause = vocabulary.actions()[did.fix], vocabulary.causes().get(did.code)
    yield from (f"## {number}. {say(action.title)}", "")
    yield f"- {say('what:')} {cell(say(action.does))} (`{did.fix}`, {say(action.risk)})"
    yield f"- {say('why:')} {cell(say(cause.title) if cause else did.code)} (`{cell(did.code)}`)"
    yield f"- {say('when:')} {cell(did.at)}"
    yield f"- {say('proved:')} {_proof(change)}"
    command = f"sshwizard undo {clean.line(session)} --change {index + 1}"
    back = commonmark.span(command) if did.inverses else say("there is none")
    yield f"- {say('way back:')} {say('it was taken back') if change.undone else back}"
    if did.fix in REVIEWS:
        yield f"- {say('look at it again:')} {cell(say(REVIEWS[did.fix]))}"
    yield from ("", say("What was changed:"), "", *_fenced(_preview(did.effects)))
    if did.inverses:
        yield from (say("What brings back the state before it:"), "", *_fenced(_preview(did.inverses)))


def _proof(change: Change) -> str:
    if change.undone:
        return say("no longer in force")
    if change.proved:
        seen = change.proof or change.passed
        return f"{say('yes:')} {cell(say(seen.says)) if seen else ''}"
    return say("no look of this session proves it" if change.helped is None else "no: the trouble was still seen")


def _preview(effects: Sequence[Effect]) -> str:
    return "\n".join(say(line) for effect in effects for line in effect.preview())


def _words(name: str, changes: Sequence[Change]) -> str:
    """A message that can be sent as it is."""
    rows = [say(f"Access to {name} was changed:")]
    for change in changes:
        title = say(vocabulary.actions()[change.did.fix].title)
        rows.append(f"- {title} {say('(taken back since)')}" if change.undone else f"- {title}")
    return "\n".join((*rows, say("If something about your login is different now, say so here.")))


def _fenced(words: str) -> Iterator[str]:
    yield from (commonmark.fenced(clean.line(line, _LONGEST) for line in words.splitlines()), "")


def cell(words: str) -> str:
    """Words of strangers in Markdown."""
    return commonmark.cell(clean.line(words, _LONGEST))
