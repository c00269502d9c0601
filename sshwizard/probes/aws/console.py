"""What the instance wrote on its console: why it does not answer, whom it lets in, and its host keys.

EC2 keeps the newest 64 KiB, posts them some minutes late, and keeps them over a reboot (GetConsoleOutput).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes import pasted
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import CODES
from sshwizard.probes.blind import blind
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.scene import Scene
from sshwizard.probes.serverlog import Word

PASSING = {
    "server.out-of-memory", "server.hung", "server.overloaded", "server.clock-wrong", "server.cloud-init-failed",
    "server.network-not-configured",
}  # fmt: skip
"""Troubles that pass, or that leave sshd alone."""

_PRINT = re.compile(r"\b\d{2,5} (SHA256:[A-Za-z0-9+/]{43})=? .*\(([A-Z0-9-]+)\)")
_KEY = re.compile(r"((?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]{40,}={0,2})")
_USER = re.compile(r"Authorized keys from /(?:home/)?(?P<user>[\w.-]+)/\.ssh/authorized_keys")
_INSTALLED = re.compile(
    r"\| *(?:ssh-|ecdsa-|sk-)\S+ *\| *(?:SHA256:)?(?P<print>(?:[0-9a-f]{2}:){31}[0-9a-f]{2}|[A-Za-z0-9+/]{43})=? *\|"
)
_BEGIN = re.compile(r"-----BEGIN SSH HOST KEY (FINGERPRINTS|KEYS)-----")
_END = re.compile(r"-----END SSH HOST KEY")
_LOGIN = re.compile(r"\S+ login: ?$")


@dataclass(frozen=True)
class Console:
    """What a console text says."""

    words: tuple[Word, ...] = ()
    """The causes that it speaks for, the weightiest first, since the last boot."""
    host_keys: Mapping[str, str] = field(default_factory=dict)
    """SHA256 fingerprints that the machine itself printed, and their kind; those of the newest block."""
    users: tuple[str, ...] = ()
    """Users to whom cloud-init gave keys."""
    authorized: tuple[str, ...] = ()
    """SHA256 fingerprints of the keys that cloud-init installed for them."""
    login: int = 0
    """The line of its newest login prompt; 0 when there is none."""


def text_of(answer: Answer) -> str:
    """The text of GetConsoleOutput; empty before the first was posted."""
    return "" if isinstance(answer, Unseen) else str(answer.get("Output", "") or "")


def read_text(text: str) -> Console:
    """Read a console. Its words come from inside the machine: every line is cleaned before it is kept."""
    rows = text.splitlines()
    keys: dict[str, dict[str, str]] = {}
    block = ""
    for row in rows:
        if begun := _BEGIN.search(row):
            block = begun[1]
            keys[block] = {}
        elif _END.search(row):
            block = ""
        elif block == "FINGERPRINTS" and (found := _PRINT.search(row)):
            keys[block][found[1]] = found[2]
        elif block == "KEYS" and (found := _KEY.search(row)) and (blob := public_line(found[1])):
            keys[block][fingerprint(blob)] = key_kind(found[1].split()[0])
    users = [found["user"] for row in rows if (found := _USER.search(row))]
    installed = [_sha256(found["print"]) for row in rows if (found := _INSTALLED.search(row))]
    prints = {one: kind for block in keys.values() for one, kind in block.items()}
    words = pasted.read(text.encode("utf-8", "replace")).server.words()
    prompt = max((number for number, row in enumerate(rows, 1) if _LOGIN.match(row)), default=0)
    named = tuple(dict.fromkeys(reversed(users)))
    return Console(words, prints, named, tuple(dict.fromkeys(installed)), prompt)


def _sha256(print_: str) -> str:
    """A fingerprint as ssh-keygen prints it; cloud-init writes the same digest as pairs of digits."""
    if ":" in print_:
        print_ = base64.b64encode(bytes.fromhex(print_.replace(":", ""))).decode().rstrip("=")
    return f"SHA256:{print_}"


def key_kind(type_: str) -> str:
    """The kind of a key, in ssh-keygen's words: ED25519 for ssh-ed25519, RSA for rsa-sha2-512."""
    known = ("ED25519", "ECDSA", "RSA", "DSA")
    return next((kind for kind in known if kind in type_.upper()), type_.upper())


def read(answer: Answer, now: datetime | None = None) -> Fact[str]:
    """The cause that the console proves; with a question mark one that it only speaks for."""
    if isinstance(answer, Unseen):
        return blind(answer)
    text, id_ = text_of(answer), str(answer.get("InstanceId", ""))
    command = as_typed("ec2", "get-console-output", "--latest", "--output", "text", "--instance-id", id_)
    if not text.strip():
        return Fact("empty", "the instance has not written anything on its console yet", command=command)
    found = read_text(text)
    age = _age(str(answer.get("Timestamp", "")), now or datetime.now(UTC))
    data: dict[str, Any] = {"host_keys": list(found.host_keys), "users": list(found.users), "login": found.login > 0,
                            "age": age}  # fmt: skip
    up = found.login
    words = [one for one in found.words if one.code in CODES and not (one.code == "server.booting" and one.number < up)]
    if not words:
        says = "the console shows a login prompt" if found.login else "the console shows no known trouble"
        return Fact("nothing", says, clean.lines("\n".join(text.splitlines()[-3:])), command, data)
    first = words[0]
    lines = tuple(dict.fromkeys(word.text for word in words))[:4]
    return Fact(outcome(first), f"the console says: {first.text}", lines, command, data)


def outcome(word: Word) -> str:
    """A cause's code; with a question mark where the machine may answer all the same. Unlike a text that somebody
    pasted, this one is known to be the machine's own, and about its last boot."""
    return f"{word.code}?" if word.weight < 1 or word.code in PASSING else word.code


def _age(stamp: str, now: datetime) -> int | None:
    """Seconds since the text was posted."""
    try:
        return max(0, int((now - datetime.fromisoformat(stamp)).total_seconds()))
    except (ValueError, TypeError):
        return None


async def look(scene: Scene) -> Fact[str]:
    return read(await (await inquiry(scene)).part("console"))
