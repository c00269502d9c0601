"""What the tests of the lab share: a real ssh client, which must be on the PATH."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Protocol

import pytest

from sshwizard.lab import World, open_world


class Ssh(Protocol):
    """Run ssh into a world; options come before the host, the command after it."""

    def __call__(
        self, world: World, command: str | None = None, *options: str, typed: str = ""
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def ssh() -> Ssh:
    def run(
        world: World, command: str | None = None, *options: str, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        after = () if command is None else (command,)
        arguments = ["ssh", "-o", "BatchMode=yes", *options, *world.target_args, *after]
        done = subprocess.run(arguments, input=typed.encode(), capture_output=True, timeout=20, check=False)
        # Not text=True: that would hide which line ends came.
        return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="module")
def healthy() -> Iterator[World]:
    with open_world("healthy") as world:
        yield world
