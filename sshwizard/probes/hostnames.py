"""Which lines of a known_hosts file name a host, or hold a key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure, and quick:
files of a hundred thousand lines are real, and only lines that may match are decoded."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

_MARK = b"|1|"
_HASHED = re.compile(rb"\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)[ \t]")
"""A hashed name as ssh writes it: 20 bytes of salt, 20 bytes of HMAC-SHA1."""
_INNER, _OUTER = (bytes(letter ^ pad for letter in range(256)) for pad in (0x36, 0x5C))
_BLOB = re.compile(rb"AAAA[A-Za-z0-9+/]+=*")
"""A key: the length of its type comes first, in four bytes, and no type is longer than 255 letters."""


def matching(raw: bytes, wanted: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Number and text of every line that names one of `wanted`. Only a newline ends a line."""
    if _MARK not in raw:
        return _numbered(raw, _others(raw, wanted, set()))
    return _numbered(raw, {*_hashed(raw, wanted), *_others(raw, wanted, _odd(raw))})


def holding(raw: bytes, fingerprint: str) -> Iterator[tuple[int, str]]:
    """Number and text of every line that seems to hold the key with this fingerprint (SHA256:…)."""
    from hashlib import sha256

    try:
        wanted = base64.b64decode(fingerprint.removeprefix("SHA256:") + "=", validate=True)
    except ValueError:
        return iter(())
    starts = set()
    for found in _BLOB.finditer(raw):
        with suppress(ValueError):  # cut in the middle
            if sha256(binascii.a2b_base64(found[0])).digest() == wanted:
                starts.add(_begin(raw, found.start()))
    return _numbered(raw, starts)


def authorities(raw: bytes) -> Iterator[tuple[int, str]]:
    """Number and text of every line that trusts an authority."""
    return _numbered(raw, {_begin(raw, at) for at in _places(raw, b"@cert-authority")})


def _numbered(raw: bytes, starts: Iterable[int]) -> Iterator[tuple[int, str]]:
    """The lines that begin there, if they are no comments."""
    number, at = 1, 0
    for start in sorted(starts):
        number, at = number + raw.count(b"\n", at, start), start
        row = _line(raw, start)
        if not row.lstrip().startswith("#"):
            yield number, row


def _hashed(raw: bytes, wanted: Sequence[str]) -> Iterator[int]:
    """Where hashed lines begin that match. The HMAC (RFC 2104) is written out: a call for each line would be slower."""
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


def _others(raw: bytes, wanted: Sequence[str], odd: set[int]) -> Iterator[int]:
    """Where other lines begin that match: only those are read that hold the name, a pattern or an odd hash."""
    small = raw.lower()
    starts = {_begin(small, at) for sign in (b"*", b"?") for at in _places(small, sign)}
    for name in {_bytes(name).lower() for name in wanted}:
        whole = re.compile(re.escape(name) + rb"(?=[\s,]|\Z)")  # a word of that letter is rarer than the letter
        starts |= {_begin(small, found.start()) for found in whole.finditer(small)}
    for start in starts | odd:
        words = raw[start : _end(raw, start)].split(None, 2)
        if words and words[0].startswith(b"@"):
            del words[0]
        if words and not words[0].startswith(b"#") and any(_names(words[0], _bytes(name)) for name in wanted):
            yield start


def _odd(raw: bytes) -> set[int]:
    """Where lines begin that hold a hash, and not as ssh writes it: behind a marker, a blank or with another length."""
    usual = {found.start() for found in _HASHED.finditer(raw) if _begins(raw, found.start())}
    if raw.count(_MARK) == len(usual):
        return set()
    return {_begin(raw, at) for at in _places(raw, _MARK) if at not in usual}


def _places(raw: bytes, sign: bytes) -> Iterator[int]:
    at = raw.find(sign)
    while at >= 0:
        yield at
        at = raw.find(sign, at + 1)


def _begin(raw: bytes, at: int) -> int:
    """Where the line begins in which `at` stands."""
    return raw.rfind(b"\n", 0, at) + 1


def _begins(raw: bytes, at: int) -> bool:
    return at == 0 or raw[at - 1 : at] == b"\n"


def _end(raw: bytes, start: int) -> int:
    end = raw.find(b"\n", start)
    return end if end >= 0 else len(raw)


def _line(raw: bytes, start: int) -> str:
    return raw[start : _end(raw, start)].decode("utf-8", "surrogateescape")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _names(pattern: bytes, name: bytes) -> bool:
    """True when the first word of a line names `name`: plain, hashed or by pattern. As in ssh, only ASCII has cases."""
    if pattern.startswith(_MARK):
        import hmac

        try:
            _, _, salt, digest = pattern.split(b"|")
            return hmac.compare_digest(hmac.digest(base64.b64decode(salt), name, "sha1"), base64.b64decode(digest))
        except ValueError:
            return False
    small = name.lower()
    parts = pattern.lower().split(b",")
    if any(part.startswith(b"!") and _fits(small, part[1:]) for part in parts):
        return False
    return any(_fits(small, part) for part in parts)


def _fits(name: bytes, pattern: bytes) -> bool:
    """True when * and ? make `name` of `pattern` (match_pattern of ssh). One regular expression for each of many lines
    would have to be compiled first."""
    at = to = back = 0
    star = -1
    while at < len(name):
        sign = pattern[to] if to < len(pattern) else -1
        if sign == ord("*"):
            star, back, to = to, at, to + 1
        elif sign in (name[at], ord("?")):
            at, to = at + 1, to + 1
        elif star >= 0:
            back += 1
            at, to = back, star + 1
        else:
            return False
    return not pattern[to:].strip(b"*")
