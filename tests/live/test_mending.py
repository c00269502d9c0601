"""Every fix mends a really broken world, changes nothing else, and is taken back byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from .mending import Mend
from .networld import NetWorld
from .scenarios.mending import CONFIG, KEYS, SERVER, SHARED
from .scenarios.mending_at_home import AT_HOME
from .scenarios.mending_several import SEVERAL
from .world import SshdWorld

ALONE = [*KEYS, *CONFIG, *SHARED, *SERVER]


def rows(mends: Sequence[Mend[Any]]) -> list[Any]:
    """The parameters of a test, each with the programs that it needs."""
    return [pytest.param(one, id=one.name, marks=pytest.mark.requires(*one.needs.split())) for one in mends]


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("mend", rows(ALONE))
def test_one_fault(mend: Mend[SshdWorld], world: SshdWorld) -> None:
    mend.play(world)


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("mend", rows(SEVERAL))
def test_several_faults(mend: Mend[SshdWorld], world: SshdWorld) -> None:
    """Each fix is a verdict of its own, proved, until ssh gets in."""
    mend.play(world)


@pytest.mark.netns
@pytest.mark.requires("netns")
@pytest.mark.parametrize("mend", rows(AT_HOME))
def test_an_ordinary_user(mend: Mend[NetWorld], net_world: NetWorld) -> None:
    """Where ``~`` is the user's own: no -F, the default files."""
    mend.play(net_world)
