"""What stands below every verdict."""

from __future__ import annotations

from sshwizard.fronts.report import inside_by, open_doors
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.look import Sheet
from sshwizard.state import State
from sshwizard.verdict import Verdict


def closing(sheet: Sheet, state: State, found: Verdict) -> None:
    """Other ways in that are open, and what an interview rests on."""
    if names := open_doors(state):
        sheet.blank()
        sheet.say(f"Other ways in: {', '.join(names)}", lead="d", lead_style="bold $text-accent")
    if inside_by(state, found):
        sheet.say("A look at the server itself may decide it", lead="i", lead_style="bold $text-accent")
    if state.mode == "hand":
        sheet.blank()
        sheet.say("This rests on your answers. A look can prove it: sshwizard user@host", look.DIM)
