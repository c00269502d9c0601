"""One session's view of Google Cloud: one login, and one inquiry a hop."""

from __future__ import annotations

from sshwizard.cloud.asking import Session
from sshwizard.cloud.gcp.access import WORKERS, Access
from sshwizard.cloud.gcp.clues import Question, Wish
from sshwizard.cloud.gcp.inquiry import Inquiry


class Gcp(Session[Question, Inquiry]):
    """The login of this session, and what was asked about each hop."""

    def __init__(self, wish: Wish | None = None) -> None:
        super().__init__("gcp", WORKERS)
        self.wish = wish or Wish()
        self.access = Access(self._setup, self._workers)

    def _inquiry(self, question: Question) -> Inquiry:
        return Inquiry(self.wish, self.access, question)

    async def renew(self) -> None:
        """The person has logged in: begin again with what is there now."""
        await self.forget()
        self.access = Access(self._setup, self._workers)
