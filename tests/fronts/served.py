"""`sshwizard serve` in a process of its own, as a person starts it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from command import first_line
from told import REACHED, story, way

from sshwizard.store import Store

ADDRESS = re.compile(r"http://(\S+?:\d+)/\?token=(\S+)")


@dataclass
class Served:
    """A server, and what it printed."""

    process: subprocess.Popen[bytes]
    told: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def until(self, wanted: str) -> str:
        """Read on to a line with these words."""
        while True:
            row = first_line(self.process)
            assert row, f"it ended:\n{self.text}"
            self.told.append(row)
            if found := ADDRESS.search(row):
                self.unused.append(found[0])
            if wanted in row:
                return row

    def address(self) -> str:
        """The next address, which opens the page once."""
        if not self.unused:
            self.until("?token=")
        return self.unused.pop(0)

    @property
    def port(self) -> int:
        """Where it listens, once it printed an address."""
        found = ADDRESS.search(self.text)
        assert found
        return int(found[1].rpartition(":")[2])

    @property
    def text(self) -> str:
        """All it printed so far."""
        return "".join(self.told)

    def stop(self, by: int = signal.SIGINT) -> int:
        """ctrl+c; returns its exit code."""
        self.process.send_signal(by)
        code = self.process.wait(15)
        assert self.process.stdout
        self.told.append(self.process.communicate(timeout=15)[0].decode())
        return code


@contextlib.contextmanager
def serving(*words: str, env: Mapping[str, str]) -> Iterator[Served]:
    """Run it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sshwizard", "serve", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, env={**os.environ, **env},
    )  # fmt: skip
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        assert process.stdout
        process.stdout.close()


def going_on(home: Path) -> Iterator[Path]:
    """The file of a session that goes on as long as somebody looks at it."""
    store = Store.create("served", home)
    for event in story(*way(0, **REACHED, login="denied")):
        store.append(event)
    yield store.path
    del store


def at_home(home: Path) -> dict[str, str]:
    """The environment of a person who has nothing yet."""
    return {"HOME": str(home), "XDG_STATE_HOME": str(home / ".state"), "PYTHONUNBUFFERED": "1"}


def below(pid: int) -> dict[int, str]:
    """The processes under `pid`, with their command lines."""
    found: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                line = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(stat.parent.name)] = (
                    line + " " + (stat.parent / "environ").read_bytes().decode("utf-8", "replace")
                )
    return found
