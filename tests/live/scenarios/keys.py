"""Faults of the client's key files."""

from __future__ import annotations

from ..keys import as_putty, cut_off, with_windows_line_ends
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
]  # fmt: skip
