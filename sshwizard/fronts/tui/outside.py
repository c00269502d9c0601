"""What leaves the screen for the terminal: a message, the clipboard, another program."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.app import App

from sshwizard.fronts.tui.later import Later
from sshwizard.language import say

if TYPE_CHECKING:
    from sshwizard.fronts.ownssh import Ended


class Outside(App[int]):
    """The application towards the terminal in which it runs."""

    def say(self, text: str) -> None:
        """A message, wherever the person is."""
        tell = getattr(self.screen, "tell", None)
        if tell:
            tell(text)
        else:
            self.notify(say(text), markup=False, timeout=5)

    def copy_out(self, text: str) -> None:
        """To the clipboard of the terminal; whether it took it cannot be known."""
        self.run_worker(Later(self._copy, text), group="copy")

    async def _copy(self, text: str) -> None:
        from sshwizard.probes import process

        done = False
        if os.environ.get("TMUX"):
            done = (await process.run(("tmux", "load-buffer", "-w", "-"), 2, feed=text.encode())).code == 0
        if not done:
            self.copy_to_clipboard(text)
        self.say("Sent to the terminal's clipboard")

    def hand_over(self, command: Sequence[str]) -> tuple[str, Ended | None]:
        """Give the terminal to ssh until it ends; what became of it."""
        from sshwizard.fronts import ownssh

        with self.lend():
            try:
                ended = ownssh.run(command)
                for line in ended.lines:
                    print(line, flush=True)
            except OSError as error:
                return f"{command[0]} could not be started: {error.strerror}", None
        return f"The session ended ({command[0]} said {ended.code}).", ended

    @contextlib.contextmanager
    def lend(self) -> Iterator[None]:
        """The terminal belongs to another program in this block; the screen comes back whatever happens there."""
        raised: BaseException | None = None
        # ctrl+c is for that program alone; a handler, unlike SIG_IGN, is not inherited.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with self.suspend():  # it does not come back when its block raises
                try:
                    yield
                except BaseException as error:
                    raised = error
        finally:
            signal.signal(signal.SIGINT, before)
        if raised is not None:
            raise raised
