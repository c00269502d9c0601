"""What the clouds know, for one session: nobody is asked before a look wants it, and never about a plain host."""

from __future__ import annotations

import os

from sshwizard.cloud.aws.account import Aws
from sshwizard.cloud.aws.clues import Wish

NO_CLOUD = "SSHWIZARD_NO_CLOUD"
"""Set it to 1, and no cloud is asked about anything."""
PROFILE, REGION = "SSHWIZARD_AWS_PROFILE", "SSHWIZARD_AWS_REGION"
"""What --profile and --region say; several profiles are parted by commas."""


def wished() -> Wish:
    """What the person said about the cloud. AWS_PROFILE alone is no wish to ask about a plain host."""
    profiles = tuple(name.strip() for name in os.environ.get(PROFILE, "").split(",") if name.strip())
    off = os.environ.get(NO_CLOUD, "") not in {"", "0"}
    return Wish(profiles, os.environ.get(REGION, ""), off)


class Cloud:
    """The clouds of one session. `forget` after a change, `renew` after a login, `close` at the end."""

    def __init__(self, wish: Wish | None = None) -> None:
        self.aws = Aws(wished() if wish is None else wish)

    async def forget(self) -> None:
        """The world has changed: what was asked is stale."""
        await self.aws.forget()

    async def renew(self) -> None:
        """The person has logged in anew."""
        await self.aws.renew()

    async def close(self) -> None:
        """Leave at once."""
        await self.aws.close()
