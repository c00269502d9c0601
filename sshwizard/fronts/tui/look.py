"""How things look: marks, words for the eye, and text that is laid out line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content, Span
from textual.style import Style

from sshwizard import clean, wording
from sshwizard.language import say
from sshwizard.model import Risk
from sshwizard.wording import Mark

STYLE: dict[Mark, str] = {
    "ok": "$text-success",
    "trouble": "$text-error",
    "note": "$text-warning",
    "unknown": "$text-warning",
    "looking": "$text-accent",
    "ahead": "$dim",
    "undone": "$dim",
    "said": "$text-accent",
}
"""The theme's colour for each mark; the mark itself says the same without colour."""

RISK: dict[Risk, str] = {
    "safe": "$text-success",
    "confirm": "$text-warning",
    "typed": "$text-error",
    "guide": "$dim",
}

DIM = "$dim"
STRONG = "bold"
HEADING = "bold $text-accent"

WORDS: tuple[tuple[Mark, str], ...] = (
    ("ok", "it went well"), ("trouble", "here it went wrong"), ("note", "worth to know"),
    ("unknown", "it cannot be told"), ("looking", "it is being looked at"),
    ("ahead", "not reached, or not the answer"), ("undone", "taken back"), ("said", "you said so, by hand"),
)  # fmt: skip
"""What the marks mean."""

_LEAST = 6
"""Cells that a paragraph keeps, however far it is indented."""

_ASCII = str.maketrans(
    {
        "…": ".",
        "–": "-",
        "·": "|",
        "▸": "+",
        "▾": "-",
        "◂": "<",
        "—": "-",
        "▏": "|",
        "“": '"',
        "”": '"',
        "→": ">",
        "»": ">",
    }
)


class Look:
    """Which symbols this terminal can show."""

    ascii_only = False

    @classmethod
    def setup(cls) -> None:
        """Find out, once, when the screen opens."""
        cls.ascii_only = wording.plain_terminal()


def mark(kind: Mark) -> str:
    """The symbol for `kind` on this terminal."""
    return wording.mark(kind, ascii_only=Look.ascii_only)


def ours(text: str) -> str:
    """Our own words in the reader's language, with glyphs that this terminal has."""
    text = say(text)
    return text.translate(_ASCII) if Look.ascii_only else text


def outside(text: str, longest: int = clean.LONGEST) -> str:
    """Text from outside, made harmless."""
    return clean.line(text, longest)


def wrap(text: str, first: int, rest: int) -> list[str]:
    """`text` broken into lines of at most `first`, then `rest` cells: at spaces, and between wide letters."""
    if len(text.encode("utf-8", "replace")) <= first or cell_len(text) <= first:
        return [text]  # no letter fills more cells than it takes bytes
    inner = len(text) - len(text.lstrip(" "))
    if inner and inner < min(first, rest) // 2:
        return [" " * inner + part for part in wrap(text[inner:], first - inner, rest - inner)]
    lines, line, used, room = [], "", 0, max(first, 2)
    for gap, piece in _pieces(text, max(min(first, rest), 2)):
        wide = cell_len(piece)
        gap = gap if line else ""
        if used + len(gap) + wide <= room:
            line, used = line + gap + piece, used + len(gap) + wide
        else:
            lines.append(line)
            line, used, room = piece, wide, max(rest, 2)
    return [*(row for row in lines if row), line]


def _pieces(text: str, longest: int) -> Iterator[tuple[str, str]]:
    """What stays together, each with the space that parts it from the one before."""
    for word in text.split():
        gap = " "
        for part in _breakable(word):
            while part:
                at = fitting(part, longest) or 1
                yield gap, part[:at]
                part, gap = part[at:], ""


def _breakable(word: str) -> Iterator[str]:
    """Where letters are two cells wide a line may end behind each, but not before a full stop or behind a bracket."""
    start = 0
    if not word.isascii():
        for at in range(1, len(word)):
            left, right = word[at - 1], word[at]
            wide = cell_len(right) == 2 or (cell_len(left) == 2 and cell_len(right) == 1)
            if wide and left != _JOINER and right not in _NEVER_FIRST and left not in _NEVER_LAST:
                yield word[start:at]
                start = at
    yield word[start:]


_JOINER = "\u200d"
_NEVER_FIRST = frozenset(
    "、。，．・：；？！）］｝〕〉》」』】〙〗ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞ),.:;!?]}%'\""
)
_NEVER_LAST = frozenset("（［｛〔〈《「『【〘〖([{'\"")
"""Letters that do not begin or end a line (JIS X 4051)."""


def fitting(text: str, room: int) -> int:
    """How many characters of `text` stand in `room` cells; the marks on a letter stay with it."""
    used = start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and (not cell_len(text[at]) or text[at - 1] == _JOINER):
            continue  # belongs to the letter before
        used += cell_len(text[start:at])
        if used > room:
            return start
        start = at
    return len(text)


def cut(text: str, room: int) -> str:
    """`text` in at most `room` cells."""
    if cell_len(text) <= room:
        return text
    return text[: fitting(text, room - 1)] + ours("…") if room > 0 else ""


def pad(text: str, room: int) -> str:
    """`text` in exactly `room` cells."""
    shown = cut(text, room)
    return shown + " " * (room - cell_len(shown))


class Quoted(NamedTuple):
    """A line that is made only when it comes into view."""

    plain: str
    style: str
    indent: int

    def content(self) -> Content:
        """The line as it is drawn."""
        return Content(self.plain, [Span(self.indent, len(self.plain), self.style)] if self.style else [])


Line = Content | Quoted


def made(line: Line) -> Content:
    """The line as it is drawn."""
    return line.content() if isinstance(line, Quoted) else line


class Sheet:
    """A page that is written line by line, for a pane of a given width."""

    def __init__(self, width: int) -> None:
        self.width = max(width, 16)
        self.lines: list[Line] = []

    def __len__(self) -> int:
        return len(self.lines)

    def blank(self) -> None:
        """An empty line, never two."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Content(""))

    def say(self, text: str, style: str = "", *, indent: int = 0, lead: str = "", lead_style: str = "") -> None:
        """A paragraph of ours. `lead` stands before its first line, the rest hangs below its text."""
        self.show(say(text), style, indent=indent, lead=say(lead), lead_style=lead_style)

    def show(self, text: str, style: str = "", *, indent: int = 0, lead: str = "", lead_style: str = "") -> None:
        """A paragraph that is shown as it stands: evidence, a command."""
        lead = cut(lead, self.width // 2)
        before = cell_len(lead) + 1 if lead else 0
        indent = min(indent, max(self.width - before - _LEAST, 0))
        hang = indent + before
        for number, line in enumerate(wrap(text, self.width - hang, self.width - hang)):
            if number == 0 and lead:
                self.lines.append(
                    Content.assemble(" " * indent, (lead, lead_style), " ", (line, style) if style else line)
                )
            elif style:
                self.lines.append(Content(" " * hang + line, [Span(hang, hang + len(line), style)]))
            else:
                self.lines.append(Content(" " * hang + line))

    def quote(self, texts: Iterable[str], style: str = "", *, indent: int = 0) -> None:
        """Many lines as they stand; each that fits is made when it comes into view."""
        indent = max(min(indent, self.width - _LEAST), 0)
        room, margin = self.width - indent, " " * indent
        for text in texts:
            if len(text.encode("utf-8", "replace")) <= room or cell_len(text) <= room:
                self.lines.append(Quoted(margin + text, style, indent))
            else:
                self.show(text, style, indent=indent)

    def pair(self, left: Content, right: str, style: str) -> None:
        """One line with a word at its right edge."""
        right = cut(say(right), self.width // 2)
        room = self.width - cell_len(right) - 1
        if left.cell_length > room:
            left = left[: fitting(left.plain, room - 1)] + Content(ours("…"))
        self.lines.append(
            Content.assemble(left, " " * (self.width - left.cell_length - cell_len(right)), (right, style))
        )

    def add(self, line: Content) -> None:
        """A line that is finished already."""
        self.lines.append(line)

    def heading(self, text: str) -> None:
        """A small heading, with air above it."""
        self.blank()
        for line in wrap(say(text), self.width, self.width):
            self.lines.append(Content.styled(line, HEADING))

    def content(self) -> Content:
        """The whole page."""
        return Content("\n").join(map(made, self.lines))


def bold(text: str) -> Content:
    """Strong text, for a line that is put together."""
    return Content.styled(text, STRONG)


def click(action: str) -> Style:
    """The style of text that does `action` when it is clicked."""
    return Style.from_meta({"@click": action})
