"""Advice about an account of AWS."""

from __future__ import annotations

from sshwizard.advice import Advice, Blind, Machine


async def look() -> tuple[Advice, ...]:
    """All advice about the account and region that the environment names. Raises Blind."""
    raise Blind("AWS is not looked at yet")


async def machines(tag: tuple[str, str] | None = None) -> tuple[Machine, ...]:
    """The instances of the account, or those with this tag. Raises Blind."""
    raise Blind("AWS is not looked at yet")
