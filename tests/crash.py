"""Real changes, killed with SIGKILL at a random moment, and what the next wizard makes of it.

    python tests/crash.py ROUNDS [SEED]

Each round makes a small world, lets a child apply a fix (or take it back, or settle a crash) and kills it. Every file
must be as before or as after, the journal must load, and settling and undoing must bring back the first state.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshwizard import store
from sshwizard.effects.content import MARK
from sshwizard.effects.keys import BESIDE
from sshwizard.events import Began, Doing, Event, Saw
from sshwizard.model import Fact, Target
from sshwizard.runner import Runner
from sshwizard.store import Store

Shown = dict[str, tuple[int, bytes]]
HOST, KEY = "box", "id_ed25519"
OLD_KEY, NEW_KEY = ("ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5AAAAI" + letter * 43 for letter in "AB")


def seen(place: Path) -> Shown:
    """Name, mode and content of everything in a directory."""
    return {path.name: (stat.S_IMODE(path.lstat().st_mode), path.read_bytes()) for path in place.iterdir()}


@dataclass(frozen=True)
class Case:
    """A fix, a world for it, and the walk that led to its cause."""

    fix: str
    answer: str
    build: Callable[[Path], None]
    steps: Callable[[Path], dict[str, Fact[Any]]]


def _damaged_key(place: Path) -> None:
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place / KEY)],
        stdin=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    assert made.returncode == 0
    file = place / KEY
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o644)


def _denied(place: Path) -> dict[str, Fact[Any]]:
    return {
        "tcp": Fact("open", ""), "banner": Fact("ok", ""), "kex": Fact("ok", ""), "hostkey": Fact("ok", ""),
        "login": Fact("denied", ""), "methods": Fact("public-key", ""), "will": Fact("tries-keys", ""),
        "signing": Fact("no-trouble", ""),
        "keys": Fact("text-damaged", "", data={"path": str(place / KEY), "named": KEY}),
    }  # fmt: skip


def _refused(place: Path) -> dict[str, Fact[Any]]:
    return {
        "tcp": Fact("refused", ""), "refused": Fact("same", ""), "refuser": Fact("local", ""),
        "other-port": Fact("found-config", "", data={"port_found": 2222, "configured": 2200}),
    }  # fmt: skip


def _changed(place: Path) -> dict[str, Fact[Any]]:
    file = place / "known_hosts"
    row = {"file": str(file), "line": 2, "text": f"{HOST} {OLD_KEY}", "type": "ssh-ed25519", "marker": ""}
    return {
        "tcp": Fact("open", ""), "banner": Fact("ok", ""), "kex": Fact("ok", ""), "hostkey": Fact("changed", ""),
        "known-changed": Fact("other-key", "", data={"entries": [row], "names": [HOST]}),
        "hostkey.offered": Fact("shown", "", data={"line": f"{HOST} {NEW_KEY}", "fingerprint": "SHA256:new"}),
    }  # fmt: skip


CASES = (
    Case(
        "edit-config-value", "",
        lambda place: _write(place / "config", f"# mine\nHost {HOST}\n  Port 2200\n" + "# filler\n" * 20_000, 0o640),
        _refused,
    ),
    Case(
        "pin-host-key", "SHA256:new",
        lambda place: _write(place / "known_hosts", f"# mine\n{HOST} {OLD_KEY}\nother {OLD_KEY}\n" * 1, 0o644),
        _changed,
    ),
    Case("repair-key-copy", "", _damaged_key, _denied),
)  # fmt: skip


def _write(path: Path, text: str, mode: int) -> None:
    path.write_text(text)
    path.chmod(mode)


def session(case: Case, place: Path, state: Path) -> Path:
    """The journal of a walk that came to the cause."""
    args = ("-F", str(place / "config"), HOST)
    settings = {"hostname": ["127.0.0.1"], "port": ["2200"], "userknownhostsfile": [str(place / "known_hosts")]}
    rows: list[Event] = [
        Began(Target(HOST, args)),
        Saw(-1, "typed", Fact("ok", "")),
        Saw(-1, "client", Fact("ok", "", data={"legs": [{"name": HOST, "settings": settings}]})),
        Saw(0, "proxy", Fact("direct", "")),
        Saw(0, "name", Fact("ok", "")),
        *(Saw(0, node, fact) for node, fact in case.steps(place).items()),
    ]
    if case.fix != "edit-config-value":
        _write(place / "config", "", 0o600)
    kept = Store.create(case.fix, state)
    for row in rows:
        kept.append(row)
    return kept.path


def resumed(path: Path) -> Runner:
    return Runner(store.load(path), store=Store(path))


Tell = Callable[[], None]
"""Called when the first effect is in the journal and about to be applied."""


def told_by(path: Path, tell: Tell) -> Runner:
    runner = resumed(path)
    runner.listeners.append(lambda event: tell() if isinstance(event, Doing) else None)
    return runner


def make(case: Case, path: Path, tell: Tell = lambda: None) -> None:
    asyncio.run(told_by(path, tell).apply(case.fix, case.answer))


def take_back(case: Case, path: Path, tell: Tell = lambda: None) -> None:
    asyncio.run(told_by(path, tell).undo())


def recover(case: Case, path: Path, tell: Tell = lambda: None) -> None:
    """What `sshwizard undo` does until there is nothing left."""
    runner = told_by(path, tell)
    if runner.state.pending:
        assert runner.settle(), "it says nothing"
    while any(not change.undone for change in runner.state.changes):
        asyncio.run(runner.undo())


Work = Callable[[Case, Path, Tell], None]


def _write_to(pipe: int) -> None:
    os.write(pipe, b"!")


def killed(work: Work, case: Case, path: Path, after: float, *, aimed: bool) -> None:
    """Run it in a child, and kill that so many seconds after its begin, or `aimed`: after its first Doing."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        code = 1
        try:
            if not aimed:
                _write_to(go)
            work(case, path, lambda: _write_to(go))
            code = 0
        finally:
            os._exit(code)
    os.close(go)
    os.read(ready, 1)  # ends, too, when the child is over
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.close(ready)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"


def timed(work: Work, case: Case, path: Path) -> tuple[float, float]:
    """Seconds of all of it, and from the first Doing on."""
    marks = [time.monotonic()]
    work(case, path, lambda: marks.append(time.monotonic()))
    now = time.monotonic()
    return now - marks[0], now - marks[1]


def whole(place: Path, before: Shown, after: Shown) -> None:
    """Every file is the old or the new one; beside them only what the next change sweeps."""
    for name, now in seen(place).items():
        if MARK in name and not name.endswith(BESIDE):
            continue
        assert now in (before.get(name), after.get(name)), f"{name} is torn"
    lost = {name for name in before if name not in seen(place)}
    assert not lost, f"lost: {lost}"


class Rounds:
    """Many rounds with one seed, and how long each step takes when nobody kills it."""

    def __init__(self, seed: int, root: Path) -> None:
        self.chance, self.root, self.number = random.Random(seed), root, 0
        self.pending = 0
        self.lasts = {case.fix: self._calm(case) for case in CASES}

    def _world(self, case: Case) -> tuple[Path, Path]:
        self.number += 1
        place, state = self.root / f"{self.number}" / "ssh", self.root / f"{self.number}" / "sessions"
        place.mkdir(parents=True)
        state.mkdir()
        case.build(place)
        return place, session(case, place, state)

    def _calm(self, case: Case) -> dict[Work, tuple[float, float]]:
        """How long a fix and its undo last; the first time is slower than the others, so it does not count."""
        lasts: dict[Work, tuple[float, float]] = {}
        for _ in range(2):
            place, path = self._world(case)
            before = seen(place)
            works: tuple[Work, ...] = (make, take_back)
            lasts = {work: timed(work, case, path) for work in works}
            assert seen(place) == before, "undo does not bring back the first state"
        return lasts

    def _kill(self, work: Work, case: Case, path: Path) -> None:
        aimed = self.chance.random() < 0.7
        lasts = self.lasts[case.fix][work if work is make else take_back][aimed]
        killed(work, case, path, self.chance.uniform(0, lasts), aimed=aimed)

    def play(self, number: int) -> None:
        case, undoing, again = CASES[number % len(CASES)], number % 2 == 1, self.chance.random() < 0.3
        place, path = self._world(case)
        before = seen(place)
        if undoing:
            make(case, path)
            after = seen(place)
            self._kill(take_back, case, path)
        else:
            self._kill(make, case, path)
            after = self._after(case, place, before)
        self.pending += bool(resumed(path).state.pending)
        whole(place, before, after)
        if again:
            self._kill(recover, case, path)
            whole(place, before, after)
        recover(case, path)
        assert seen(place) == before, f"not the first state: {sorted(seen(place))}"
        state = resumed(path).state
        assert not state.pending
        assert all(change.undone for change in state.changes)

    def _after(self, case: Case, place: Path, before: Shown) -> Shown:
        """What the whole fix makes of this very world."""
        twin, path = self._world(case)
        for name, (mode, content) in before.items():
            (twin / name).write_bytes(content)
            (twin / name).chmod(mode)
        make(case, path)
        return seen(twin)


def main(rounds: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="sshwizard-crash-") as place:
        os.environ["XDG_STATE_HOME"] = f"{place}/state"
        played = Rounds(seed, Path(place))
        for number in range(rounds):
            try:
                played.play(number)
            except Exception as error:
                print(f"round {number} with seed {seed}, {CASES[number % len(CASES)].fix}: {error!r}", file=sys.stderr)
                raise
        print(f"{rounds} rounds with seed {seed}: {played.pending} were killed in the middle of a change")
        return 0 if played.pending * 10 >= rounds else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)))
