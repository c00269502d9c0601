"""The preview before a change: exactly what will be done, what proves it, how it is undone. Cancel comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.keys import CONFIRM, bindings
from sshwizard.fronts.tui.look import Sheet
from sshwizard.language import say
from sshwizard.model import Risk

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard


class Planned(NamedTuple):
    """What would be done."""

    lines: tuple[str, ...]
    """The preview; empty when it cannot be done."""
    refusal: str = ""
    """Why not, in a sentence."""
    commands: tuple[str, ...] = ()
    """The same for a shell, to be copied."""
    undo: str = ""


@dataclass(frozen=True)
class Proposal:
    """A change as it is put to the person."""

    title: str
    risk: Risk
    verb: str
    """The word on the button."""
    plan: Callable[[str], Planned]
    """The preview for what was typed (nothing at first)."""
    proof: str
    asks: str = ""
    """What has to be typed before it can be planned."""
    offers: str = ""
    """What the input holds at first."""
    name: str = ""
    """For the risk `typed`: the word that has to be typed."""
    needs: str = ""
    """What access it needs, in words."""
    price: str = ""
    """By what it is billed; empty where it costs nothing."""


class Confirm(ModalScreen[str | None]):
    """Asks for a change; the answer is what was typed, or None to leave everything as it is."""

    TABLE = CONFIRM
    BINDINGS = [*bindings(CONFIRM)]

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.proposal = proposal
        self._planned = Planned(())

    def compose(self) -> ComposeResult:
        """Preview, an input if something is asked, two buttons."""
        ask = self.proposal
        with Vertical(id="dialog"):
            with VerticalScroll(id="preview", can_focus=False):
                yield Static("", id="what")
            if ask.asks:
                yield Static(Content.styled(f"{say(ask.asks)}:", look.DIM), id="asks")
                yield Input(ask.offers, id="answer", compact=True)
            if ask.risk == "typed":
                yield Static(Content.styled(say(f"To go on, type {look.outside(ask.name)} here:"), look.DIM))
                yield Input(id="name", compact=True)
            with Horizontal(id="buttons"):
                yield Static(Content.styled(look.ours("y yes · n no · c copy"), look.DIM), id="hint")
                yield Button(Content(say("Cancel")), id="cancel", compact=True)
                yield Button(Content(say(ask.verb)), id="apply", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Cancel has the focus, unless something must be typed first."""
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(say(look.outside(self.proposal.title)))
        dialog.border_subtitle = Content.styled(say(self.proposal.risk), f"bold {look.RISK[self.proposal.risk]}")
        inputs = self.query(Input)
        (inputs.first() if inputs else self.query_one("#cancel")).focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """The preview is laid out again."""
        self.call_after_refresh(self._draw)

    def on_input_changed(self) -> None:
        """Plan again with what was typed."""
        self._draw()

    def on_input_submitted(self) -> None:
        """Enter in an input goes on to the next thing, never to the deed itself."""
        self.query_one("#apply" if self._ready else "#cancel").focus()

    @property
    def _answer(self) -> str:
        return self.query_one("#answer", Input).value.strip() if self.proposal.asks else ""

    @property
    def _ready(self) -> bool:
        named = self.proposal.risk != "typed" or self.query_one("#name", Input).value.strip() == self.proposal.name
        return bool(self._planned.lines) and named

    def _draw(self) -> None:
        ask = self.proposal
        self._planned = planned = ask.plan(self._answer)
        sheet = Sheet(self.query_one("#preview").content_region.width or 60)
        if planned.lines:
            for line in planned.lines:
                style = {"-": look.STYLE["trouble"], "+": look.STYLE["ok"]}.get(line[:1], "bold $text-primary")
                sheet.say(line, style, indent=2)
            sheet.blank()
            sheet.say(ask.proof, lead="Proof", lead_style=look.DIM)
            sheet.say(planned.undo, lead="Undo ", lead_style=look.DIM)
            if ask.needs:
                sheet.say(ask.needs, lead="Needs", lead_style=look.DIM)
            if ask.price:
                sheet.say(ask.price, lead="Price", lead_style=look.DIM)
        else:
            refusal = planned.refusal
            sheet.say(refusal[:1].upper() + refusal[1:] + ".", lead=look.mark("note"), lead_style=look.STYLE["note"])
        self.query_one("#what", Static).update(sheet.content())
        self.query_one("#apply", Button).disabled = not self._ready

    # ---------------------------------------------------------------- keys

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two."""
        event.stop()
        if event.button.id == "apply":
            self.action_apply()
        else:
            self.action_leave()

    def action_apply(self) -> None:
        """Do it, if there is something to do."""
        if self._ready:
            self.dismiss(self._answer)
        else:
            self.app.bell()

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the commands instead of doing it."""
        if self._planned.commands:
            cast("Wizard", self.app).copy_out("\n".join(self._planned.commands))
