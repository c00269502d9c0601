"""One session's view of AWS: the profiles' sessions, and one inquiry a hop."""

from __future__ import annotations

from sshwizard.cloud.asking import Session
from sshwizard.cloud.aws.access import WORKERS, Access
from sshwizard.cloud.aws.clues import Question, Wish
from sshwizard.cloud.aws.inquiry import Inquiry


class Aws(Session[Question, Inquiry]):
    """The profiles of this session, and what was asked about each hop."""

    def __init__(self, wish: Wish | None = None, made: type[Access] = Access, known: Aws | None = None) -> None:
        """`known`: whose ways to AWS are used, instead of new ones."""
        super().__init__("aws", WORKERS)
        self.wish = wish or Wish()
        self._made, self._known = made, known
        self._access: dict[str, Access] = {}

    def access(self, profile: str) -> Access:
        """The way to AWS of one profile; the empty name is the one that the environment chooses."""
        if self._known:
            return self._known.access(profile)
        if profile not in self._access:
            self._access[profile] = self._made(profile, self._setup, self._workers)
        return self._access[profile]

    @property
    def ways(self) -> tuple[Access, ...]:
        """Those that were used so far."""
        return tuple(self._access.values())

    def _inquiry(self, question: Question) -> Inquiry:
        return Inquiry(self.wish, self.access, question)

    async def renew(self) -> None:
        """The person has logged in: begin again with new sessions, because boto3 keeps the expired credentials."""
        await self.forget()
        self._access.clear()
