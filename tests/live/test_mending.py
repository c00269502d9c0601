"""Every fix mends a really broken world, changes nothing else, and is taken back byte for byte."""

from __future__ import annotations

import pytest

from .mending import Mend
from .scenarios.mending import CONFIG, KEYS, SERVER
from .world import SshdWorld

ALONE = [*KEYS, *CONFIG, *SERVER]


def name_of(mend: Mend[SshdWorld]) -> str:
    return mend.name


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("mend", ALONE, ids=name_of)
def test_one_fault(mend: Mend[SshdWorld], world: SshdWorld) -> None:
    mend.play(world)
