"""The only caller of effects. Read-only mode is therefore one check, in its journal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sshwizard import followup, remedies, session, vocabulary
from sshwizard.cloud.cloud import PROFILE, REGION
from sshwizard.doors.way import Shut, Way
from sshwizard.effects import Effect, RemoteScript, Wait
from sshwizard.effects.following import followed
from sshwizard.effects.remote import BY_USER, Lent, lent
from sshwizard.events import Did, Doing, Saw, Settled, Undid
from sshwizard.fixes import FIXES, Refusal
from sshwizard.fixes.gcp.place import place
from sshwizard.journal import CannotFix, Overtaken, now
from sshwizard.model import Fact, Finding
from sshwizard.tree import START, TREE
from sshwizard.verdict import TOLD
from sshwizard.walker import Walker

WELL = frozenset({"write-host-block", "guide-previous-kernel"})
"""With an answer, where ssh works: the connection gets this name; the server gets its newest kernel again."""
MOST_TOLD = 40
"""Lines that are kept of what a fix told."""


class Runner(Walker):
    """Walks one session, applies what mends it, and takes it back."""

    heard: list[str]
    """What the last change told while it was made."""

    progress: Callable[[str], None] = staticmethod(lambda says: None)
    """Told, on this thread, how far a change is that takes minutes."""

    async def prepare(self, fix_id: str) -> None:
        """Make the look that a fix needs before it can be planned."""
        fix, found = FIXES[fix_id], self._root()
        if fix.needs and fix.needs.name not in self.state.on(found.leg):
            self.see(Saw(found.leg, fix.needs.name, await self._ask(fix.needs, found.leg)))

    def asks(self, fix_id: str) -> str:
        """What the person has to type for a fix for the root cause; empty when nothing."""
        fix, steps = FIXES[fix_id], session.walk(self.state).steps
        theirs = bool(steps) and place(remedies.situation(self.state, steps[-1])) is not None
        return fix.asks if fix.of_google is None or not theirs else fix.of_google

    def plan(self, fix_id: str, answer: str = "") -> tuple[Effect, ...]:
        """The effects of a fix for the root cause. Raises CannotFix."""
        step = session.walk(self.state).steps[-1]
        planned = remedies.planned(FIXES[fix_id], remedies.situation(self.state, step, answer))
        if isinstance(planned, Refusal) and planned.overtaken:
            raise Overtaken(planned.why)
        if isinstance(planned, Refusal):
            raise CannotFix(planned.why)
        return planned

    async def apply(self, fix_id: str, answer: str = "") -> Did:
        """Apply a fix for the root cause; the next walk proves it or not. Raises CannotFix."""
        planned = self.plan(fix_id, answer)
        way = session.walk(self.state)
        step = way.steps[-1]
        named = fix_id in WELL and bool(answer)
        code, kept = ("", None) if named and self._works() else self._for_what()
        at = remedies.situation(self.state, step, answer)
        await self._rest(planned)
        async with self.opened(planned):
            inverses = await self._make(fix_id, planned)
        spine = next((one for one in reversed(way.steps) if TREE[one.node].spine and one.leg == step.leg), step)
        # Against the answers of a person nothing is proved: what looks saw is what they must no longer see.
        seen, stopped = (self.state.facts.get(one.place, one.fact).outcome for one in (step, spine))
        seen, stopped = ("", "") if not code else (seen, stopped)  # a name for what works: it has to work by the name
        did = Did(fix_id, code, step.leg, step.node, seen, spine.node, stopped, planned, inverses, now())
        if kept:
            did = replace(kept, fix=fix_id, effects=planned, inverses=inverses, at=did.at)
        self.see(did)
        if self.store:
            followup.note(self.store.path, len(self.state.changes) - 1, self.state.target.input, did)
        await self._fresh()
        if FIXES[fix_id].shows and self.heard:
            says = f"{vocabulary.actions()[fix_id].title}: {len(self.heard)} lines"
            self.see(Saw(step.leg, TOLD, Fact("told", says, tuple(self.heard[-MOST_TOLD:]))))
        prove = FIXES[fix_id].proof
        if prove and (missing := await prove(at)):
            await self.undo()
            raise CannotFix(missing)
        return did

    async def tend(self, fix_id: str, code: str, planned: Sequence[Effect]) -> Did:
        """Make a change that is about no finding; whoever asks for it proves it. Raises CannotFix."""
        async with self.opened(planned):
            inverses = await self._make(fix_id, planned)
        did = Did(fix_id, code, -1, START, "", START, "", tuple(planned), inverses, now())
        self.see(did)
        if self.store:
            followup.note(self.store.path, len(self.state.changes) - 1, self.state.target.input, did)
        return did

    async def _rest(self, planned: Sequence[Effect]) -> None:
        """Let time pass, where a fix is a wait; one that knocks ends as soon as the server greets."""
        for wait in planned:
            if isinstance(wait, Wait) and wait.host:
                from sshwizard.probes.knocking import until_greeted

                await until_greeted(wait.host, wait.port, wait.seconds, lambda says: self.progress(says))
            elif isinstance(wait, Wait):
                await asyncio.sleep(wait.seconds)

    @contextlib.asynccontextmanager
    async def way_in(self, door: str, login: str = "", account: Sequence[str] = ()) -> AsyncIterator[Way]:
        """Open a door for scripts, for the time of the block. `account`: profile and region with which it was opened
        before. Raises Shut."""
        from sshwizard.doors.roads import ROADS

        if (road := ROADS.get(door)) is None:
            raise Shut(f"{door} is no way for a look inside")
        if self.read_only:
            raise Shut("this is read-only, and the door needs a temporary key on the server or a session of its own")
        with _asking_as(account):
            if any(account):  # what was wished for when the cloud was asked last may be another account
                await self._cloud.forget()
            scene = replace(await self.ready(), login=login)
            async with road.walk(scene) as way:
                with lent(way.door, Lent(way.options, way.env, way.renew, way.runs)):
                    yield way

    @contextlib.asynccontextmanager
    async def opened(self, effects: Iterable[Effect]) -> AsyncIterator[None]:
        """The doors through which effects are made, for the time of the block. Raises CannotFix."""
        async with contextlib.AsyncExitStack() as held:
            try:
                for door, login, account in dict.fromkeys(doors_of(effects)):
                    await held.enter_async_context(self.way_in(door, login, account))
            except Shut as shut:
                raise CannotFix(f"the way in does not open: {shut}") from None
            yield

    async def _make(self, fix_id: str, planned: Sequence[Effect]) -> tuple[Effect, ...]:
        try:
            if any(effect.slow for effect in planned):
                return await self._follow(fix_id, planned)
            return self.journal.change(fix_id, planned)
        except CannotFix:
            if self.state.pending:  # it was begun and taken back, which the session should know
                self.see(Settled(now()))
            raise

    async def _follow(self, fix_id: str, planned: Sequence[Effect]) -> tuple[Effect, ...]:
        """The change on a thread of its own. Who ends the waiting waits until what was begun is taken back."""
        loop, stop, noted = asyncio.get_running_loop(), threading.Event(), self.journal.noted
        self.heard = []

        def tell(says: str) -> None:
            self.heard.append(says)
            loop.call_soon_threadsafe(self.progress, says)

        def change() -> tuple[Effect, ...]:
            with followed(tell, stop):
                return self.journal.change(fix_id, planned)

        self.journal.noted = lambda doing: asyncio.run_coroutine_threadsafe(_call(noted, doing), loop).result()
        made = asyncio.create_task(asyncio.to_thread(change))
        try:
            return await asyncio.shield(made)
        except asyncio.CancelledError:
            stop.set()
            self.progress("it is ended; what was begun is taken back first")
            await asyncio.wait({made})
            if made.exception() and self.state.pending:  # else it was made: undo finds it
                self.see(Settled(now()))
            raise
        finally:
            self.journal.noted = noted

    def _works(self) -> bool:
        found = self.verdict()
        return found is not None and found.outcome == "healthy"

    def _for_what(self) -> tuple[str, Did | None]:
        """The cause that a fix is for; where ssh works by options of this run, the try that it makes permanent."""
        found = self.verdict()
        if found is not None and found.root is not None:
            return found.root.cause, None
        tried = [self.state.changes[number].did for number in self.state.in_force]
        if not tried or not self.state.target.overrides:
            raise CannotFix("there is no finding to fix")
        return tried[-1].code, tried[-1]

    async def undo(self, number: int | None = None) -> Undid:
        """Take back one change by its number, or the newest one that is in force. Raises CannotFix."""
        in_force = self.state.in_force
        if number is None and not in_force:
            raise CannotFix("there is nothing to undo")
        number = in_force[-1] if number is None else number
        if number not in in_force:
            raise CannotFix(f"there is no change {number + 1} in force that can be undone")
        did = self.state.changes[number].did
        async with self.opened(did.inverses):
            await self._make(did.fix, did.inverses)
        await self._fresh()
        undid = Undid(did.fix, now(), number)
        self.see(undid)
        return undid

    def settle(self) -> tuple[str, ...]:
        """After a crash in the middle of a change: take back what had been made. Raises CannotFix."""
        told = self.journal.settle(self.state.pending)
        self.see(Settled(now()))
        return told

    def _root(self) -> Finding:
        found = self.verdict()
        if found is None or found.root is None:
            raise CannotFix("there is no finding to fix")
        return found.root


@contextlib.contextmanager
def _asking_as(account: Sequence[str]) -> Iterator[None]:
    """AWS is asked with this profile and in this region, as far as the person names no other."""
    named = {name: value for name, value in zip((PROFILE, REGION), account, strict=False)
             if value and not os.environ.get(name)}  # fmt: skip
    os.environ.update(named)
    try:
        yield
    finally:
        for name in named:
            os.environ.pop(name, None)


def doors_of(effects: Iterable[Effect]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The doors that have to be opened for them: each with the login name, profile and region."""
    for effect in effects:
        if isinstance(effect, RemoteScript) and effect.door != BY_USER:
            yield effect.door, effect.login, tuple(effect.account)


async def _call(noted: Callable[[Doing], None], doing: Doing) -> None:
    noted(doing)
