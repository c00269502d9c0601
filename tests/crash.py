"""Real changes, killed with SIGKILL at a random moment, and what the next wizard makes of it.

    python tests/crash.py ROUNDS [SEED]

Each round makes a small world, lets a child apply a fix (or take it back, or settle a crash) and kills it. Every file
must be as before or as after, the journal must load, and settling and undoing must bring back the first state.

Everything is done in forked children. This process itself only forks, so it never has a second thread whose lock a
child could inherit; and it waits for nothing longer than `LIMIT`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import select
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from crash_worlds import CASES, LIMIT, NOT_KILLED, Case, session

from sshwizard import effects, store
from sshwizard.effects import Effect
from sshwizard.effects.content import MARK
from sshwizard.effects.keys import BESIDE
from sshwizard.events import Did, Doing
from sshwizard.journal import now
from sshwizard.runner import Runner
from sshwizard.store import Store

Shown = dict[str, tuple[int, int, int, bytes]]


def seen(place: Path) -> Shown:
    """Name, kind and mode, owner, group and content of everything in a directory."""
    shown = {}
    for path in place.rglob("*"):
        info = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
        shown[str(path.relative_to(place))] = (info.st_mode, info.st_uid, info.st_gid, content)
    return shown


def resumed(path: Path) -> Runner:
    return Runner(store.load(path), store=Store(path))


# ------------------------------------------------------------------ what a child does

Tell = Callable[[], None]
"""Called when the first effect is in the journal and about to be applied."""
Work = Callable[[Case, Path, tuple[Effect, ...], Path, Tell], None]


def told_by(path: Path, tell: Tell) -> Runner:
    runner = resumed(path)
    runner.listeners.append(lambda event: tell() if isinstance(event, Doing) else None)
    return runner


def make(case: Case, place: Path, planned: tuple[Effect, ...], path: Path, tell: Tell) -> None:
    runner = told_by(path, tell)
    if not planned:
        asyncio.run(runner.apply(case.name, case.answer))
        return
    inverses = runner.journal.change(case.name, planned)
    runner.see(Did(case.name, "c", 0, "tcp", "o", "tcp", "o", planned, inverses, now()))


def take_back(case: Case, place: Path, planned: tuple[Effect, ...], path: Path, tell: Tell) -> None:
    asyncio.run(told_by(path, tell).undo())


def recover(case: Case, place: Path, planned: tuple[Effect, ...], path: Path, tell: Tell) -> None:
    """What `sshwizard undo` does until there is nothing left."""
    runner = told_by(path, tell)
    if runner.state.pending:
        assert runner.settle(), "it says nothing"
    while any(not change.undone and change.did.inverses for change in runner.state.changes):
        asyncio.run(runner.undo())


# ------------------------------------------------------------------ the child itself


class Child:
    """A forked process that does one piece of work; it tells when it begins, and when its first effect is written."""

    def __init__(self, work: Callable[[Tell], None]) -> None:
        assert threading.active_count() == 1, "a fork of a process with threads can stand still for ever"
        self._told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._told)
            code = 1
            try:
                os.write(tell, b"b")
                work(lambda: _tell(tell))
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(tell)

    def hears(self) -> bool:
        """The next word of the child; False at its end."""
        ready, _, _ = select.select([self._told], [], [], LIMIT)
        if not ready:
            self.kill()
            raise TimeoutError(f"the child said nothing for {LIMIT:g} s")
        return bool(os.read(self._told, 1))

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> int:
        """Its status, as waitpid(2) tells it."""
        os.close(self._told)
        end = time.monotonic() + LIMIT
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return status
            if time.monotonic() > end:
                self.kill()
                raise TimeoutError(f"the child did not end within {LIMIT:g} s")
            time.sleep(0.001)


def _tell(pipe: int) -> None:
    os.write(pipe, b"d")


def killed(work: Callable[[Tell], None], after: float, *, aimed: bool) -> None:
    """Run it in a child, and kill that so many seconds after its begin, or `aimed`: after its first Doing."""
    child = Child(work)
    child.hears()
    if aimed:
        child.hears()
    time.sleep(after)
    child.kill()
    status = child.ended()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"


def timed(work: Callable[[Tell], None]) -> tuple[float, float]:
    """Run it to its end. Seconds of all of it, and from the first Doing on."""
    child = Child(work)
    marks = []
    while child.hears():
        marks.append(time.monotonic())
    end = time.monotonic()
    assert child.ended() == 0, "the child failed by itself"
    return end - marks[0], end - marks[min(1, len(marks) - 1)]


# ------------------------------------------------------------------ rounds


def whole(place: Path, before: Shown, after: Shown, random_one: str) -> None:
    """Everything is the old or the new; beside it only what the next change sweeps."""
    now_ = seen(place)
    for name in {*now_, *before, *after}:
        if name == random_one and now_.get(name):
            made = ("ssh-keygen", "-y", "-P", "", "-f", str(place / name))
            subprocess.run(made, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True, timeout=LIMIT)
            continue
        if MARK in name and not name.endswith(BESIDE):
            continue
        assert now_.get(name) in (before.get(name), after.get(name)), f"{name} is torn"


class World:
    """A case's files, its journal, and the effects that are planned in it."""

    def __init__(self, case: Case, root: Path, like: Shown | None = None) -> None:
        self.case, self.place = case, root / "ssh"
        self.place.mkdir(parents=True)
        (root / "sessions").mkdir()
        case.build(self.place)
        self.path = session(case, self.place, root / "sessions")
        for name, (mode, _, _, content) in (like or {}).items():
            if stat.S_ISREG(mode):
                (self.place / name).write_bytes(content)
        self.planned = case.effects(self.place) if case.effects else ()

    def doing(self, work: Work) -> Callable[[Tell], None]:
        return lambda tell: work(self.case, self.place, self.planned, self.path, tell)


class Rounds:
    """Many rounds with one seed, and how long each step takes when nobody kills it."""

    def __init__(self, seed: int, root: Path) -> None:
        self.chance, self.root, self.number = random.Random(seed), root, 0
        self.pending = 0
        self.lasts = {case: self._calm(case) for case in CASES}

    def _world(self, case: Case, like: Shown | None = None) -> World:
        self.number += 1
        return World(case, self.root / f"{self.number}", like)

    def _calm(self, case: Case) -> dict[Work, tuple[float, float]]:
        """How long a change and its undo last."""
        world = self._world(case)
        before = seen(world.place)
        lasts: dict[Work, tuple[float, float]] = {make: timed(world.doing(make))}
        if case.undoable:
            lasts[take_back] = timed(world.doing(take_back))
            assert seen(world.place) == before, "undo does not bring back the first state"
        return lasts

    def _kill(self, work: Work, world: World) -> None:
        lasts = self.lasts[world.case]
        aimed = self.chance.random() < 0.7
        killed(world.doing(work), self.chance.uniform(0, lasts.get(work, lasts[make])[aimed]), aimed=aimed)

    def play(self, number: int) -> None:
        case = CASES[number % len(CASES)]
        undoing, again = case.undoable and number // len(CASES) % 2 == 1, self.chance.random() < 0.3
        world = self._world(case)
        before = seen(world.place)
        if undoing:
            timed(world.doing(make))
            after = seen(world.place)
            self._kill(take_back, world)
        else:
            self._kill(make, world)
            after = self._after(case, before)
        self.pending += bool(resumed(world.path).state.pending)
        whole(world.place, before, after, case.random)
        if again:
            self._kill(recover, world)
            whole(world.place, before, after, case.random)
        timed(world.doing(recover))
        left = seen(world.place)
        assert left == before or (not case.undoable and left == after), f"not the first state: {sorted(left)}"
        state = resumed(world.path).state
        assert not state.pending
        assert all(change.undone for change in state.changes) or not case.undoable

    def _after(self, case: Case, before: Shown) -> Shown:
        """What the whole change makes of this very world."""
        twin = self._world(case, before)
        timed(twin.doing(make))
        return seen(twin.place)


def kinds() -> set[str]:
    """What the cases make, and what takes it back."""
    found: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="sshwizard-crash-") as place:
        for number, case in enumerate(CASES):
            world = World(case, Path(place) / f"{number}")
            timed(world.doing(make))
            for change in resumed(world.path).state.changes:
                found |= {type(effect).__name__ for effect in (*change.did.effects, *change.did.inverses)}
    return found


def main(rounds: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="sshwizard-crash-") as place:
        os.environ["XDG_STATE_HOME"] = f"{place}/state"
        missed = set(effects.kinds()) - kinds() - set(NOT_KILLED)
        assert not missed, f"no case kills {missed}"
        played = Rounds(seed, Path(place))
        for number in range(rounds):
            try:
                played.play(number)
            except Exception as error:
                case = CASES[number % len(CASES)]
                print(f"round {number} with seed {seed}, {case.name}: {error!r}", file=sys.stderr)
                raise
        print(f"{rounds} rounds with seed {seed}: {played.pending} were killed in the middle of a change")
        return 0 if played.pending * 10 >= rounds else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)))
