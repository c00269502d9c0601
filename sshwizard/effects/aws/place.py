"""Where in AWS something is changed, and how EC2 is asked to: dry first, and in words when it refuses."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import LOCKED_OUT, Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled

_ACCESS: dict[str, Access] = {}
_DRY = "DryRunOperation"
"""EC2's error code for: it would have succeeded."""


def asked(place: Place, operation: str, /, of: str = "ec2", **params: Any) -> Mapping[str, Any]:
    """What the service answers. Raises Refused with the reason in words."""
    found = answer(place, operation, params, of)
    if isinstance(found, Unseen):
        raise Refused(f"{found.why}{f'; {found.unblock}' if found.unblock else ''}")
    return found


def tried(place: Place, operation: str, **params: Any) -> None:
    """Ask whether it would succeed, without doing it. Raises Refused when it would not."""
    found = answer(place, operation, {**params, "DryRun": True})
    if isinstance(found, Unseen) and found.code != _DRY:
        raise Refused(f"{found.why}{f'; {found.unblock}' if found.unblock else ''}")


def answer(place: Place, operation: str, params: Mapping[str, Any], of: str = "ec2") -> Mapping[str, Any] | Unseen:
    """What the service answers, or why it does not."""
    if place.profile not in _ACCESS:
        _ACCESS[place.profile] = Access(place.profile, Pool("aws-change", 1), Pool("aws-change", 1))
    found = _ACCESS[place.profile].now(Call(of, operation, params), place.region)
    if isinstance(found, Unseen) and found.kind in LOCKED_OUT:  # boto3 keeps credentials that have expired
        del _ACCESS[place.profile]
    return found


@dataclass(frozen=True, slots=True)
class Place(Effect):
    """The account's profile and the region; what is changed there stands in the effects below."""

    profile: str
    """Empty: the one that the environment chooses."""
    region: str
    sign: ClassVar[str] = ""
    """What a diff would have in front of it."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What is changed, in a line."""

    @abstractmethod
    def by_hand(self) -> str:
        """The same as commands of the AWS CLI, one a line."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(f"{self.sign} {self.words}".strip(), 300),)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless(self.by_hand().splitlines())

    def command(self, operation: str, *words: str, of: str = "ec2") -> str:
        """A command of the AWS CLI in this place."""
        option = ("--profile", self.profile) if self.profile else ()
        return clean.line(shlex.join(("aws", of, operation, *words, "--region", self.region, *option)), 500)
