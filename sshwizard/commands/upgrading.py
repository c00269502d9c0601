"""`sshwizard inside TARGET --updates`: which packages around logins are old on the server, and their update."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from sshwizard import clean, vocabulary
from sshwizard.advice import server
from sshwizard.commands import goingin
from sshwizard.doors.way import Shut, Way
from sshwizard.effects.remote import BY_USER, RemoteScript
from sshwizard.exits import Exit
from sshwizard.fixes import Refusal
from sshwizard.fixes.packages import SECONDS, upgrade
from sshwizard.fronts import checkup
from sshwizard.fronts.checkup import Checkup, Row
from sshwizard.journal import CannotFix
from sshwizard.probes.inside.look import versions
from sshwizard.probes.inside.packages import Package, Packages
from sshwizard.runner import Runner

_LONGEST = 4000
"""Characters of a line of a script."""

Opened = Callable[[], AbstractAsyncContextManager[Way | None]]


class Updates:
    """One run of it: looks through a way in, and again after each change."""

    def __init__(self, runner: Runner, given: argparse.Namespace, opened: Opened) -> None:
        self.runner, self._given, self._opened = runner, given, opened
        self.host = clean.line(runner.state.who(-1)["host"], 100)
        self.way: Way | None = None

    async def look(self) -> Packages:
        """What the server shows. A door that stays shut is why nothing is known."""
        try:
            async with self._opened() as way:
                if way is None:
                    return Packages(why="no way in was opened")
                if self.way is None and way.says:
                    goingin.say(way.says)
                self.way = way
                if way.door != BY_USER:  # the next look goes the same way, and asks nobody again
                    self._given.via = way.door
                return await versions(way.options, way.env, self._target(way), runs=way.runs)
        except Shut as shut:
            return Packages(why=f"the way in did not open: {shut}")

    def _target(self, way: Way) -> tuple[str, ...]:
        return tuple(way.target or self.runner.state.target.ssh_args)

    def planned(self, package: Package) -> tuple[RemoteScript] | Refusal:
        """The script for one package. What a door needs is its own secret: it is opened anew for each change."""
        change, way = upgrade(package), self.way
        if isinstance(change, Refusal):
            return change
        if way is None:
            return Refusal("no way in was opened")
        made = RemoteScript(
            os.urandom(6).hex(), way.door, way.options if way.door == BY_USER else (), self._target(way),
            change.guard, change.do, change.undo, change.watch, login=way.login, account=way.account, limit=SECONDS,
        )  # fmt: skip
        return (made,)

    def told(self, seen: Packages) -> Checkup:
        """As the doctor tells it."""
        named = {f"{one.name} on {self.host}": one for one in seen.found}
        advices = tuple(server.judge(seen, self.host))
        rows = tuple(Row(one, self.planned(named[one.subject]) if one.fix else None) for one in advices)
        newest = tuple(says for one in seen.found if one.standing == "newest"
                       for says in server.sentences(Packages((one,))))  # fmt: skip
        none = ("none of its packages is installed",) if not seen.found and not seen.why else ()
        return Checkup(rows, (f"the packages around logins on {self.host}", *newest, *none), where=("server",),
                       by="sshwizard inside TARGET --updates")  # fmt: skip


async def tell(runner: Runner, given: argparse.Namespace, opened: Opened) -> Exit:
    """Look, update what may be updated, and say it."""
    updates = Updates(runner, given, opened)
    seen = await updates.look()
    if given.fix and updates.way:
        shown = await _mend(updates, seen, given)
    else:
        shown = updates.told(seen)
    if given.json:
        print(json.dumps(checkup.as_json(shown), ensure_ascii=False))
    else:
        print("\n".join(checkup.plain(shown)).lstrip("\n"))
    return shown.exit


async def _mend(updates: Updates, seen: Packages, given: argparse.Namespace) -> Checkup:
    """Each package by itself; the version is looked at again after each."""
    action, mended = vocabulary.actions()[server.UPDATE], []
    for package in [one for one in seen.found if one.standing != "newest"]:
        plan = updates.planned(package)
        if isinstance(plan, Refusal):
            goingin.say(f"{package.name}: {plan.why}")
            continue
        if given.dry_run:
            continue
        if given.yes != "confirm":
            goingin.say(f"{action.title}: this is to be confirmed: --yes=confirm")
            continue
        for line in (line for effect in plan for line in effect.preview()):
            print(clean.line(line, _LONGEST), file=sys.stderr, flush=True)
        try:
            await updates.runner.tend(server.UPDATE, "advice.update", plan)
        except CannotFix as refusal:
            goingin.say(f"not applied: {refusal}")
            continue
        seen = await updates.look()
        now = next((one for one in seen.found if one.name == package.name), None)
        proved = now is not None and now.standing == "newest" and now.version != package.version
        mended.append((f"{package.name}: {package.version} → {now.version if now else '?'}", proved))
    if mended and updates.runner.store:
        goingin.say(f"To take it back: sshwizard undo {clean.line(str(updates.runner.store.path))}")
    return replace(updates.told(seen), mended=tuple(mended))
