"""What docs/requirements.md claims and no other test shows: pasted texts, practice worlds, repairs, undo."""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command import Ran, sshwizard

from sshwizard import vocabulary
from sshwizard.lab import EXERCISES, World, open_world
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

lab = pytest.mark.requires("ssh", "ssh-keygen")

# ------------------------------------------------------------------ texts that are pasted

SSHD = "Nov 22 01:00:00 web sshd[812]: "
WRAPPED = "ERROR: (gcloud.compute.ssh) [/usr/bin/ssh] exited with return code [255].\n"
LOGGED_IN = """\
OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.14 4 Jun 2024
debug1: Connecting to 203.0.113.5 [203.0.113.5] port 22.
debug1: Connection established.
debug1: Remote protocol version 2.0, remote software version OpenSSH_9.6
debug1: SSH2_MSG_KEXINIT sent
debug1: SSH2_MSG_KEXINIT received
debug1: Server host key: ssh-ed25519 SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
debug1: Host '203.0.113.5' is known and matches the ED25519 host key.
debug1: SSH2_MSG_NEWKEYS received
debug1: SSH2_MSG_SERVICE_ACCEPT received
debug1: Authentications that can continue: publickey
debug1: Offering public key: k ED25519 SHA256:B explicit
debug1: Server accepts key: k ED25519 SHA256:B explicit
Authenticated to 203.0.113.5 ([203.0.113.5]:22) using "publickey".
debug1: channel 0: new session [client-session] (inactive timeout: 0)
debug1: Entering interactive session.
debug1: Sending environment.
debug2: shell request accepted on channel 0
"""


@dataclass(frozen=True)
class Told:
    """A text, the first cause it must get, and what must stand beside it."""

    name: str
    text: str
    cause: str
    possible: str = ""
    guide: str = ""


TOLD = (
    Told("timeout", "ssh: connect to host 203.0.113.5 port 22: Connection timed out\n", "network.no-answer",
         "network.egress-port-blocked target.wrong-address target.stale-address", "guide-other-network"),
    Told("refused", "ssh: connect to host 203.0.113.5 port 22: Connection refused\n", "network.port-refused",
         "server.sshd-not-running server.sshd-not-installed server.sshd-config-error"),
    Told("no-route", "ssh: connect to host 203.0.113.5 port 22: No route to host\n", "network.host-unreachable",
         "target.wrong-address target.stale-address"),
    Told("wrapped", f"ssh: connect to host 203.0.113.5 port 22: Connection timed out\n{WRAPPED}", "network.no-answer"),
    Told("reset", "kex_exchange_identification: read: Connection reset by peer\n", "kex.reset-before-banner"),
    Told("closed", "kex_exchange_identification: Connection closed by remote host\n", "kex.closed-before-banner",
         "server.tcp-wrappers-deny server.address-banned"),
    Told("no-banner", "debug1: Connection established.\nConnection timed out during banner exchange\n",
         "kex.no-banner", "server.overloaded"),
    Told("old-server", "Unable to negotiate with 203.0.113.5 port 22: no matching key exchange method found. "
         "Their offer: diffie-hellman-group1-sha1\n", "kex.no-common-key-exchange", "", "guide-update-tools"),
    Told("host-key", "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n",
         "hostkey.changed", "hostkey.changed-address-reused", "guide-verify-host-key"),
    Told("idle", f"{LOGGED_IN}client_loop: send disconnect: Broken pipe\n", "session.connection-lost",
         "session.idle-timeout"),
    Told("log-modes", f"{SSHD}Authentication refused: bad ownership or modes for directory /home/dana\n",
         "auth.authorized-keys-permissions", "", "guide-compare-fresh-vm"),
    Told("log-user", f"{SSHD}Invalid user dana from 203.0.113.9 port 5\n", "auth.user-unknown"),
    Told("log-root", f"{SSHD}ROOT LOGIN REFUSED FROM 203.0.113.9 port 5\n", "auth.root-login-disabled"),
    Told("log-config", f"{SSHD}/etc/ssh/sshd_config: line 9: Bad configuration option: PermitRotLogin\n",
         "server.sshd-config-error"),
    Told("log-down", "Nov 22 01:00:00 web systemd[1]: ssh.service: Failed with result 'exit-code'.\n",
         "server.sshd-not-running"),
    Told("log-wrappers", f"{SSHD}refused connect from 203.0.113.9 (203.0.113.9)\n", "server.tcp-wrappers-deny"),
    Told("log-ban", "Nov 22 01:00:00 web fail2ban.actions[9]: NOTICE [sshd] Ban 203.0.113.9\n",
         "server.address-banned"),
    Told("log-booting", f"{SSHD}System is booting up. Unprivileged users are not permitted to log in yet.\n",
         "server.booting"),
    Told("log-disk", f"{SSHD}error: fork: No space left on device\n", "server.disk-full"),
    Told("console-memory", "[    0.000000] Linux version 6.1\n[  99.1] Out of memory: Killed process 812 (sshd)\n",
         "server.out-of-memory"),
    Told("console-panic", "[    0.000000] Linux version 6.1\n[    9.1] Kernel panic - not syncing: Fatal exception\n",
         "server.kernel-panic"),
    Told("console-emergency", "[    0.000000] Linux version 6.1\nYou are in emergency mode. After logging in, type\n",
         "server.emergency-mode"),
    Told("console-bootloader", "BdsDxe: starting Boot0001\nMinimal BASH-like line editing is supported.\n",
         "server.bootloader-failed", "", "guide-previous-kernel"),
    Told("console-initramfs", "[    0.000000] Linux version 6.1\n[    1.0] Kernel panic - not syncing: "
         "VFS: Unable to mount root fs on unknown-block(0,0)\n", "server.initramfs-failed", "", "guide-rescue-volume"),
    Told("console-filesystem", "[    0.000000] Linux version 6.1\n[   5.0] EXT4-fs error (device sda1): bad block\n",
         "server.filesystem-corrupt", "", "guide-restore-snapshot"),
)  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `sshwizard explain` says about each text, in one run."""
    folder = tmp_path_factory.mktemp("told")
    for told in TOLD:
        (folder / told.name).write_text(told.text)
    ran = sshwizard("explain", "--json", *(folder / told.name for told in TOLD))
    rows = [json.loads(row) for row in ran.out.splitlines()]
    assert len(rows) == len(TOLD), ran.text
    return {told.name: row for told, row in zip(TOLD, rows, strict=True)}


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told.name)
def test_a_pasted_text_is_explained(told: Told, reports: dict[str, dict[str, Any]]) -> None:
    found = reports[told.name]["findings"]
    assert [one["cause"] for one in found][:1] == [told.cause]
    possible = {one["cause"] for one in found if one["confidence"] == "possible"}
    assert set(told.possible.split()) <= possible
    assert not told.guide or told.guide in {fix["id"] for fix in found[0]["fixes"]}


def test_a_cause_has_a_page() -> None:
    ran = sshwizard("explain", "key.permissions-too-open")
    assert ran.code == 0
    assert "chmod 600" in ran.out


# ------------------------------------------------------------------ practice worlds


@pytest.fixture(scope="module")
def refused() -> set[str]:
    """What is listed as possible where the server refuses the only key."""
    with open_world("wrong-key") as world:
        for file in (world.root / "ssh").glob("id_team*"):
            file.unlink()
        found = diagnosed(world, "-l", "root").report["findings"]
    assert (found[0]["cause"], found[0]["confidence"]) == ("auth.key-rejected", "likely")
    return {one["cause"] for one in found[1:] if one["confidence"] == "possible"}


@lab
@pytest.mark.parametrize(
    "code",
    [
        "auth.key-not-authorized",
        "auth.authorized-keys-missing",
        "auth.authorized-keys-permissions",
        "auth.user-unknown",
        "auth.wrong-user",
        "auth.root-login-disabled",
        "key.wrong-key",
    ],
)
def test_a_refused_key_names_its_suspects(code: str, refused: set[str]) -> None:
    assert code in refused


@lab
def test_no_key_at_all_is_named() -> None:
    with open_world("healthy") as world:
        for file in (world.root / "ssh").glob("id_*"):
            file.unlink()
        found = diagnosed(world).report["findings"]
    assert found[0]["cause"] == "key.not-found"


# ------------------------------------------------------------------ repairs

REPAIRS = {
    "open-key": "chmod-key",
    "refused-port": "edit-config-value",
    "wrong-user": "edit-config-value",
    "unknown-host": "pin-host-key",
    "changed-host-key": "pin-host-key",
}
"""The first repair that `--fix` makes in a practice world."""


@lab
@pytest.mark.parametrize("exercise", REPAIRS)
def test_a_repair_is_previewed_and_proved(exercise: str) -> None:
    with open_world(exercise) as world:
        allowed = ("--yes=confirm", "--fingerprint", fingerprint(world))
        before = files(world)
        dry = diagnosed(world, "--fix", "--dry-run", *allowed)
        assert dry.code == 1
        assert files(world) == before
        ran = diagnosed(world, "--fix", *allowed)
        done = ran.report["fixed"]
        assert ran.code == 0, ran.text
        assert (ran.report["outcome"], done[0]["id"]) == ("healthy", REPAIRS[exercise])
        assert all(one["proved"] for one in done)
        assert dry.err.strip()
        assert dry.err.strip().splitlines()[0] in ran.err
        if exercise == "changed-host-key":
            kept = (Path(done[0]["undo"]).parents[1] / "backups").iterdir()
            assert before["ssh/known_hosts"] in [file.read_bytes() for file in kept]


@lab
@pytest.mark.parametrize(("exercise", "fix"), [("open-key", "chmod-key"), ("refused-port", "edit-config-value")])
async def test_a_repair_is_undone_in_its_session(exercise: str, fix: str) -> None:
    with open_world(exercise) as world:
        before = files(world)
        runner = Runner.live(typed.parse(world.target_args), store=Store.create("claims"))
        try:
            await runner.walk()
            await runner.apply(fix)
            assert (await runner.walk()).outcome == "healthy"
            await runner.undo()
            found = await runner.walk()
        finally:
            await runner.close()
        assert files(world) == before
        assert found.root is not None
        assert found.root.cause == EXERCISES[exercise].cause


@lab
@pytest.mark.parametrize("exercise", REPAIRS)
def test_a_repair_is_undone(exercise: str) -> None:
    with open_world(exercise) as world:
        before, cause = files(world), EXERCISES[exercise].cause
        ran = diagnosed(world, "--fix", "--yes=confirm", "--fingerprint", fingerprint(world))
        for one in ran.report["fixed"]:
            undone = sshwizard("undo", one["undo"])
            assert undone.code == 0, undone.text
        assert files(world) == before
        assert diagnosed(world).report["findings"][0]["cause"] == cause


@lab
@pytest.mark.parametrize(
    ("exercise", "fix"),
    [("wrong-key", "use-matching-key"), ("refused-port", "try-port"), ("wrong-user", "try-image-user")],
)
async def test_a_try_works_and_leaves_the_world_alone(exercise: str, fix: str) -> None:
    with open_world(exercise) as world:
        before = files(world)
        runner = Runner.live(typed.parse(world.target_args), store=Store.create("claims"))
        try:
            await runner.walk()
            await runner.apply(fix)
            found = await runner.walk()
        finally:
            await runner.close()
        assert found.outcome == "healthy"
        assert files(world) == before


@lab
def test_no_host_block_is_written_that_the_command_line_outranks() -> None:
    with open_world("healthy") as world, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        before = files(world)
        ran = diagnosed(world, "-p", str(nobody.getsockname()[1]), "--fix", "--yes=confirm")
        assert files(world) == before
    found = ran.report["findings"][0]
    assert found["cause"] == "target.wrong-port"
    block = next(fix for fix in found["fixes"] if fix["id"] == "write-host-block")
    assert "outranks" in block["needs"]
    assert [fix for fix in found["fixes"] if fix["id"] == "try-port" and fix["preview"]]


def test_firewalls_are_never_flushed() -> None:
    assert vocabulary.actions()["flush-host-firewall"].group == "never"
    assert not [entry.code for entry in vocabulary.causes().values() if "flush-host-firewall" in entry.actions]


# ------------------------------------------------------------------ helpers


def diagnosed(world: World, *words: str) -> Ran:
    """`sshwizard diagnose --json` on a practice world."""
    keep = () if "--fix" in words else ("--no-session",)
    return sshwizard("diagnose", "--json", *keep, *words, *world.target_args)


def fingerprint(world: World) -> str:
    """The true fingerprint of the world's server, by a way that needs no network."""
    command = ["ssh-keygen", "-lf", str(world.root / "server" / "host_key.pub")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return shown.stdout.split()[1]


def files(world: World) -> dict[str, object]:
    """Content and mode of the person's own files in a practice world."""
    found: dict[str, object] = {}
    for file in (world.root / "config", *sorted((world.root / "ssh").iterdir())):
        name = file.relative_to(world.root).as_posix()
        found[name], found[f"mode of {name}"] = file.read_bytes(), file.stat().st_mode
    return found
