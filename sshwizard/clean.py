"""The border: every byte from outside passes here before it is kept, shown or written.

Server banners, log lines, file names, tags and DNS answers belong to strangers. Control characters move a
terminal's cursor, bidirectional marks reorder what is read, and a key pasted into a log is a secret.
"""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of one line that are kept; the rest is replaced by an ellipsis."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.S),
    re.compile(r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s]*"),
    re.compile(r"(?i)\b(?:X-Amz-(?:Signature|Credential|Security-Token)|password|passphrase|token)=[^&\s]+"),
)


def line(text: str, longest: int = LONGEST) -> str:
    """One harmless line of `text`: no escape sequence, control or invisible character, no secret."""
    text = _ESCAPES.sub("", secrets(text)).replace("\t", " ")
    text = _CONTROL.sub(" ", text).rstrip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def lines(text: str, most: int = 40) -> tuple[str, ...]:
    """The non-empty lines of `text`, each harmless, at most `most` of them."""
    kept = [line(part) for part in text.splitlines()]
    return tuple(part for part in kept if part)[:most]


def secrets(text: str) -> str:
    """`text` without private keys, passphrases and signed-URL parts."""
    for pattern in _SECRETS:
        text = pattern.sub("[secret]", text)
    return text


def decode(raw: bytes) -> str:
    """Bytes of an ssh log as text; ssh writes foreign bytes as octal escapes, which become letters again."""
    text = raw.decode("utf-8", "replace")
    return _OCTAL.sub(_unoctal, text)


def _unoctal(found: re.Match[str]) -> str:
    raw = bytes(int(part, 8) for part in found.group().split("\\")[1:])
    return raw.decode("utf-8", "replace")
