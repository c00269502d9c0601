"""The tree as a guided interview: no host is looked at, and the person answers every question."""

from __future__ import annotations

from dataclasses import replace

from sshwizard.fronts.tui.keys import HAND, WALK, bindings
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.language import say
from sshwizard.runner import Runner
from sshwizard.session import walk
from sshwizard.tree.limbs import LIMBS

_OUT = {
    "fix", "undo", "keep", "again", "restart", "session", "story", "hint", "tutor", "copy", "answer", "help",
    "next_hit", "last_hit",
}  # fmt: skip
_HELP = tuple(key.at("f1") for key in WALK if key.action == "help")
_NEXT = {"why", "find"}
"""Less often wanted here than the answers."""
_TABLE = (
    *HAND,
    *(replace(key, footer=False, wide=True) if key.action in _NEXT else key for key in WALK if key.action not in _OUT),
    *_HELP,
)


class InterviewScreen(WalkScreen):
    """The walk, question by question. A verdict from it is likely at most: nothing was looked at."""

    TABLE = _TABLE
    BINDINGS = [*bindings((*HAND, *_HELP))]
    HERE = (
        "You are asked what a look would see. Choose an answer with the arrows and enter, or by its number. Not to "
        "know is an answer, too. The tree shows the way so far; a on one of its questions answers it anew."
    )

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner, mode="by hand")

    @property
    def given(self) -> int:
        """How many answers follow from what the person sees."""
        sees = self.runner.state.target.input
        return next((len(limb.answers) for limb in LIMBS if limb.sees == sees), 0)

    @property
    def heading(self) -> str:  # type: ignore[override]
        """Which question it is, not counting what follows from the message."""
        return f"{say('Question')} {len(walk(self.runner.state).steps) - self.given + 1}"

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        if action == "dunno" and self.asked is None:
            return "No question is open."
        return super().why_not(action)

    def action_dunno(self) -> None:
        """Not to know is an answer."""
        if not self._blocked("dunno"):
            super().action_dunno()

    async def action_before(self) -> None:
        """Take the last answer back; before the first one, choose another message."""
        steps = walk(self.runner.state).steps
        if self.asks is not None or self.picked is not None:
            await self.action_back()
        elif len(steps) <= self.given:
            self.action_over()
        else:
            self.runner.take_back(steps[-1].place)
            self.go_on()

    def action_over(self) -> None:
        """Choose another message."""
        self.wizard.open_sights()
