"""From advice to effects: the fixes that causes have, and three that only tidy up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sshwizard import clean, effects
from sshwizard.advice import Advice
from sshwizard.advice.local.config import KEEPALIVE
from sshwizard.effects import EditLines, Effect, Refused, digest
from sshwizard.effects.online import Online
from sshwizard.fixes import FIXES, Refusal, Situation
from sshwizard.model import Fact, Target
from sshwizard.paths import short
from sshwizard.probes.publichalf import derived
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

DOCTOR = Target("doctor")
"""What a session of the doctor is about: no host."""


async def planned(advice: Advice, answer: str = "") -> tuple[Effect, ...] | Refusal:
    """What would mend it, as the world is now; a look that the fix needs is made first. `answer`: what it asks for."""
    fact = _fact(advice)
    plan = _OWN.get(advice.code)
    if plan is None and advice.fix not in FIXES:
        return Refusal("there is nothing that could be done by itself")
    facts: dict[str, Fact[Any]] = {"keys": fact}
    needs = None if plan else FIXES[advice.fix].needs
    if needs is derived:
        facts[derived.name] = await derived.look(Scene(DOCTOR, (), -1, {"keys": fact}, Run()))
    at = Situation(DOCTOR, Leg(DOCTOR.input), facts, fact, answer, advice.code)
    return _safe((plan or FIXES[advice.fix].plan)(at))


def situation(advice: Advice, answer: str = "") -> Situation:
    """What a fix may know of it."""
    fact = _fact(advice)
    return Situation(DOCTOR, Leg(DOCTOR.input), {"keys": fact}, fact, answer, advice.code)


def _fact(advice: Advice) -> Fact[Any]:
    data = dict(advice.data)
    return Fact(advice.code, data.get("says", advice.title), advice.seen, data={"path": advice.subject, **data})


def _safe(plan: tuple[Effect, ...] | Refusal) -> tuple[Effect, ...] | Refusal:
    if isinstance(plan, Refusal):
        return plan
    try:
        for effect in plan:
            if not isinstance(effect, Online):  # an account is asked when it is made, not for each preview
                effect.check()
    except Refused as refused:
        return Refusal(clean.line(str(refused)))
    except OSError as error:
        return Refusal(effects.in_words(error))
    return plan


def _file(at: Situation) -> tuple[Path, bytes] | Refusal:
    path = Path(str(at.found.data.get("file", "")))
    try:
        return path, path.read_bytes()
    except OSError as error:
        return Refusal(f"{short(path)} cannot be read: {error.strerror}")


def _without(numbers: Callable[[Situation], Sequence[int]]) -> Callable[[Situation], tuple[Effect, ...] | Refusal]:
    def plan(at: Situation) -> tuple[Effect, ...] | Refusal:
        """Take these lines out of the file; every other byte stays."""
        read = _file(at)
        if isinstance(read, Refusal):
            return read
        path, content = read
        rows = content.decode("utf-8", "replace").split("\n")
        wanted = numbers(at)
        if not wanted or max(wanted) > len(rows):
            return Refusal(f"{short(path)} is not as it was read")
        return (EditLines(str(path), digest(content), tuple((number, rows[number - 1]) for number in wanted)),)

    return plan


def _numbers(at: Situation) -> Sequence[int]:
    return [int(part) for part in str(at.found.data.get("lines", "")).split(",") if part.isdigit()]


def _keepalive(at: Situation) -> tuple[Effect, ...] | Refusal:
    """At the end of the config, where whatever a host says itself stands before it."""
    read = _file(at)
    if isinstance(read, Refusal):
        return read
    path, content = read
    blank = ("",) if content.strip() else ()
    return (EditLines(str(path), digest(content), add=(*blank, *KEEPALIVE)),)


_OWN: dict[str, Callable[[Situation], tuple[Effect, ...] | Refusal]] = {
    "hostkey.known-hosts-malformed": _without(_numbers),
    "advice.known-hosts-repeated": _without(_numbers),
    "advice.no-keepalive": _keepalive,
}
"""Plans by the code of the advice, where no fix of a cause does just this."""
