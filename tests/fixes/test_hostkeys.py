"""Host keys: saved only when somebody vouches for exactly this fingerprint, and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from practice import on, opened, root, snapshot

from sshwizard.journal import CannotFix
from sshwizard.lab import World


def fingerprint(world: World) -> str:
    found = re.search(r"SHA256:\S+", (world.root / "fingerprint.txt").read_text())
    assert found
    return found.group()


def neighbours(world: World) -> tuple[bytes, bytes]:
    """Lines of other hosts, put around the one of this host."""
    before = (
        b"# mine\nother.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m\n\n"
    )
    after = b"|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-rsa AAAA\r\n"
    after += b"last.example ssh-ed25519 AAAA no end"
    path = world.root / "ssh" / "known_hosts"
    path.write_bytes(before + path.read_bytes() + after)
    return before, after


@pytest.mark.parametrize("answer", ["", "SHA256:wrong", "the right one", "SHA256:" + "A" * 43, "\x1b[31m"])
async def test_a_host_key_that_nobody_vouches_for_is_not_saved(answer: str) -> None:
    with opened("changed-host-key") as world:
        neighbours(world)
        before = snapshot(world.root)
        runner = on(world)
        assert root(await runner.walk()) == "hostkey.changed"
        await runner.prepare("pin-host-key")
        with pytest.raises(CannotFix, match="SHA256:") as refused:
            await runner.apply("pin-host-key", answer)
        assert "\x1b" not in str(refused.value)
        assert snapshot(world.root) == before
        await runner.close()


async def test_a_host_key_that_was_vouched_for_replaces_only_its_own_line() -> None:
    with opened("changed-host-key") as world:
        path = world.root / "ssh" / "known_hosts"
        before, after = neighbours(world)
        whole = path.read_bytes()
        old = whole[len(before) : -len(after)]
        runner = on(world)
        await runner.walk()
        await runner.prepare("pin-host-key")
        await runner.apply("pin-host-key", fingerprint(world))
        now = path.read_bytes()
        assert old not in now
        assert now.startswith(before + after + b"\n[127.0.0.1]:")
        assert now.count(b"\n") == whole.count(b"\n") + 1
        assert root(await runner.walk()) == "healthy"
        assert runner.state.changes[0].proved
        await runner.undo()
        assert path.read_bytes() == whole
        await runner.close()


async def test_an_unknown_host_is_added_when_somebody_vouches() -> None:
    with opened("unknown-host") as world:
        path = world.root / "ssh" / "known_hosts"
        runner = on(world)
        await runner.walk()
        await runner.prepare("pin-host-key")
        shown = runner.state.facts[(0, "hostkey.offered")].data["fingerprint"]
        await runner.apply("pin-host-key", str(shown).removeprefix("SHA256:"))
        assert root(await runner.walk()) == "healthy"
        await runner.undo()
        assert path.read_bytes() == b""
        await runner.close()


async def test_a_fix_without_its_look_or_finding_is_refused() -> None:
    with opened("changed-host-key") as world:
        runner = on(world)
        await runner.walk()
        with pytest.raises(CannotFix):
            await runner.apply("pin-host-key", fingerprint(world))
        await runner.close()
    with opened("healthy") as world:
        runner = on(world)
        await runner.walk()
        with pytest.raises(CannotFix):
            await runner.apply("chmod-key")
        await runner.close()
