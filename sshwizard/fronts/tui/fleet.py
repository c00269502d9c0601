"""A sweep on the full screen: what is common on the left, its hosts on the right; enter opens the wizard on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.fleet.groups import Group, Summary, summary
from sshwizard.fleet.rows import Row
from sshwizard.fleet.runcommand import Means
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts import fleet
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.fleetacts import ALL
from sshwizard.fronts.tui.fleetlook import FleetLook
from sshwizard.fronts.tui.fleettable import Hosts
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import FLEET, bindings
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.strip import Head

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_TICK = 0.25
_LINES = 4
"""Of the change that mends a group."""


class FleetScreen(FleetLook):
    """Fills itself while the sweep goes on; what a person looks at stays where it is."""

    CSS_PATH = "wizard.tcss"
    TABLE = FLEET
    BINDINGS = [*bindings(FLEET)]
    HERE = (
        "Many servers at once. On the left is what they have in common, the largest group first; on the right are its "
        "hosts. Enter on a host opens the wizard on it, with what the sweep saw; backspace there leads back."
    )

    def __init__(self, sweep: Sweep, rows: list[Row], keep: Callable[[Row], None], means: Means | None = None, *,
                 inside: bool = False) -> None:  # fmt: skip
        """`inside`: a look inside is offered as soon as the sweep is over."""
        super().__init__()
        self.means, self._wants_inside = means or Means(), inside
        self.sweep, self.found, self._keep = sweep, rows, keep
        self.group, self.needle = ALL, ""
        self.over = False
        self._told: Summary = summary(rows)
        self._looking: set[str] = set()
        """Hosts that are looked at again."""
        self._dirty = True
        self._lost = ""
        """Why not all is kept, once it was said."""

    def compose(self) -> ComposeResult:
        """Head, numbers, groups beside hosts, keys."""
        yield Head("", id="head")
        yield Static("", id="strip")
        with Horizontal(id="body"):
            yield OptionList(id="groups", compact=True)
            yield Hosts()
        yield Static("", id="mends")
        yield Input(placeholder=look.ours("a part of the host, the cause or its sentence"), compact=True, id="needle")
        yield Keys()

    def on_mount(self) -> None:
        """Begin the sweep behind the first frame."""
        self.groups, self.hosts = self.query_one("#groups", OptionList), self.query_one(Hosts)
        self.input, self.foot = self.query_one("#needle", Input), self.query_one(Keys)
        self.groups.border_title, self.hosts.border_title = map(look.ours, ("In common", "Hosts"))
        self.input.display = False
        self.groups.focus()
        self.set_interval(_TICK, self._tick)
        self.run_worker(Later(self._sweep), group="sweep")
        self.draw()

    async def _sweep(self) -> None:
        async for one in self.sweep.rows():
            self.found.append(one)
            self._keep(one)
            self._dirty = True
        self.over = self._dirty = True
        if self._wants_inside:
            self.action_inside()

    def _tick(self) -> None:
        if self._dirty and self.app.screen is self:
            self._dirty = False
            self.draw()
            if self.sweep.lost and not self._lost:
                self._lost = self.sweep.lost
                self.tell(f"Not all of this sweep is kept: {self._lost}")

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
        if self.looking_inside:
            made.append(Content(look.ours(f"Run Command: {self.looking_inside}")))
        return Content("   ").join(made)

    def _draw_groups(self) -> None:
        room = max(self.groups.size.width - 1, 12)
        rows = [Option(Content(f"{len(self.found):>5}  {look.ours('all hosts')}"), ALL)]
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
        self.hosts.show_rows(wanted)
        self.query_one("#mends", Static).update(self._mends())
        count, words = len(wanted), look.outside(self.needle)
        title = look.ours(f"Hosts · {count} with “{words}”" if words else f"Hosts · {count}")
        order = f" · {look.ours(self.hosts.sorted_by)}" if self.hosts.order else ""
        self.hosts.border_title = Content(title + order)

    def _of_group(self) -> list[Row]:
        if self.group == ALL:
            return self.found
        return list(self.picked_group.rows) if self.picked_group else []

    @property
    def picked_group(self) -> Group | None:
        """The group under the cursor; None for all hosts."""
        return next((one for one in self._told.groups if (one.cause or "?") == self.group), None)

    def _mends(self) -> Content:
        """What a look inside made of this group, and the change that mends the most of it."""
        change = next(iter(self.picked_group.changes), None) if self.picked_group else None
        room = self.size.width - 2
        told = fleet.inside(self.picked_group) if self.picked_group else ()
        seen = [Content(look.cut(f" {look.ours(look.outside(line))}", room)) for line in told]
        if change is None:
            return Content("\n").join(seen[:_LINES])
        said = f"{look.ours(fleet.mends(change))} {look.ours('(f previews it)')}"
        rows = [Content.styled(look.cut(f" {said}", room), look.STRONG)]
        shown = [look.cut("   " + look.ours(look.outside(line)), room) for line in change.preview]
        rows += [Content.styled(line, "$text-primary") for line in shown]
        return Content("\n").join([*seen[: _LINES - 2], *rows][:_LINES])

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
        return self.hosts.picked

    def tell(self, text: str) -> None:
        """A short message on the last line, a long one beside it."""
        text = look.ours(look.outside(text))
        if not self.foot.say(text):
            self.notify(text, markup=False, timeout=8)

    def action_help(self) -> None:
        """Help for this place."""
        from sshwizard.fronts.tui.pages import help_page

        self.wizard.read("Help", help_page(self.HERE, FLEET))

    async def action_leave(self) -> None:
        """Leave."""
        await self.wizard.action_leave()

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)
