"""Advice about a project of Google Cloud: four lists, the firewall of each network, judged by pure functions."""

from __future__ import annotations

from sshwizard.advice import Advice, Blind, Machine


async def look() -> tuple[Advice, ...]:
    """All advice about the project that the environment names. Raises Blind."""
    from sshwizard.advice.gcp.judges import judged
    from sshwizard.advice.gcp.project import projects

    return tuple(one for project in await projects() for one in judged(project))


async def machines(tag: tuple[str, str] | None = None) -> tuple[Machine, ...]:
    """The VMs of the project, or those with this label. Raises Blind."""
    from sshwizard.advice.gcp.hosts import machines_of
    from sshwizard.advice.gcp.project import projects

    found = await projects()
    for project in found:
        if why := project.unseen.get("instances"):
            raise Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
    return tuple(one for project in found for one in machines_of(project, tag))
