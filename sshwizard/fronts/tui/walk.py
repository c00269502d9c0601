"""The main screen: the way on the left, the story on the right, and the walk that fills them."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import Reactive
from textual.widget import Widget

from sshwizard.events import Event, Saw
from sshwizard.fronts.tui.advice import Pane
from sshwizard.fronts.tui.asking import Asking
from sshwizard.fronts.tui.drawing import Draws
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.frames import OneFrame
from sshwizard.fronts.tui.keys import WALK, Key, bindings, numbers
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.row import Row
from sshwizard.fronts.tui.sieve import Sieve
from sshwizard.fronts.tui.strip import Head, Strip
from sshwizard.fronts.tui.way import Way
from sshwizard.model import Evidence
from sshwizard.runner import Runner
from sshwizard.session import Ask, Look, need
from sshwizard.state import Place, State
from sshwizard.verdict import Verdict

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_TICK = 0.2


class WalkScreen(Draws, OneFrame[None]):
    """Shows one session. The state decides what is seen; widgets know nothing of it."""

    CSS_PATH = "wizard.tcss"
    focused: Reactive[Widget | None] = Reactive(
        None, repaint=False
    )  # the widgets show it; the whole screen need not be painted again

    TABLE: tuple[Key, ...] = WALK
    BINDINGS = [*bindings(WALK), *numbers()]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-normal"), (100, "-roomy"), (121, "-wide")]
    HERE = (
        "On the left is the way of the connection, question by question; on the right what it means and what you "
        "can do. Move in the tree to read about any question; unfold its answers to see what would follow from them. "
        "/ finds any question and any cause in it, W says why; esc brings the verdict back."
    )

    def __init__(
        self, runner: Runner, *, walks: bool = True, mode: str = "", story: str = "", later: bool = False
    ) -> None:
        """`later`: nothing is looked at before the person says so."""
        super().__init__()
        self.runner = runner
        self.walks = walks
        self.held = later
        self.mode = mode
        self.story = story
        self.walking = False
        self.stopped = False
        self.asks: Place | None = None
        self.seen: Pane | None = None
        self.busy = ""
        self.told = ""
        """What a fix is looking at before it can be previewed."""
        self.rests = 0
        """Seconds that a fix lets pass."""
        self.picked: Row | None = None
        self._began: float | None = None
        self._seconds: float | None = None
        self._since: tuple[object, float] = (None, 0.0)
        self._dirty = False
        self._lost = ""
        """Why no session is kept, once it was said."""
        self._beside: tuple[int, tuple[Evidence, ...]] = (0, ())
        self._judged: tuple[State | None, Verdict | None] = (None, None)

    # ---------------------------------------------------------------- life

    def compose(self) -> ComposeResult:
        """Of the advice and the question one is shown, and of the keys and the filter."""
        yield Head("", id="head")
        yield Strip("", id="strip")
        with Horizontal(id="body"):
            yield Way()
            yield Pane("advice")
            yield Asking()
        yield Keys()
        yield Sieve()

    def on_mount(self) -> None:
        """Draw what is known; look only after the first frame."""
        self.head, self.strip, self.way = self.query_one(Head), self.query_one(Strip), self.query_one(Way)
        self.advice, self.foot = self.query_one("#advice", Pane), self.query_one(Keys)
        self.asking, self.seen = self.query_one(Asking), None
        self.way.on_picked, self.way.on_folded = self.reads, self.draw_tree
        self.query_one(Sieve).on_typed = self.sifts
        self.way.focus()
        self.runner.listeners.append(self._heard)
        self._timer = self.set_interval(_TICK, self._tick, pause=True)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.draw()
        gc.freeze()  # what is loaded by now stays: to look for garbage in it takes longer than a frame,
        gc.set_threshold(5_000, 20, 50)  # and what a key throws away has no cycles
        if self.walks and not self.held:
            self.go_on()
        if self.story:
            self.begin_practice()
            self.action_story()

    def go_on(self) -> None:
        """Let the walk go on, in the background."""
        self.held, self.stopped, self.picked, self.way.following = False, False, None, True
        self.run_worker(Later(self._walk), group="look", exclusive=True)

    async def _walk(self) -> None:
        if isinstance(need(self.runner.state), Ask):
            self.soon()
            return
        self.walking, self._began, before = True, time.monotonic(), len(self.runner.events)
        self._timer.resume()
        try:
            await self.runner.walk()
        finally:
            self.walking = False
            if any(isinstance(event, Saw) for event in self.runner.events[before:]):
                self._seconds = time.monotonic() - self._began
            if self.is_attached:
                self._timer.pause()
                self.soon()
                if self.picked is not None and self.verdict is not None:
                    self.tell("There is a verdict: esc shows it.")

    @contextlib.contextmanager
    def resting(self, seconds: int) -> Iterator[None]:
        """While time passes, it is counted; esc ends it."""
        self.rests = seconds
        if seconds:
            self._timer.resume()
            self.soon()
        try:
            yield
        finally:
            if seconds and self.is_attached:
                self.rests, self._since = 0, (None, 0.0)
                self._timer.pause()
                self.soon()

    async def stop_looking(self) -> None:
        """End the looks; nothing is known of what they would have seen."""
        self.workers.cancel_group(self, "look")
        await self.runner.close()
        self.stopped, self.walking, self.busy = True, False, ""
        self.soon()

    # ---------------------------------------------------------------- hearing

    def _heard(self, event: Event) -> None:
        self.soon()

    def soon(self) -> None:
        """Draw once, however many events come together."""
        if not self._dirty:
            self._dirty = True
            self.call_later(self._redraw)

    def _redraw(self) -> None:
        self._dirty = False
        if self.is_attached:
            self.draw()
            self._say_lost()

    def _say_lost(self) -> None:
        """Say once, when nothing else comes, that nobody can go on with this session, or undo by it."""
        if self.walking or isinstance(need(self.runner.state), Look):
            return
        if not self._lost and (why := self.runner.lost or self.wizard.unkept):
            self._lost = why
            self.tell(f"No session is kept: {why}")

    def _tick(self) -> None:
        self.draw_strip()
        if self.picked is None:
            self.draw_advice()

    def on_resize(self, event: events.Resize) -> None:
        """Everything is laid out for the new size; places are kept."""
        self.call_after_refresh(self._sized)

    def _sized(self) -> None:
        if self.has_class("-wide") and self.seen is None:
            self.seen = Pane("seen")
            self.query_one("#body").mount(self.seen)
            self.call_after_refresh(self.draw)
        self.draw()

    def on_pane_sized(self) -> None:
        """A pane got another width."""
        self.soon()

    def reads(self, row: Row) -> None:
        """The person reads about another question."""
        self.picked = row
        self.draw_advice()
        if self.way.owes:
            self.soon()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, when nothing is being looked at."""
        state = self.runner.state
        if self._judged[0] is not state:  # each key asks for it, and to judge means to plan every fix
            self._judged = (state, None)
            with contextlib.suppress(IndexError):
                self._judged = (state, self.runner.verdict())
        return self._judged[1]

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)
