"""How the application begins and ends: signals, a terminal that is gone, ctrl+c, and what a script learns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual.driver import Driver

from sshwizard.exits import Exit
from sshwizard.fronts.tui.lasting import lasting
from sshwizard.fronts.tui.outside import Outside

_TWICE = 5.0
"""Seconds within which a second ctrl+c leaves."""


class Lifecycle(Outside):
    """Nothing that was begun outlives the screen."""

    runner: Any = None
    """The session, once there is one."""
    ends: Callable[[], Awaitable[None]] | None = None
    """What has to be ended before the screen may go."""
    _last_interrupt = 0.0

    @property
    def piped(self) -> bool:
        """True where our parent shows this screen in a browser."""
        return self.is_web

    def on_mount(self) -> None:
        """A lost terminal ends us cleanly, too."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, lambda: self.call_later(self.action_leave))
        if self.piped:
            parent = os.getppid()
            self.set_interval(1, lambda: self.exit() if os.getppid() != parent else None)  # nobody shows it any more

    async def action_leave(self) -> None:
        """End whatever runs, then the screen."""
        if self.ends is not None:
            await self.ends()
        self.workers.cancel_all()
        if self.runner is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.runner.close(), 0.8)
        self.exit(int(self.exit_code()))

    async def on_unmount(self) -> None:
        """Nothing outlives the screen."""
        if self.ends is not None:
            await self.ends()
        if self.runner is not None:
            await self.runner.close()

    def action_interrupt(self) -> None:
        """ctrl+c: copies a selection; otherwise the second one within five seconds leaves."""
        if text := self.screen.get_selected_text():
            self.copy_out(text)
            self.screen.clear_selection()
            return
        now = time.monotonic()
        if now - self._last_interrupt <= _TWICE:
            self.call_later(self.action_leave)
            return
        self._last_interrupt = now
        self.say("ctrl+c once more leaves. (q leaves at once, esc goes back.)")

    def exit_code(self) -> Exit:
        """What a script learns."""
        from sshwizard.fronts.previews import exit_code

        return exit_code(self.runner, Exit.INTERRUPTED) if self.runner is not None else Exit.INTERRUPTED

    def run_to_exit(self) -> Exit:
        """Run until the person leaves."""
        self.run()
        if self._exception is not None:
            raise self._exception
        return Exit(self.return_code) if self.return_code and self.return_value is None else self.exit_code()

    def get_driver_class(self) -> type[Driver]:
        """A window that is closed ends us, whatever is written to it just then; esc is told as soon as it can be."""
        kind = super().get_driver_class()
        if kind.__name__ == "LinuxDriver":  # there is none on Windows
            from sshwizard.fronts.tui.listening import Listening

            kind = Listening
        return lasting(kind)

    def _fatal_error(self) -> None:
        """A mistake of ours: no traceback with local values over the person's terminal; the command says it."""
        self._close_messages_no_wait()
