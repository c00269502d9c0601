"""A wait in plain lines: counted while it lasts, ended by ctrl+c, which ends nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from typing import TextIO

from sshwizard.language import say
from sshwizard.runner import Runner


async def counted(runner: Runner, fix_id: str, answer: str, seconds: int, stream: TextIO) -> bool:
    """Apply a fix that waits; False where ctrl+c ended it. Raises CannotFix."""
    print(say(f"Waiting for at most {seconds} seconds; ctrl+c ends the wait."), file=stream, flush=True)
    began, before = time.monotonic(), runner.progress

    def tell(says: str) -> None:
        print(f"{_CLEAR * stream.isatty()}     {say(says)}", file=stream, flush=True)

    making = asyncio.create_task(runner.apply(fix_id, answer))
    runner.progress = tell
    try:
        with _ending(making):
            while not making.done():
                left = max(seconds - int(time.monotonic() - began), 0)
                if stream.isatty():
                    print(f"{_CLEAR}     {say(f'{left} s left')}", end="", file=stream, flush=True)
                await asyncio.wait({making}, timeout=1)
        if stream.isatty():
            print(_CLEAR, end="", file=stream, flush=True)
        if making.cancelled():
            return False
        making.result()
        return True
    finally:
        runner.progress = before
        making.cancel()


_CLEAR = "\r\x1b[K"


@contextlib.contextmanager
def _ending(task: asyncio.Task[object]) -> Iterator[None]:
    """For the block ctrl+c ends the task alone."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    except (NotImplementedError, ValueError, RuntimeError):  # not the main thread: nobody can press it
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
