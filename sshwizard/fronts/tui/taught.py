"""The keys of a practice world on the main screen; what they open is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard
    from sshwizard.fronts.tui.pages import Written
    from sshwizard.lab.practice import Practice
    from sshwizard.runner import Runner

NO_PRACTICE = "This is no practice world: it has neither hints nor a tutor."


class Taught(Screen[None]):
    """The keys of a practice world, on the main screen."""

    if TYPE_CHECKING:
        runner: Runner

        @property
        def wizard(self) -> Wizard: ...
        def _blocked(self, action: str) -> bool: ...
        def tell(self, text: str) -> None: ...

    @property
    def practice(self) -> Practice | None:
        """The exercise that is being done."""
        return getattr(self.app, "practice", None)

    def begin_practice(self) -> None:
        """With a tutor the way is covered before anything of it is seen."""
        if self.practice is not None and self.practice.tutor:
            self.action_tutor()

    def action_hint(self) -> None:
        """One hint."""
        if not self._blocked("hint") and self.practice is not None:
            self.wizard.read("Hint", hinted(self.practice), small=True)

    def action_tutor(self) -> None:
        """Be asked."""
        if not self._blocked("tutor") and self.practice is not None:
            from sshwizard.fronts.tui.lesson import Tutor

            self.app.push_screen(Tutor(self.runner, self.practice))


def hinted(practice: Practice) -> Written:
    """A page with the next hint."""
    from sshwizard.fronts.telling import hint
    from sshwizard.fronts.tui import look

    text = look.outside(hint(practice.exercise), 1000)
    return lambda sheet: sheet.show(text, "bold")
