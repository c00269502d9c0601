"""The public half of a key that is not in OpenSSH's own format (PEM, PKCS#8), when no passphrase hides it."""

from __future__ import annotations

import base64
import binascii

CURVES = {"secp256r1", "secp384r1", "secp521r1"}
"""The curves that ssh has names for (RFC 5656, 10.1)."""


def public_half(raw: bytes) -> tuple[bytes | None, str]:
    """The key blob, and the kind of key when it is one that OpenSSH does not know; (None, "") when unreadable."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

    try:
        key = serialization.load_pem_private_key(raw, None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return None, ""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name not in CURVES:
        return None, f"EC on the curve {key.curve.name}"
    if not isinstance(
        key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey
    ):
        return None, type(key).__name__.strip("_").removesuffix("PrivateKey")
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    try:
        return base64.b64decode(line.split()[1], validate=True), ""
    except (binascii.Error, IndexError):
        return None, ""
