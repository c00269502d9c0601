"""Advice about an account of AWS: one region, one wave of calls, judged by pure functions (`judges`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshwizard.advice import Advice, Blind, Machine

if TYPE_CHECKING:
    from sshwizard.advice.aws.account import Account


async def look() -> tuple[Advice, ...]:
    """All advice about the account and region that the environment names. Raises Blind."""
    from sshwizard.advice.aws.judges import judged
    from sshwizard.advice.aws.surveys import accounts

    return tuple(one for account in await accounts(source=True) for one in judged(account))


async def machines(tag: tuple[str, str] | None = None) -> tuple[Machine, ...]:
    """The instances of the account, or those with this tag. Raises Blind."""
    from sshwizard.advice.aws.hosts import machines_of
    from sshwizard.advice.aws.surveys import accounts

    found: tuple[Account, ...] = await accounts(
        ("instances", "subnets", "routes", "groups", "acls", "vpcs", "gateways")
    )
    for account in found:
        if why := account.unseen.get("instances"):
            raise Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
    return tuple(one for account in found for one in machines_of(account, tag))
