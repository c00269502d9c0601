"""What a machine wrote on its console: why it does not answer, whom it lets in, its host keys, and sshd's ports.

The same judgement for every cloud; each hands in the text that it keeps. A text is about its last boot.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sshwizard import clean
from sshwizard.probes import pasted
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.serverlog import BOOT, NO_BOOT, Word, kernel_of

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
_KERNEL = re.compile(r"\[ *\d+\.\d+\] ")
_LISTENS = re.compile(r"sshd(?:\[(?P<pid>\d+)\])?: Server listening on \S+ port (?P<port>\d+)")
_ADDRESS = r"(?P<ip>[0-9A-Fa-f.:]{3,45})"
_BANS = re.compile(
    rf"\bsshguard\[\d+\]: Blocking \"?{_ADDRESS}|fail2ban.*\b(?:Restore )?(?<!Un)[Bb]an {_ADDRESS.replace('ip', 'by')}"
)
_LIFTS = re.compile(rf"\bsshguard\[\d+\]: {_ADDRESS}\S*: unblocking|fail2ban.*\bUnban {_ADDRESS.replace('ip', 'by')}")


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
    ports: tuple[int, ...] = ()
    """Where sshd says that it listens since the last boot; empty when it says nothing."""
    banned: frozenset[str] = frozenset()
    """Addresses that sshguard or fail2ban keeps out, as far as they wrote it here."""

    @property
    def troubles(self) -> list[Word]:
        """Its words without the start of a boot that has ended at a login prompt."""
        return [one for one in self.words if not (one.code == "server.booting" and one.number < self.login)]


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
    words = tuple(_on_kernel(word, rows) for word in words)
    prompt = max((number for number, row in enumerate(rows, 1) if _LOGIN.match(row)), default=0)
    named = tuple(dict.fromkeys(reversed(users)))
    unique = tuple(dict.fromkeys(installed))
    return Console(words, prints, named, unique, prompt, listening(text), _banned(_last_boot(rows)))


def _on_kernel(word: Word, rows: Sequence[str]) -> Word:
    """The boot loader's own lines name the kernel, too, where a kernel that fell silent does not."""
    if word.code not in NO_BOOT or word.kernel:
        return word
    named = [found for row in _last_boot(rows) if (found := kernel_of(row))]
    return word._replace(kernel=clean.line(named[-1], 80)) if named else word


def _last_boot(rows: Sequence[str]) -> Sequence[str]:
    for number in range(len(rows) - 1, -1, -1):
        if BOOT.match(_KERNEL.sub("", rows[number], count=1)):
            return rows[number:]
    return rows


def listening(text: str) -> tuple[int, ...]:
    """The ports of the newest sshd that said so since the last boot; one process listens on several."""
    found: dict[int, None] = {}
    by = ""
    for row in _last_boot(text.splitlines()):
        if hit := _LISTENS.search(row):
            if hit["pid"] != by:
                by, found = hit["pid"], {}
            found[int(hit["port"])] = None
    return tuple(found)


def _banned(rows: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for row in rows:
        if hit := _LIFTS.search(row):
            found.discard(hit["ip"] or hit["by"])
        elif hit := _BANS.search(row):
            found.add(hit["ip"] or hit["by"])
    return frozenset(found)


def _sha256(print_: str) -> str:
    """A fingerprint as ssh-keygen prints it; cloud-init writes the same digest as pairs of digits."""
    if ":" in print_:
        print_ = base64.b64encode(bytes.fromhex(print_.replace(":", ""))).decode().rstrip("=")
    return f"SHA256:{print_}"


def key_kind(type_: str) -> str:
    """The kind of a key, in ssh-keygen's words: ED25519 for ssh-ed25519, RSA for rsa-sha2-512."""
    known = ("ED25519", "ECDSA", "RSA", "DSA")
    return next((kind for kind in known if kind in type_.upper()), type_.upper())


def outcome(word: Word) -> str:
    """A cause's code; with a question mark where the machine may answer all the same. Unlike a text that somebody
    pasted, this one is known to be the machine's own, and about its last boot."""
    return f"{word.code}?" if word.weight < 1 or word.code in PASSING else word.code
