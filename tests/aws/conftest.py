"""The stage of the tests about AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live.keys import KeyRing

from aws.stage import Stage
from sshwizard import paths
from sshwizard.lab.aws import Aws


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """Key pairs, made once and used by every stage of this process."""
    return KeyRing(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def stage(aws: Aws, tmp_path: Path, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A healthy account with one web server that can be reached, and the home of somebody who has its key."""
    monkeypatch.setattr(paths, "home", lambda: tmp_path / "person")
    made = Stage(aws, tmp_path, ring)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of an earlier account are none of ours, and nobody waits seconds for what is done at once."""
    monkeypatch.setattr("sshwizard.effects.aws.place._ACCESS", {})
    monkeypatch.setattr("sshwizard.effects.following.PAUSE", 0.01)
