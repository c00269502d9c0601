"""EC2 key pairs: AWS has three forms of fingerprint (EC2 user guide, "Verify the fingerprint of your key pair").

An RSA key that AWS made: SHA-1 of the private key as PKCS#8 DER. An RSA key that was imported: MD5 of the public
key as DER. ED25519, either way: SHA-256 of the public key blob in base64, as OpenSSH, with its padding.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization

from sshwizard.lab.aws.overlay import Call, after

_DER = serialization.Encoding.DER


@after("ec2", "CreateKeyPair")
def _created(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    pem = result["KeyMaterial"].encode()
    if b"OPENSSH" in pem:
        public = serialization.load_ssh_private_key(pem, None).public_key()
        openssh = serialization.PublicFormat.OpenSSH
        return _remember(call, result, "ed25519", _sha256(public.public_bytes(serialization.Encoding.OpenSSH, openssh)))
    key = serialization.load_pem_private_key(pem, None)
    inner = key.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return _remember(call, result, "rsa", _colons(hashlib.sha1(inner).hexdigest()))


@after("ec2", "ImportKeyPair")
def _imported(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    material = call.params["PublicKeyMaterial"]
    line = material if isinstance(material, bytes) else material.encode()
    if not line.startswith((b"ssh-", b"ecdsa-")):
        line = base64.b64decode(line)
    if line.startswith(b"ssh-ed25519"):
        return _remember(call, result, "ed25519", _sha256(line))
    der = serialization.load_ssh_public_key(line).public_bytes(_DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _remember(call, result, "rsa", _colons(hashlib.md5(der).hexdigest()))


@after("ec2", "DescribeKeyPairs")
def _described(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for pair in result.get("KeyPairs", []):
        known = call.here.fingerprints.get(pair["KeyPairId"])
        if known:
            pair["KeyType"], pair["KeyFingerprint"] = known
        if not call.flag("IncludePublicKey"):
            pair.pop("PublicKey", None)
    return result


def _remember(call: Call, result: dict[str, Any], kind: str, fingerprint: str) -> dict[str, Any]:
    call.here.fingerprints[result["KeyPairId"]] = (kind, fingerprint)
    return {**result, "KeyFingerprint": fingerprint}


def _sha256(line: bytes) -> str:
    """Of a public key line: `ssh-ed25519 AAAA... comment`."""
    return base64.b64encode(hashlib.sha256(base64.b64decode(line.split()[1])).digest()).decode()


def _colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
