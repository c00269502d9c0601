"""One session on its way to a verdict."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

from sshwizard import alike, frequency, paths, session, verdict, vocabulary
from sshwizard.cloud.cloud import Cloud
from sshwizard.doors.way import Way
from sshwizard.effects.remote import BY_USER
from sshwizard.events import Began, Ended, Rewound, Saw
from sshwizard.journal import now
from sshwizard.looking import Looking
from sshwizard.model import Attempt, Cause, Fact, Target, unknown
from sshwizard.probes import told
from sshwizard.probes.ahead import ahead
from sshwizard.probes.run import Run
from sshwizard.session import Look
from sshwizard.store import Store
from sshwizard.tally import Tally
from sshwizard.tree import INSIDE, TREE
from sshwizard.tree.limbs import Limb
from sshwizard.verdict import Verdict


class Walker(Looking):
    """Walks one session: looks until there is a verdict, and a little beyond it."""

    @classmethod
    def live(cls, target: Target, *, store: Store | None = None, read_only: bool = False,
             cloud: Cloud | None = None) -> Self:  # fmt: skip
        """A new session on a real target."""
        if paths.is_there(paths.doors_dir()):  # a wizard may have been killed with a temporary key in its hand
            from sshwizard.doors.keys import sweep

            sweep()
        runner = cls([Began(target, "live", now())], store=store, read_only=read_only, cloud=cloud)
        runner._keep(runner.events[0])
        return runner

    @classmethod
    def of_text(cls, text: bytes | Iterable[bytes], name: str) -> Self:
        """A session on a pasted log or error, with no access to anything."""
        return cls.of_run(Run.of_text(text), name)

    @classmethod
    def of_run(cls, run: Run, name: str) -> Self:
        """A session on a run that is over."""
        return cls([Began(Target(name, (name,)), "log", "", len(run.logs))], run=run)

    @classmethod
    def by_hand(cls, limb: Limb, *, store: Store | None = None) -> Self:
        """A session without a host: the person says what they see, and answers every question from there on."""
        runner = cls([Began(Target(limb.sees), "hand", now())], store=store)
        runner._keep(runner.events[0])
        for leg, node, outcome in limb.answers:
            runner.answer((leg, node), outcome)
        return runner

    def verdict(self, answer: str = "") -> Verdict | None:
        """The verdict, or None while the walk goes on."""
        return verdict.judge(self.state, answer)

    # ---------------------------------------------------------------- the walk

    async def walk(self) -> Verdict:
        """Look until there is a verdict."""
        began = time.monotonic()
        await self._walk()
        if self.state.mode == "log" and self._text_decides():
            await self._walk()
        await self._collected()
        await self._prove()
        await self._look_ahead()
        await self._around()
        self._count()
        found = self.verdict()
        if found is None:
            raise RuntimeError("the walk waits for a person")
        if self.state.ended is None:
            self.see(Ended(found.outcome, int((time.monotonic() - began) * 1000)))
        return found

    async def _walk(self) -> None:
        while isinstance(look := session.need(self.state), Look):
            began = time.monotonic()
            fact = await self._look(look)
            took = int((time.monotonic() - began) * 1000) if self.state.mode == "live" else 0
            self.see(Saw(look.leg, look.node, fact, took_ms=took))

    def _text_decides(self) -> bool:
        """Where ssh's own lines leave open what it was, a server's or a tool's words in the same text decide."""
        found = self.verdict()
        if found is None or self._run.server_wrote or found.outcome not in {"failed", "inconclusive"}:
            return False
        if found.root and (found.root.confidence == "certain" or found.root.leg < len(self.state.legs) - 1):
            return False
        codes = {one.cause for one in found.findings}
        for code in tuple(codes):
            codes.update(vocabulary.causes()[code].siblings)
        words = told.deciding(self._run, codes) if found.root else told.words_of(self._run)
        if not words:
            return False
        self._run.decided, self._run.server_wrote = words, True
        self.see(Rewound())
        return True

    async def _collected(self) -> None:
        """What a startup script of this session read inside a VM, where the trouble is still there."""
        made = (effect for change in reversed(self.state.changes) for effect in change.did.effects)
        nonce = next((word for effect in made if (word := getattr(effect, "nonce", ""))), "")
        end = session.walk(self.state) if nonce else None
        if end is None or not isinstance(end.end, Cause) or (end.steps[-1].leg, INSIDE) in self.state.facts:
            return
        from sshwizard.probes.gcp import collected

        leg, sure = end.steps[-1].leg, end.end.confidence == "certain"
        self.see(Saw(leg, INSIDE, await collected.look(self._scene(leg), nonce, end.end.code, sure=sure)))

    async def _prove(self) -> None:
        """Let the look that found a mended trouble look again, where the walk had no reason to come by."""
        for change in self.state.changes:
            place = (change.did.leg, change.did.node)
            local = TREE[change.did.node].via.name.startswith("files.") and not session.goes_around(change.did)
            if local and not change.undone and change.proof is None and place not in self.state.facts:
                self.see(Saw(*place, await self._look(Look(*place))))

    async def _look_ahead(self) -> None:
        """Where ssh did not come to the login: whether local files will matter there."""
        if self.state.mode == "live" and self.state.ended is None:
            for leg in verdict.ahead_of(self.state):
                self.see(Saw(leg, ahead.name, await self._ask(ahead, leg)))

    async def _around(self) -> None:
        """What helps beside the verdict, where ssh failed. A sweep of many asks for none of it."""
        found = self.verdict()
        if not (self._alone and self._cloud.asked and found and found.root and found.outcome == "failed"):
            return
        from sshwizard.doors.survey import LIMIT, survey
        from sshwizard.doors.table import DOORS
        from sshwizard.probes.aws import around
        from sshwizard.probes.gcp import around as google

        scene, target = self._scene(found.root.leg), len(self.state.legs) - 1
        amazon = await around.is_ours(scene)
        if not amazon and not await google.is_ours(scene):
            return
        asked = [around.look(scene) if amazon else google.look(scene)]
        # Where ssh stopped at a jump host, the doors to the target are asked about by their own command.
        if found.root.leg in (-1, target):
            asked.append(survey(DOORS, self._scene(target), LIMIT))
        for facts in await asyncio.gather(*asked):
            for name, fact in facts.items():
                self.see(Saw(found.root.leg, name, fact))

    def _count(self) -> None:
        """Keep what was proved, and learn how often what is possible was. A sweep is counted as a whole."""
        found = self.verdict()
        if found and self._alone and self.store and self.store.of_a_person and self.state.mode == "live":
            self._tally.note(self.state, found, self.store.path.stem)
            if found.root and self.state.ended is None and (met := frequency.look(alike.possible(self.state))):
                self.see(Saw(found.root.leg, frequency.NAME, met))

    @cached_property
    def _tally(self) -> Tally:
        return Tally()

    # ---------------------------------------------------------------- after the walk

    async def attempts(self) -> tuple[Attempt, ...]:
        """The connections that a text tells of, in order; those whose lines were kept with their cause."""
        rows = []
        for row, run in self._run.attempts:
            found = self.verdict() if row.judged else None
            if run and row.how == "failed" and not row.judged:
                found = await type(self).of_run(run, row.host).walk()
            cause = found.root.cause if found and found.root and row.how == "failed" else ""
            rows.append(Attempt(row.host, row.how, cause, row.says, row.line, row.judged))
        return tuple(rows)

    async def look_inside(self, way: Way, *, direct: bool = False, nonce: str = "") -> Fact[Any]:
        """Look at the server through a way in, which the person chose, and keep what it decides. `direct`: by the same
        road as ssh, so that the server sees the same address. `nonce`: of a script that was run there already."""
        from sshwizard.probes.inside.look import look

        end = session.from_outside(self.state)
        if not isinstance(end.end, Cause):
            return unknown("there is no finding that a look inside could decide")
        leg, finding = end.steps[-1].leg, end.end
        if way.door != BY_USER and leg not in (-1, len(self.state.legs) - 1):
            return unknown("ssh stopped at a jump host, and this door leads to the target")
        seen = await look(
            self._scene(leg), finding.code, way.options, way.env, way.target, direct=direct or way.door == "eic",
            sure=finding.confidence == "certain", runs=way.runs, nonce=nonce,
        )  # fmt: skip
        road = _road(way, self.state.target)
        fact = replace(seen, data={**seen.data, "way": road, "id": os.urandom(6).hex()})
        self.see(Saw(leg, INSIDE, fact))
        self._count()
        return fact


def _road(way: Way, target: Target) -> dict[str, Any]:
    """How a change goes in by the same door. What a door needs is its own secret: it is opened anew for each change."""
    return {
        "door": way.door,
        "options": list(way.options) if way.door == BY_USER else [],
        "target": list(way.target or target.ssh_args),
        "login": way.login,
        "account": list(way.account),
    }
