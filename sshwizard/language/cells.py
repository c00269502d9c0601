"""Text in cells: East Asian letters fill two, and lines of them break between letters."""

from __future__ import annotations

import re
import unicodedata

_NOT_FIRST = set("、。，．・：；？！）］｝」』】〕〉》”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…%)]},.:;?!")
_NOT_LAST = set("（［｛「『【〔〈《“‘([{")
"""Letters that begin or end no line (JIS X 4051, kinsoku)."""
_UNIT = re.compile(r"\s+|[\u0021-\u007e\u00a1-\u10ff]+|.", re.S)


def width(text: str) -> int:
    """Cells that a text fills."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1
        for letter in text
    )


def is_wide(text: str) -> bool:
    """True when a text has letters of two cells."""
    return not text.isascii() and any(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def wrap(text: str, first: int, rest: int) -> list[str]:
    """Lines of at most `first`, then `rest` cells. None begins with a closing mark, or ends with an opening one."""
    lines, line, room = [], "", max(first, 8)
    for unit in _units(text):
        for part in _cut(unit, max(min(first, rest), 8)):
            if width(line + part.rstrip()) <= room:
                line += part
            elif part.strip():
                lines.append(line.rstrip())
                line, room = part.lstrip(), max(rest, 8)
    return [*lines, line.rstrip()]


def _units(text: str) -> list[str]:
    """What stays together."""
    units: list[str] = []
    for found in _UNIT.finditer(text):
        unit = found.group()
        if units and not units[-1].isspace() and (unit[0] in _NOT_FIRST or units[-1][-1] in _NOT_LAST):
            units[-1] += unit
        else:
            units.append(unit)
    return units


def _cut(unit: str, longest: int) -> list[str]:
    parts = []
    while width(unit) > longest:
        at = longest
        while width(unit[:at]) > longest:
            at -= 1
        parts.append(unit[:at])
        unit = unit[at:]
    return [*parts, unit]
