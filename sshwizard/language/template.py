"""A sentence with gaps: "{path}: mode {mode}" finds itself in what was rendered from it, and takes the gaps along."""

from __future__ import annotations

import re
from functools import cached_property

_GAP = re.compile(r"(?<!\{)\{(\w*)\}(?!\})")
_WORD = re.compile(r"[^\W\d_]+")
_JAPANESE = "[ぁ-ゖァ-ヺー々一-鿿、。（）「」]"
_BESIDE = re.compile(f"(?<={_JAPANESE}) \0(?={_JAPANESE})|(?<={_JAPANESE})\0 (?={_JAPANESE})")
"""A space where one part of a sentence ends (NUL), with Japanese on both sides of it."""


class Template:
    """One message with gaps, and the same in the other language."""

    def __init__(self, source: str, goal: str) -> None:
        parts = _GAP.split(source)
        self.pieces, self.names = [_plain(part) for part in parts[::2]], parts[1::2]
        self.weight = sum(map(len, self.pieces))
        """Letters that do not stand in gaps: the more, the more specific."""
        self._goal = goal

    @property
    def words(self) -> list[str]:
        """The words that stand whole in every rendering."""
        found: list[str] = []
        last = len(self.pieces) - 1
        for at, piece in enumerate(self.pieces):
            for word in _WORD.finditer(piece):
                glued = (at and word.start() == 0) or (at < last and word.end() == len(piece))
                if not glued:
                    found.append(word.group())
        return found

    @cached_property
    def anchor(self) -> str:
        """The longest piece between gaps."""
        return max(self.pieces, key=len)

    def match(self, text: str) -> list[str] | None:
        """What stands in the gaps, each as short as possible; None where the text is another one."""
        first, last = self.pieces[0], self.pieces[-1]
        if self.anchor not in text or not text.startswith(first) or not text.endswith(last):
            return None
        end = len(text) - len(last)
        at, found = len(first), []
        for piece in self.pieces[1:-1]:
            place = text.find(piece, at, end) if piece else at
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(piece)
        if at > end:
            return None
        found.append(text[at:end])
        return found

    def fill(self, gaps: dict[str, str]) -> str:
        """The sentence in the other language; a space that parts Japanese from a name falls where the name is none."""
        made = ""
        for at, part in enumerate(_GAP.split(self._goal)):
            told = gaps[part] if at % 2 else _plain(part)
            made = _BESIDE.sub("", made + "\0" + told).replace("\0", "") if made else told
        return made


def _plain(part: str) -> str:
    return part.replace("{{", "{").replace("}}", "}")


def is_template(text: str) -> bool:
    """True when a message has gaps, and words between them."""
    return bool(_GAP.search(text)) and bool(_WORD.search(_GAP.sub(" ", text)))
