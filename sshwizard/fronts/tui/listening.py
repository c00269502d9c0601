"""The keyboard of a terminal, with an esc that is told when its wait is over.

An escape byte may begin a sequence, so it is a key of its own only after ESCDELAY. Textual looks for that ten times a
second: esc takes up to 100 ms then, however short the delay is.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_POLL = 0.1
"""Seconds after which it is asked whether the application ends."""


class Listening(LinuxDriver):
    """Textual's driver; only the thread that reads keys is another one."""

    def run_input_thread(self) -> None:
        """Wait for input, and tell what was typed."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")(errors="replace").decode
        wait = _POLL
        with selectors.SelectSelector() as selector:  # the only one that knows terminals on every system
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = ""
                if selector.select(wait):
                    if not (typed := os.read(self.fileno, 4096)):
                        return
                    text = decode(typed)
                for event in (*(parser.feed(text) if text else ()), *parser.tick()):
                    self.process_message(event)
                wait = constants.ESCAPE_DELAY + 0.001 if text.endswith("\x1b") else _POLL
