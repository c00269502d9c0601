"""Every judgement about a project of Google Cloud, and what is said where one could not look. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard.advice import Advice
from sshwizard.advice.gcp import firewalls, logins
from sshwizard.advice.gcp.project import Project
from sshwizard.advice.wording import Judge, blind

JUDGES: Sequence[Judge[Project]] = (*firewalls.JUDGES, *logins.JUDGES)


def judged(project: Project) -> Iterator[Advice]:
    """All advice; for a judgement that lacks an answer, which one and what would unblock it."""
    for one in JUDGES:
        lost = [project.unseen[name] for name in one.needs if name in project.unseen]
        if lost:
            yield blind(one.code, one.about, project.id, lost, one.weight)
        else:
            yield from one.judge(project)
    if why := project.unseen.get("effective"):
        about = "what the policies of the organization and of the networks say: VPC firewall rules alone were judged"
        yield blind("advice.firewall-policies", about, project.id, [why])
