"""A script as root on another machine that may take minutes: what it says is told as it comes, and it can be ended.

Its standard input stays open while somebody waits for it. Where that ends (ctrl+c, a crash here, a network that broke),
the script knows, ends, and takes back what it had begun.
"""

from __future__ import annotations

import contextlib
import queue
import shlex
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from sshwizard import clean
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.following import ended, patient, tell
from sshwizard.effects.remote import BY_USER, HELPER, LIMIT, QUIET, ROOT, Lent, RemoteScript, environment
from sshwizard.effects.spelling import Spelling, harmless, spelled

LONG = 1800.0
"""Seconds: a start image with every driver takes some minutes on a small machine."""
GRACE = 300.0
"""Seconds for taking back what was begun, once nobody waits any more."""
EVERY = 0.1
"""Seconds between two looks at what it wrote."""
ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=8")
_MOST = 65_536
"""Bytes of what it complains that are kept (the last line tells why), and of one line."""
_MANY = 1000
"""Lines that may wait to be told; nobody reads more in a tenth of a second."""


@dataclass(frozen=True, slots=True)
class LongScript(RemoteScript):
    """A RemoteScript with minutes of time."""

    limit: float = LONG
    words: str = ""
    """What it does, in a line."""
    cautions: tuple[str, ...] = ()
    helper: bool = False
    """It is made on another machine than the server."""
    slow: ClassVar[bool] = True

    @property
    def where(self) -> str:
        return HELPER if self.helper else "the server"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        what = f"take back: {self.words}" if self.undoing else self.words
        script = (
            f"as root on {self.target[-1]}, {len(self.script.splitlines())} lines of sh: the same by hand has them all"
        )
        return cautioned(what, (*self.cautions, script))

    def apply(self) -> None:
        """What a lost connection left begun is taken back by another login."""
        tell(self.preview()[0])
        try:
            RemoteScript.apply(self)
        except Refused:
            if self.undo and not self.undoing:
                with patient(), contextlib.suppress(Refused):
                    self._run(_SETTLE.format(d=self._state), self.limit)
            raise

    def _by_ssh(self, how: Lent, script: str, limit: float) -> tuple[int, bytes]:
        if limit == LIMIT:  # a look
            return RemoteScript._by_ssh(self, how, script, limit)
        words = (*ALIVE, *how.options, *self.options, *self.target, ROOT)
        return told(words, f"watching=1\n{script}\nexit 0\n", limit, how)


_SETTLE = """D={d}
[ ! -e "$D/undo.sh" ] || {{ sh "$D/undo.sh" && rm -rf "$D"; }}
"""


def told(words: Sequence[str], script: str, limit: float, how: Lent) -> tuple[int, bytes]:
    """Give ssh a script, tell each line that it writes, and give its exit status and what it complained. Raises Refused
    where ssh is missing, or where the waiting was ended and the script did not end with it."""
    pipe = subprocess.PIPE
    try:
        ssh = subprocess.Popen(("ssh", *QUIET, *words), stdin=pipe, stdout=pipe, stderr=pipe,
                               env=environment(how.env), start_new_session=True)  # fmt: skip
    except FileNotFoundError:
        raise Refused("there is no program named ssh") from None
    lines: queue.Queue[bytes] = queue.Queue()
    complained = bytearray()
    assert ssh.stdin is not None and ssh.stdout is not None and ssh.stderr is not None  # noqa: PT018 - for mypy
    given, said, errors = ssh.stdin, ssh.stdout, ssh.stderr

    def give() -> None:
        with contextlib.suppress(OSError):
            given.write(script.encode())
            given.flush()

    def hear() -> None:
        for line in iter(partial(said.readline, _MOST), b""):
            if lines.qsize() < _MANY:
                lines.put(line)

    def listen() -> None:
        for line in iter(partial(errors.readline, _MOST), b""):
            complained.extend(line)
            del complained[:-_MOST]

    threads = [threading.Thread(target=one, daemon=True) for one in (give, hear, listen)]
    for one in threads:
        one.start()
    try:
        why = _wait(ssh, lines, limit)
        if why:
            with contextlib.suppress(OSError):
                given.close()
            with patient():
                late = _wait(ssh, lines, GRACE)
            if late:
                raise Refused(f"{why}, and it did not end within {GRACE:g} s: look there before anything else")
            if ssh.returncode:
                raise Refused(f"{why}; what it had begun was taken back")
    finally:
        if ssh.poll() is None:
            ssh.kill()
        ssh.wait(10)
        for one in threads:
            one.join(10)
        for stream in (given, said, errors):
            with contextlib.suppress(OSError):
                stream.close()
    _tell(lines)
    return ssh.returncode, bytes(complained)


def _wait(ssh: subprocess.Popen[bytes], lines: queue.Queue[bytes], limit: float) -> str:
    """Tell its lines until it ends: then empty, else why it was not waited for."""
    until = time.monotonic() + limit
    while True:
        over = ssh.poll() is not None
        _tell(lines)
        if over:
            return ""
        if ended():
            return "you ended the waiting"
        if time.monotonic() > until:
            return f"the script did not end within {limit / 60:g} minutes"
        with contextlib.suppress(subprocess.TimeoutExpired):
            ssh.wait(EVERY)


def _tell(lines: queue.Queue[bytes]) -> None:
    """What came since."""
    with contextlib.suppress(queue.Empty):
        while True:
            tell(clean.line(lines.get_nowait().decode("utf-8", "replace"), 200))


@dataclass(frozen=True, slots=True)
class Ready(Effect):
    """Whether a machine lets us in as root and has what is needed: asked before anything is stopped for it."""

    target: tuple[str, ...]
    """ssh's own arguments."""
    look: str
    """sh that succeeds there."""
    changes: ClassVar[bool] = False

    def _script(self) -> RemoteScript:
        return LongScript("0", BY_USER, (), self.target, self.look, "true", watch=0, helper=True)

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"log in to {clean.line(self.target[-1])}: there has to be root, and what the work needs",)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless((shlex.join(("ssh", *self.target, '[ "$(id -u)" = 0 ] || sudo -n true')),))

    def check(self) -> None:
        self._script().check()

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        """The look before it was all."""
