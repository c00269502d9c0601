"""Faults of the client's key files."""

from __future__ import annotations

import os
import struct
import subprocess

from ..keys import (
    PASSPHRASE,
    as_putty,
    cut_off,
    in_sixteen_bits,
    on_one_line,
    with_windows_line_ends,
    with_written_line_ends,
)
from ..scenario import Scenario
from ..world import SshdWorld

DENIED = r"Permission denied \("
CANNOT_LOAD = r"Load key .*: (error in libcrypto|invalid format)"


def by_option(world: SshdWorld, file: str) -> list[str]:
    """The key named with -i, and no other key file in play."""
    world.config(identity="none")
    return ["-i", str(world.ssh_dir / file), *world.target_args]


def missing(world: SshdWorld) -> None:
    world.config(identity="id_ed25519_work")


def locked_key(world: SshdWorld) -> None:
    world.key("locked")


def unlocked_by_agent(world: SshdWorld) -> None:
    """Healthy at first: the server knows both keys, and the one in use has no passphrase."""
    world.server.authorize("mine", "locked")


def readable_by_list(world: SshdWorld) -> None:
    """An access list lets one more account read the key: the mode then shows the mask of that list."""
    entry = struct.Struct("<HHI")
    rows = [(0x01, 6, NOBODY), (0x02, 4, 30_002), (0x04, 0, NOBODY), (0x10, 4, NOBODY), (0x20, 0, NOBODY)]
    body = b"".join(entry.pack(*row) for row in rows)
    os.setxattr(world.ssh_dir / "id_ed25519", "system.posix_acl_access", struct.pack("<I", 2) + body)


NOBODY = 0xFFFFFFFF


def locked_pem(world: SshdWorld, form: str) -> None:
    """The RSA key with a passphrase, in one of the two older forms."""
    file = world.key("rsa-mine", pub=False)
    (world.ssh_dir / "id_ed25519.pub").unlink()
    command = ["ssh-keygen", "-q", "-p", "-m", form, "-P", "", "-N", PASSPHRASE, "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=20)


def both_known(world: SshdWorld) -> None:
    world.server.authorize("mine", "rsa-mine")


KEYS: list[Scenario[SshdWorld]] = [
    Scenario(
        "key-open-to-others", "key.permissions-too-open", "denied", r"UNPROTECTED PRIVATE KEY FILE",
        lambda w: w.key("mine", mode=0o644),
    ),
    Scenario("key-missing-config", "key.not-found", "denied", DENIED, missing),
    Scenario(
        "key-missing-option", "key.not-found", "denied", r"Identity file .* not accessible",
        args=lambda w: by_option(w, "id_ed25519_work"),
    ),
    Scenario(
        "key-is-public-config", "key.is-public-key", "denied", DENIED,
        lambda w: w.config(identity="id_ed25519.pub"),
    ),
    Scenario(
        "key-is-public-option", "key.is-public-key", "denied", DENIED,
        args=lambda w: by_option(w, "id_ed25519.pub"),
    ),
    Scenario(
        "key-windows-line-ends", "key.text-damaged", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(with_windows_line_ends),
    ),
    Scenario(
        "key-windows-line-ends-beside-pub", "key.text-damaged", "denied",
        CANNOT_LOAD,
        lambda w: w.spoil_key(with_windows_line_ends, pub=True),
    ),
    Scenario(
        "key-cut-off", "key.damaged", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(cut_off),
    ),
    Scenario(
        "key-empty", "key.damaged", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(lambda key: b""),
    ),
    Scenario(
        "key-putty", "key.foreign-format", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(lambda key: as_putty(w.keys.public("mine"))),
    ),
    Scenario(
        "key-locked-no-agent", "key.passphrase-required", "denied", DENIED, locked_key, unlocked_by_agent
    ),
    Scenario(
        "key-pub-of-another", "key.pub-file-mismatch", "denied", DENIED,
        lambda w: w.put("id_ed25519.pub", w.keys.public("other") + "\n", 0o644),
    ),
    Scenario(
        "key-access-list", "key.permissions-too-open", "denied", r"UNPROTECTED PRIVATE KEY FILE", readable_by_list
    ),
    Scenario("key-directory", "key.not-found", "denied", DENIED, lambda w: w.config(identity="")),
    Scenario(
        "key-on-one-line", "key.text-damaged", "denied", CANNOT_LOAD, lambda w: w.spoil_key(on_one_line)
    ),
    Scenario(
        "key-written-line-ends", "key.text-damaged", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(with_written_line_ends),
    ),
    Scenario("key-utf-16", "key.text-damaged", "denied", CANNOT_LOAD, lambda w: w.spoil_key(in_sixteen_bits)),
    Scenario(
        "key-web-page", "key.damaged", "denied", CANNOT_LOAD,
        lambda w: w.spoil_key(lambda key: b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"),
    ),
    Scenario(
        "key-locked-pem", "key.passphrase-required", "denied", DENIED, lambda w: locked_pem(w, "PEM"), both_known
    ),
    Scenario(
        "key-locked-pkcs8", "key.passphrase-required", "denied", DENIED, lambda w: locked_pem(w, "PKCS8"), both_known
    ),
]  # fmt: skip
