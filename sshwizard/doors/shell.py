"""A shell on the instance without SSH: a session of Systems Manager on the person's terminal.

No sshd, no key and no open port is needed, only the agent: the way in where SSH itself is broken.
"""

from __future__ import annotations

import os
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from sshwizard.doors.relay import Trouble
from sshwizard.doors.session_manager import Sessions
from sshwizard.doors.way import Shut


def run(to: Sessions, stop: threading.Event) -> str:
    """Hand the terminal over until the shell ends, or `stop` is set; returns what Systems Manager said then.

    Raises Shut where the session does not begin. Waits.
    """
    screen = sys.stdout.fileno()
    try:
        # No document: a shell, as the account sets it (StartSession).
        with to.wire({"Target": to.instance}) as wire:
            wire.greet()
            with _raw(sys.stdin.fileno()):
                return wire.carry(sys.stdin.fileno(), screen, lambda: os.get_terminal_size(screen), stop)
    except Trouble as trouble:
        raise Shut(str(trouble)) from None


@contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Keys go to the shell as they are typed, ctrl+c too; afterwards the terminal is as it was."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
