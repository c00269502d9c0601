"""The doors: every way in with its mark; enter walks through one, and the wizard comes back after."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from sshwizard.doors import audit
from sshwizard.doors.marks import INSIDE, MARK
from sshwizard.doors.table import DOORS
from sshwizard.effects import Connect, Refused
from sshwizard.fronts import report
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import DOORS as TABLE
from sshwizard.fronts.tui.keys import bindings
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pane import Pane
from sshwizard.fronts.tui.strip import Head
from sshwizard.language import say
from sshwizard.model import Fact
from sshwizard.runner import Runner
from sshwizard.wording import Mark

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

DAYS = 7
_MARKS: dict[str, Mark] = {"open": "ok", "shut": "ahead"}


class DoorsScreen(Screen[str | None]):
    """A list of doors over what is known of the highlighted one; it gives the door that a look inside shall take."""

    CSS_PATH = "wizard.tcss"
    TABLE = TABLE
    BINDINGS = [
        *bindings(TABLE, priority=True),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]
    HERE = (
        "Ways into this server, the best first. Enter walks through the highlighted one: ssh has the terminal, and the "
        "wizard comes back when it ends. Ways that stop the server are told with their commands, and never made here."
    )

    def __init__(self, runner: Runner, mode: str, *, walks: bool) -> None:
        super().__init__()
        self.runner, self._mode, self._walks = runner, mode, walks
        self.rows: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        """Head, list, what is known, keys."""
        yield Head("", id="head")
        yield OptionList(id="doors", compact=True)
        yield Pane("door")
        yield Keys()

    def on_mount(self) -> None:
        """What the session knows already; else the doors are judged now."""
        self.foot, self.list, self.pane = self.query_one(Keys), self.query_one(OptionList), self.query_one(Pane)
        self.list.focus()
        self._fill()
        if not self.rows and self._walks:
            self.run_worker(Later(self._judge), group="doors", exclusive=True)

    async def _judge(self) -> None:
        self.pane.put("Doors", Content(look.ours("Judging every door from what the account says …")))
        await self.runner.doors()
        self._fill()

    async def _audit(self) -> None:
        self.pane.put("Who came in", Content(look.ours("CloudTrail is asked who came in lately …")))
        if not (fact := self._visits()) or not fact.known:
            fact = await self.runner.visits(DAYS)
        sheet = Sheet(self.pane.room[0] - 1)
        for row in audit.lines(fact):
            sheet.say(look.outside(row.strip(), 400))
        self.pane.put("Who came in", sheet.content())

    def _visits(self) -> Fact[Any] | None:
        """What this session knows of it already."""
        return next((fact for (_, name), fact in self.runner.state.facts.items() if name == audit.NODE), None)

    def _fill(self) -> None:
        facts = {name: fact for (_, name), fact in self.runner.state.facts.items() if name.startswith(MARK)}
        at = self.list.highlighted or 0
        self.rows = [{**report.door(name, fact), "state": fact.outcome} for name, fact in facts.items()]
        self.list.clear_options()
        self.list.add_options([Option(self._line(row), row["door"]) for row in self.rows])
        if self.rows:
            self.list.highlighted = min(at, len(self.rows) - 1)
        else:
            self.pane.put("Doors", Content(say("No door was judged in this session.")))
        self.on_resize()

    def _line(self, row: dict[str, Any]) -> Content:
        """Mark, title, state, and what it costs."""
        kind = _MARKS.get(row["state"], "unknown")
        title = look.pad(say(look.outside(row["title"])), 36)
        costs = say((row["interrupts"] and "interrupts") or (row["costs"] != "nothing" and "costs") or "")
        return Content.assemble(
            (look.mark(kind), look.STYLE[kind]), " ", title, "  ",
            look.pad(say(row["state"]), 9), (costs, look.DIM),
        )  # fmt: skip

    @property
    def picked(self) -> dict[str, Any] | None:
        """The door under the cursor."""
        at = self.list.highlighted
        return self.rows[at] if at is not None and at < len(self.rows) else None

    def on_option_list_option_highlighted(self) -> None:
        """Tell about another door."""
        self.draw()

    def on_pane_sized(self) -> None:
        """The page wants another width."""
        self.draw()

    def on_resize(self) -> None:
        """The lines at the edges fit the width."""
        self.query_one(Head).draw(self.runner.state, self._mode, self.size.width)
        self.draw()

    def draw(self) -> None:
        """What is known of the highlighted door, and the keys."""
        if row := self.picked:
            sheet = Sheet(self.pane.room[0] - 1)
            sheet.say(look.outside(row["why"], 400), look.STRONG)
            sheet.blank()
            for name in ("costs", "interrupts"):
                if row[name] and row[name] != "nothing":
                    sheet.say(look.outside(row[name], 400), lead=f"{say(name)}:", lead_style=look.DIM)
            if row["needs"]:
                sheet.say(look.outside("; ".join(row["needs"]), 600), lead=f"{say('needs')}:", lead_style=look.DIM)
            for line in self._commands(row):
                sheet.show(line, "$text-primary", lead="$", lead_style=look.DIM)
            self.pane.put(f"{say(look.outside(row['title']))}: {say(row['state'])}", sheet.content())
        self.draw_keys()

    def draw_keys(self) -> None:
        """The footer."""
        self.foot.draw(TABLE, self.why_not, self.size.width)

    def _commands(self, row: dict[str, Any]) -> list[str]:
        ours = [look.outside(shlex.join(self._command(row)), 400)] if self._can_walk(row) else []
        return [*ours, *(look.outside(line, 500) for line in row["commands"])]

    def _command(self, row: dict[str, Any]) -> tuple[str, ...]:
        return ("sshwizard", "connect", "--via", row["door"], *self.runner.state.target.args)

    @staticmethod
    def _can_walk(row: dict[str, Any]) -> bool:
        door = DOORS.get(row["door"])
        return door is not None and door.walk is not None and row["state"] != "shut"

    # ---------------------------------------------------------------- keys

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment; empty when it can."""
        row = self.picked
        if action in {"through", "judge"} and not self._walks:
            return "This is a recording: nobody is let in."
        if action == "audit" and not self._walks and not ((seen := self._visits()) and seen.known):
            return "This recording does not know who came in."
        if action in {"judge", "audit"}:
            return ""
        if action in {"through", "copy", "inside"} and row is None:
            return "No door is known yet."
        if action == "inside" and row is not None:
            if not self._walks:
                return "This is a recording: nobody is let in."
            if row["state"] == "shut":
                return "This door is shut."
            return "" if row["door"] in INSIDE else "No look inside can be made through this door."
        if action == "through" and row is not None and not self._can_walk(row):
            return "This door is shut." if row["state"] == "shut" else "This one is walked by hand: y copies the lines."
        if action == "copy" and row is not None and not self._commands(row):
            return "There is no command for this door."
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the browser hides a key: it has no terminal to hand over."""
        return not (action == "through" and self.app.is_web)

    def tell(self, text: str) -> None:
        """A short message on the last line, a long one beside it."""
        text = say(look.outside(text))
        if not self.foot.say(text):
            self.notify(text, markup=False, timeout=8)

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)

    def action_through(self) -> None:
        """Lend the terminal to ssh; what it did or why it failed stands there until enter."""
        row = self.picked
        if reason := self.why_not("through"):
            self.tell(reason)
        elif row is not None:
            try:
                with self.wizard.lend():
                    Connect(self._command(row)).apply()
            except Refused as refused:
                self.tell(str(refused))
                return
            self.tell("The session ended.")

    def action_inside(self) -> None:
        """Look at the server through this door; the main screen asks first."""
        row = self.picked
        if reason := self.why_not("inside"):
            self.tell(reason)
        elif row is not None:
            self.dismiss(row["door"])

    def action_judge(self) -> None:
        """Look at the doors once more."""
        if reason := self.why_not("judge"):
            self.tell(reason)
        else:
            self.run_worker(Later(self._judge), group="doors", exclusive=True)

    def action_audit(self) -> None:
        """Who came in lately, beside plain ssh."""
        if reason := self.why_not("audit"):
            self.tell(reason)
        else:
            self.run_worker(Later(self._audit), group="doors", exclusive=True)

    def action_copy(self) -> None:
        """The command lines of the door."""
        row = self.picked
        if reason := self.why_not("copy"):
            self.tell(reason)
        elif row is not None:
            self.wizard.copy_out("\n".join(self._commands(row)))

    def action_down(self) -> None:
        """Next one."""
        self.list.action_cursor_down()

    def action_up(self) -> None:
        """The one before."""
        self.list.action_cursor_up()

    def action_back(self) -> None:
        """Back to the verdict."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Help for this place."""
        from sshwizard.fronts.tui.pages import help_page

        self.wizard.read("Help", help_page(self.HERE, TABLE))

    async def action_leave(self) -> None:
        """Leave."""
        await self.wizard.action_leave()
