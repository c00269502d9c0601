"""Worlds for the live tests, built fresh for each test and always taken down."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .doorsite import site  # noqa: F401
from .keys import KeyRing
from .networld import NetWorld
from .world import SshdWorld


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """Key pairs, made once and used by every world of this process."""
    return KeyRing(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: KeyRing) -> Iterator[SshdWorld]:
    """A client's home and a real sshd on the loopback."""
    world = SshdWorld(tmp_path, keys)
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def net_world(keys: KeyRing) -> Iterator[NetWorld]:
    """Two machines in networks of their own."""
    with NetWorld(keys) as world:
        yield world


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="sw-place-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)
