"""One session's view of AWS: the profiles' sessions, and one inquiry a hop."""

from __future__ import annotations

from sshwizard.cloud.aws.access import WORKERS, Access
from sshwizard.cloud.aws.clues import Question, Wish
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.pool import Pool


class Aws:
    """The profiles of this session, and what was asked about each hop."""

    def __init__(self, wish: Wish | None = None) -> None:
        self.wish = wish or Wish()
        self._setup, self._workers = Pool("aws-setup", 1), Pool("aws", WORKERS)
        self._access: dict[str, Access] = {}
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

    def access(self, profile: str) -> Access:
        """The way to AWS of one profile; the empty name is the one that the environment chooses."""
        if profile not in self._access:
            self._access[profile] = Access(profile, self._setup, self._workers)
        return self._access[profile]

    async def forget(self) -> None:
        """The world has changed: what was asked is stale. Sessions and clients stay."""
        inquiries, self._inquiries = self._inquiries, {}
        for inquiry in inquiries.values():
            await inquiry.close()

    async def renew(self) -> None:
        """The person has logged in: begin again with new sessions, because boto3 keeps the expired credentials."""
        await self.forget()
        self._access.clear()

    async def close(self) -> None:
        """Leave at once; a call that hangs ends with its own thread."""
        await self.forget()
        self._setup.close()
        self._workers.close()
