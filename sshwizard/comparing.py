"""The same connection as another account, because the person asks for it: is only one account affected?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sshwizard import clean
from sshwizard.events import Saw
from sshwizard.model import Fact, unknown
from sshwizard.probes.compared import NAME
from sshwizard.probes.process import spell
from sshwizard.runner import Runner
from sshwizard.verdict import Verdict

USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


async def compare(runner: Runner, user: str) -> Fact[Any]:
    """One more guarded run, with this login name and all else as before; what it shows joins the evidence.

    Raises ValueError for what is no login name.
    """
    if not USER.fullmatch(user):
        raise ValueError(f"{clean.line(user, 60)!r} is no login name")
    found, target = runner.verdict(), runner.state.target
    leg = found.root.leg if found and found.root else -1
    other = Runner.live(replace(target, overrides=("-o", f"User={user}", *target.overrides)), read_only=True)
    try:
        fact = read(user, runner.state.who(leg)["user"], found, await other.walk())
    finally:
        await other.close()
    fact = replace(fact, command=clean.line(spell(("ssh", "-l", user, *target.ssh_args)), 400))
    runner.see(Saw(leg, NAME, fact))
    return fact


def read(user: str, mine: str, found: Verdict | None, seen: Verdict) -> Fact[Any]:
    """What the other account's verdict says about the first one's."""
    if seen.outcome in {"healthy", "degraded"}:
        return Fact("one-account", f"{user} gets in from here: only the account {mine} is affected")
    first, second = found.root if found else None, seen.root
    if second is None:
        return unknown(f"it could not be told what becomes of {user}")
    if first and first.cause == second.cause:
        return Fact("every-account", f"{user} is stopped in the same way: it is not the account {mine} alone")
    return Fact("otherwise", f"{user} is stopped otherwise: {second.title} [{second.cause}]")
