"""authorized_keys on this computer: who may log in here."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard import clean
from sshwizard.advice import Advice
from sshwizard.advice.seen import Authorized, Reading
from sshwizard.effects.spelling import spelled
from sshwizard.paths import short
from sshwizard.probes.keyfile import fingerprint, rsa_bits


def judge(seen: Reading) -> Iterator[Advice]:
    """Repeated, damaged, weak and foreign keys."""
    rows, file = seen.authorized, f"{seen.place}/authorized_keys"

    def shown(some: list[Authorized]) -> tuple[str, ...]:
        return tuple(f"{short(file)} line {one.number}: {_said(one)}" for one in some[:12])

    damaged = [one for one in rows if not one.blob]
    if damaged:
        yield Advice(
            "advice.authorized-damaged",
            f"Lines of authorized_keys that hold no key: {len(damaged)}",
            "sshd passes over them: whoever was meant to get in by one does not.",
            shown(damaged),
            file,
            "soon",
        )
    met: dict[bytes, Authorized] = {}
    repeated = [one for one in rows if one.blob and met.setdefault(one.blob, one) is not one]
    if repeated:
        numbers = ";".join(f"{one.number}d" for one in repeated)
        yield Advice(
            "advice.authorized-repeated",
            f"Keys that stand twice in authorized_keys: {len(repeated)}",
            "sshd takes the first line, with its options; removing that one alone shuts nobody out.",
            shown(repeated),
            file,
            "note",
            texts=(("take the later lines out", f"sed -i.before '{numbers}' {spelled(file)}"),),
        )
    weak = [one for one in rows if one.type == "ssh-dss" or (one.type == "ssh-rsa" and 0 < rsa_bits(one.blob) < 2048)]
    if weak:
        yield Advice(
            "advice.authorized-weak",
            f"Keys in authorized_keys that are DSA, or RSA below 2048 bits: {len(weak)}",
            "Such a key can be broken, and a current sshd refuses it.",
            shown(weak),
            file,
            "soon",
        )
    mine = {key.blob for key in seen.keys if key.blob}
    others = [
        one for one in rows if one.blob and one.blob not in mine and one.blob not in {row.blob for row in repeated}
    ]
    if others:
        yield Advice(
            "advice.authorized-others",
            f"Keys of others that let somebody in here: {len(others)}",
            "That is what authorized_keys is for. Is each of these people, or programs, still to come in? A key is "
            "bound to an address or a command by options before it.",
            shown(others),
            file,
            "note",
            texts=(
                ("bind a key to a network", 'from="192.0.2.0/24" ssh-ed25519 AAAA… NAME'),
                (
                    "bind a key to one command, with no forwarding",
                    'restrict,command="/usr/local/bin/backup" ssh-ed25519 AAAA… NAME',
                ),
            ),
        )


def _said(one: Authorized) -> str:
    if not one.blob:
        return clean.line(one.text, 120)
    options = f"{one.options} " if one.options else ""
    return f"{options}{one.type} {fingerprint(one.blob)} {one.comment or '(no comment)'}"
