"""Work for one of Textual's workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any


class Later(Awaitable[None]):
    """Work whose coroutine is made when it begins: what is cancelled before that leaves none that nobody awaits."""

    def __init__(self, work: Callable[..., Coroutine[Any, Any, None]], *given: Any, **named: Any) -> None:
        self._begin: Callable[[], Coroutine[Any, Any, None]] = lambda: work(*given, **named)

    def __await__(self) -> Generator[Any, Any, None]:
        return self._begin().__await__()
