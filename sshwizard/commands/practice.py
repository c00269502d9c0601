"""What `sshwizard doctor` keeps for a team: checklists, change notes, reminders."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from sshwizard import clean, followup, store, vocabulary
from sshwizard.advice import checklist
from sshwizard.commands import doctor
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import changenote
from sshwizard.language import say
from sshwizard.session import fold


async def list_for(given: argparse.Namespace) -> Exit:
    """The checklist of an environment, with what a look shows ticked."""
    seen = await doctor.look(given)
    rows = checklist.text(given.checklist, [row.advice for row in seen.rows], seen.where, date.today().isoformat(), say)
    doctor.write("\n".join(rows), given.output)
    return Exit.WORKS


def note(given: argparse.Namespace) -> Exit:
    """The change note of a session. Raises UsageError."""
    try:
        path = store.find(given.change_note)
        state = fold(store.load(path))
    except (OSError, store.BadSession) as error:
        raise UsageError(f"the session cannot be read: {error}") from None
    doctor.write("\n".join(changenote.text(state, path.name.removesuffix(".jsonl"))), given.output)
    return Exit.WORKS if any(change.lasts for change in state.changes) else Exit.CANNOT_TELL


def reminders(given: argparse.Namespace) -> Exit:
    """What waits for a review; one of it is done. Raises UsageError."""
    notes = followup.waiting()
    if given.done is not None:
        if not 1 <= given.done <= len(notes):
            raise UsageError(f"there is no reminder {given.done}. See: sshwizard doctor --reminders")
        try:
            followup.settle(notes[given.done - 1])
        except OSError as error:
            raise UsageError(f"the reminders cannot be written: {error.strerror}") from None
        print(say(f"Done: {vocabulary.actions()[notes[given.done - 1].fix].title}"))
        return Exit.WORKS
    for number, one in enumerate(notes, 1):
        title = say(vocabulary.actions()[one.fix].title)
        print(f"  {number}  {say(f'by {one.due}')}  {title}: {clean.line(one.target)}")
        print(f"       {say(one.asks)}")
        name = Path(one.session).name.removesuffix(".jsonl")
        print(f"       {say(f'take it back: sshwizard undo {clean.line(name)} --change {one.number + 1}')}")
        print(f"       {say(f'it may stay: sshwizard doctor --reminders --done {number}')}")
    if not notes:
        print(say("Nothing waits for a review."))
    return Exit.CAUSE_FOUND if notes else Exit.WORKS
