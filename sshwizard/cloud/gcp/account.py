"""One session's view of Google Cloud: one login, and one inquiry a hop."""

from __future__ import annotations

from sshwizard.cloud.gcp.access import WORKERS, Access
from sshwizard.cloud.gcp.clues import Question, Wish
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.pool import Pool


class Gcp:
    """The login of this session, and what was asked about each hop."""

    def __init__(self, wish: Wish | None = None) -> None:
        self.wish = wish or Wish()
        self._setup, self._workers = Pool("gcp-setup", 1), Pool("gcp", WORKERS)
        self.access = Access(self._setup, self._workers)
        self._inquiries: dict[int, Inquiry] = {}

    def about(self, index: int, question: Question) -> Inquiry:
        """The inquiry about hop `index`, begun once; for a plain host it asks nobody and is over at once."""
        if index not in self._inquiries:
            self._inquiries[index] = Inquiry(self.wish, self.access, question)
            self._inquiries[index].begin()
        return self._inquiries[index]

    def known(self, index: int) -> Inquiry | None:
        """The inquiry about hop `index`, if somebody began it."""
        return self._inquiries.get(index)

    async def forget(self) -> None:
        """The world has changed: what was asked is stale. The login stays."""
        inquiries, self._inquiries = self._inquiries, {}
        for inquiry in inquiries.values():
            await inquiry.close()

    async def renew(self) -> None:
        """The person has logged in: begin again with what is there now."""
        await self.forget()
        self.access = Access(self._setup, self._workers)

    async def close(self) -> None:
        """Leave at once; a call that hangs ends with its own thread."""
        await self.forget()
        self._setup.close()
        self._workers.close()
