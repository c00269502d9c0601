"""The report to take along: which format, where to, masked or not. Nothing is written before the person says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sshwizard import paths
from sshwizard.fronts.reports import writing
from sshwizard.fronts.reports.writing import FORMATS, SAYS, Format
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.keys import TAKING, bindings
from sshwizard.language import say


@dataclass(frozen=True)
class Wanted:
    """What is to be written."""

    format: Format
    path: Path
    redact: bool


class Taking(ModalScreen[str]):
    """Asks, writes, and answers with a sentence; with nothing when it was left."""

    TABLE = TAKING
    BINDINGS = [*bindings(TAKING)]

    def __init__(self, name: str, write: Callable[[Wanted], str]) -> None:
        """`write` makes the file and returns a sentence; it raises OSError."""
        super().__init__()
        self._stamp, self._write, self._redact = name, write, True
        self._offered, self._folder = "", Path()

    def compose(self) -> ComposeResult:
        """A list, the place, a line that says what comes."""
        with Vertical(id="dialog"):
            yield OptionList(
                *(
                    Option(Content.assemble((f"{name:<10}", "bold"), look.ours(SAYS[name])), name)
                    for name in FORMATS
                ),
                id="formats",
                compact=True,
            )  # fmt: skip
            yield Static("", id="asks")
            yield Input(id="answer", compact=True)
            yield Static("", id="masked")
            yield Static(Content.styled(look.ours("enter writes · m masks on or off · esc back"), look.DIM), id="hint")

    def on_mount(self) -> None:
        """The text for a ticket comes first."""
        dialog = self.query_one("#dialog")
        dialog.border_title = Content(say("Write a report"))
        formats = self.query_one(OptionList)
        formats.highlighted = 0
        formats.focus()
        self._draw()

    def on_option_list_option_highlighted(self) -> None:
        """Another format has another file, unless the person named one."""
        place = self.query_one(Input)
        if place.value in {"", self._offered}:
            free = writing.free_place(self._stamp, self._format)
            self._folder, self._offered = free.parent, free.name
            place.value = free.name
            told = f"Into {paths.short(free.parent)} (tab, to name another file):"
            self.query_one("#asks", Static).update(Content.styled(say(look.outside(told)), look.DIM))

    @property
    def _format(self) -> Format:
        return FORMATS[self.query_one(OptionList).highlighted or 0]

    def _draw(self, trouble: str = "") -> None:
        told = (
            "Addresses, names, ids and fingerprints are masked; the legend stays here."
            if self._redact
            else "NOTHING is masked: the report names machines and people."
        )
        style = look.STYLE["note"] if trouble or not self._redact else look.DIM
        self.query_one("#masked", Static).update(Content.styled(say(look.outside(trouble or told)), style))

    # ---------------------------------------------------------------- keys

    def on_option_list_option_selected(self) -> None:
        """Enter in the list."""
        self._take()

    def on_input_submitted(self) -> None:
        """Enter behind the path."""
        self._take()

    def _take(self) -> None:
        path = self._folder / paths.expand(self.query_one(Input).value.strip())
        try:
            told = self._write(Wanted(self._format, path, self._redact))
        except FileExistsError:
            self._draw("It is there already: name a new file.")
        except (OSError, ValueError) as error:
            self._draw(f"Not written: {getattr(error, 'strerror', '') or error}")
        else:
            self.dismiss(told)

    def action_masks(self) -> None:
        """Mask, or not."""
        self._redact = not self._redact
        self._draw()

    def action_down(self) -> None:
        """Next format."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The one before."""
        self.query_one(OptionList).action_cursor_up()

    def action_leave(self) -> None:
        """Write nothing."""
        self.dismiss("")
