"""The doors in plain lines: every way in, open or shut, and why; one may be walked through."""

from __future__ import annotations

import shlex
from typing import Any

from sshwizard import clean
from sshwizard.doors.marks import MARK
from sshwizard.doors.table import DOORS
from sshwizard.effects import Connect, Refused
from sshwizard.fronts import mending, report
from sshwizard.fronts.prompts import Choice, Prompts
from sshwizard.language import say
from sshwizard.runner import Runner

_JUDGE = Choice("judge", "Look at the doors once more")
_BACK = Choice("back", "Back to the verdict")


async def doors(runner: Runner, prompts: Prompts) -> bool:
    """Tell every door, and go through the one that is chosen."""
    rows = _rows(runner)
    while True:
        if not rows:
            prompts.say("Judging every door.")
            await runner.doors()
            rows = _rows(runner)
        prompts.say("", "Ways in, the best first:")
        for row in rows:
            prompts.show(*_told(runner, row))
        ways = [Choice(row["door"], f"Go through: {row['title']}") for row in rows if _can_walk(row)]
        word = await prompts.choose("Which way?", [*ways, _JUDGE, _BACK])
        if word == _BACK.word:
            return False
        if word == _JUDGE.word:
            rows = []
        else:
            prompts.say(_through(runner, prompts, word))


def _rows(runner: Runner) -> list[dict[str, Any]]:
    facts = {name: fact for (_, name), fact in runner.state.facts.items() if name.startswith(MARK)}
    return [{**report.door(name, fact), "state": fact.outcome} for name, fact in facts.items()]


def _told(runner: Runner, row: dict[str, Any]) -> list[str]:
    told = say(f"{row['state']}. {row['why']}")
    rows = [f"  {say(row['title'])} ({row['door']}): {told}"]
    if row["state"] == "shut":
        return rows
    rows += [f"      $ {clean.line(shlex.join(_command(runner, row['door'])))}"] * _can_walk(row)
    rows += [f"      $ {line}" for line in row["commands"]]
    rows += [f"      {say('needs')}: {'; '.join(map(say, row['needs']))}"] * bool(row["needs"])
    more = [name for name in ("costs", "interrupts") if row[name] not in {"", "nothing"}]
    rows += [f"      {say(name)}: {say(row[name])}" for name in more]
    return rows


def _can_walk(row: dict[str, Any]) -> bool:
    door = DOORS.get(row["door"])
    return door is not None and door.walk is not None and row["state"] != "shut"


def _command(runner: Runner, door: str) -> tuple[str, ...]:
    return ("sshwizard", "connect", "--via", door, *runner.state.target.args)


def _through(runner: Runner, prompts: Prompts, door: str) -> str:
    command = _command(runner, door)
    if not prompts.terminal:
        return f"This needs a terminal; type it there: {shlex.join(command)}"
    try:
        with mending.lend():
            Connect(command).apply()
    except Refused as refused:
        return f"{refused}."
    return "The session ended."
