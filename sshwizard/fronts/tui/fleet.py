"""A sweep on the full screen: what is common on the left, its hosts on the right; enter opens the wizard on one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Input, OptionList, Static
from textual.widgets.option_list import Option

from sshwizard import store
from sshwizard.fleet.groups import Group, Summary, summary
from sshwizard.fleet.rows import Row
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts import fleet
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import FLEET, WALK, Key, bindings
from sshwizard.fronts.tui.strip import Head
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner
from sshwizard.store import BadSession, Store

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_TICK = 0.25
_ALL = "all"
_LINES = 4
"""Of the change that mends a group."""


class OneHost(WalkScreen):
    """The wizard on one host of the sweep; from here the way leads back to all of them."""

    TABLE: tuple[Key, ...] = (Key("hosts", "backspace", "backspace", "All hosts", "Back to the sweep", "Move"), *WALK)
    BINDINGS = [*bindings(TABLE[:1])]

    async def action_hosts(self) -> None:
        """Back to the sweep; what was looked at here stays in its session."""
        self.workers.cancel_all()
        await self.runner.close()
        self.wizard.runner = None
        self.dismiss()


class FleetScreen(Screen[None]):
    """Fills itself while the sweep goes on; what a person looks at stays where it is."""

    CSS_PATH = "wizard.tcss"
    TABLE = FLEET
    BINDINGS = [*bindings(FLEET)]
    HERE = (
        "Many servers at once. On the left is what they have in common, the largest group first; on the right are its "
        "hosts. Enter on a host opens the wizard on it, with what the sweep saw; backspace there leads back."
    )

    def __init__(self, sweep: Sweep, rows: list[Row], keep: Callable[[Row], None]) -> None:
        super().__init__()
        self.sweep, self.found, self._keep = sweep, rows, keep
        self.group, self.needle = _ALL, ""
        self.over = False
        self._told: Summary = summary(rows)
        self._shown: dict[str, Row] = {}
        self._dirty = True

    def compose(self) -> ComposeResult:
        """Head, numbers, groups beside hosts, keys."""
        yield Head("", id="head")
        yield Static("", id="strip")
        with Horizontal(id="body"):
            yield OptionList(id="groups", compact=True)
            yield DataTable(id="hosts", cursor_type="row", show_header=False, zebra_stripes=False)
        yield Static("", id="mends")
        yield Input(placeholder=look.ours("a part of the host, the cause or its sentence"), compact=True, id="needle")
        yield Keys()

    def on_mount(self) -> None:
        """Begin the sweep behind the first frame."""
        self.groups, self.hosts = self.query_one("#groups", OptionList), self.query_one(DataTable)
        self.input, self.foot = self.query_one("#needle", Input), self.query_one(Keys)
        self.groups.border_title, self.hosts.border_title = map(look.ours, ("In common", "Hosts"))
        self.input.display = False
        self.hosts.add_column("", key="host")
        self.groups.focus()
        self.set_interval(_TICK, self._tick)
        self.run_worker(self._sweep(), group="sweep")
        self.draw()

    async def _sweep(self) -> None:
        async for one in self.sweep.rows():
            self.found.append(one)
            self._keep(one)
            self._dirty = True
        self.over = self._dirty = True

    def _tick(self) -> None:
        if self._dirty and self.app.screen is self:
            self._dirty = False
            self.draw()

    # ---------------------------------------------------------------- drawing

    def draw(self) -> None:
        """Everything that the rows say by now."""
        self._told = summary(self.found)
        width, ahead = self.size.width, len(self.sweep.targets) - len(self.found)
        self.query_one(Head).draw(
            None, "sweep" if self.over else "sweeping", width, look.ours(fleet.sized(self._whole))
        )
        self.query_one("#strip", Static).update(Content.assemble(" ", self._numbers(max(ahead, 0))))
        self._draw_groups()
        self._draw_hosts()
        self.draw_keys()

    @property
    def _whole(self) -> int:
        return max(len(self.sweep.targets), len(self.found))

    def _numbers(self, ahead: int) -> Content:
        told = self._told
        parts = [("ok", told.works, "work"), ("trouble", told.fails, "fail"), ("unknown", told.unclear, "cannot tell")]
        made = [
            Content.assemble(
                (look.mark(cast("Any", kind)), look.STYLE[cast("Any", kind)]), f" {count} {look.ours(word)}"
            )
            for kind, count, word in parts
        ]
        if not self.over:
            made.append(
                Content.assemble((look.mark("looking"), look.STYLE["looking"]), f" {look.ours(f'{ahead} ahead')}")
            )
        return Content("   ").join(made)

    def _draw_groups(self) -> None:
        room = max(self.groups.size.width - 1, 12)
        rows = [Option(Content(f"{len(self.found):>5}  {look.ours('all hosts')}"), _ALL)]
        for group in self._told.groups:
            line = look.cut(f"{len(group.rows):>5}  {look.ours(look.outside(group.title))}", room)
            rows.append(Option(Content(line), group.cause or "?"))
        at = next((number for number, row in enumerate(rows) if row.id == self.group), 0)
        with self.prevent(OptionList.OptionHighlighted):
            self.groups.clear_options()
            self.groups.add_options(rows)
            self.groups.highlighted = at

    def _draw_hosts(self) -> None:
        wanted = [one for one in self._of_group() if self.needle in f"{one.host} {one.title} {one.cause}".lower()]
        shown = {one.host: one for one in wanted}
        if list(self._shown) != list(shown)[: len(self._shown)]:
            self.hosts.clear()
            self._shown = {}
        for host, one in shown.items():
            if host not in self._shown:
                self.hosts.add_row(self._line(one), key=host)
        self._shown = shown
        self.query_one("#mends", Static).update(self._mends())
        count, words = len(shown), look.outside(self.needle)
        self.hosts.border_title = Content(look.ours(f"Hosts · {count} with “{words}”" if words else f"Hosts · {count}"))

    def _of_group(self) -> list[Row]:
        if self.group == _ALL:
            return self.found
        return list(self._group.rows) if self._group else []

    @property
    def _group(self) -> Group | None:
        return next((one for one in self._told.groups if (one.cause or "?") == self.group), None)

    def _mends(self) -> Content:
        """The change that mends the most of this group."""
        change = next(iter(self._group.changes), None) if self._group else None
        if change is None:
            return Content("")
        room = self.size.width - 2
        rows = [Content.styled(look.cut(" " + look.ours(fleet.mends(change)), room), look.STRONG)]
        rows += [
            Content.styled(look.cut("   " + look.ours(look.outside(line)), room), "$text-primary")
            for line in change.preview
        ]
        return Content("\n").join(rows[:_LINES])

    @staticmethod
    def _line(one: Row) -> Text:
        kind = fleet.mark_of(one)
        says = "" if one.works and not one.cause else one.title or one.why
        return Text.assemble(
            look.mark(kind), " ", look.outside(one.host, 60), "  ", (look.ours(look.outside(says)), "dim")
        )

    def draw_keys(self) -> None:
        """The footer."""
        self.foot.draw(FLEET, self.why_not, self.size.width)

    # ---------------------------------------------------------------- what a person does

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another group: its hosts."""
        self.group = str(event.option.id)
        self._draw_hosts()

    def on_option_list_option_selected(self) -> None:
        """From the group to its hosts."""
        self.hosts.focus()

    def on_data_table_row_selected(self) -> None:
        """Open the wizard on this host."""
        self.action_open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the hosts."""
        self.needle = event.value.lower().strip()
        self._draw_hosts()

    def on_input_submitted(self) -> None:
        """The list stays narrow; the cursor goes to it."""
        self.hosts.focus()

    def on_resize(self) -> None:
        """Lines fit the width."""
        self._dirty = True

    @property
    def picked(self) -> Row | None:
        """The host under the cursor."""
        rows = list(self._shown.values())
        return rows[self.hosts.cursor_row] if rows and 0 <= self.hosts.cursor_row < len(rows) else None

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment; empty when it can."""
        if action in {"open", "copy"} and self.picked is None:
            return "No host has ended yet."
        if action == "open" and self.picked and not self.picked.session:
            return "Nobody looked at this host by itself: it stands behind the same jump host."
        return ""

    def action_open(self) -> None:
        """The wizard on this host, with what the sweep saw."""
        row = self.picked
        if reason := self.why_not("open"):
            self.tell(reason)
        elif row:
            try:
                events = store.load(Path(row.session))
            except (BadSession, OSError) as error:
                self.tell(f"Its session cannot be read: {error}")
                return
            runner = Runner(events, store=Store(Path(row.session)), read_only=self.wizard.read_only)
            self.wizard.runner = runner
            self.app.push_screen(OneHost(runner, mode=self.wizard.mode))

    def action_find(self) -> None:
        """Open the filter."""
        self.group, self.input.display = _ALL, True
        self._draw_groups()
        self.input.focus()

    def action_back(self) -> None:
        """Drop the filter; from the hosts to the groups."""
        if self.input.display:
            self.input.value, self.input.display = "", False
            self.hosts.focus()
        else:
            self.groups.focus()

    def action_copy(self) -> None:
        """The names of the hosts that are shown, one a line."""
        if reason := self.why_not("copy"):
            self.tell(reason)
        else:
            self.wizard.copy_out("\n".join(look.outside(host) for host in self._shown))

    def tell(self, text: str) -> None:
        """A short message on the last line, a long one beside it."""
        text = look.ours(look.outside(text))
        if not self.foot.say(text):
            self.notify(text, markup=False, timeout=8)

    def action_help(self) -> None:
        """Help for this place."""
        from sshwizard.fronts.tui.pages import Page, help_page

        self.app.push_screen(Page("Help", help_page(self.HERE, FLEET)))

    async def action_leave(self) -> None:
        """Leave."""
        await self.wizard.action_leave()

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)
