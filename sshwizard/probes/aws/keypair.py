"""The key pair that the instance was launched with, against the keys on this computer.

EC2 shows one fingerprint in one of three forms, by how the key came to it (EC2 User Guide, Verify the fingerprint of
your key pair); a public key, where it is shown, is compared itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.console import text_of
from sshwizard.probes.aws.looks import KeyPair
from sshwizard.probes.blind import blind
from sshwizard.probes.console import read_text
from sshwizard.probes.keyfile import fingerprint, key_type, public_line
from sshwizard.probes.localkeys import LocalKey, local_keys
from sshwizard.probes.login import offers
from sshwizard.probes.scene import Scene

_IN_USER_DATA = re.compile(r"ssh_authorized_keys|ssh-authorized-keys|authorized_keys|ssh_import_id|ssh-import-id")


def forms(key: LocalKey) -> set[str]:
    """Every fingerprint that EC2 may show for this key."""
    found = {fingerprint(key.blob).removeprefix("SHA256:")}
    if key_type(key.blob) == "ssh-rsa":
        found |= _rsa_forms(key.blob, key.raw)
    return found


def _rsa_forms(blob: bytes, raw: bytes) -> set[str]:
    """MD5 of the public key as SPKI DER (imported), SHA-1 of the private one as PKCS#8 DER (made by EC2)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form

    found = set()
    try:
        public = form.load_ssh_public_key(b"ssh-rsa " + base64.b64encode(blob))
        spki = public.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
        found.add(_colons(hashlib.md5(spki, usedforsecurity=False).hexdigest()))
        if raw:
            load = form.load_ssh_private_key if b"OPENSSH PRIVATE" in raw else form.load_pem_private_key
            der = load(raw, None).private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
            found.add(_colons(hashlib.sha1(der, usedforsecurity=False).hexdigest()))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    return found


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def read(instance: Row, pair: Answer, user_data: Answer, text: Answer, local: Sequence[LocalKey],
         offered: Collection[str] = frozenset()) -> Fact[KeyPair]:  # fmt: skip
    """Which key the instance was launched with. `offered`: the SHA256 fingerprints that this connection offers."""
    name = clean.line(str(instance.get("KeyName", "")), 120)
    installed = read_text(text_of(text)).authorized
    if not name and not installed:
        return _none(user_data)
    if isinstance(pair, Unseen) and not installed:
        return blind(pair)
    row: Mapping[str, Any] = {} if isinstance(pair, Unseen) else next(iter(pair.get("KeyPairs", ())), {})
    wanted, blob = str(row.get("KeyFingerprint", "")).rstrip("="), public_line(str(row.get("PublicKey", "")))
    prints = {*installed, *([fingerprint(blob)] if blob else [])}
    lines = tuple(
        line for line in (f"{name}  {row.get('KeyType', '')}  {wanted}" if wanted else name, *installed) if line
    )
    data: dict[str, Any] = {"key_pair": name, "fingerprint": wanted, "installed": list(installed)}
    wants = ("--include-public-key", "--filters", f"Name=key-name,Values={name}")
    command = as_typed("ec2", "describe-key-pairs", *wants) if name else ""
    fitting = [one for one in local if fingerprint(one.blob) in prints or (wanted and wanted in forms(one))]
    if not prints and not wanted:
        says = f"the key pair {name}, with which it was launched, is no longer in the account"
        return Fact("unclear", says, lines, command, data)
    mine = {*prints, *(fingerprint(one.blob) for one in fitting)}
    called = f"the key pair {name}" if name else "the key that cloud-init installed"
    # What was offered was refused: a key that is installed, too, and was not offered is the better one.
    other = [one for one in fitting if fingerprint(one.blob) not in offered]
    if mine.intersection(offered) and not other:
        return Fact(
            "fits", f"this connection offers {called}, with which the instance was launched", lines, command, data
        )
    if other:
        path = other[0].path
        says = f"the instance was launched with {called}: that is {short(path)}, which this connection does not offer"
        return Fact("other-local", says, (*lines, short(path)), command, {**data, "path": path, "named": short(path)})
    says = f"the instance was launched with {called}, and no key of this computer is that one"
    return Fact("none-local", says, lines, command, data)


def _none(user_data: Answer) -> Fact[KeyPair]:
    if isinstance(user_data, Unseen):
        return blind(
            user_data, says="it was launched without a key pair; whether its user data brings one is not known"
        )
    raw = str((user_data.get("UserData") or {}).get("Value", "") or "")
    try:
        text = base64.b64decode(raw).decode("utf-8", "replace")
    except ValueError:
        text = raw
    if _IN_USER_DATA.search(text) or text.startswith("\x1f\x8b"):
        return Fact("unclear", "it was launched without a key pair, and its user data speaks of keys")
    return Fact("no-key-pair", "the instance was launched without a key pair, and its user data brings no key")


async def look(scene: Scene) -> Fact[KeyPair]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("unclear", "it is no instance of this account")
    pair, data, text = [await asked.part(name) for name in ("key-pair", "user-data", "console")]
    logs = scene.run.logs
    offered = {one["fingerprint"] for one in offers(logs[min(scene.index, len(logs) - 1)])} if logs else set()
    return read(who.instance, pair, data, text, local_keys(scene.leg), offered)
