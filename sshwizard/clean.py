"""The border: every byte from outside passes here before it is kept, shown or written.

Server banners, log lines, file names, tags and DNS answers belong to strangers. Control characters move a
terminal's cursor, bidirectional and invisible marks change what is read, and a key pasted into a log is a secret.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400
"""Characters of one line that are kept; the rest is replaced by an ellipsis."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
_ASCII_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that show nothing by themselves: controls, formats, surrogates, private use, separators."""


class _Shown(dict[int, str]):
    """A letter as it may be shown; each is looked up once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = shown = " " if unicodedata.category(letter) in _HIDDEN else letter
        return shown


_SHOWN = _Shown()

_VARIANTS = re.compile("[\ufe00-\ufe0f]")
"""Variation selectors: terminals differ about the width of a letter that has one."""

_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S)
_SECRETS = (
    re.compile(r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]*"),
    re.compile(r"(?i)(?:X-Amz-(?:Signature|Credential|Security-Token)|\b(?:password|passphrase|token))=[^&\s]+"),
)
_MAY_HIDE = re.compile(r"=|b3Bl|PRIVATE KEY")
"""One of these stands in every secret but a lone row of a key."""

_KEY_ROW = re.compile(r"^[A-Za-z0-9+/]{48,}={0,2}$")
"""One row of a key: nothing else that ssh or a server writes looks like that."""


def line(text: str, longest: int = LONGEST) -> str:
    """One harmless line of `text`: no escape sequence, control or invisible character, no secret."""
    if text.isascii() and text.isprintable() and not _MAY_HIDE.search(text):
        text = text.rstrip()
        if len(text) < 48 or " " in text:  # plain words: there is nothing to take away
            return text if len(text) <= longest else text[: longest - 1] + "…"
    text = _ESCAPES.sub("", secrets(text)).replace("\t", " ")
    text = _ASCII_CONTROL.sub(" ", text)
    if not text.isascii():
        text = _VARIANTS.sub("", text)
        text = text.translate(_SHOWN)
    text = _KEY_ROW.sub("[secret]", secrets(text.rstrip()))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def lines(text: str, most: int = 40) -> tuple[str, ...]:
    """The non-empty lines of `text`, each harmless, at most `most` of them."""
    kept = [line(part) for part in secrets(text).split("\n")]
    return tuple(part for part in kept if part)[:most]


def secrets(text: str) -> str:
    """`text` without private keys, passphrases and signed-URL parts; the number of lines stays."""
    text = _PEM.sub(lambda found: "[secret]" + "\n" * found.group().count("\n"), text)
    for pattern in _SECRETS:
        text = pattern.sub("[secret]", text)
    return text


def decode(raw: bytes) -> str:
    """Bytes of an ssh log as text; ssh writes foreign bytes as octal escapes, which become letters again."""
    return _OCTAL.sub(_unoctal, raw.decode("utf-8", "replace"))


def _unoctal(found: re.Match[str]) -> str:
    raw = bytes(int(part, 8) for part in found.group().split("\\")[1:])
    return raw.decode("utf-8", "replace")
