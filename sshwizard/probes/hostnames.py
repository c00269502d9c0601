"""Which lines of a known_hosts file name a host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure, and quick: files of a
hundred thousand hashed lines are real, and only lines that match are decoded."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

_MARK = b"|1|"
_HASHED = re.compile(rb"\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)[ \t]")
"""A hashed name as ssh writes it: 20 bytes of salt, 20 bytes of HMAC-SHA1."""
_INNER, _OUTER = (bytes(letter ^ pad for letter in range(256)) for pad in (0x36, 0x5C))


def matching(raw: bytes, wanted: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Number and text of every line that names one of `wanted`. Only a newline ends a line."""
    number, at = 1, 0
    for start in sorted({*_hashed(raw, wanted), *_others(raw, wanted)}):
        number, at = number + raw.count(b"\n", at, start), start
        yield number, _line(raw, start)


def _hashed(raw: bytes, wanted: Sequence[str]) -> Iterator[int]:
    """Where hashed lines begin that match. The HMAC (RFC 2104) is written out: a call for each line would be slower."""
    if _MARK not in raw:
        return
    from hashlib import sha1

    decode = binascii.a2b_base64
    for name in {_bytes(name) for name in wanted}:
        inner, outer = b"\x36" * 44 + name, b"\x5c" * 44
        for found in _HASHED.finditer(raw):
            salt, digest = found.groups()
            key = decode(salt)
            within = sha1(key.translate(_INNER) + inner).digest()
            if sha1(key.translate(_OUTER) + outer + within).digest() == decode(digest) and _begins(raw, found.start()):
                yield found.start()


def _others(raw: bytes, wanted: Sequence[str]) -> Iterator[int]:
    """Where other lines begin that match: only those are read that hold the name, a pattern or an odd hash."""
    small = raw.lower()
    signs = [b"*", b"?", *(_bytes(name).lower() for name in wanted)]
    if raw.count(_MARK) > sum(1 for found in _HASHED.finditer(raw) if _begins(raw, found.start())):
        signs.append(_MARK)
    for start in {small.rfind(b"\n", 0, at) + 1 for sign in signs for at in _places(small, sign)}:
        words = _line(raw, start).split(maxsplit=2)
        if words and words[0].startswith("@"):
            del words[0]
        if words and not words[0].startswith("#") and any(names(words[0], name) for name in wanted):
            yield start


def _places(raw: bytes, sign: bytes) -> Iterator[int]:
    at = raw.find(sign)
    while at >= 0:
        yield at
        at = raw.find(sign, at + 1)


def _begins(raw: bytes, at: int) -> bool:
    return at == 0 or raw[at - 1 : at] == b"\n"


def _line(raw: bytes, start: int) -> str:
    end = raw.find(b"\n", start)
    return raw[start : end if end >= 0 else len(raw)].decode("utf-8", "surrogateescape")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def names(pattern: str, name: str) -> bool:
    """True when the first word of a line names `name`: plain, hashed or by pattern."""
    if pattern.startswith("|1|"):
        try:
            _, _, salt, digest = pattern.split("|")
            import hmac

            made = hmac.digest(base64.b64decode(salt), _bytes(name), "sha1")
            return hmac.compare_digest(made, base64.b64decode(digest))
        except ValueError:
            return False
    parts = pattern.lower().split(",")
    if any(part.startswith("!") and _glob(name, part[1:]) for part in parts):
        return False
    return any(_glob(name, part) for part in parts)


def _glob(name: str, pattern: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return name.lower() == pattern
    return fnmatchcase(name.lower(), re.sub(r"\[", "[[]", pattern))
