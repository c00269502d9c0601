"""A session of another terminal on the full screen, as it goes on."""

from __future__ import annotations

from sshwizard.fronts.tui.keys import WALK, bindings
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.fronts.watching import PAUSE, Tail
from sshwizard.runner import Runner
from sshwizard.store import BadSession, is_open

_OUT = {"fix", "undo", "keep", "again", "restart", "session", "story", "hint", "tutor", "answer"}
_TABLE = tuple(key for key in WALK if key.action not in _OUT)
_PAGE = "This page is read-only: it was not opened with --read-write."


class WatchScreen(WalkScreen):
    """The walk as the other terminal sees it; only what the tree and the pages show can be chosen."""

    TABLE = _TABLE
    BINDINGS = [*bindings(_TABLE)]
    NO_VERDICT = "No verdict yet."
    HERE = "A session of another terminal, as it goes on. You can read everything; nothing is looked at or changed."

    def __init__(self, tail: Tail) -> None:
        self.tail = tail
        super().__init__(Runner(tail.events, read_only=True), walks=False, mode="watching")

    def on_mount(self) -> None:
        """Look at the file now and then."""
        self._poll = self.set_interval(PAUSE, self._read)

    def why_not(self, action: str) -> str:
        """Why a key cannot work here, in a sentence; empty when it can."""
        if action in {*_OUT, "inside"}:
            return _PAGE if self.app.is_web else "This follows another terminal: nothing is looked at or changed here."
        return super().why_not(action)

    def _read(self) -> None:
        over = ""
        try:
            open_yet = is_open(self.tail.path)
            new = self.tail.read()
            over = "" if open_yet else "The session is over; q leaves."
        except (BadSession, OSError) as error:
            new, over = (), f"It cannot be followed further: {error}"
        if new:
            self.runner = self.wizard.runner = Runner(self.tail.events, read_only=True)
            self.draw()
        if over:
            self._poll.stop()
            self.mode = "watched"
            self.draw()
            self.tell(over)
