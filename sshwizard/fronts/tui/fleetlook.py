"""Key i of a sweep: what the failing servers themselves show, by Run Command; previewed first, and cancelled by i."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sshwizard import clean
from sshwizard.fleet.groups import summary
from sshwizard.fleet.rows import Row
from sshwizard.fleet.runcommand import Means
from sshwizard.fronts import fleet
from sshwizard.fronts.tui.dialogs import Confirm, Planned, Proposal
from sshwizard.fronts.tui.fleetacts import FleetActs
from sshwizard.fronts.tui.later import Later

if TYPE_CHECKING:
    from sshwizard.fleet.insides import Insides, Plan

_ENDS = 12.0
"""Seconds for AWS to take that a command is cancelled, when somebody leaves."""


class FleetLook(FleetActs):
    """The look inside."""

    if TYPE_CHECKING:
        means: Means
        over: bool

    look: Insides | None = None
    """The last one."""
    _sends: asyncio.Task[None] | None = None
    _asking: bool = False

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment; empty when it can."""
        if action != "inside" or self._sends:
            return super().why_not(action)
        if not self.over:
            return "The sweep is not over yet."
        if self._asking:
            return "It is being prepared."
        left = any(one.outcome == "failed" and one.inside != "answered" for one in self.found)
        return "" if left else "No host is left that fails and was not looked at."

    @property
    def looking_inside(self) -> str:
        """How far a look is; empty where none goes on."""
        from sshwizard.fronts import fleetinside

        return fleetinside.counted(self.look) if self._sends and self.look else ""

    def action_inside(self) -> None:
        """Ask for a look inside; while one goes on, cancel it."""
        if reason := self.why_not("inside"):
            self.tell(reason)
        elif self._sends:
            self.tell("The command is being cancelled.")
            self._sends.cancel()
        else:
            self._asking = True
            self.run_worker(Later(self._inside), group="inside")

    async def _inside(self) -> None:
        from sshwizard.fleet.insides import Insides
        from sshwizard.fronts import fleetinside

        made = self.look = Insides(self._took, self.means)
        made.moved = self._moved
        self.wizard.ends = self.stop
        try:
            self.tell("Asking AWS which servers Run Command reaches …")
            await made.pick_up(self.found)
            plan = await made.plan(self.found)
            if plan.orders and await self.app.push_screen_wait(Confirm(self._proposal(plan))) is None:
                return
            if not plan.orders:
                said = (fleetinside.NOBODY, *fleetinside.beside(plan))
                self.tell(" ".join(said))
            self._sends = asyncio.create_task(made.run(plan))
            await asyncio.wait({self._sends})
        finally:
            self._asking = False
            await self.stop()
            self._sends = None
            self._moved()
            for line in (fleet.looked(summary(self.found)), *fleetinside.obstacles(made)):
                if line:
                    self.tell(line)
            await made.close()

    def _proposal(self, plan: Plan) -> Proposal:
        from sshwizard.fronts import fleetinside

        def planned(_: str) -> Planned:
            if self.wizard.read_only:
                return Planned((), fleetinside.READ_ONLY)
            lines = (*fleetinside.preview(plan, self.means.pace), *fleetinside.beside(plan))
            ours = clean.line("sshwizard sweep --resume last --inside --plain")
            return Planned(lines, "", (ours,), fleetinside.UNDO)

        proof = "What each server shows becomes its finding, and the groups follow."
        return Proposal("Look inside these servers", "confirm", "Send", planned, proof)

    def _took(self, one: Row) -> None:
        self.found[:] = [one if old.host == one.host else old for old in self.found]
        self._keep(one)
        self._dirty = True

    def _moved(self) -> None:
        self._dirty = True

    async def stop(self) -> None:
        """End it, and wait until AWS knows."""
        if self._sends and not self._sends.done():
            self._sends.cancel()
            await asyncio.wait({self._sends}, timeout=_ENDS)
