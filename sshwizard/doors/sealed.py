"""Sessions that a key of KMS encrypts: AES-256 in GCM, each direction with a key of its own.

Source: session-manager-plugin, src/encryption and src/datachannel. KMS gives the client a data key of 64 bytes; the
agent gets the same one by the encrypted copy. With its first half the agent encrypts, with its second half the client.
Each payload is 12 bytes of nonce, then what GCM makes of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

KEY_BYTES = 64
_NONCE = 12


class Unsealed(ValueError):
    """Not sealed with this key."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One session's keys. They live in this process only."""

    theirs: bytes = field(repr=False)
    """What comes from the other side was encrypted with it."""
    ours: bytes = field(repr=False)

    def seal(self, plain: bytes) -> bytes:
        """Encrypt a payload."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.ours).encrypt(nonce, plain, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt one. Raises Unsealed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self.theirs).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, ValueError):
            raise Unsealed("a payload is not encrypted with this session's key") from None


def client(key: bytes) -> Sealed:
    """The client's end of a data key. Raises Unsealed where it is none."""
    if len(key) != KEY_BYTES:
        raise Unsealed(f"KMS gave a key of {len(key)} bytes, not of {KEY_BYTES}")
    return Sealed(key[: KEY_BYTES // 2], key[KEY_BYTES // 2 :])


def context(session: str, instance: str) -> dict[str, str]:
    """What the data key is bound to."""
    return {"aws:ssm:SessionId": session, "aws:ssm:TargetId": instance}


NewKey = Callable[[str], tuple[bytes, bytes] | str]
"""Asks KMS for a data key by the id of the account's key: the encrypted copy and the key, or why there is none."""
