"""Advice about a project of Google Cloud."""

from __future__ import annotations

from sshwizard.advice import Advice, Blind, Machine


async def look() -> tuple[Advice, ...]:
    """All advice about the project that the environment names. Raises Blind."""
    raise Blind("Google Cloud is not looked at yet")


async def machines(tag: tuple[str, str] | None = None) -> tuple[Machine, ...]:
    """The VMs of the project, or those with this label. Raises Blind."""
    raise Blind("Google Cloud is not looked at yet")
