"""Questions to a cloud as named tasks: begun once, awaited by many, and by all of them together for LIMIT at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from sshwizard.cloud.unseen import late

LIMIT = 10.0
"""Seconds that may be spent waiting for the cloud about one hop, whatever is asked."""

Made = Callable[[], Coroutine[Any, Any, Any]]


class Patience:
    """Who wants an answer first begins its task, all others wait for the same one."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._waiting, self._since, self._spent = 0, 0.0, 0.0

    def task(self, name: str, make: Made) -> asyncio.Task[Any]:
        """The task of this name, begun by `make` if nobody has."""
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(make())
        return self._tasks[name]

    async def wait(self, name: str, make: Made, limit: float, call: str) -> Any:
        """The task's answer; unseen when the limit, or all the patience there is, is used up."""
        task = self.task(name, make)
        now = time.monotonic()
        if self._waiting == 0:
            self._since = now
        left = LIMIT - self._spent - (now - self._since)
        self._waiting += 1
        try:
            await asyncio.wait({task}, timeout=max(0.0, min(limit, left)))
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._spent += time.monotonic() - self._since
        return task.result() if task.done() else late(call, min(limit, LIMIT))

    async def close(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
