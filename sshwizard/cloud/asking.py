"""What one cloud is asked about the hops of a session: the same for every cloud, whatever it calls its machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from sshwizard.cloud.patience import LIMIT, Made, Patience
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Answer, Unseen

Question = TypeVar("Question")


class Asking(ABC):
    """All about one hop. Every method may be awaited by many at once."""

    closed: Unseen | None
    """Why nobody is asked at all; None when the cloud is asked."""
    first: Sequence[str]
    """The parts that are asked as soon as something failed; the others when a look wants them."""

    def __init__(self) -> None:
        self._patience = Patience()

    def begin(self) -> None:
        """Start what is always wanted: who it is."""
        if self.closed is None:
            self._patience.task("identity", self._identify)

    def ahead(self) -> None:
        """Something failed: start all that the looks will ask, at once."""
        if self.closed is None:
            for name in self.first:
                self._patience.task(name, lambda name=name: self._part(name))  # type: ignore[misc]

    async def part(self, name: str, limit: float = LIMIT) -> Answer:
        """One part by its name: the cloud's own answer, or why there is none."""
        return await self._once(name, lambda: self._part(name), self.permission(name), limit)

    async def close(self) -> None:
        """Wait for nothing any more."""
        await self._patience.close()

    async def _once(self, name: str, make: Made, call: str, limit: float = LIMIT) -> Answer:
        """A question by its name: asked once, whoever waits for it. `call`: the permission that it needs."""
        if self.closed:
            return self.closed
        found: Answer = await self._patience.wait(name, make, limit, call)
        return found

    @abstractmethod
    def permission(self, name: str) -> str:
        """What a part needs."""

    @abstractmethod
    async def _identify(self) -> Any:
        """Who it is."""

    @abstractmethod
    async def _part(self, name: str) -> Answer:
        """Ask for one part."""


Inquiry = TypeVar("Inquiry", bound=Asking)


class Session(ABC, Generic[Question, Inquiry]):
    """One session's view of a cloud: its threads, and one inquiry a hop."""

    def __init__(self, name: str, workers: int) -> None:
        self._setup, self._workers = Pool(f"{name}-setup", 1), Pool(name, workers)
        self._inquiries: dict[int, Inquiry] = {}

    def about(self, index: int, question: Question) -> Inquiry:
        """The inquiry about hop `index`, begun once; for a plain host it asks nobody and is over at once."""
        if index not in self._inquiries:
            self._inquiries[index] = self._inquiry(question)
            self._inquiries[index].begin()
        return self._inquiries[index]

    def known(self, index: int) -> Inquiry | None:
        """The inquiry about hop `index`, if somebody began it."""
        return self._inquiries.get(index)

    async def forget(self) -> None:
        """The world has changed: what was asked is stale. Logins stay."""
        inquiries, self._inquiries = self._inquiries, {}
        for inquiry in inquiries.values():
            await inquiry.close()

    async def close(self) -> None:
        """Leave at once; a call that hangs ends with its own thread."""
        await self.forget()
        self._setup.close()
        self._workers.close()

    @abstractmethod
    def _inquiry(self, question: Question) -> Inquiry:
        """A new one."""
