"""Key i: a look at the server itself through a door, once the person has seen which one and what opening it does."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from sshwizard.doors.marks import leads_inside
from sshwizard.doors.way import Shut
from sshwizard.fronts.report import undecided_inside
from sshwizard.fronts.tui.dialogs import Planned, Proposal
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.reads import Reads
from sshwizard.tree import INSIDE

NOWHERE = "No door that leads inside was seen open; d lists them. By another account: sshwizard inside TARGET --as USER"


class GoingIn(Reads):
    """The look inside."""

    if TYPE_CHECKING:
        busy: str

        def soon(self) -> None: ...
        async def confirmed(self, proposal: Proposal) -> str | None: ...

    def _no_inside(self) -> str:
        """Why no look inside would help; empty when one may."""
        if self.runner.state.mode != "live":
            return "There is no server to look at."
        found = self.verdict
        if found is None or found.root is None:
            return "There is no finding that a look inside could decide."
        if found.root.node == INSIDE:
            return "The server itself was looked at already; r looks again from the start."
        if not undecided_inside(found):
            return "A look inside could not say more about this cause."
        return ""

    def action_inside(self, door: str = "") -> None:
        """Look inside through the best open door, or the one that was chosen."""
        if not self._blocked("inside"):
            self.run_worker(Later(self._inside, door), group="change", exclusive=True)

    async def _inside(self, door: str) -> None:
        from sshwizard.doors.roads import ROADS

        found = self.verdict
        if found is None or found.root is None:
            return
        leg = found.root.leg
        if not (door := door or leads_inside(self.runner.state.on(leg), found.root.cause)):
            await self._while("Judging the doors", self.runner.doors())
            door = leads_inside(self.runner.state.on(leg), found.root.cause)
        if not door:
            self.tell(NOWHERE)
            return
        road = ROADS[door]
        ours = " ".join(("sshwizard inside --via", door, *self.runner.state.target.args))

        def plan(_: str) -> Planned:
            if self.runner.read_only:
                return Planned((), "this is read-only, and the door needs a temporary key or a session of its own")
            lines = (f"through {road.title}: it {road.does}", "run one script there that reads and writes nothing")
            return Planned(lines, "", (ours,), "there is nothing to undo")

        proof = "What it proves becomes the finding; repairs can be made from there."
        proposal = Proposal("Look inside", "confirm", "Look", plan, proof)
        if await self.confirmed(proposal) is not None:
            await self._while(f"Going in through {road.title}", self._look(door))

    async def _look(self, door: str) -> None:
        try:
            async with self.runner.way_in(door) as way:
                seen = await self.runner.look_inside(way)
        except Shut as shut:
            self.tell(f"The way in did not open: {shut}")
        else:
            self.tell(seen.says)

    async def _while(self, what: str, work: Awaitable[object]) -> None:
        """Say what goes on while it does."""
        self.busy = what
        self.soon()
        try:
            await work
        finally:
            self.busy = ""
            self.soon()
