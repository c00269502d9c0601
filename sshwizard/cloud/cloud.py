"""What the clouds know, for one session: nobody is asked before a look wants it, and never about a plain host."""

from __future__ import annotations

import asyncio
import os
import socket

from sshwizard.cloud.address import TIMES, OwnAddress, own
from sshwizard.cloud.aws.account import Aws
from sshwizard.cloud.aws.clues import Wish
from sshwizard.cloud.pool import Pool

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
        self._pool = Pool("own-address", 2 * TIMES)
        self._own: dict[int, asyncio.Task[OwnAddress]] = {}

    async def own_address(self, *, six: bool = False) -> OwnAddress:
        """The address that the internet sees of us, asked once a family. Only for a target in a cloud."""
        family = socket.AF_INET6 if six else socket.AF_INET
        if family not in self._own:
            self._own[family] = asyncio.create_task(own(self._pool, family))
        return await asyncio.shield(self._own[family])

    async def forget(self) -> None:
        """The world has changed: what was asked is stale."""
        asked, self._own = self._own, {}
        for task in asked.values():
            task.cancel()
        await asyncio.gather(*asked.values(), return_exceptions=True)
        await self.aws.forget()

    async def renew(self) -> None:
        """The person has logged in anew."""
        await self.forget()
        await self.aws.renew()

    async def close(self) -> None:
        """Leave at once."""
        await self.forget()
        await self.aws.close()
        self._pool.close()
