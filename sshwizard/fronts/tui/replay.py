"""A recorded session, event by event. Nothing is looked at or changed."""

from __future__ import annotations

from collections.abc import Sequence

from sshwizard.events import Event
from sshwizard.fronts.tui.keys import REPLAY, WALK, bindings
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner

_OUT = {"fix", "undo", "keep", "again", "restart", "session", "story"}
_TABLE = (*REPLAY, *(key for key in WALK if key.action not in _OUT))


class ReplayScreen(WalkScreen):
    """The walk as it was; the arrows step through it."""

    TABLE = _TABLE
    BINDINGS = [*bindings(REPLAY, priority=True)]
    HERE = "A recording of a walk. The arrows step through its events; nothing is looked at or changed."

    def __init__(self, events: Sequence[Event]) -> None:
        self.recording = tuple(events)
        self.at = len(self.recording)
        super().__init__(Runner(self.recording, read_only=True), walks=False, mode=self._where())

    def _where(self) -> str:
        return f"replay {self.at}/{len(self.recording)}"

    def _step(self, by: int) -> None:
        at = min(max(self.at + by, 1), len(self.recording))
        if at == self.at:
            self.tell("This is the end of the recording." if by > 0 else "This is its beginning.")
            return
        self.at = at
        self.runner = self.wizard.runner = Runner(self.recording[: self.at], read_only=True)
        self.mode = self._where()
        self.picked, self.way.following = None, True
        self.draw()

    def action_step_back(self) -> None:
        """One event back."""
        self._step(-1)

    def action_step_on(self) -> None:
        """One event on."""
        self._step(1)
