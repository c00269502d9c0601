"""One view of the clouds for many walks: what one has asked, the others need not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sshwizard.cloud.cloud import Cloud, wished

if TYPE_CHECKING:
    from sshwizard.cloud.address import OwnAddress
    from sshwizard.cloud.aws.account import Aws
    from sshwizard.cloud.gcp.account import Gcp


class Together(Cloud):
    """The clouds of a whole sweep. Each walk gets a `view`, which it may close."""

    def view(self) -> Cloud:
        """For one walk."""
        return _View(self)

    @cached_property
    def aws(self) -> Aws:
        """Amazon's, whose lists are read whole."""
        from sshwizard.cloud.aws.account import Aws
        from sshwizard.cloud.aws.whole import SharedAccess

        return Aws(wished() if self._wish is None else self._wish, SharedAccess)

    @property
    def requests(self) -> int:
        """How often AWS was asked."""
        ways = self.aws.ways if "aws" in vars(self) else ()
        return sum(getattr(one, "requests", 0) for one in ways)


class _View(Cloud):
    """Inquiries of its own, on answers of all."""

    def __init__(self, all_: Together) -> None:
        super().__init__(all_._wish)
        self._all = all_

    @cached_property
    def aws(self) -> Aws:
        """Amazon's."""
        from sshwizard.cloud.aws.account import Aws

        return Aws(self._all.aws.wish, known=self._all.aws)

    @cached_property
    def gcp(self) -> Gcp:
        """Google's: one login for all."""
        from sshwizard.cloud.gcp.account import Gcp

        made = Gcp(self._all.gcp.wish)
        made.access = self._all.gcp.access
        return made

    async def own_address(self, *, six: bool = False) -> OwnAddress:
        """Asked once for all."""
        return await self._all.own_address(six=six)

    async def names_of(self, address: str) -> tuple[str, ...]:
        """Asked once for all."""
        return await self._all.names_of(address)
