"""`sshwizard rescue` for a VM: what is listed, what consent it wants, what ssh then proves; and a look from inside that
a startup script made."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from gce import Shop, ask

from sshwizard.commands.arguments import split
from sshwizard.commands.rescue import GOOGLE, parser, rescue
from sshwizard.effects.gcp import metadata, place
from sshwizard.effects.gcp import rescue as boots
from sshwizard.exits import Exit
from sshwizard.fixes.gcp.boots import COLLECT, nonce
from sshwizard.probes import typed
from sshwizard.probes.gcp.collected import rows
from sshwizard.probes.inside.protocol import read, script

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(metadata, "SETTLE", 0)
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr(boots, "EVERY", 0.02)
    monkeypatch.setattr(boots, "PATIENCE", 10.0)
    place._ACCESS.clear()


async def asked(shop: Shop, *words: str) -> Exit:
    """The command as typed, about lab-web."""
    given, theirs = split(parser(), [*shop.config, "gce:practice-shop/europe-west1-b/lab-web", *words])
    return await asyncio.wait_for(rescue(typed.parse(theirs), given), 60)


async def test_every_action_is_listed_with_what_it_would_do(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.build("sshd-typo")
    assert await asked(shop) == Exit.CAUSE_FOUND
    told = capsys.readouterr().out
    assert all(f"--do {id_}" in told for id_ in GOOGLE)
    assert "cannot be shrunk again" in told
    assert "config-line" in told or "comment of the line" in told
    assert not [call for call in shop.google.calls() if call["mutating"]]


async def test_a_boot_with_a_script_mends_it_and_ssh_proves_it(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.build("sshd-typo")
    before = shop.google.shown("lab-web")["metadata"]
    assert await asked(shop, "--do", "run-gcp-startup-script", "--with", "config-line") == Exit.CAUSE_FOUND
    assert "--type lab-web" in capsys.readouterr().err
    done = await asked(shop, "--do", "run-gcp-startup-script", "--with", "config-line", "--type", "lab-web")
    told = capsys.readouterr()
    assert done == Exit.WORKS, told
    assert "the script says: sshwizard" in told.err
    assert "ssh works" in told.out
    assert shop.google.shown("lab-web")["metadata"] == before
    assert shop.google.gaps() == {}


async def test_a_snapshot_is_confirmed_and_tried_first(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.build("sshd-typo")
    snap = ("--do", "snapshot-root-volume")
    assert await asked(shop, *snap, "--dry-run") == Exit.WORKS
    assert await asked(shop, *snap) == Exit.CAUSE_FOUND
    assert await asked(shop, *snap, "--read-only", "--yes=confirm") == Exit.CAUSE_FOUND
    assert not [call for call in shop.google.calls() if call["mutating"]]
    await asked(shop, *snap, "--yes=confirm")
    told = capsys.readouterr()
    assert "done (" in told.err
    assert "by itself it mends nothing; undo takes it away" in told.out
    assert len(ask(shop.google, "compute/v1/projects/practice-shop/global/snapshots")[1]["items"]) == 1


async def test_what_is_for_another_cloud_is_refused(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.build("sshd-typo")
    assert await asked(shop, "--do", "attach-ssm-role") == Exit.CAUSE_FOUND
    assert "is not for this machine" in capsys.readouterr().err


def collected(mark: str, login: str) -> str:
    """What the script of `collect` writes where these tests run: every row of a real look, in pieces."""
    text = script(nonce(mark), login, 22).decode().rstrip("\n")
    whole = COLLECT.format(nonce=nonce(mark), script=text, sign=f"sshwizard {mark}:").replace("sleep 15", ":")
    ran = subprocess.run(["sh"], input=whole, capture_output=True, text=True, check=False, timeout=60)
    return ran.stdout


@pytest.fixture(scope="module")
def looked() -> tuple[str, str]:
    return "0a1b2c3d", collected("0a1b2c3d", "root")


def test_rows_survive_the_serial_port(looked: tuple[str, str]) -> None:
    mark, text = looked
    lines = [f"[   9.1] google_metadata_script_runner[871]: startup-script: {line}" for line in text.splitlines()]
    assert all(len(line) < 1000 for line in lines)
    noise = "\r\n[   9.2] systemd[1]: noise\r\n".join(lines)
    told = read("\n".join(rows(noise, nonce(mark))).encode(), nonce(mark))
    assert told.begun
    assert told.whole
    assert text.rstrip().endswith(f"sshwizard {mark}: done")


async def test_what_a_boot_collected_is_judged(shop: Shop, capsys: pytest.CaptureFixture[str],
                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The VM refuses the login, and its own look says that there is no such account."""
    shop.build("no-key")
    shop.google.deny("compute.projects.get")  # so that nothing is sure from outside

    def wrote(self: boots.ResetAndWatch) -> None:
        held = items_of(shop)["startup-script"]
        mark = held.rpartition('echo "sshwizard ')[2].partition(":")[0]
        serial = shop.google.shown("lab-web")["serial"]["1"]
        lines = (
            f"google_metadata_script_runner[8]: startup-script: {line}" for line in collected(mark, "dana").splitlines()
        )
        shop.google.instance("lab-web", serial={1: serial + "\r\n" + "\r\n".join(lines)})

    monkeypatch.setattr(boots.ResetAndWatch, "apply", wrote)
    code = await asked(shop, "--do", "run-gcp-startup-script", "--with", "collect", "--type", "lab-web")
    told = capsys.readouterr()
    assert code == Exit.CAUSE_FOUND, told
    assert "read at a boot by a startup script" in told.out
    assert "auth.no-such-account" in told.out or "no account" in told.out


def items_of(shop: Shop) -> dict[str, str]:
    return dict(shop.google.shown("lab-web")["metadata"])
