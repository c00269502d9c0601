"""A recorded session, event by event. Nothing is looked at or changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean
from sshwizard.events import Ended, Event
from sshwizard.fronts.tui.keys import REPLAY, WALK, bindings
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner

_OUT = {"fix", "undo", "keep", "again", "restart", "session", "story", "hint", "tutor"}
_TABLE = (*REPLAY, *(key for key in WALK if key.action not in _OUT))


class ReplayScreen(WalkScreen):
    """The walk as it was; the arrows step through it."""

    TABLE = _TABLE
    BINDINGS = [*bindings(REPLAY, priority=True)]
    HERE = (
        "A recording of a walk. The arrows step through its events, v leads to the next verdict; nothing is looked at "
        "or changed."
    )

    def __init__(
        self, events: Sequence[Event], note: str = "", source: Path | None = None, *, masked: bool = False
    ) -> None:
        self.recording, self.note, self.source, self.masked = tuple(events), note, source, masked
        self.at = len(self.recording)
        super().__init__(Runner(self.recording, read_only=True), walks=False, mode=self._where())

    def on_mount(self) -> None:
        """Say what the recording lacks; the walk's own handler is called by Textual."""
        if self.note:
            self.call_after_refresh(self.tell, self.note)

    def _where(self) -> str:
        """How far it is, and what time it was then."""
        times = [at for event in self.recording[: self.at] if (at := event.at)]
        clock = clean.line(times[-1])[11:19] if times else ""
        return f"replay {self.at}/{len(self.recording)}" + (f"  {clock}" if clock else "")

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

    def action_verdict(self) -> None:
        """To the next verdict."""
        places = [number for number, event in enumerate(self.recording, 1) if isinstance(event, Ended)]
        later = [place for place in places if place > self.at]
        if places and (later or places)[0] != self.at:
            self._step((later or places)[0] - self.at)
        else:
            self.tell("There is no other verdict in this recording.")

    def action_beginning(self) -> None:
        """To the first event."""
        self._step(1 - self.at)

    def action_step_back(self) -> None:
        """One event back."""
        self._step(-1)

    def action_step_on(self) -> None:
        """One event on."""
        self._step(1)
