"""Looks, made for one session: each within its limit, and never a crash. Some only when a person asks."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sshwizard import session
from sshwizard.cloud.cloud import Cloud
from sshwizard.events import Event, Rewound, Saw
from sshwizard.model import Fact, unknown
from sshwizard.probes import yourself
from sshwizard.probes.process import within
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.record import Record
from sshwizard.session import Look
from sshwizard.store import Store
from sshwizard.tree import START, TREE

LONGEST_LOOK = 60.0
"""Seconds for one look, whatever it does; each has nearer limits of its own."""


class Looking(Record):
    """The looks of one session, and what they share: the one run of ssh, and the answers of a cloud."""

    def __init__(
        self,
        events: Sequence[Event],
        *,
        run: Run | None = None,
        store: Store | None = None,
        read_only: bool = False,
        cloud: Cloud | None = None,
    ) -> None:
        """`cloud`: one that shares its answers with other walks."""
        super().__init__(events, store, read_only=read_only)
        self.waiting: tuple[Look, Probe[Any]] | None = None
        """The look that is under way."""
        self._run = run or Run()
        self._cloud, self._alone = cloud or Cloud(), cloud is None

    @property
    def timed(self) -> bool:
        """True where how long something took had a say in the verdict."""
        return self._run.timed

    def _scene(self, leg: int) -> Scene:
        state = self.state
        return Scene(state.target, state.legs, leg, state.on(leg), self._run, state.mode, self._cloud)

    async def _look(self, look: Look) -> Fact[Any]:
        probe = TREE[look.node].via
        self.waiting = (look, probe)
        try:
            return await self._ask(probe, look.leg)
        finally:
            self.waiting = None

    async def _ask(self, probe: Probe[Any], leg: int) -> Fact[Any]:
        """Look once. A look that breaks is a fact that says so, never a crash of the walk."""
        state = self.state
        if state.mode != "live" and not probe.reads_log:
            return replace(unknown("only a text was given, so this computer was not looked at"), source="log")
        try:
            fact = await within(LONGEST_LOOK, probe.look(scene := self._scene(leg)))
            if state.mode != "live":
                return replace(fact, source="log")
            typed = fact.command or yourself.command(probe.name, scene, fact)
            return replace(fact, command=typed) if fact.known else fact
        except TimeoutError:
            return unknown(f"the look did not end within {LONGEST_LOOK:g} s")
        except (OSError, ValueError, KeyError, LookupError, ArithmeticError) as error:
            return unknown(f"the look itself failed: {type(error).__name__}: {error}")

    def broke(self, fact: Fact[Any]) -> None:
        """A session of the person's own, which they opened from here, tells of a connection that did not last."""
        self.see(Saw(len(self.state.legs) - 1, "session", fact))

    async def again(self, leg: int = -1, node: str = "") -> None:
        """Forget what was seen from a question on, so that the next walk looks again."""
        await self._fresh()
        if node and node not in {START, "client"}:
            # Everything that the run told is stale once a new run begins.
            node, leg = "client", -1
        self.see(Rewound(leg, node))

    async def _fresh(self) -> None:
        if self.state.mode == "live":
            await self._run.close()
            self._run = Run()
            locked = any(fact.outcome == "locked-out" for fact in self.state.facts.values())
            await (self._cloud.renew() if locked else self._cloud.forget())

    async def close(self) -> None:
        """End whatever runs."""
        with contextlib.suppress(Exception):
            await self._run.close()
            await self._cloud.close()

    # ---------------------------------------------------------------- on request

    async def ready(self) -> Scene:
        """Look until it is known where ssh would go; nothing is connected to."""
        while isinstance(look := session.need(self.state), Look) and look.leg == -1:
            self.see(Saw(look.leg, look.node, await self._look(look)))
        return self._scene(len(self.state.legs) - 1)

    async def doors(self) -> dict[str, Fact[Any]]:
        """How every door to the target stands, by the names of the facts."""
        from sshwizard.doors.survey import survey
        from sshwizard.doors.table import DOORS

        scene = await self.ready()
        found = await survey(DOORS, scene)
        for name, fact in found.items():
            self.see(Saw(scene.index, name, fact))
        return found

    async def visits(self, days: int) -> Fact[Any]:
        """Who pushed a key, opened a tunnel or a session in so many days, as CloudTrail has it."""
        from sshwizard.probes.aws import visits
        from sshwizard.probes.aws.looks import visits as probe

        scene = await self.ready()
        fact = await visits.look(scene, days)
        self.see(Saw(scene.index, probe.name, fact))
        return fact

    async def changes(self, days: int) -> Fact[Any]:
        """What was changed in so many days about the target and the way to it, as CloudTrail has it."""
        from sshwizard.probes.aws import changes
        from sshwizard.probes.aws.looks import changes as probe

        scene = await self.ready()
        fact = await changes.history(scene, days)
        self.see(Saw(scene.index, probe.name, fact))
        return fact
