"""Practice worlds for the tests: opened, walked, and compared byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sshwizard.lab import World, open_world
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store
from sshwizard.verdict import Verdict


@contextmanager
def opened(exercise: str) -> Iterator[World]:
    with open_world(exercise) as world:
        yield world


def on(world: World, *more: str, read_only: bool = False, keep: bool = True) -> Runner:
    return Runner.live(
        typed.parse([*more, *world.target_args]), store=Store.create("practice") if keep else None, read_only=read_only
    )


def root(found: Verdict) -> str:
    return found.root.cause if found.root else found.outcome


def snapshot(place: Path) -> dict[str, tuple[int, str]]:
    """Mode and content of everything below `place`."""
    return {
        str(path.relative_to(place)): (
            path.lstat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(place.rglob("*"))
    }
