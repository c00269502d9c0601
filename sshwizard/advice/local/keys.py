"""The private keys: defects, passphrases, types, age, names, and how widely one is used."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from sshwizard import paths, vocabulary
from sshwizard.advice import Advice, Weight
from sshwizard.advice.seen import Key, Reading
from sshwizard.effects.spelling import spelled
from sshwizard.paths import short
from sshwizard.probes.keyfile import Defect, key_type, rsa_bits

YEAR = 365
"""Days after which a key should be another one."""
FEW_BITS, SHORT_BITS = 2048, 3072
"""RSA: below the first it is broken soon; below the second NIST SP 800-57 takes it to last until 2030."""
MANY_HOSTS = 3
"""Hosts from which on one key is said to open many."""

NAMED = re.compile(r"[^@\s]+@[^\s@]+[-_. ](?:19|20)\d\d(?:[-_.]?\d\d){0,2}")
"""The rule for a comment: who, where, and since when, as in dana@laptop-2026-01."""

_DEFECTS: dict[Defect, tuple[str, Weight, str]] = {
    "too-open": ("key.permissions-too-open", "now", "chmod-key"),
    "unreadable": ("key.unreadable", "soon", "fix-key-owner"),
    "text-damaged": ("key.text-damaged", "soon", "repair-key-copy"),
    "damaged": ("key.damaged", "note", ""),
    "foreign": ("key.foreign-format", "note", ""),
    "public": ("key.is-public-key", "note", ""),
    "pub-mismatch": ("key.pub-file-mismatch", "soon", "fix-pub-file"),
    "no-modes": ("key.on-permissionless-filesystem", "now", ""),
    "perhaps-no-modes": ("key.on-permissionless-filesystem", "soon", ""),
}


def judge(seen: Reading) -> Iterator[Advice]:
    """Each key alone, then the keys together."""
    for key in seen.keys:
        yield from _defect(key)
        yield from _open(key)
        yield from _weak(key)
        yield from _old(key, seen.now)
    yield from _shared(seen)
    yield from _same(seen.keys)
    yield from _names(seen)


def _defect(key: Key) -> Iterator[Advice]:
    """What would be a cause once this key is needed."""
    if key.file.defect not in _DEFECTS:
        return
    code, weight, fix = _DEFECTS[key.file.defect]
    entry = vocabulary.causes()[code]
    path = spelled(key.file.path)
    texts = {
        "foreign": (("convert it", f"puttygen {path} -O private-openssh -o {spelled(key.file.path + '.openssh')}"),)
    }.get(key.file.defect, ())
    yield Advice(
        code,
        f"{short(key.file.path)}: {entry.title}",
        entry.why,
        (f"{short(key.file.path)}: {key.file.detail}",),
        key.file.path,
        weight,
        fix,
        texts,
    )


_KEY = {"none", "too-open", "pub-mismatch", "passphrase", "hardware", "too-weak", "no-modes", "perhaps-no-modes"}
"""Defects of a file that is a key all the same."""


def _open(key: Key) -> Iterator[Advice]:
    if key.file.defect in _KEY - {"passphrase", "hardware"} and not key.file.encrypted and key.file.type[:3] != "sk-":
        path = spelled(key.file.path)
        yield Advice(
            "advice.no-passphrase",
            f"{short(key.file.path)} has no passphrase",
            "Whoever gets a copy of the file, from a backup or a lost disk, logs in as you. A passphrase, given once "
            "to the agent, costs one line a day. A key for a program is better bound in authorized_keys.",
            (f"{short(key.file.path)}: {key.file.type or 'private key'}, not encrypted",),
            key.file.path,
            "soon",
            texts=(
                ("give it a passphrase; ssh-keygen asks for it", f"ssh-keygen -p -f {path}"),
                ("hand it to the agent for a working day", f"ssh-add -t 8h {path}"),
            ),
        )


def _weak(key: Key) -> Iterator[Advice]:
    kind = key_type(key.blob) if key.blob else key.file.type
    bits = rsa_bits(key.blob) if kind == "ssh-rsa" else 0
    name, said = short(key.file.path), None
    if kind == "ssh-dss":
        said = (
            f"{name} is a DSA key",
            "OpenSSH takes DSA nowhere by default since 7.0, and has it no longer since 10.0.",
        )
    elif bits and bits < FEW_BITS:
        said = (f"{name} is an RSA key of {bits} bits", "So short a key can be broken, and new servers refuse it.")
    elif bits and bits < SHORT_BITS:
        said = (f"{name} is an RSA key of {bits} bits", "It holds today; ssh-keygen makes 3072 bits since OpenSSH 8.0.")
    elif kind.startswith("ecdsa-"):
        said = (f"{name} is an {kind} key", "It holds today; Ed25519 is shorter and has no curve that people doubt.")
    if said is None:
        return
    title, why = said
    weight: Weight = "soon" if kind == "ssh-dss" or 0 < bits < FEW_BITS else "note"
    yield Advice(
        "advice.weak-key",
        title,
        why,
        (f"{short(key.file.path)}: {kind} {bits or ''}".strip(),),
        key.file.path,
        weight,
        texts=(("replace it on the hosts that have it", f"sshwizard rotate {spelled(key.file.path)} HOST…"),),
    )


def _old(key: Key, now: float) -> Iterator[Advice]:
    """A file's time tells when it was last written: the key is that old, or older."""
    days = int((now - key.changed) // 86400)
    if key.changed <= 0 or days <= YEAR or key.file.defect not in _KEY:
        return
    since = time.strftime("%Y-%m-%d", time.gmtime(key.changed))
    yield Advice(
        "advice.old-key",
        f"{short(key.file.path)} is at least {days} days old",
        "The longer a key lives, the more copies there are of it, and the fewer people know where. Once a year is a "
        "good rule.",
        (f"{short(key.file.path)}: not written since {since}",),
        key.file.path,
        "soon",
        texts=(("replace it on the hosts that have it", f"sshwizard rotate {spelled(key.file.path)} HOST…"),),
    )


def _shared(seen: Reading) -> Iterator[Advice]:
    """How many hosts of the config name one key, and key pairs that came from a cloud."""
    for key in seen.keys:
        rows = [line for line in seen.lines if line.keyword == "identityfile" and _names_it(line.value, key.file.path)]
        hosts = sorted({word for row in rows if row.block.startswith("host ") for word in row.block.split()[1:]})
        everybody = [row for row in rows if row.everybody]
        if len(hosts) >= MANY_HOSTS or everybody:
            yield Advice(
                "advice.shared-key",
                f"{short(key.file.path)} is the key for every host"
                if everybody
                else f"{short(key.file.path)} is the key for {len(hosts)} hosts",
                "One key for everything is one loss for everything. A key for each environment keeps a lost laptop of "
                "the test system away from production.",
                tuple(row.place for row in rows[:6]),
                key.file.path,
                "note",
            )
        if key.pem and not key.beside and not key.file.encrypted and key.file.defect in _KEY:
            yield Advice(
                "advice.per-user-keys",
                f"{short(key.file.path)} may be a key pair that several people have",
                "A PEM file without a .pub is how a cloud hands out a key pair. While a team passes one round, nobody "
                "can be shut out alone, and no log tells who it was. One key per person, taken away when they leave.",
                (f"{short(key.file.path)}: PEM, no .pub beside it",),
                key.file.path,
                "note",
                texts=_own_key(key),
            )


def _own_key(key: Key) -> tuple[tuple[str, str], ...]:
    path = spelled(key.file.path)
    return (
        ("change to a key of your own on a host", f"sshwizard rotate {path} HOST… --keep-old"),
        ("shut one person out when they leave", "sshwizard rotate --revoke PERSON.pub HOST…"),
    )


def _names_it(value: str, path: str) -> bool:
    return str(paths.expand(value)) == path or (value.startswith("~/.ssh/") and Path(path).name == value[7:])


def _same(keys: tuple[Key, ...]) -> Iterator[Advice]:
    """Two files that hold one key."""
    for key in keys:
        others = [one for one in keys if one.blob and one.blob == key.blob]
        if len(others) > 1 and others[0] is key:
            yield Advice(
                "advice.duplicate-key",
                f"Files that hold one and the same key: {len(others)}",
                "Each copy has to be kept and, one day, removed.",
                tuple(short(one.file.path) for one in others),
                key.file.path,
            )


def _names(seen: Reading) -> Iterator[Advice]:
    """The naming rule: a comment that tells whose key it is, on which computer, and since when."""
    odd = [key for key in seen.keys if key.beside and not NAMED.fullmatch(key.comment) and key.file.defect in _KEY]
    if odd:
        yield Advice(
            "advice.key-naming",
            f"Keys whose comment does not tell who, where and since when: {len(odd)}",
            "The comment is all that a server's authorized_keys says about a key. With who@where-when, such as "
            "dana@laptop-2026-01, anybody can see whose it is, and that it is old.",
            tuple(f"{short(key.file.path)}.pub: {key.comment or '(no comment)'}" for key in odd),
            odd[0].file.path,
            texts=tuple(
                (
                    short(key.file.path),
                    f'ssh-keygen -c -C "$USER@$(hostname -s)-{time.strftime("%Y-%m", time.gmtime(key.changed))}"'
                    f" -f {spelled(key.file.path)}",
                )
                for key in odd
            ),
        )
