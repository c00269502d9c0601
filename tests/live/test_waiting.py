"""The fix that is a wait: counted, ended early without harm, and proved by one more look."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fronts.terminal import program

from sshwizard.fronts.report import report
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

from .ports import LOOPBACK
from .test_connects import at_the_fix
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd", "ssh")


@contextmanager
def unfinished_login(world: SshdWorld) -> Iterator[socket.socket]:
    """Somebody began to log in, and does not go on: with MaxStartups 1 nobody else is let in."""
    world.server.start("MaxStartups 1:100:1")
    with socket.create_connection((LOOPBACK, world.server.port), 5) as held:
        held.recv(64)
        yield held


def walked(world: SshdWorld, args: list[str], story: Callable[[Runner], object]) -> None:
    """The walk, then what a test does with it, with nothing left running."""

    async def play() -> None:
        runner = Runner.live(typed.parse(args), store=Store.create("waits"))
        try:
            await runner.walk()
            await story(runner)  # type: ignore[misc]
        finally:
            await runner.close()

    asyncio.run(asyncio.wait_for(play(), 90))


def test_a_wait_is_counted_and_can_be_ended(world: SshdWorld) -> None:
    with unfinished_login(world), at_the_fix(world, world.target_args, "Wait until the server answers") as terminal:
        terminal.until("until SSH greets; then")
        terminal.press("30\r")
        terminal.read(0.3)
        terminal.press("\r")
        terminal.until("s left of 30")
        terminal.until("28 s left of 30")
        terminal.press("\x1b")
        terminal.until("What you can do")
        terminal.press("q")
        assert terminal.ended() < 5


def test_a_wait_and_one_more_look(world: SshdWorld) -> None:
    """Longer than the trouble lasts: the same look proves it. Nothing is left behind to undo or to report."""

    async def story(runner: Runner) -> None:
        found = runner.verdict()
        assert found
        assert found.root
        assert "wait-and-retry" in [remedy.id for remedy in found.root.remedies], found.root.cause
        threading.Timer(0.5, held.close).start()
        looks = len(runner.events)
        did = await runner.apply("wait-and-retry", "2")
        assert (did.inverses, runner.state.in_force) == ((), ())
        assert len(runner.events) == looks + 1
        found = await runner.walk()
        assert found.outcome == "healthy"
        assert runner.state.changes[0].proved
        assert report(runner.state, found)["fixed"] == []

    with unfinished_login(world) as held:
        walked(world, world.target_args, story)


def test_a_wait_that_is_too_short_says_so(world: SshdWorld) -> None:
    async def story(runner: Runner) -> None:
        await runner.apply("wait-and-retry", "1")
        found = await runner.walk()
        assert found.outcome == "failed"
        assert runner.state.changes[0].proved is False

    with unfinished_login(world):
        walked(world, world.target_args, story)


def test_diagnose_waits_until_the_server_lets_in(world: SshdWorld) -> None:
    """One command: it knocks, and looks again as soon as SSH greets; ctrl+c would end the wait alone."""
    with unfinished_login(world) as held:
        threading.Timer(2, held.close).start()
        ran = world.product("diagnose", *world.target_args, "--json", "--wait", "30")
    told = json.loads(ran.out)
    assert (ran.code, told["outcome"], told["fixed"]) == (0, "healthy", [])


def test_the_conversation_counts_a_wait_and_ctrl_c_ends_that_alone(world: SshdWorld) -> None:
    env = [f"{name}={value}" for name, value in {**world.env(), "PYTHONPATH": os.getcwd()}.items()]  # noqa: PTH109
    words = ("env", *env, sys.executable, "-m", "sshwizard", "ask", *world.target_args)
    with unfinished_login(world), program(*words, owns=True) as terminal:
        terminal.until("What now?", 25)
        terminal.press("fix\r")
        terminal.until("Seconds to wait at most")
        terminal.press("40\r")
        terminal.until("Do it?")
        terminal.press("yes\r")
        terminal.until("knock 1", 10)
        terminal.until("s left", 10)
        terminal.press("\x03")
        terminal.until("The wait was ended")
        terminal.press("q\r")
        assert terminal.ended() < 10
        assert terminal.child.returncode == 1


def test_a_wait_that_is_ended_changes_nothing(world: SshdWorld) -> None:
    async def story(runner: Runner) -> None:
        before = list(runner.events)
        waiting = asyncio.create_task(runner.apply("wait-and-retry", "60"))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert runner.events == before

    with unfinished_login(world):
        walked(world, world.target_args, story)
