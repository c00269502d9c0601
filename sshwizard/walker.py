"""The only caller of looks: walks one session, and keeps what it sees."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

from sshwizard import alike, frequency, paths, session, verdict, vocabulary
from sshwizard.cloud.cloud import Cloud
from sshwizard.doors.way import Way
from sshwizard.events import Began, Ended, Event, Rewound, Saw
from sshwizard.journal import now
from sshwizard.model import Attempt, Cause, Fact, Target, unknown
from sshwizard.probes import told, yourself
from sshwizard.probes.ahead import ahead
from sshwizard.probes.process import within
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.record import Record
from sshwizard.session import Look
from sshwizard.store import Store
from sshwizard.tally import Tally
from sshwizard.tree import INSIDE, START, TREE
from sshwizard.tree.limbs import Limb
from sshwizard.verdict import Verdict

LONGEST_LOOK = 60.0
"""Seconds for one look, whatever it does; each has nearer limits of its own."""


class Walker(Record):
    """Walks one session."""

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
        self._tally = Tally()
        self._run = run or Run()
        self._cloud, self._alone = cloud or Cloud(), cloud is None

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

    @property
    def timed(self) -> bool:
        """True where how long something took had a say in the verdict."""
        return self._run.timed

    def verdict(self, answer: str = "") -> Verdict | None:
        """The verdict, or None while the walk goes on."""
        return verdict.judge(self.state, answer)

    # ---------------------------------------------------------------- looking

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

    async def _around(self) -> None:
        """What helps beside the verdict, where ssh failed. A sweep of many asks for none of it."""
        found = self.verdict()
        if self._alone and self._cloud.asked and found and found.root and found.outcome == "failed":
            from sshwizard.doors.survey import LIMIT, survey
            from sshwizard.doors.table import DOORS
            from sshwizard.probes.aws import around
            from sshwizard.probes.gcp import around as google

            scene, leg = self._scene(found.root.leg), len(self.state.legs) - 1
            amazon = await around.is_ours(scene)
            if amazon or await google.is_ours(scene):
                ways = survey(DOORS, self._scene(leg), LIMIT) if found.root.leg in (-1, leg) else _nothing()
                seen, doors = await asyncio.gather(around.look(scene) if amazon else google.look(scene), ways)
                for name, fact in {**seen, **doors}.items():
                    self.see(Saw(found.root.leg, name, fact))

    def broke(self, fact: Fact[Any]) -> None:
        """A session of the person's own, which they opened from here, tells of a connection that did not last."""
        self.see(Saw(len(self.state.legs) - 1, "session", fact))

    def _count(self) -> None:
        """Keep what was proved, and learn how often what is possible was. A sweep is counted as a whole."""
        found = self.verdict()
        if found and self._alone and self.store and self.store.of_a_person and self.state.mode == "live":
            self._tally.note(self.state, found, self.store.path.stem)
            if found.root and self.state.ended is None and (met := frequency.look(alike.possible(self.state))):
                self.see(Saw(found.root.leg, frequency.NAME, met))

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

    async def _look_ahead(self) -> None:
        """Where ssh did not come to the login: whether local files will matter there."""
        if self.state.mode == "live" and self.state.ended is None:
            for leg in verdict.ahead_of(self.state):
                self.see(Saw(leg, ahead.name, await self._ask(ahead, leg)))

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

    async def look_inside(self, way: Way, *, direct: bool = False, nonce: str = "") -> Fact[Any]:
        """Look at the server through a way in, which the person chose, and keep what it decides. `direct`: by the same
        road as ssh, so that the server sees the same address. `nonce`: of a script that was run there already."""
        from sshwizard.effects.remote import BY_USER
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
        # What a door needs is its own secret: it is opened anew for each change.
        options = list(way.options) if way.door == BY_USER else []
        target = list(way.target or self.state.target.ssh_args)
        road = {
            "door": way.door, "options": options, "target": target, "login": way.login, "account": list(way.account),
        }  # fmt: skip
        fact = replace(seen, data={**seen.data, "way": road, "id": os.urandom(6).hex()})
        self.see(Saw(leg, INSIDE, fact))
        self._count()
        return fact

    def _scene(self, leg: int) -> Scene:
        state = self.state
        return Scene(state.target, state.legs, leg, state.on(leg), self._run, state.mode, self._cloud)

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


async def _nothing() -> dict[str, Fact[Any]]:
    """A jump host is in the way: the doors to the target are asked about by their own command."""
    return {}
