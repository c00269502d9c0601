"""Pages over the screen: evidence, command log, explanation, help, story. Text only, closed with esc."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from sshwizard.fronts.because import told
from sshwizard.fronts.evidence import deciding
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.frames import OneFrame
from sshwizard.fronts.tui.keys import MOVES, PAGE, Key, bindings
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pane import Pane
from sshwizard.fronts.why import Why
from sshwizard.model import Evidence

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

Written = Callable[[Sheet], None]
"""Writes a page onto a sheet that has the right width."""


class Page(OneFrame[None], ModalScreen[None]):
    """One page of text. The same one is opened for the next text: only its first opening has to be laid out."""

    TABLE = PAGE
    BINDINGS = [*bindings(PAGE)]

    def __init__(self) -> None:
        super().__init__()
        self._pane = Pane("page")
        self._write: Written = lambda sheet: None
        self._copies = ""

    def compose(self) -> ComposeResult:
        """One pane."""
        yield self._pane

    def show(self, title: str, write: Written, *, small: bool = False, copies: str = "") -> None:
        """Have another text. `copies` goes to the clipboard in place of the whole text."""
        self._write, self._copies = write, copies
        self.set_class(small, "small")
        self.clear_selection()
        what = "copy the commands" if copies else "copy"
        self._pane.border_subtitle = Content(look.ours(f"y {what} · esc back"))
        self._pane.put(title, lambda width: self._sheet(width - 1).lines)
        self._pane.scroll_home(animate=False)

    def _sheet(self, width: int) -> Sheet:
        sheet = Sheet(width)
        self._write(sheet)
        return sheet

    def action_copy_page(self) -> None:
        """To the clipboard of the terminal."""
        text = self._copies or self._sheet(10_000).content().plain
        cast("Wizard", self.app).copy_out(text)

    def action_close(self) -> None:
        """Back to where the person was."""
        self.dismiss(None)


def evidence_page(seen: Sequence[Evidence], *, verdict: bool = True) -> Written:
    """Every line that was seen, and the exact command of each look. The line that decided is marked; of a `verdict`,
    that of its deciding look alone."""

    def write(sheet: Sheet) -> None:
        marked = next((one for one in seen if one.lines), None)
        for one in seen:
            sheet.blank()
            sheet.say(one.says, "bold", lead=look.ours("·"), lead_style=look.DIM)
            at = deciding(one.says, one.lines)
            sheet.quote(one.lines[:at] if at > 0 else (), look.DIM, indent=2)
            for line in one.lines[at : at + 1] if at >= 0 else ():
                if one is marked or not verdict:
                    sheet.show(line, "bold", lead=look.ours("»"), lead_style=look.HEADING)
                else:
                    sheet.show(line, indent=2)
            sheet.quote(one.lines[at + 1 :], look.DIM, indent=2)
            if one.command:
                sheet.show(one.command, "$text-primary", indent=2, lead="$", lead_style=look.DIM)
        if not seen:
            sheet.say("Nothing was seen yet.")

    return write


def why_page(one: Why) -> Written:
    """The chain of questions behind a claim."""

    def write(sheet: Sheet) -> None:
        for part in told(one):
            text = look.outside(part.said, 1000)
            if part.kind not in {"line", "command"}:
                text = look.ours(text)
            if part.kind == "heading":
                sheet.heading(text)
            elif part.kind == "claim":
                sheet.show(text, "bold")
                sheet.blank()
            elif part.kind == "link" and part.mark:
                sheet.show(text, lead=look.mark(part.mark), lead_style=look.STYLE[part.mark])
            elif part.kind == "line":
                sheet.show(text, lead=f"  {look.ours('»')}", lead_style=look.DIM)
            elif part.kind == "command":
                sheet.show(text, "$text-primary", indent=2, lead="$", lead_style=look.DIM)
            else:
                sheet.show(text, look.DIM if part.kind == "aside" else "", indent=4 if part.kind == "aside" else 0)

    return write


def text_page(text: str) -> Written:
    """Plain text, its lines and indents kept."""

    def write(sheet: Sheet) -> None:
        for number, line in enumerate(text.splitlines()):
            if not line.strip():
                sheet.blank()
            else:
                indent = len(line) - len(line.lstrip())
                sheet.say(look.outside(line.strip()), "bold" if number == 0 else "", indent=indent)

    return write


def story_page(story: str) -> Written:
    """What the practice world is about."""

    def write(sheet: Sheet) -> None:
        for part in story.split("\n"):  # in the reader's language already, or a team's own words
            sheet.show(part)
            sheet.blank()
        sheet.say(
            "A practice world: a real ssh server on this machine, broken on purpose. Your own ~/.ssh stays as it is.",
            look.DIM,
        )
        sheet.blank()
        sheet.say(
            "enter begins.   H gives a hint, T lets the tutor ask you, S shows this again.   q leaves without a trace.",
            look.DIM,
        )

    return write


def help_page(here: str, table: Sequence[Key]) -> Written:
    """Help for this place first, then every key."""

    def write(sheet: Sheet) -> None:
        sheet.say(here)
        group = ""
        for key in table:
            if key.group != group:
                group = key.group
                sheet.heading(group)
            sheet.say(key.says, lead=look.pad(_key(key.shown), 10), lead_style="bold $text-accent", indent=2)
        sheet.heading("In a pane")
        for shown, says in MOVES:
            sheet.say(says, lead=look.pad(_key(shown), 10), lead_style="bold $text-accent", indent=2)
        sheet.heading("Words")
        for kind, says in look.WORDS:
            sheet.say(says, lead=look.pad(look.mark(kind), 10), lead_style=look.STYLE[kind], indent=2)
        sheet.blank()
        sheet.say("Risk: safe changes one thing here and can be undone; confirm changes more; typed can lock you out "
                  "or cannot be undone; guide is a way in words.", look.DIM)  # fmt: skip
        sheet.say("Is esc slow inside tmux? set -g escape-time 10 in ~/.tmux.conf.", look.DIM)

    return write


def _key(shown: str) -> str:
    if not look.Look.ascii_only:
        return shown
    for glyph, plain in (("↑", "up"), ("↓", "down"), ("←", "left"), ("→", "right"), ("…", "..")):
        shown = shown.replace(glyph, plain)
    return shown


def resting(seconds: int, gone: float, says: str, width: int) -> Content:
    """A wait of the person's own choice, counted. `says`: what the last knock met, where somebody knocks."""
    sheet = Sheet(width)
    sheet.say(f"{max(seconds - int(gone), 0)} s left of {seconds}", look.STRONG, lead=look.mark("looking"),
              lead_style=look.STYLE["looking"])  # fmt: skip
    sheet.blank()
    if says:
        sheet.say(look.outside(says, 400))
        sheet.say("As soon as SSH greets there, one more look follows by itself.")
    else:
        sheet.say("Then one more look, by itself.")
    sheet.blank()
    sheet.say("esc ends the wait, q leaves.", look.DIM)
    return sheet.content()


def following(says: str, width: int) -> Content:
    """How far a change is that takes minutes."""
    sheet = Sheet(width)
    sheet.say(look.outside(says, 400), look.STRONG, lead=look.mark("looking"), lead_style=look.STYLE["looking"])
    sheet.blank()
    sheet.say("esc ends the waiting; what was begun is taken back first, which takes a while, too.", look.DIM)
    return sheet.content()
