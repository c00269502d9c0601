"""A script through a shell on a terminal, as a session of Systems Manager has it: real shells, every byte counts."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import threading
import time
from contextlib import suppress

import pytest

from sshwizard.doors.shellscript import ended, opening, talk

ODD = 'a\x03\x04\x1a\x11\x13\x15\x7f\\é$`"' * 300
"""What a terminal would take for itself, more than a line of it holds."""
SCRIPT = f"printf %s '{ODD}' | od -An -v -tx1 | tr -d ' \\n'; echo; echo to-stderr >&2; exit 7\n".encode()
WORD = "5e" * 16


def up(line: socket.socket, terminal: int) -> None:
    with suppress(OSError):
        while data := line.recv(1000):
            os.write(terminal, data)


def down(terminal: int, line: socket.socket) -> None:
    with suppress(OSError):
        while select.select([terminal], [], [], 30)[0] and (data := os.read(terminal, 1000)):
            line.sendall(data)
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "shell",
    ["sh -i", "bash --norc -i", pytest.param("busybox sh -i", marks=pytest.mark.requires("busybox"))],
)
def test_every_byte_of_a_script_arrives(shell: str) -> None:
    ours, theirs = socket.socketpair()
    master, slave = pty.openpty()
    child = subprocess.Popen(
        shell.split(), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        env={"PATH": os.defpath, "PS1": "$ ", "TERM": "xterm"},
    )  # fmt: skip
    os.close(slave)
    for work, pair in ((up, (theirs, master)), (down, (master, theirs))):
        threading.Thread(target=work, args=pair, daemon=True).start()
    try:
        code, wrote = talk(ours, SCRIPT, WORD, time.monotonic() + 20)
    finally:
        child.kill()
        child.wait(5)
        for line in (ours, theirs):
            line.close()
        os.close(master)
    assert (code, wrote.decode().split()) == (7, [ODD.encode().hex(), "to-stderr"])


def test_the_echo_of_what_is_typed_is_no_answer() -> None:
    typed = opening(WORD, 12)
    assert ended(typed + b"\r\n" + typed, WORD) is None
    assert ended(f"$ x\r\n{WORD}-begin\nout\r\n\n{WORD}-end-3-\n".encode(), WORD) == (3, b"out\n")
