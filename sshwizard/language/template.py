"""A sentence with gaps: "{path}: mode {mode}" finds itself in what was rendered from it, and takes the gaps along."""

from __future__ import annotations

import re
from functools import cached_property

from sshwizard.language.cells import is_wide

_GAP = re.compile(r"(?<!\{)\{(\w*)\}(?!\})")
_WORD = re.compile(r"[^\W\d_]+")


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
        """The sentence in the other language."""
        parts = _GAP.split(self._goal)
        made = ""
        for at, part in enumerate(parts):
            made = joined(made, gaps[part] if at % 2 else _plain(part))
        return made


def joined(left: str, right: str) -> str:
    """Two parts of a sentence: a space between Latin and Japanese letters, and none between two Japanese ones."""
    if left[-1:] == " " and is_wide(left[-2:-1]) and is_wide(right[:1]):
        return left[:-1] + right
    if right[:1] == " " and is_wide(left[-1:]) and is_wide(right[1:2]):
        return left + right[1:]
    meets = left[-1:] + right[:1]
    return f"{left} {right}" if _LATIN_FIRST.match(meets) or _LATIN_LAST.match(meets) else left + right


_LATIN_FIRST = re.compile(r"[A-Za-z0-9][\u3041-\u30ff\u4e00-\u9fff]")
_LATIN_LAST = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\u4e00-\u9fff][A-Za-z0-9~/]")


def _plain(part: str) -> str:
    return part.replace("{{", "{").replace("}}", "}")


def is_template(text: str) -> bool:
    """True when a message has gaps, and words between them."""
    return bool(_GAP.search(text)) and bool(_WORD.search(_GAP.sub(" ", text)))
