"""A machine is dialled by a DNS name of its, where the address that was known is another's now."""

from __future__ import annotations

import re

from sshwizard.effects import Effect, Retarget
from sshwizard.fixes.config import block, proof
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.probes import names


def _hostname(at: Situation) -> list[str] | Refusal:
    """The name that was typed, else the one that AWS has for the instance that is meant."""
    name = at.answer.strip().rstrip(".") or str(at.found.data.get("dns", ""))
    if not re.fullmatch(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+", name) or names.literal(name):
        return Refusal("no DNS name of the machine is known; type it")
    return [f"HostName {name}"]


def _by_name(at: Situation) -> tuple[Effect, ...] | Refusal:
    """The name as HostName of what was typed; where that is an address, the name instead of it."""
    rows = _hostname(at)
    if isinstance(rows, Refusal) or not names.literal(at.leg.name):
        return rows if isinstance(rows, Refusal) else block(lambda _: rows)(at)
    *options, place = at.target.args
    user, found, _ = place.rpartition("@")
    args = (*options, f"{user}{found}{rows[0].partition(' ')[2]}")
    return (Retarget(at.target.overrides, at.target.overrides, args, at.target.args),)


async def _by_name_shows(at: Situation) -> str:
    return "" if names.literal(at.leg.name) else await proof(_hostname)(at)


FIXES = (Fix("guide-use-hostname", _by_name, asks="A DNS name of the machine", proof=_by_name_shows),)
