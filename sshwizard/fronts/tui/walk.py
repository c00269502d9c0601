"""The main screen: the way on the left, the story on the right, and the walk that fills them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen

from sshwizard.events import Event, Saw
from sshwizard.fronts.report import question
from sshwizard.fronts.tui import advice, look
from sshwizard.fronts.tui.advice import Pane, Waiting
from sshwizard.fronts.tui.asking import Asking
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.hand import ByHand
from sshwizard.fronts.tui.keys import WALK, Key, bindings, numbers
from sshwizard.fronts.tui.rows import Row, rows, stretches
from sshwizard.fronts.tui.strip import Head, Strip
from sshwizard.fronts.tui.way import Way
from sshwizard.language import say
from sshwizard.model import unknown
from sshwizard.runner import Runner
from sshwizard.session import Ask, Step, need, walk
from sshwizard.state import Place
from sshwizard.verdict import Verdict

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_TICK = 0.2


class WalkScreen(ByHand, Screen[None]):
    """Shows one session. The state decides what is seen; widgets know nothing of it."""

    CSS_PATH = "wizard.tcss"

    TABLE: tuple[Key, ...] = WALK
    BINDINGS = [*bindings(WALK), *numbers()]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-normal"), (100, "-roomy"), (121, "-wide")]
    NO_VERDICT = "No verdict yet at this point of the recording."
    HERE = (
        "On the left is the way of the connection, question by question; on the right what it means and what you "
        "can do. Move in the tree to read about any question; esc brings the verdict back."
    )

    def __init__(self, runner: Runner, *, walks: bool = True, mode: str = "", story: str = "") -> None:
        super().__init__()
        self.runner = runner
        self.walks = walks
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

    # ---------------------------------------------------------------- life

    def compose(self) -> ComposeResult:
        """Seven widgets, of which the advice or the question is shown."""
        yield Head("", id="head")
        yield Strip("", id="strip")
        with Horizontal(id="body"):
            yield Way()
            yield Pane("advice")
            yield Asking()
        yield Keys()

    def on_mount(self) -> None:
        """Draw what is known; look only after the first frame."""
        self.head, self.strip, self.way = self.query_one(Head), self.query_one(Strip), self.query_one(Way)
        self.advice, self.foot = self.query_one("#advice", Pane), self.query_one(Keys)
        self.asking, self.seen = self.query_one(Asking), None
        self.way.focus()
        self.runner.listeners.append(self._heard)
        self._timer = self.set_interval(_TICK, self._tick, pause=True)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.draw()
        if self.walks:
            self.go_on()
        if self.story:
            self.action_story()

    def go_on(self) -> None:
        """Let the walk go on, in the background."""
        self.stopped, self.picked, self.way.following = False, None, True
        self.run_worker(self._walk(), group="look", exclusive=True)

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

    def on_way_picked(self, event: Way.Picked) -> None:
        """The person reads about another question."""
        self.picked = event.row
        self.draw_advice()

    def on_way_folded(self) -> None:
        """Its answers are listed now."""
        self.soon()

    # ---------------------------------------------------------------- drawing

    @property
    def waiting(self) -> Place | None:
        """The question that is being looked at, or that waits for the person."""
        now = self.runner.waiting
        return (now[0].leg, now[0].node) if now and self.walking else self.open_question

    def draw(self) -> None:
        """Show the state."""
        state = self.runner.state
        width = self.size.width
        self.head.draw(state, self.mode, width)
        self.draw_strip()
        self.way.draw(rows(state, self.waiting, self.way.unfolded))
        self.draw_advice()
        self.draw_keys()

    def draw_strip(self) -> None:
        """The stretches and the clock."""
        state = self.runner.state
        seconds = self._seconds
        if self.walking and self._began is not None:
            seconds = time.monotonic() - self._began
        elif state.mode == "hand":
            seconds = None
        elif seconds is None and state.ended:
            seconds = state.ended.took_ms / 1000
        at = max((leg for leg, _ in state.facts), default=0)
        hop = f"{at + 1}/{len(state.legs)}" if len(state.legs) > 1 and at >= 0 else ""
        self.strip.draw(stretches(state, self.waiting), seconds, hop, self.size.width)

    def draw_keys(self) -> None:
        """The footer."""
        self.foot.draw(self.TABLE, self.why_not, self.size.width)

    def draw_advice(self) -> None:
        """The right pane, and the evidence beside it on a wide screen."""
        state, found, room = self.runner.state, self.verdict, self.advice.room
        wide = self.seen is not None and self.has_class("-wide")
        if self.draw_asking():
            pass
        elif self.rests or self.told:
            from sshwizard.fronts.tui.pages import following, resting

            waits = resting(self.rests, self._held("rests"), room[0]) if self.rests else following(self.told, room[0])
            self.advice.put("Waiting", waits)
        elif self.busy:
            self.advice.put("One more look", advice.looking(Waiting(self.busy, "", self._held("busy")), room[0]))
        elif self.picked is not None and self.picked.place is not None:
            self.advice.put("Question", advice.about(state, self.picked, room[0]))
        elif found is None and self.stopped:
            self.advice.put("Stopped", Content(say("Looking was stopped. Press r to look again.")))
        elif found is None and not self.walks:
            self.advice.put("So far", self._so_far(room[0]))
        elif found is None or self.walking:
            self.advice.put("Looking", advice.looking(self._now(), room[0]))
        else:
            page = advice.verdict_page(state, found, room, beside=wide)
            self.advice.put(self._title(found), page)
        if wide:
            self._draw_seen()

    def _title(self, found: Verdict) -> str:
        if found.outcome == "healthy":
            return "It works"
        if found.outcome == "inconclusive":
            return "Cannot tell"
        return advice.TITLES.get(found.symptom, "Verdict")

    def _draw_seen(self) -> None:
        from sshwizard.fronts.tui.pages import evidence_page

        assert self.seen is not None
        sheet = look.Sheet(self.seen.room[0])
        evidence_page(self.evidence)(sheet)
        self.seen.put("Evidence", sheet.content())

    def _now(self) -> Waiting | None:
        now = self.runner.waiting
        if now is None:
            return None
        step = Step(now[0].leg, now[0].node, unknown(""))
        return Waiting(question(self.runner.state, step), now[1].waits, self._held(now))

    def _held(self, what: Any) -> float:
        """Seconds since `what` became the thing that is waited for."""
        if self._since[0] is not what and self._since[0] != what:
            self._since = (what, time.monotonic())
        return time.monotonic() - self._since[1]

    def _so_far(self, width: int) -> Content:
        sheet = look.Sheet(width)
        sheet.say(self.NO_VERDICT, look.DIM)
        for step in walk(self.runner.state).steps[-1:]:
            sheet.blank()
            sheet.say(question(self.runner.state, step), "bold")
            sheet.say(step.fact.says)
        return sheet.content()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, when nothing is being looked at."""
        with contextlib.suppress(IndexError):
            return self.runner.verdict()
        return None

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)
