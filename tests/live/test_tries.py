"""Tries change the run and not the world: what they find out is a fact of the session, and --fix never makes one."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sshwizard import remedies, session, vocabulary
from sshwizard.effects import Retarget
from sshwizard.fixes import FIXES
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

from .mending import changed, seen
from .ports import LOOPBACK, hangs_up_after
from .sshd import wait_until
from .world import SshdWorld


@dataclass(frozen=True)
class Try:
    """A broken world, the try, and what comes of it."""

    fix: str
    cause: str
    broken: Callable[[SshdWorld], list[str]]
    answer: str = ""
    then: str = "healthy"


def with_port_in_name(world: SshdWorld) -> list[str]:
    return ["-F", str(world.config_file), f"{LOOPBACK}:{world.server.port}"]


def with_typographic_dash(world: SshdWorld) -> list[str]:
    return ["-F", str(world.config_file), "box", "–4"]


def misspelt(world: SshdWorld) -> list[str]:
    return ["-F", str(world.config_file), "bxo.invalid"]


def hop_refuses(world: SshdWorld) -> list[str]:
    world.through_jump()
    world.jump.authorize("other")
    return world.target_args


def agent_refuses(world: SshdWorld) -> list[str]:
    world.agent("mine", asks=True)
    return world.target_args


def other_port(world: SshdWorld) -> list[str]:
    return ["-p", "1", *world.target_args]


def port_taken(world: SshdWorld) -> list[str]:
    """Somebody else listens where the config wants its forward."""
    port = world.meet(lambda peer, client: None)
    world.config(f"LocalForward {LOOPBACK}:{port} {LOOPBACK}:{world.server.port}", "ExitOnForwardFailure yes")
    return world.target_args


def slow_tickets(world: SshdWorld) -> list[str]:
    """The ticket store hangs up after 4 s: GSSAPI's libraries wait for it (krb5.conf(5), kcm_socket), several times."""
    store = world.sockets / "kcm"
    settings = world.put("krb5.conf", f"[libdefaults]\n kcm_socket = {store}\n default_realm = EXAMPLE\n")
    world.extra_env |= {"KRB5_CONFIG": str(settings), "KRB5CCNAME": "KCM:"}
    world.take_over(str(store), hangs_up_after(4))
    world.server.start("GSSAPIAuthentication yes")
    world.config("GSSAPIAuthentication yes")
    return world.target_args


TRIES = (
    Try("pick-free-local-port", "session.forward-failed", port_taken),
    Try("disable-gssapi", "server.slow-login", slow_tickets),
    Try("run-corrected-command", "target.malformed-name", with_port_in_name),
    Try("run-corrected-command", "client.command-garbled", with_typographic_dash),
    Try("use-suggested-name", "dns.", misspelt, "box"),
    Try("diagnose-hop", "proxy.jump-auth-failed", hop_refuses, then="auth.key-rejected"),
    Try("bypass-agent", "agent.refused", agent_refuses),
    Try("disable-ipqos", "agent.refused", agent_refuses, then="agent.refused"),
)


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("trial", TRIES, ids=lambda trial: f"{trial.fix}-{trial.cause.strip('.')}")
def test_a_try(trial: Try, world: SshdWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    args = trial.broken(world)
    for name, value in world.extra_env.items():
        monkeypatch.setenv(name, value)
    before = seen(world)

    async def story() -> None:
        runner = Runner.live(typed.parse(args), store=Store.create("try"), read_only=True)
        target = runner.state.target
        try:
            found = await runner.walk()
            assert found.root
            assert found.root.cause.startswith(trial.cause)
            did = await runner.apply(trial.fix, trial.answer)
            assert all(isinstance(effect, Retarget) for effect in did.effects)
            assert not runner.state.pending
            found = await runner.walk()
            assert (found.root.cause if found.root else found.outcome) == trial.then
            assert runner.state.changes[0].proved is (trial.then == "healthy")
            await runner.undo()
            assert runner.state.target == target
        finally:
            await runner.close()

    asyncio.run(story())
    assert changed(before, seen(world)) == []


@pytest.mark.requires("sshd")
def test_the_forward_on_a_free_port_carries(world: SshdWorld) -> None:
    """Plain ssh with the options of the try: the server's greeting comes through the forward; and it can be kept."""
    args = port_taken(world)

    async def story() -> None:
        runner = Runner.live(typed.parse(args), store=Store.create("try"))
        try:
            await runner.walk()
            did = await runner.apply("pick-free-local-port")
            effect = did.effects[0]
            assert isinstance(effect, Retarget)
            forward = next(word for word in effect.overrides if word.startswith("LocalForward="))
            port = int(re.findall(r":(\d+) ", forward)[0])
            assert greeting(world, [*effect.overrides, *args], port).startswith(b"SSH-2.0-")
            assert (await runner.walk()).outcome == "healthy"
            await runner.apply("write-host-block")
            assert (await runner.walk()).outcome == "healthy"
            assert runner.state.target.overrides == ()
            assert greeting(world, args, port).startswith(b"SSH-2.0-")
        finally:
            await runner.close()

    asyncio.run(asyncio.wait_for(story(), 90))


def greeting(world: SshdWorld, args: list[str], port: int) -> bytes:
    """What is heard on a local port while ssh holds its forwards open."""
    child = subprocess.Popen(
        ["ssh", "-N", "-o", "BatchMode=yes", *args], env=world.env(), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: heard(port) != b"", "the forward is open")
        return heard(port)
    finally:
        child.terminate()
        child.wait(10)


def heard(port: int) -> bytes:
    try:
        with socket.create_connection((LOOPBACK, port), 2) as connection:
            return connection.recv(64)
    except OSError:
        return b""


@pytest.mark.requires("sshd")
def test_fix_never_makes_a_try(world: SshdWorld) -> None:
    """The only thing that could be done here is a try, and a try is for a person."""
    args = with_port_in_name(world)
    ran = world.product("diagnose", "--fix", "--yes=confirm", "--json", *args)
    report = json.loads(ran.out)
    assert (ran.code, report["fixed"]) == (1, [])
    assert report["findings"][0]["fixes"][0]["id"] == "run-corrected-command"


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("how", ["--dry-run", "--read-only", "SSHWIZARD_READ_ONLY"])
def test_what_may_not_change_anything_changes_nothing(how: str, world: SshdWorld) -> None:
    """A safe fix, one to be confirmed and one that is vouched for, all in one world."""
    world.known_hosts(world.server.known_hosts_line("other"))
    world.key("mine", mode=0o644)
    if not how.startswith("--"):
        world.extra_env[how] = "1"
    words = [how] if how.startswith("--") else []
    before = seen(world)
    ran = world.product(
        "diagnose", "--fix", "--yes=confirm", "--fingerprint", world.fingerprint, "--json", *words, *world.target_args
    )
    report = json.loads(ran.out)
    assert (ran.code, report["fixed"], report["findings"][0]["cause"]) == (1, [], "hostkey.changed")
    assert changed(before, seen(world)) == []
    told = ran.err.decode()
    assert "known_hosts" in told
    assert ("read-only: nothing is changed" in told) is (how != "--dry-run")


@pytest.mark.requires("sshd")
def test_what_the_command_line_outranks_is_not_written(world: SshdWorld) -> None:
    """The option that was typed wins over any config, so a line there would be of no use."""
    before = seen(world)
    args = ["-o", "PubkeyAuthentication=no", *world.target_args]
    ran = world.product("diagnose", "--fix", "--yes=confirm", "--json", *args)
    report = json.loads(ran.out)
    assert (ran.code, report["fixed"], report["findings"][0]["cause"]) == (1, [], "config.public-key-off")
    needs = [fix["needs"] for fix in report["findings"][0]["fixes"] if fix["id"] == "edit-config-value"]
    assert needs == ["pubkeyauthentication no on the command line outranks the config; leave it out instead"]
    assert changed(before, seen(world)) == []


async def test_what_ssh_does_not_show_is_not_proved(world: SshdWorld) -> None:
    world.config("PubkeyAuthentication no")
    runner = Runner.live(typed.parse(world.target_args))
    try:
        await runner.walk()
        at = remedies.situation(runner.state, session.walk(runner.state).steps[-1])
        proof = FIXES["edit-config-value"].proof
        assert proof is not None
        assert "does not show PubkeyAuthentication yes" in await proof(at)
        world.config("PubkeyAuthentication yes")
        assert await proof(at) == ""
    finally:
        await runner.close()


TRIES_ONLY = [id_ for id_, action in vocabulary.actions().items() if action.group == "try" and id_ in FIXES]


def test_every_try_is_known_as_one() -> None:
    """The vocabulary's class decides; a repair that only changes the run would be made without being told."""
    assert {trial.fix for trial in TRIES} <= set(TRIES_ONLY)
