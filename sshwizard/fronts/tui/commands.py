"""The command log: every command that was run and every change, each under its question."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from sshwizard.events import Answered, Did, Event, Rewound, Saw, Unanswered, Undid
from sshwizard.fronts.plain import said, step_mark
from sshwizard.fronts.report import question
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pages import Written
from sshwizard.session import Step
from sshwizard.state import State
from sshwizard.tree import TREE


def log_page(events: Sequence[Event], state: State) -> Written:
    """Every look and change in order, each under its question. The looks named run.* read one and the same ssh."""
    run = f"ssh -vvv {shlex.join(state.target.ssh_args)}"

    def write(sheet: Sheet) -> None:
        ran = False
        for event in events:
            if isinstance(event, Saw) and event.node in TREE:
                step = Step(event.leg, event.node, event.fact)
                via, kind = TREE[event.node].via.name, step_mark(step)
                sheet.blank()
                took = f"{event.took_ms / 1000:.1f} s" if event.took_ms else ""
                _asked(sheet, look.outside(question(state, step)), took)
                if event.fact.command:
                    sheet.show(event.fact.command, "$text-primary", indent=2, lead="$", lead_style=look.DIM)
                elif via.startswith("run.") and not ran:
                    ran = True
                    sheet.show(look.outside(run, 1000), "$text-primary", indent=2, lead="$", lead_style=look.DIM)
                elif via.startswith("run."):
                    sheet.say("read from the log of the same ssh", look.DIM, indent=4)
                else:
                    sheet.say(f"{via}: read on this computer, no command is run", look.DIM, indent=4)
                sheet.say(event.fact.says, indent=2, lead=look.mark(kind), lead_style=look.STYLE[kind])
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
                ran = False
                sheet.blank()
                sheet.say("Looked again.", look.DIM)

    return write


def _asked(sheet: Sheet, asks: str, took: str) -> None:
    """The question, and how long its look took, if both fit on a line."""
    asks = look.ours(asks)
    if took and cell_len(asks) + len(took) + 2 <= sheet.width:
        sheet.pair(look.bold(asks), took, look.DIM)
    else:
        sheet.show(asks, "bold")


def commands(events: Sequence[Event], state: State) -> str:
    """All commands of the log, each once, to be copied."""
    return "\n".join(dict.fromkeys(_commands(events, state)))


def _commands(events: Sequence[Event], state: State) -> Iterator[str]:
    for event in events:
        if isinstance(event, Saw) and event.node in TREE:
            if event.fact.command:
                yield event.fact.command
            elif TREE[event.node].via.name.startswith("run.") and state.mode == "live":
                yield look.outside(f"ssh -vvv {shlex.join(state.target.ssh_args)}", 1000)
