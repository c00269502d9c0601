"""Where in AWS something is changed, and how EC2 is asked to: dry first, and in words when it refuses."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import LOCKED_OUT, Unseen
from sshwizard.effects.online import Online, refused

_ACCESS: dict[str, Access] = {}
_DRY = "DryRunOperation"
"""EC2's error code for: it would have succeeded."""


def asked(place: Place, operation: str, /, of: str = "ec2", **params: Any) -> Mapping[str, Any]:
    """What the service answers. Raises Refused with the reason in words."""
    found = answer(place, operation, params, of)
    if isinstance(found, Unseen):
        raise refused(found)
    return found


def tried(place: Place, operation: str, **params: Any) -> None:
    """Ask whether it would succeed, without doing it. Raises Refused when it would not."""
    found = answer(place, operation, {**params, "DryRun": True})
    if isinstance(found, Unseen) and found.code != _DRY:
        raise refused(found)


def answer(place: Place, operation: str, params: Mapping[str, Any], of: str = "ec2") -> Mapping[str, Any] | Unseen:
    """What the service answers, or why it does not."""
    if place.profile not in _ACCESS:
        _ACCESS[place.profile] = Access(place.profile, Pool("aws-change", 1), Pool("aws-change", 1))
    found = _ACCESS[place.profile].now(Call(of, operation, params), place.region)
    if isinstance(found, Unseen) and found.kind in LOCKED_OUT:  # boto3 keeps credentials that have expired
        del _ACCESS[place.profile]
    return found


@dataclass(frozen=True, slots=True)
class Place(Online):
    """The account's profile and the region; what is changed there stands in the effects below."""

    profile: str
    """Empty: the one that the environment chooses."""
    region: str

    def command(self, operation: str, *words: str, of: str = "ec2") -> str:
        """A command of the AWS CLI in this place."""
        option = ("--profile", self.profile) if self.profile else ()
        return clean.line(shlex.join(("aws", of, operation, *words, "--region", self.region, *option)), 500)
