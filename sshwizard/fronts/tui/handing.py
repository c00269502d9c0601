"""The preview of a change while two are at it, and the question whether to hand over the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.dialogs import Confirm, Planned, Proposal
from sshwizard.fronts.tui.keys import CONFIRM, HANDING, Key, bindings

_GROUP = "Two at one session"
KEYBOARD = Key("keyboard", "ctrl+k", "ctrl+k", "Keyboard", "Hand over the keyboard, or take it back", _GROUP)
ASKING = Key("keyboard", "ctrl+k", "ctrl+k", "Keyboard", "Ask for the keyboard, or give it back", _GROUP, footer=True)
"""The same key for its owner and for who joins."""


class SharedConfirm(Confirm):
    """The preview as both see it, with a line that says whose yes counts."""

    TABLE = (*CONFIRM, KEYBOARD)
    BINDINGS = [*bindings((KEYBOARD,), priority=True)]

    def __init__(
        self, proposal: Proposal, note: str, keyboard: Callable[[], None], typed: Callable[[str], None] | None = None
    ) -> None:
        """`typed` is told what is typed here; `keyboard` is what ctrl+k does."""
        super().__init__(proposal)
        self._keyboard, self._typed = keyboard, typed
        self.decided: Callable[[bool, str, str], bool] | None = None
        """Takes the answer elsewhere (yes or no, what was typed, the name); true leaves the dialog open."""
        self._line = Static("", id="note")
        self.say(note)

    def on_mount(self) -> None:
        """The line stands first."""
        self.query_one("#dialog").mount(self._line, before=0)

    def say(self, note: str) -> None:
        """Say whose yes counts."""
        self._line.update(Content.styled(look.outside(note), look.STYLE["note"]))
        self._line.display = bool(note)

    @property
    def planned(self) -> Planned:
        """What it shows."""
        return self._planned

    @property
    def typed(self) -> str:
        """What stands in its input."""
        return self._answer

    def put(self, text: str) -> None:
        """What another typed stands here, too."""
        if self.proposal.asks and self._answer != text:
            self.query_one("#answer", Input).value = text

    def again(self) -> None:
        """The plan is another one now."""
        if self.is_mounted:
            self._draw()

    def on_input_changed(self) -> None:
        """Plan again with what was typed, also at the other end."""
        if self._typed is not None and self.proposal.asks:
            self._typed(self._answer)

    def close(self, answer: str | None) -> None:
        """End it, and whatever page was opened over it."""
        stack = self.app.screen_stack
        while self in stack and self.app.screen is not self:
            self.app.pop_screen()
            stack = self.app.screen_stack
        if self in stack:
            self.dismiss(answer)

    def action_apply(self) -> None:
        """Do it, or send it to where it is done."""
        if self.decided is None or not self._ready:
            super().action_apply()
        else:
            named = self.query_one("#name", Input).value.strip() if self.proposal.risk == "typed" else ""
            self.decided(True, self._answer, named)

    def action_leave(self) -> None:
        """Leave everything as it is."""
        if self.decided is None or not self.decided(False, "", ""):
            super().action_leave()

    def action_keyboard(self) -> None:
        """Take the keyboard back, or ask for it."""
        self._keyboard()


Given = Literal["asks", "alone", ""]


class Handing(ModalScreen[Given]):
    """Hand over the keyboard? Not to is one key, too."""

    TABLE = HANDING
    BINDINGS = [*bindings(HANDING)]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._who = name

    def compose(self) -> ComposeResult:
        """Four lines."""
        with Vertical(id="dialog"):
            yield Static(Content.styled(look.outside(f"{self._who} asks for the keyboard of this session."), "bold"))
            yield Static("")
            for key in HANDING[:3]:
                line = Content.assemble((key.shown, "bold $text-accent"), "  ", look.ours(key.says))
                yield Static(line.stylize(look.click(f"screen.{key.action}")))
            yield Static("")
            yield Static(Content.styled("ctrl+k takes it back at any time.", look.DIM))
            yield Static("")

    def on_mount(self) -> None:
        """Its title."""
        self.query_one("#dialog").border_title = Content("Two at one session")

    def action_lend(self) -> None:
        """Hand it over; each change waits for a yes here."""
        self.dismiss("asks")

    def action_lend_all(self) -> None:
        """Hand it over with the changes."""
        self.dismiss("alone")

    def action_keep(self) -> None:
        """Keep it."""
        self.dismiss("")
