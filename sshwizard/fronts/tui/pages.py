"""Pages over the screen: evidence, command log, explanation, help, story. Text only, closed with esc."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen

from sshwizard.events import Answered, Did, Event, Rewound, Saw, Unanswered, Undid
from sshwizard.fronts.plain import said
from sshwizard.fronts.report import question
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.advice import Pane
from sshwizard.fronts.tui.keys import MOVES, Key
from sshwizard.fronts.tui.look import Sheet
from sshwizard.language import say
from sshwizard.model import Evidence
from sshwizard.session import Step
from sshwizard.state import State
from sshwizard.tree import TREE

Written = Callable[[Sheet], None]
"""Writes a page onto a sheet that has the right width."""


class Page(ModalScreen[None]):
    """One page of text."""

    BINDINGS = [
        Binding("escape,enter", "close", "Back", show=False),
        Binding("q", "app.leave", "Quit", show=False),
    ]

    def __init__(self, title: str, write: Written, *, small: bool = False) -> None:
        super().__init__(classes="small" if small else "")
        self._heading, self._write = title, write

    def compose(self) -> ComposeResult:
        """One pane."""
        yield Pane("page")

    def on_mount(self) -> None:
        """Written once the width is known."""
        pane = self.query_one(Pane)
        pane.border_subtitle = Content(look.ours("esc Back"))
        pane.border_title = Content(say(self._heading))
        pane.focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Written again for the new width."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        pane = self.query_one(Pane)
        sheet = Sheet(pane.room[0] - 1)
        self._write(sheet)
        pane.put(self._heading, sheet.content())

    def action_close(self) -> None:
        """Back to where the person was."""
        self.dismiss(None)


def evidence_page(seen: Sequence[Evidence]) -> Written:
    """Every line that was seen, and the exact command of each look."""

    def write(sheet: Sheet) -> None:
        for one in seen:
            sheet.blank()
            sheet.say(one.says, "bold", lead=look.ours("·"), lead_style=look.DIM)
            for line in one.lines[:500]:
                sheet.show(line, indent=2)
            if one.command:
                sheet.show(one.command, "$text-primary", indent=2, lead="$", lead_style=look.DIM)
        if not seen:
            sheet.say("Nothing was seen yet.")

    return write


def log_page(events: Sequence[Event], state: State) -> Written:
    """Every look and change in order, each under its question. The looks named run.* read one and the same ssh."""

    def write(sheet: Sheet) -> None:
        for event in events:
            if isinstance(event, Saw) and event.node in TREE:
                step = Step(event.leg, event.node, event.fact)
                sheet.blank()
                sheet.say(look.outside(question(state, step)), "bold")
                via = TREE[event.node].via.name
                told, lead = event.fact.command, "$"
                if not told and via.startswith("run."):
                    told = look.outside(f"ssh -vvv {shlex.join(state.target.ssh_args)}")
                elif not told:
                    told = say(f"{via}: it reads what is there already, no command is run")
                    lead = look.ours("·")
                sheet.show(told, "$text-primary", indent=2, lead=lead, lead_style=look.DIM)
                sheet.say(event.fact.says, look.DIM, indent=2)
            elif isinstance(event, Answered | Unanswered):
                asks, words = said(event, state)
                sheet.blank()
                sheet.say(look.outside(asks), "bold")
                sheet.say(words, indent=2, lead=look.mark("said"), lead_style=look.STYLE["said"])
            elif isinstance(event, Did | Undid):
                word = "Changed" if isinstance(event, Did) else "Undone"
                sheet.heading(f"{word}: {event.fix}  {event.at}")
                for effect in event.effects if isinstance(event, Did) else ():
                    for line in effect.preview():
                        sheet.say(line, "$text-primary", indent=2)
            elif isinstance(event, Rewound):
                sheet.blank()
                sheet.say("Looked again.", look.DIM)

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
        sheet.say(story)
        sheet.blank()
        sheet.say(
            "A practice world: a real ssh server on this machine, broken on purpose. Your own ~/.ssh stays as it is.",
            look.DIM,
        )
        sheet.blank()
        sheet.say("enter begins.   S shows this again.   q leaves, and nothing is left behind.", look.DIM)

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
            sheet.say(key.says, lead=look.padded(_key(key.shown), 10), lead_style="bold $text-accent", indent=2)
        sheet.heading("In a pane")
        for shown, says in MOVES:
            sheet.say(says, lead=look.padded(_key(shown), 10), lead_style="bold $text-accent", indent=2)
        sheet.heading("Words")
        for kind, says in _WORDS:
            sheet.say(says, lead=f"{look.mark(kind):<10}", lead_style=look.STYLE[kind], indent=2)  # type: ignore[arg-type,index]
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


_WORDS = (
    ("ok", "it went well"), ("trouble", "here it went wrong"), ("unknown", "it cannot be told"),
    ("looking", "it is being looked at"), ("ahead", "not reached, or not the answer"), ("undone", "taken back"),
    ("said", "you said so, by hand"),
)  # fmt: skip


def resting(seconds: int, gone: float, width: int) -> Content:
    """A wait of the person's own choice, counted."""
    sheet = Sheet(width)
    sheet.say(f"{max(seconds - int(gone), 0)} s left of {seconds}", look.STRONG, lead=look.mark("looking"),
              lead_style=look.STYLE["looking"])  # fmt: skip
    sheet.blank()
    sheet.say("Then one more look, by itself. Nothing is sent to the server before.")
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
