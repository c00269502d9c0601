"""With which profile and in which region AWS is asked, for this run only."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sshwizard import clean
from sshwizard.cloud import cloud
from sshwizard.effects.effect import Effect
from sshwizard.effects.spelling import Spelling, harmless, spelled


@dataclass(frozen=True, slots=True)
class AskAs(Effect):
    """Another profile, another region; an empty one is what the environment chooses."""

    profile: str
    region: str
    was_profile: str = ""
    was_region: str = ""
    changes: ClassVar[bool] = False

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        told = f"ask AWS with the profile {self.profile or 'of the environment'}"
        return (clean.line(f"{told}{f' in {self.region}' if self.region else ''}   (this run only)", 300),)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        options = [word for key, value in (("--profile", self.profile), ("--region", self.region)) if value
                   for word in (key, value)]  # fmt: skip
        return harmless((shlex.join(("sshwizard", *args, *options)),))

    def inverse(self) -> Effect:
        return AskAs(self.was_profile, self.was_region, self.profile, self.region)

    def apply(self) -> None:
        os.environ[cloud.PROFILE], os.environ[cloud.REGION] = self.profile, self.region
