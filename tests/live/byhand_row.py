"""A row of the table of fixes that a person chooses, and how it is played."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from .mending import Mendable, changed, connects, seen
from .process import TOKEN, Ran


class Scripted(Mendable, Protocol):
    """A world in which a script of this directory can be run as the person."""

    def script(self, name: str, *words: str) -> Ran: ...


W = TypeVar("W", bound=Scripted)


def _nothing(world: Any) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class ByHand(Generic[W]):
    """One broken world, and the fixes that a person chooses one after the other."""

    name: str
    fixes: Callable[[W], str]
    """FIX or FIX=ANSWER; after a blank that no answer follows, the next one."""
    cause: str
    """What is found first, or its family."""
    broken: Callable[[W], object]
    prepare: Callable[[W], object] = _nothing
    args: Callable[[W], list[str]] | None = None
    touches: str = ""
    """Names of the files that will be other than before; none for a try."""
    undone: bool = True
    connects: bool = True
    """False where plain ssh would change a file that the undo then finds changed."""

    def play(self, world: W) -> None:
        self.prepare(world)
        self.broken(world)
        args = self.args(world) if self.args else world.target_args
        assert TOKEN not in world.plain_ssh(args, 4.0).out.decode(errors="replace"), "ssh still works"
        before = seen(world)
        chosen = self.fixes(world)
        fixes = [chosen] if "=" in chosen else chosen.split()
        ran = world.script("byhand.py", *fixes, "--", *args)
        assert ran.code == 0, ran.text
        told = json.loads(ran.out)
        assert told["causes"][0].startswith(self.cause), told
        assert told["causes"][-1] == "healthy", told
        assert all(told["proved"]), told
        assert {Path(name).name for name in changed(before, seen(world))} == set(self.touches.split()), told
        if self.connects:
            connects(world, told["args"])
        if self.undone:
            for _ in fixes:
                assert world.undo() == 0
            assert changed(before, seen(world)) == []
