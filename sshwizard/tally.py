"""What one session adds to the counts of causes."""

from __future__ import annotations

from sshwizard import frequency
from sshwizard.state import State
from sshwizard.verdict import Verdict


class Tally:
    """The causes that one session proved so far."""

    def __init__(self) -> None:
        self._proved: set[str] = set()

    def note(self, state: State, found: Verdict, session: str) -> None:
        """A cause is proved by a look (a certain finding), or by its fix, after which ssh works."""
        failed = found.outcome == "failed"
        proved = {change.did.code for change in state.changes if change.proved and change.did.code}
        if failed and found.root and found.root.confidence == "certain":
            proved.add(found.root.cause)
        if failed or not proved <= self._proved:
            self._proved |= proved
            frequency.note(session, self._proved)
