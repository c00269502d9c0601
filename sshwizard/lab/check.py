"""Proves exercises: each is broken as it tells, the wizard finds the cause that it names, and it can be solved."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context

from sshwizard import vocabulary
from sshwizard.journal import CannotFix
from sshwizard.lab.bench import LabError, Missing
from sshwizard.lab.exercise import NONE, Exercise
from sshwizard.lab.world import Clouds, World, clouds, open_world
from sshwizard.model import Remedy
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store
from sshwizard.verdict import Verdict

_HASTY_SECONDS = 1
"""For the proof that plain ssh does not get in."""
_MOST_FIXES = 4
_VOUCHED = {"pin-host-key", "repair-known-hosts", "remove-known-host"}
_GROUPS = ("repair", "try")


@dataclass(frozen=True)
class Proof:
    """What was seen of one exercise."""

    id: str
    fails: str
    """The last words of plain ssh in the broken world."""
    found: str
    """The cause that the wizard named."""
    solved: str
    """How plain ssh got in at last."""
    wrong: tuple[str, ...]
    """What does not hold, in sentences; empty: all does."""
    seconds: float
    skipped: str = ""
    """What this machine lacks for it, in a sentence: nothing was proved then, and nothing is wrong."""


def check(exercises: Sequence[Exercise], jobs: int, told: Callable[[Proof], None]) -> list[Proof]:
    """Prove these, several at once; `told` hears of each as it ends."""
    batches = list(_batches(exercises, jobs))
    proofs: list[Proof] = []
    for some in _side_by_side(batches, jobs):
        for proof in some:
            told(proof)
        proofs += some
    order = [one.id for one in exercises]
    return sorted(proofs, key=lambda proof: order.index(proof.id))


def _side_by_side(batches: Sequence[tuple[Exercise, ...]], jobs: int) -> Iterator[list[Proof]]:
    if len(batches) == 1:  # a process of its own takes longer to start than most proofs
        yield check_some(batches[0])
        return
    with ProcessPoolExecutor(min(jobs, len(batches)) or 1, mp_context=get_context("spawn")) as pool:
        yield from pool.map(check_some, batches)


def _batches(exercises: Sequence[Exercise], jobs: int) -> Iterator[tuple[Exercise, ...]]:
    """Those of one cloud together, because a cloud is started once; the long ones first."""
    for cloud in ("aws", "gcp"):
        some = [one for one in exercises if one.cloud == cloud]
        parts = 2 if len(some) > 4 and jobs > 2 else 1
        yield from (batch for start in range(parts) if (batch := tuple(some[start::parts])))
    plain = [one for one in exercises if not one.cloud]
    step = max(1, -(-len(plain) // (jobs * 3)))
    for start in range(0, len(plain), step):
        yield tuple(plain[start : start + step])


def check_some(exercises: Iterable[Exercise]) -> list[Proof]:
    """One after the other, in this process."""
    with clouds() as kept:
        return [check_one(one, kept) for one in exercises]


def check_one(exercise: Exercise, kept: Clouds | None = None) -> Proof:
    """Open its world, meet the fault, find the cause, solve it."""
    began = time.monotonic()
    prover, lacks = _Prover(exercise), ""
    try:
        with open_world(exercise, kept=kept) as world, entered(world.environment, world.hidden):
            asyncio.run(prover.prove(world))
    except Missing as error:
        lacks = str(error)
    except LabError as error:
        prover.wrong.append(f"its world does not open: {error}")
    took = time.monotonic() - began
    return Proof(exercise.id, prover.fails, prover.found, prover.solved, tuple(prover.wrong), took, lacks)


@contextmanager
def entered(environment: Mapping[str, str], hidden: Iterable[str]) -> Iterator[None]:
    """This process talks to the cloud of a world, and to no other, for the time of the block."""
    before = dict(os.environ)
    for name in hidden:
        os.environ.pop(name, None)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Prover:
    """One exercise under proof."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self.fails = self.found = self.solved = ""
        self.wrong: list[str] = []

    async def prove(self, world: World) -> None:
        exercise = self._exercise
        if exercise.log:
            await self._explained(Runner.of_text(exercise.log.encode(), "ssh.log"))
            return
        runner = Runner.live(typed.parse(world.target_args), store=Store.create("practice", world.root))
        try:
            met, found = await asyncio.gather(asyncio.to_thread(world.ssh, _HASTY_SECONDS), runner.walk())
            self._meets(met)
            self._is(found, exercise.cause)
            await self._solve(runner, world)
        finally:
            await runner.close()

    def _meets(self, met: subprocess.CompletedProcess[str]) -> None:
        """Whether plain ssh fails, or works where nothing is wrong."""
        exercise = self._exercise
        self.fails = (met.stderr.strip().splitlines() or met.stdout.strip().splitlines() or [""])[-1]
        if (met.returncode == 0) is not (exercise.cause == NONE):
            self.wrong.append("plain ssh works in it" if exercise.cause != NONE else "plain ssh does not work in it")

    async def _explained(self, runner: Runner) -> None:
        try:
            self._is(await runner.walk(), self._exercise.cause)
        finally:
            await runner.close()
        self.solved = "by its cause"

    async def _solve(self, runner: Runner, world: World) -> None:
        """The causes one after the other; between two of them the first repair is made."""
        if self._exercise.cause == NONE:
            self.solved = "nothing is wrong"
            return
        if not self._exercise.solve:
            await self._mend(runner, world)
            return
        for number, setting in enumerate(self._exercise.solve):
            await asyncio.to_thread(world.set, (setting,))
            if number < len(self._exercise.then):
                await runner.again()
                self._is(await runner.walk(), self._exercise.then[number])
        await self._gets_in(world, "by its own list")

    def _is(self, found: Verdict, cause: str) -> None:
        seen = found.root.cause if found.root else NONE if found.outcome == "healthy" else found.outcome
        self.found = self.found or seen
        if seen != cause:
            self.wrong.append(f"the wizard finds {seen}, and not {cause}")

    async def _mend(self, runner: Runner, world: World) -> None:
        """The wizard's own fixes, as a person would take them."""
        made: list[str] = []
        for _ in range(_MOST_FIXES):
            found = await runner.walk()
            able = [one for one in found.root.remedies if can(one) and one.id not in made] if found.root else []
            if not able:
                break
            made.append(able[0].id)
            with suppress(CannotFix):
                await runner.prepare(able[0].id)
                await runner.apply(able[0].id, self._vouched(able[0].id, world))
        if not made and self._exercise.ends == "named":
            self.solved = "by its cause"
            return
        await self._gets_in(world, f"by the fixes {', '.join(made)}" if made else "", runner.state.target.ssh_args)

    def _vouched(self, fix: str, world: World) -> str:
        return world.stage.bench.fingerprint() if world.stage and fix in _VOUCHED else ""

    async def _gets_in(self, world: World, how: str, options: Sequence[str] = ()) -> None:
        if await asyncio.to_thread(world.works, options):
            self.solved = how or "by waiting"
        elif self._exercise.ends == "named" and not self._exercise.solve:
            self.solved = "by its cause"
        elif how:
            self.wrong.append(f"plain ssh does not work after it was mended {how}")
        else:
            self.wrong.append("plain ssh does not work, and no fix is offered")


def can(remedy: Remedy) -> bool:
    """True for a repair or a try that can be made now, without a door."""
    return remedy.applicable and remedy.risk in {"safe", "confirm"} and vocabulary.actions()[remedy.id].group in _GROUPS
