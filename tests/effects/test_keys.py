"""Private keys: copied, repaired, converted and taken back, and never by something that is no key."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from snapshots import done, snapshot

from sshwizard.effects import (
    BESIDE,
    ConvertKey,
    CopyKey,
    Effect,
    Refused,
    RemoveConverted,
    RemoveCopy,
    RepairKeyText,
    RestoreKey,
    digest,
)
from sshwizard.effects import keys as keys_room

pytestmark = pytest.mark.requires("ssh-keygen")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two keys without a passphrase, and `locked` with one."""
    place = tmp_path_factory.mktemp("pair")
    for name, phrase in (("id", ""), ("other", ""), ("locked", "secret words")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", "dana", "-f", place / name],
                       check=True, timeout=20)  # fmt: skip
    return place


@pytest.fixture
def key(pair: Path, tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "id"
    path.parent.mkdir()
    shutil.copyfile(pair / "id", path)
    path.chmod(0o644)
    return path


def made(effect: Effect) -> Effect:
    back = done(effect)
    assert back is not None
    return back


def refuses(effect: Effect, says: str) -> None:
    """Neither looked at nor made."""
    for act in (effect.check, effect.apply):
        with pytest.raises(Refused, match=says):
            act()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


CHANGED = "was changed by somebody else since"


def test_a_copy_is_private_and_goes_again(key: Path) -> None:
    to = key.with_name("copy")
    effect = CopyKey(str(key), str(to), digest(key.read_bytes()))
    assert effect.preview() == (f"install -m 600 {key} {to}",)
    before = snapshot(key.parent)
    back = made(effect)
    assert (to.read_bytes(), mode(to)) == (key.read_bytes(), 0o600)
    assert back.preview() == (f"rm {to}",)
    refuses(effect, "copy is there already; nothing is written over")
    assert back.inverse() == effect
    held = key.read_bytes()
    key.write_bytes(b"another")
    refuses(back, CHANGED)
    key.write_bytes(held)
    to.write_bytes(b"another")
    refuses(back, CHANGED)
    to.write_bytes(held)
    made(back)
    assert snapshot(key.parent) == before


def test_nothing_is_copied_over_a_link_that_leads_nowhere(key: Path) -> None:
    to = key.with_name("copy")
    to.symlink_to("nowhere")
    refuses(CopyKey(str(key), str(to), digest(key.read_bytes())), "is there already")
    assert not key.with_name("nowhere").exists()
    refuses(CopyKey(str(key), str(key.with_name("c")), digest(b"other")), CHANGED)


@pytest.mark.parametrize("bits", [0o644, 0o400, 0o077])
def test_a_key_is_repaired_and_its_own_text_comes_back(key: Path, bits: int) -> None:
    whole = key.read_bytes()
    spoilt = whole.replace(b"\n", b"\r\n")
    key.write_bytes(spoilt)
    key.with_name("id" + BESIDE).write_bytes(spoilt)
    key.chmod(bits)
    before = snapshot(key.parent)
    effect = RepairKeyText(str(key), digest(spoilt))
    assert effect.preview() == (f"{key}: plain line ends, no spaces around, a final newline",)
    assert effect.typed(()) == ()
    back = made(effect)
    assert (key.read_bytes(), mode(key)) == (whole, bits & 0o700 or 0o600)
    assert back == RestoreKey(str(key), str(key) + BESIDE, digest(whole), bits)
    assert back.preview() == (f"install -m {bits:o} {key}{BESIDE} {key}",)
    again = made(back)
    assert snapshot(key.parent) == before
    assert again == effect
    made(again)
    assert key.read_bytes() == whole


def test_what_stands_in_the_way_of_a_repair_and_of_its_way_back(key: Path) -> None:
    text = key.read_bytes()
    os.link(key, key.with_name("second"))
    refuses(RepairKeyText(str(key), digest(text)), "has 2 names")
    refuses(RestoreKey(str(key), str(key), digest(text), 0o600), "has 2 names")
    key.with_name("second").unlink()
    refuses(RepairKeyText(str(key), digest(b"other")), CHANGED)
    refuses(RestoreKey(str(key), str(key), digest(b"other"), 0o600), CHANGED)
    refuses(RestoreKey(str(key), str(key) + BESIDE, digest(text), 0o600), "the copy .* is gone, so .* stays as it is")
    assert key.read_bytes() == text


def test_a_text_that_is_still_no_key_never_takes_its_place(key: Path) -> None:
    half = b"\n".join(key.read_bytes().split(b"\n")[:3])
    key.write_bytes(half)
    before = snapshot(key.parent)
    with pytest.raises(Refused, match="ssh-keygen cannot read the repaired copy, so the key stays as it is"):
        RepairKeyText(str(key), digest(half)).apply()
    assert snapshot(key.parent) == before


def test_a_key_with_a_passphrase_is_a_key(pair: Path, tmp_path: Path) -> None:
    for name in ("id", "locked"):
        keys_room.prove_key(pair / name)
    (tmp_path / "none").write_text("no key")
    (tmp_path / "none").chmod(0o600)
    with pytest.raises(Refused):
        keys_room.prove_key(tmp_path / "none")


def test_a_program_for_keys_has_nobody_to_ask_and_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_ASKPASS", "/bin/true")
    ran = keys_room.run(("sh", "-c", 'echo "$HOME ${SSH_ASKPASS:-none}"; cat; echo bad >&2; exit 4'))
    assert (ran.stdout, ran.stderr, ran.returncode) == (f"{os.devnull} none\n", "bad\n", 4)
    with pytest.raises(Refused, match="there is no program named no-such"):
        keys_room.run(("no-such",))


# ------------------------------------------------------------------ PuTTY's form


@pytest.fixture
def ppk(pair: Path, tmp_path: Path) -> Path:
    """The same key as PuTTY keeps it."""
    path = tmp_path / "keys" / "id.ppk"
    path.parent.mkdir()
    subprocess.run(["puttygen", str(pair / "id"), "-o", str(path)], check=True, timeout=20, stdin=subprocess.DEVNULL)
    return path


@pytest.mark.requires("puttygen")
def test_a_putty_key_is_converted_and_the_copy_goes_again(ppk: Path, pair: Path) -> None:
    to = ppk.with_name("id")
    effect = ConvertKey(str(ppk), str(to), digest(ppk.read_bytes()))
    assert effect.preview() == (f"puttygen {ppk} -O private-openssh -o {to}", f"chmod 600 {to}")
    before = snapshot(ppk.parent)
    back = made(effect)
    assert mode(to) == 0o600
    told = subprocess.run(["ssh-keygen", "-y", "-f", to], capture_output=True, text=True, check=True, timeout=20)
    assert told.stdout.split()[:2] == (pair / "id.pub").read_text().split()[:2]
    refuses(effect, "is there already")
    assert (back, back.preview()) == (RemoveConverted(str(to), str(ppk), effect.expects), (f"rm {to}",))
    assert back.inverse() == effect
    kept = to.read_bytes()
    for other in (b"mine", (pair / "locked").read_bytes(), (pair / "other").read_bytes()):
        to.write_bytes(other)
        refuses(back, "is not the key that was made of .*; it stays")
    to.write_bytes(kept)
    held = ppk.read_bytes()
    ppk.write_bytes(held + b"\n")
    refuses(back, CHANGED)
    ppk.write_bytes(held)
    made(back)
    assert snapshot(ppk.parent) == before


@pytest.mark.requires("puttygen")
def test_a_file_that_putty_cannot_read_is_not_converted(ppk: Path) -> None:
    before = snapshot(ppk.parent)
    refuses(ConvertKey(str(ppk), str(ppk.with_name("id")), digest(b"other")), CHANGED)
    ppk.write_bytes(b"PuTTY-User-Key-File-3: nonsense\n")
    with pytest.raises(Refused, match=r"puttygen could not convert it: .*id\.ppk"):
        ConvertKey(str(ppk), str(ppk.with_name("id")), digest(ppk.read_bytes())).apply()
    assert set(snapshot(ppk.parent)) == set(before)


def test_without_puttygen_it_is_said(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="puttygen is not installed"):
        ConvertKey(str(key), str(key) + "2", digest(key.read_bytes())).apply()


def test_a_puttygen_that_says_nothing(key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "puttygen").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "puttygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(Refused, match="could not convert it: no reason given"):
        ConvertKey(str(key), str(key) + "2", digest(key.read_bytes())).apply()


def test_a_copy_of_a_key_is_removed_only_with_its_like(key: Path) -> None:
    """Both are there, and both are what they were."""
    text = key.read_bytes()
    gone = RemoveCopy(str(key.with_name("copy")), str(key), digest(text))
    refuses(gone, CHANGED)
