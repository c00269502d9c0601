"""`--wait`: where only time helps, wait and look again until ssh works or the time is over."""

from __future__ import annotations

import time
from typing import TextIO

from sshwizard.fixes.connects import LONGEST
from sshwizard.fronts import resting
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.runner import Runner
from sshwizard.verdict import Verdict

ID = "wait-and-retry"
_FIRST, _MOST = 5, 60
"""Seconds between two looks: at the beginning, and at most."""


async def wait_out(runner: Runner, found: Verdict, limit: int, stream: TextIO) -> Verdict:
    """The verdict after the last look. ctrl+c ends the waiting, and the last verdict stands."""
    end, pause = time.monotonic() + limit, _FIRST
    while found.root and any(one.id == ID and one.applicable for one in found.root.remedies):
        left = int(end - time.monotonic())
        if left < 1:
            print(say("The time to wait is over."), file=stream)
            break
        try:
            knocks = runner.plan(ID, str(min(left, LONGEST)))
            seconds = min(left, LONGEST) if getattr(knocks[0], "host", "") else min(left, pause)
            if not await resting.counted(runner, ID, str(seconds), seconds, stream):
                print(say("The wait was ended."), file=stream)
                break
        except CannotFix as refusal:
            print(say(f"not applied: {refusal}"), file=stream)
            break
        found, pause = await runner.walk(), min(2 * pause, _MOST)
    return found
