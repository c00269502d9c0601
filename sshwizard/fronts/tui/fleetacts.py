"""What a person can do with a sweep on the screen: open a host, look again, see the change that mends a group."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Input, OptionList

from sshwizard import paths, store
from sshwizard.fleet.groups import Group
from sshwizard.fleet.rows import Row
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.fleettable import Hosts
from sshwizard.fronts.tui.keys import WALK, Key, bindings
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner
from sshwizard.store import BadSession, Store

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

ALL = "all"
"""The group of every host."""


class OneHost(WalkScreen):
    """The wizard on one host of the sweep; from here the way leads back to all of them."""

    TABLE: tuple[Key, ...] = (Key("hosts", "backspace", "backspace", "All hosts", "Back to the sweep", "Move"), *WALK)
    BINDINGS = [*bindings(TABLE[:1])]

    def __init__(self, runner: Runner, *, mode: str = "", offers: bool = False) -> None:
        super().__init__(runner, mode=mode)
        self._offers = offers

    def on_mount(self) -> None:
        """Where the change was asked for, its preview comes as soon as the verdict stands."""
        super().on_mount()
        if self._offers:
            self.set_timer(0.1, self._offer)

    def _offer(self) -> None:
        if self.walking or self.verdict is None:
            self.set_timer(0.1, self._offer)
        else:
            self.action_fix()

    async def action_hosts(self) -> None:
        """Back to the sweep; what was looked at here stays in its session."""
        self.workers.cancel_all()
        await self.runner.close()
        self.wizard.runner = None
        self.dismiss()


class FleetActs(Screen[None]):
    """The actions of the screen."""

    if TYPE_CHECKING:
        sweep: Sweep
        found: list[Row]
        groups: OptionList
        hosts: Hosts
        input: Input
        group: str
        _keep: Callable[[Row], None]
        _dirty: bool
        _looking: set[str]
        """Hosts that are looked at again."""

        @property
        def wizard(self) -> Wizard: ...
        @property
        def picked(self) -> Row | None: ...
        @property
        def picked_group(self) -> Group | None: ...
        def tell(self, text: str) -> None: ...
        def _draw_groups(self) -> None: ...
        def _draw_hosts(self) -> None: ...

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment; empty when it can."""
        if action in {"open", "copy", "again", "write"} and self.picked is None:
            return "No host has ended yet."
        if action == "open" and self.picked and not self.picked.session:
            return "Nobody looked at this host by itself: it stands behind the same jump host."
        if action == "fix" and self._first_of_change is None:
            return "No change is known that mends this."
        if action == "again" and self.picked and self.picked.host in self._looking:
            return "It is looked at just now."
        if action == "again" and self.picked and not self.sweep.has(self.picked.host):
            return "It ended before this sweep went on: open it with enter, and look again there."
        return ""

    def action_open(self) -> None:
        """The wizard on this host, with what the sweep saw."""
        if reason := self.why_not("open"):
            self.tell(reason)
        else:
            self._open(self.picked)

    def action_fix(self) -> None:
        """The preview of the change that mends this group, on its first host: nothing is changed before it is confirmed
        there, and it is made once."""
        if reason := self.why_not("fix"):
            self.tell(reason)
        else:
            self._open(self._first_of_change, offers=True)

    @property
    def _first_of_change(self) -> Row | None:
        """The host under the cursor, where the cursor is among the hosts; else the first that the change mends."""
        if self.hosts.has_focus and self.picked:
            return self.picked if self.picked.fix and self.picked.session else None
        change = next(iter(self.picked_group.changes), None) if self.picked_group else None
        mended = set(change.hosts) if change else set()
        return next((one for one in self.found if one.host in mended and one.session), None)

    def _open(self, row: Row | None, *, offers: bool = False) -> None:
        if row:
            try:
                events = store.load(Path(row.session))
            except (BadSession, OSError) as error:
                self.tell(f"Its session cannot be read: {error}")
                return
            runner = Runner(events, store=Store(Path(row.session)), read_only=self.wizard.read_only)
            self.wizard.runner = runner
            self.app.push_screen(OneHost(runner, mode=self.wizard.mode, offers=offers))

    def action_find(self) -> None:
        """Open the filter."""
        self.group, self.input.display = ALL, True
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
            self.wizard.copy_out("\n".join(look.outside(host) for host in (one.host for one in self.hosts.rows_shown)))

    def action_sort(self) -> None:
        """The next order."""
        self.hosts.turn()
        self._draw_hosts()

    def action_again(self) -> None:
        """Look at this host once more; the others go on."""
        if reason := self.why_not("again"):
            self.tell(reason)
        elif self.picked:
            self._looking.add(self.picked.host)
            self.tell(f"{self.picked.host} is looked at again.")
            self.run_worker(Later(self._again, self.picked.host), group="sweep")

    async def _again(self, host: str) -> None:
        try:
            one = await self.sweep.again(host)
        finally:
            self._looking.discard(host)
        self.found[:] = [one if old.host == host else old for old in self.found]
        self._keep(one)
        self._dirty = True

    def action_write(self) -> None:
        """The page of what is known by now, beside our other reports."""
        from sshwizard.fronts import fleetpage
        from sshwizard.fronts.reports import writing

        if reason := self.why_not("write"):
            self.tell(reason)
            return
        path = writing.free_place("sweep", "html")
        try:
            writing.save(path, fleetpage.written(self.found, "html", redact=True).encode())
        except OSError as error:
            self.tell(f"The page cannot be written: {error.strerror}")
        else:
            self.tell(f"Written: {paths.short(path)}")
