"""A sh script through a shell session of Systems Manager: the way to look and to repair where SSH itself is broken.

A session has a terminal, and whatever shell and prompt the account set. So one line is typed that makes the terminal
raw and reads exactly the script's bytes, and two words drawn for this one script stand around what it writes.
"""

from __future__ import annotations

import re
import secrets
import socket
import threading
import time
from contextlib import suppress

from sshwizard import clean
from sshwizard.doors.relay import Trouble
from sshwizard.doors.session_manager import Sessions
from sshwizard.doors.way import Shut
from sshwizard.doors.wire import Wire

LARGEST = 4 << 20
"""Bytes of a session that are read."""
_PROMPT_SECONDS = 2.0
"""What is typed before the shell reads may be lost by one that empties its input: its first words are awaited."""
_END_SECONDS = 3.0

_LINE = (
    'exec sh -c \'stty raw -echo; r=; [ "$(id -u)" = 0 ] || {{ sudo -n true 2>/dev/null && r="sudo -n"; }}; '
    'printf "%s-begin\\n" {word}; head -c {size} | $r sh -s; printf "\\n%s-end-%s-\\n" {word} $?\'\r'
)
"""In single quotes every shell takes it as it is. The words are put together by printf(1), so that the echo of this
line is none of them."""


def opening(word: str, size: int) -> bytes:
    """What is typed: as root where sudo lets it without a question, `size` bytes are run as a script."""
    return _LINE.format(word=word, size=size).encode()


def begun(heard: bytes, word: str) -> bool:
    """True once the terminal is raw and the script may be sent."""
    return f"{word}-begin\n".encode() in heard


def ended(heard: bytes, word: str) -> tuple[int, bytes] | None:
    """The exit status of the script and what it wrote; None while it runs."""
    _, _, rest = heard.partition(f"{word}-begin\n".encode())
    hit = re.search(rf"\r?\n{word}-end-(\d+)-".encode(), rest)
    return (int(hit[1]), rest[: hit.start()].replace(b"\r", b"")) if hit else None


def run(to: Sessions, script: bytes, seconds: float) -> tuple[int, bytes]:
    """Run it in a session of its own; its exit status, and what it wrote. Waits. Raises Shut."""
    word = secrets.token_hex(16)
    ours, theirs = socket.socketpair()
    said: list[str] = []
    try:
        with ours, theirs, to.wire({"Target": to.instance}) as wire:
            wire.greet()
            carries = threading.Thread(target=lambda: said.append(_carry(wire, theirs)), daemon=True)
            carries.start()
            try:
                return talk(ours, script, word, time.monotonic() + seconds)
            finally:
                with suppress(OSError):
                    ours.shutdown(socket.SHUT_RDWR)
                carries.join(_END_SECONDS)
    except (Trouble, OSError, EOFError) as error:
        last = "".join(said) or clean.line(str(error), 200)
        raise Shut(f"the shell session gave no answer{f': {last}' if last else ''}") from None


def _carry(wire: Wire, line: socket.socket) -> str:
    try:
        return wire.carry(line.fileno(), line.fileno())
    finally:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def talk(line: socket.socket, script: bytes, word: str, until: float) -> tuple[int, bytes]:
    """Type, wait until the script may come, send it, and hear it to its end; `until` is a time.monotonic().

    Raises OSError or EOFError where the session ends before the script does.
    """
    line.settimeout(_PROMPT_SECONDS)
    heard = b""
    with suppress(TimeoutError):
        heard = line.recv(65536)
    line.sendall(opening(word, len(script)))
    sent = False
    while (found := ended(heard, word)) is None:
        if not sent and begun(heard, word):
            line.settimeout(max(0.1, until - time.monotonic()))
            line.sendall(script)
            sent = True
        if len(heard) > LARGEST or time.monotonic() > until:
            raise EOFError("it did not end in time")
        line.settimeout(max(0.1, until - time.monotonic()))
        if not (more := line.recv(65536)):
            raise EOFError("the session ended")
        heard += more
    return found
