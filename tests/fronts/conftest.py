"""Recorded sessions at home in a staged home directory, and the screen that shows them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_FILE = Path(__file__).resolve().parents[2] / "scripts" / "screenshots.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", _FILE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["screenshots"] = made
    spec.loader.exec_module(made)
    return made


pictures = _load()


@pytest.fixture
def home() -> Iterator[Path]:
    """The staged home directory, with a key that is open to others."""
    with pictures.stage() as place:
        yield place


@pytest.fixture
def recorded(home: Path) -> Callable[..., list[Any]]:
    """Events of a recording: recorded("open-key", whole=False)."""
    return lambda session, whole=False: list(pictures.recorded(session, home, whole=whole))
