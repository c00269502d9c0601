"""Answers by hand on the main screen: any question that the way has come to may be answered, or answered anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshwizard.fronts.tui.acts import Acts
from sshwizard.fronts.tui.asking import Asking
from sshwizard.fronts.tui.pane import Pane
from sshwizard.fronts.tui.rows import undecided
from sshwizard.model import UNKNOWN
from sshwizard.session import Ask, need, walk
from sshwizard.state import Place


class ByHand(Acts):
    """The list of answers beside the tree, and what becomes of a choice."""

    if TYPE_CHECKING:
        asking: Asking
        held: bool
        advice: Pane

    @property
    def open_question(self) -> Place | None:
        """The question that waits for the person, because nothing here can look."""
        wanted = need(self.runner.state) if self.walks else None
        return (wanted.leg, wanted.node) if isinstance(wanted, Ask) else None

    @property
    def asked(self) -> Place | None:
        """The question whose answers are listed now."""
        return self.asks or (self.open_question if self.picked is None else None)

    heading = "By hand"
    """What stands over the answers."""

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        reason = super().why_not(action)
        if not reason and action == "answer":
            place = self._chosen()
            if place is None:
                return "Choose a question of the tree first."
            way = walk(self.runner.state)
            if place not in {way.next, *(step.place for step in way.steps)}:
                return "The way has not come to this question."
            if place[1] == "server-log":
                return "The log itself answers this question."
        return reason

    def _chosen(self) -> Place | None:
        """The question under the cursor; at a verdict, the one that would lead on."""
        if self.picked is not None:
            return self.picked.place
        open_ = undecided(self.runner.state)
        steps = walk(self.runner.state).steps
        found = self.verdict
        if open_ is not None and (found is None or found.outcome != "healthy"):
            return open_.place
        return steps[-1].place if found is not None and found.root is not None else self.open_question

    def action_answer(self) -> None:
        """List the answers of the selected question; what a look saw is marked."""
        if not self._blocked("answer"):
            self.asks = self._chosen()
            if self.asks and self.picked is None:
                self.way.following = False
                self.way.go(("question", *self.asks))
            self.draw()
            self.asking.focus_answers()

    def draw_asking(self) -> bool:
        """Show the answers instead of the advice, where the person is asked."""
        place = self.asked
        before = self.asking.display
        self.asking.display, self.advice.display = place is not None, place is None
        if place is None:
            if self.asking.holds_focus:
                self.way.focus()
            return False
        marked = self.picked.outcome if self.picked and self.picked.key[0] == "answer" else ""
        self.asking.put(self.runner.state, place, self.heading, marked)
        if not before and place == self.open_question:
            self.asking.focus_answers()
        return True

    def on_asking_chosen(self, event: Asking.Chosen) -> None:
        """Take the answer in, and let the walk go on from there."""
        self.answer(event.place, event.outcome)

    def answer(self, place: Place, outcome: str) -> None:
        """Not to contradict a look, or not to know better, is no answer of one's own."""
        seen = self.runner.state.facts.get(place)
        if seen is not None and outcome in {seen.outcome, UNKNOWN}:
            self.runner.take_back(place)
        else:
            self.runner.answer(place, outcome)
        self.asks = None
        if self.walking:
            if seen is None:
                self.tell("Noted. The look comes first, so that both are known; then your answer leads on.")
            self.picked, self.way.following = None, True
            self.soon()
        elif self.held:
            self.soon()
        else:
            self.go_on()

    def action_dunno(self) -> None:
        """Not to know is an answer."""
        if place := self.asked:
            self.answer(place, UNKNOWN)

    async def action_before(self) -> None:
        """← in the list: leave it."""
        await self.action_back()

    def action_choose(self, number: int) -> None:
        """A number means an answer where answers are listed."""
        if self.asked is None:
            super().action_choose(number)
        elif not self.asking.choose(number):
            self.tell(f"There is no answer {number} here.")
