"""Every fix mends a really broken world, changes nothing else, and is taken back byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from .byhand_row import ByHand
from .mending import Mend, changed, connects, seen
from .networld import NetWorld
from .scenarios.mending import CONFIG, KEYS, SERVER, SHARED
from .scenarios.mending_at_home import AT_HOME
from .scenarios.mending_by_hand import IN_NETWORK, ON_LOOPBACK
from .scenarios.mending_several import SEVERAL, bad_line_and_pub
from .world import CHECKOUT, SshdWorld

ALONE = [*KEYS, *CONFIG, *SHARED, *SERVER]


def rows(mends: Sequence[Mend[Any]]) -> list[Any]:
    """The parameters of a test, each with the programs that it needs."""
    return [pytest.param(one, id=one.name, marks=pytest.mark.requires(*one.needs.split())) for one in mends]


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("mend", rows(ALONE))
def test_one_fault(mend: Mend[SshdWorld], world: SshdWorld) -> None:
    mend.play(world)


NOT_BY_HAND = {"repair-key-copy", "fix-pub-file", "pin-host-key", "repair-known-hosts", "close-control-socket"}
"""No honest lines, or a look or a fingerprint comes first; the shared connections stand in test_connects.py."""
BY_HAND = [
    mend
    for mend in ALONE
    if not {*mend.fixes.split()} & NOT_BY_HAND and " " not in mend.fixes and mend.name != "byte-order-mark-in-config"
]


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("mend", rows(BY_HAND))
def test_one_fault_by_hand(mend: Mend[SshdWorld], world: SshdWorld) -> None:
    """A person who copies the lines into a shell of their own."""
    mend.play_by_hand(world)


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


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("row", ON_LOOPBACK, ids=lambda row: row.name)
def test_by_hand(row: ByHand[SshdWorld], world: SshdWorld) -> None:
    """What only a person chooses, or answers."""
    row.play(world)


@pytest.mark.netns
@pytest.mark.requires("netns")
@pytest.mark.parametrize("row", IN_NETWORK, ids=lambda row: row.name)
def test_by_hand_in_a_network(row: ByHand[NetWorld], net_world: NetWorld) -> None:
    row.play(net_world)


@pytest.mark.requires("sshd")
def test_two_wizards_at_once(world: SshdWorld) -> None:
    """Each fault is mended once, by one of them, and what either says it did can be undone. (What the other one saw
    while the world was changing under it may be a fault that is gone.)"""
    bad_line_and_pub(world)
    before = seen(world)
    words = ["-m", "sshwizard", "diagnose", "--fix", "--yes=confirm", "--json", *world.target_args]
    running = [
        subprocess.Popen([sys.executable, *words], env=world.env(), cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=-1)
        for _ in range(2)
    ]
    told = [one.communicate(timeout=60) for one in running]
    reports = [json.loads(out) for out, _ in told]
    connects(world, world.target_args)
    fixed = sorted(row["id"] for report in reports for row in report["fixed"])
    assert fixed == ["fix-pub-file", "repair-ssh-config"], told
    assert "healthy" in [report["outcome"] for report in reports], told
    for _ in fixed:
        back = world.product("undo")
        assert back.code == 0, back.text
    assert changed(before, seen(world)) == []
