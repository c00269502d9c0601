"""The runner on practice worlds: it finds what is wrong, changes only what it said, proves it, and takes it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from command import sshwizard
from practice import on, opened, root, snapshot

from sshwizard import store
from sshwizard.effects import Retarget
from sshwizard.events import Ended, Event, Saw
from sshwizard.journal import CannotFix
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.session import fold
from sshwizard.store import Store

EXPECTED = {
    "open-key": "key.permissions-too-open",
    "refused-port": "config.wrong-port",
    "changed-host-key": "hostkey.changed",
    "wrong-user": "auth.wrong-user",
    "unknown-host": "hostkey.unknown",
    "wrong-key": "key.wrong-key",
    "damaged-key": "key.text-damaged",
    "nologin": "session.nologin-shell",
    "healthy": "healthy",
}


@pytest.mark.parametrize("exercise", EXPECTED)
async def test_a_diagnosis_finds_it_and_leaves_no_trace(exercise: str, away_from_home: Path) -> None:
    with opened(exercise) as world:
        before = snapshot(world.root), snapshot(away_from_home)
        runner = on(world, keep=False)
        seen: list[Event] = []
        runner.listeners.append(seen.append)
        found = await runner.walk()
        await runner.close()
        assert root(found) == EXPECTED[exercise]
        assert (snapshot(world.root), snapshot(away_from_home)) == before
        assert isinstance(seen[-1], Ended)
        assert seen == runner.events[1:]
        assert runner.waiting is None
        assert fold(runner.events) == runner.state


async def test_a_fix_is_made_proved_and_taken_back() -> None:
    with opened("open-key") as world:
        key = world.root / "ssh" / "id_ed25519"
        before = snapshot(world.root)
        runner = on(world)
        await runner.walk()
        did = await runner.apply("chmod-key")
        assert (did.code, did.node) == ("key.permissions-too-open", "keys")
        assert key.stat().st_mode & 0o777 == 0o600
        assert not runner.state.changes[0].proved
        assert root(await runner.walk()) == "healthy"
        assert runner.state.changes[0].proved
        await runner.undo()
        assert snapshot(world.root) == before
        assert root(await runner.walk()) == "key.permissions-too-open"
        with pytest.raises(CannotFix, match="nothing"):
            await runner.undo()
        await runner.close()


async def test_a_fix_that_the_world_overtook_is_refused() -> None:
    with opened("open-key") as world:
        key = world.root / "ssh" / "id_ed25519"
        runner = on(world)
        await runner.walk()
        key.chmod(0o600)
        with pytest.raises(CannotFix):
            await runner.apply("chmod-key")
        assert runner.state.changes == ()
        await runner.close()


async def test_read_only_refuses_and_still_tries() -> None:
    with opened("open-key") as world:
        before = snapshot(world.root)
        runner = on(world, read_only=True)
        await runner.walk()
        with pytest.raises(CannotFix, match="read-only"):
            await runner.apply("chmod-key")
        assert snapshot(world.root) == before
        await runner.close()
    with opened("refused-port") as world:
        runner = on(world, read_only=True)
        await runner.walk()
        did = await runner.apply("try-port")
        assert all(isinstance(effect, Retarget) for effect in did.effects)
        await runner.close()


async def test_the_other_port_is_tried_for_this_run_only() -> None:
    with opened("refused-port") as world:
        before = snapshot(world.root)
        runner = on(world)
        await runner.walk()
        await runner.apply("try-port")
        assert runner.state.target.overrides[0] == "-p"
        assert root(await runner.walk()) == "healthy"
        assert runner.state.changes[0].proved
        assert snapshot(world.root) == before
        await runner.undo()
        assert runner.state.target.overrides == ()
        assert root(await runner.walk()) == "config.wrong-port"
        await runner.close()


async def test_the_key_that_fits_is_tried() -> None:
    with opened("wrong-key") as world:
        runner = on(world)
        await runner.walk()
        await runner.apply("use-matching-key")
        assert str(world.root / "ssh" / "id_team") in runner.state.target.overrides
        assert root(await runner.walk()) == "healthy"
        assert runner.state.changes[0].proved
        await runner.close()


# ------------------------------------------------------------------ the session


async def test_the_store_has_what_the_runner_saw(tmp_path: Path) -> None:
    with opened("open-key") as world:
        kept = Store.create("box")
        runner = Runner.live(typed.parse(world.target_args), store=kept)
        await runner.walk()
        await runner.apply("chmod-key")
        await runner.walk()
        await runner.close()
        assert store.load(kept.path) == tuple(runner.events)


async def test_a_change_can_be_undone_from_its_session_later() -> None:
    with opened("open-key") as world:
        key = world.root / "ssh" / "id_ed25519"
        kept = Store.create("box")
        runner = Runner.live(typed.parse(world.target_args), store=kept)
        await runner.walk()
        await runner.apply("chmod-key")
        await runner.close()
        later = Runner(store.load(kept.path), store=kept)
        await later.undo()
        assert key.stat().st_mode & 0o777 == 0o644
        assert fold(store.load(kept.path)).changes[0].undone


async def test_a_store_that_cannot_be_written_ends_no_diagnosis(tmp_path: Path) -> None:
    with opened("open-key") as world:
        runner = Runner.live(typed.parse(world.target_args), store=Store(tmp_path / "none" / "s.jsonl"))
        assert root(await runner.walk()) == "key.permissions-too-open"
        assert runner.store is None
        before = snapshot(world.root)
        with pytest.raises(CannotFix, match="no session is kept"):
            await runner.apply("chmod-key")
        assert snapshot(world.root) == before
        await runner.close()


async def test_looking_again_sees_what_changed_outside() -> None:
    with opened("open-key") as world:
        runner = on(world)
        await runner.walk()
        (world.root / "ssh" / "id_ed25519").chmod(0o600)
        await runner.again()
        assert root(await runner.walk()) == "healthy"
        (world.root / "ssh" / "id_ed25519").chmod(0o644)
        await runner.again(0, "login")
        assert root(await runner.walk()) == "key.permissions-too-open"
        await runner.close()


async def test_one_pasted_line_is_not_taken_for_a_whole_log() -> None:
    """Without -v a log shows no offers; that none was made is not known."""
    runner = Runner.of_text(b"me@h: Permission denied (publickey).\n", "log")
    found = await runner.walk()
    assert root(found) == "auth.key-rejected"


async def test_a_log_is_read_without_any_look_at_this_computer() -> None:
    runner = Runner.of_text(b"me@h: Permission denied (publickey).\n", "log")
    found = await runner.walk()
    assert found.outcome == "failed"
    assert {event.fact.source for event in runner.events if isinstance(event, Saw) and event.fact.known} <= {
        "log",
        "look",
    }
    assert not [remedy for remedy in (found.root.remedies if found.root else ()) if remedy.applicable]


async def test_a_walk_that_is_cancelled_at_any_moment_leaves_no_task() -> None:
    """A task that is left over may keep the loop from ever closing."""
    mine = asyncio.all_tasks()
    with opened("healthy") as world:
        for turns in (*range(20), *range(20, 400, 20)):
            runner = on(world, keep=False)
            walk = asyncio.create_task(runner.walk())
            for _ in range(turns):
                await asyncio.sleep(0)
            assert not walk.done()
            walk.cancel()
            with pytest.raises(asyncio.CancelledError):
                await walk
            await runner.close()
            assert runner.waiting is None
            assert asyncio.all_tasks() == mine, turns


def test_lab_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    ran = sshwizard("lab", "open-key", "--json", env={"TMPDIR": str(tmp_path)})
    assert ran.code == 1
    assert set(tmp_path.iterdir()) == before
