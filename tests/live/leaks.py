"""What everybody on this computer can see while a door is open, and what is left on the disk afterwards."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from sshwizard import paths

_BEAT = 0.02
"""Seconds between two looks at all processes."""


class Watch:
    """Collects every command line, and on request every environment, while the block lasts; in a thread."""

    def __init__(self, *, environments: bool = True) -> None:
        self.seen: set[bytes] = set()
        self._names = ("cmdline", "environ") if environments else ("cmdline",)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._over.wait(_BEAT):
            for place in Path("/proc").glob("[0-9]*"):
                if place.name != str(os.getpid()):
                    for name in self._names:
                        with suppress(OSError):
                            self.seen.add((place / name).read_bytes())


def private_lines() -> list[bytes]:
    """The lines of the temporary private key that a door uses now, without its frame."""
    keys = [file for file in paths.doors_dir().rglob("key") if file.is_file()] if paths.doors_dir().exists() else []
    return [line for file in keys for line in file.read_bytes().splitlines() if line and not line.startswith(b"-----")]


def left(*homes: Path) -> bytes:
    """Everything that stands in these directories, names too."""
    files = [file for home in homes for file in home.rglob("*")]
    return b"\n".join(
        [os.fsencode(str(file)) for file in files] + [file.read_bytes() for file in files if file.is_file()]
    )


def leaked(secrets: list[bytes], *places: bytes) -> list[bytes]:
    """Those of the secrets that stand anywhere."""
    assert secrets, "there was no secret to look for"
    return [secret for secret in secrets if any(secret in place for place in places)]
