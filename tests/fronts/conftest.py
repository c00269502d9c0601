"""Recorded sessions at home in a staged home directory, and the screen that shows them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import recordings


@pytest.fixture
def home() -> Iterator[Path]:
    """The staged home directory, with a key that is open to others."""
    with recordings.stage() as place:
        yield place


@pytest.fixture
def recorded(home: Path) -> Callable[..., list[Any]]:
    """Events of a recording: recorded("open-key", whole=False)."""
    return lambda session, whole=False: list(recordings.recorded(session, home, whole=whole))
