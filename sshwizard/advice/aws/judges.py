"""Every judgement about an account of AWS, and what is said where one could not look. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard.advice import Advice
from sshwizard.advice.aws import hygiene, keypairs, openings, watching, waysin
from sshwizard.advice.aws.account import CALLS, Account
from sshwizard.advice.wording import Judge, blind

JUDGES: Sequence[Judge[Account]] = (
    *openings.JUDGES, *hygiene.JUDGES, *keypairs.JUDGES, *waysin.JUDGES, *watching.JUDGES,
)  # fmt: skip

_HELPS = {"images": "ec2:DescribeImages", "streams": "logs:DescribeLogStreams",
          "exclusions": "ec2:DescribeVpcBlockPublicAccessExclusions"}  # fmt: skip
"""Asked in the second wave: what rests on it is told less exactly without."""


def judged(account: Account) -> Iterator[Advice]:
    """All advice; for a judgement that lacks an answer, which one and what would unblock it."""
    for one in JUDGES:
        lost = [account.unseen[name] for name in one.needs if name in account.unseen]
        if lost:
            yield blind(one.code, one.about, f"{account.region}{_as(account)}", lost, one.weight)
        else:
            yield from one.judge(account)
    for name in _HELPS:
        if name in account.unseen and name not in CALLS:
            about = {"images": "which images come with EC2 Instance Connect", "streams": "which instances write logs",
                     "exclusions": "which networks VPC Block Public Access leaves out"}[name]  # fmt: skip
            yield blind(f"advice.{name}", about, f"{account.region}{_as(account)}", [account.unseen[name]])


def _as(account: Account) -> str:
    return f", profile {account.profile}" if account.profile else ""
