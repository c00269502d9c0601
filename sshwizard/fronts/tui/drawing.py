"""What the main screen shows: the state decides, and every part of the screen is drawn from it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from textual.content import Content

from sshwizard.fronts.report import question
from sshwizard.fronts.tui import advice, look
from sshwizard.fronts.tui.about import about
from sshwizard.fronts.tui.advice import Pane, Waiting
from sshwizard.fronts.tui.progress import awaits, took
from sshwizard.fronts.tui.rows import stretches
from sshwizard.fronts.tui.sieve import Sifts
from sshwizard.model import Evidence, unknown
from sshwizard.session import Step, walk
from sshwizard.state import Place
from sshwizard.verdict import Verdict

if TYPE_CHECKING:
    from sshwizard.fronts.tui.strip import Head, Strip


class Draws(Sifts):
    """Draws the head, the strip, the tree, the advice and the keys."""

    NO_VERDICT = "No verdict yet at this point of the recording."

    if TYPE_CHECKING:
        mode: str
        held: bool
        stopped: bool
        seen: Pane | None
        _beside: tuple[int, tuple[Evidence, ...]]
        head: Head
        strip: Strip
        _began: float | None
        _seconds: float | None
        _since: tuple[object, float]

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
        self.draw_tree()
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
        at = max((step.leg for step in walk(state).steps), default=0)
        hop = f"{at + 1}/{len(state.legs)}" if len(state.legs) > 1 and at >= 0 else ""
        told = awaits(state, self._now()) if self.walking else ""
        self.strip.draw(
            stretches(state, self.waiting), seconds, hop, self.size.width, took=took(self.runner.events), awaits=told
        )

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

            waits = (
                resting(self.rests, self._held("rests"), self.told, room[0])
                if self.rests
                else following(self.told, room[0])
            )
            self.advice.put("Waiting", waits)
        elif self.busy:
            self.advice.put("One more look", advice.looking(Waiting(self.busy, "", self._held("busy")), room[0]))
        elif self.picked is not None and self.picked.place is not None:
            self.advice.put("Cause" if self.picked.code else "Question", about(state, self.picked, room[0], found))
        elif self.held:
            self.advice.put("Not looked yet", advice.held(room[0]))
        elif found is None and self.stopped:
            self.advice.put("Stopped", Content(look.ours("Looking was stopped. Press r to look again.")))
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
        width, evidence = self.seen.room[0], self.evidence
        if (width, evidence) != self._beside:
            self._beside = (width, evidence)
            sheet = look.Sheet(width)
            evidence_page(evidence)(sheet)
            self.seen.put("Evidence", sheet.lines)

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
