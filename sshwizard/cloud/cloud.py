"""What the clouds know, for one session: nobody is asked before a look wants it, and never about a plain host."""

from __future__ import annotations

import asyncio
import os
import socket
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what asks is loaded when somebody asks
    from sshwizard.cloud.address import OwnAddress
    from sshwizard.cloud.aws.account import Aws
    from sshwizard.cloud.aws.clues import Wish
    from sshwizard.cloud.gcp.account import Gcp
    from sshwizard.cloud.pool import Pool

NO_CLOUD = "SSHWIZARD_NO_CLOUD"
"""Set it to 1, and no cloud is asked about anything."""
PROFILE, REGION = "SSHWIZARD_AWS_PROFILE", "SSHWIZARD_AWS_REGION"
"""What --profile and --region say; several profiles are parted by commas."""
PROJECT = "SSHWIZARD_GCP_PROJECT"
"""What --project says; several are parted by commas."""


def wished() -> Wish:
    """What the person said about the cloud. AWS_PROFILE alone is no wish to ask about a plain host."""
    from sshwizard.cloud.aws.clues import Wish

    return Wish(_words(PROFILE), os.environ.get(REGION, ""), _off())


def _words(variable: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip())


def _off() -> bool:
    return os.environ.get(NO_CLOUD, "") not in {"", "0"}


class Cloud:
    """The clouds of one session. `forget` after a change, `renew` after a login, `close` at the end."""

    def __init__(self, wish: Wish | None = None) -> None:
        self._wish = wish
        self._own: dict[int, asyncio.Task[OwnAddress]] = {}
        self._names: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    @cached_property
    def aws(self) -> Aws:
        """Amazon's."""
        from sshwizard.cloud.aws.account import Aws

        return Aws(wished() if self._wish is None else self._wish)

    @cached_property
    def gcp(self) -> Gcp:
        """Google's."""
        from sshwizard.cloud.gcp.account import Gcp
        from sshwizard.cloud.gcp.clues import Wish

        return Gcp(Wish(_words(PROJECT), _off() or bool(self._wish and self._wish.off)))

    @cached_property
    def _pool(self) -> Pool:
        from sshwizard.cloud.address import TIMES
        from sshwizard.cloud.pool import Pool

        return Pool("own-address", 2 * TIMES)

    @property
    def asked(self) -> bool:
        """True once any cloud was spoken of."""
        return bool(self._spoken())

    def _spoken(self) -> list[Aws | Gcp]:
        return [vars(self)[name] for name in ("aws", "gcp") if name in vars(self)]

    async def own_address(self, *, six: bool = False) -> OwnAddress:
        """The address that the internet sees of us, asked once a family. Only for a target in a cloud."""
        from sshwizard.cloud.address import own

        family = socket.AF_INET6 if six else socket.AF_INET
        if family not in self._own:
            self._own[family] = asyncio.create_task(own(self._pool, family))
        return await asyncio.shield(self._own[family])

    async def names_of(self, address: str) -> tuple[str, ...]:
        """The names that DNS gives for an address, asked once for all clouds."""
        from sshwizard.cloud.reverse import names_of

        if address not in self._names:
            self._names[address] = asyncio.create_task(names_of(address))
        return await asyncio.shield(self._names[address])

    async def forget(self) -> None:
        """The world has changed: what was asked is stale."""
        asked = [task for task in (*self._own.values(), *self._names.values()) if not task.done()]
        self._own, self._names = {}, {}
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        for one in self._spoken():
            await one.forget()
        if "aws" in vars(self):
            self.aws.wish = wished() if self._wish is None else self._wish

    async def renew(self) -> None:
        """The person has logged in anew."""
        await self.forget()
        for one in self._spoken():
            await one.renew()

    async def close(self) -> None:
        """Leave at once."""
        await self.forget()
        for one in self._spoken():
            await one.close()
        if "_pool" in vars(self):
            self._pool.close()
