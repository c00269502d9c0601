"""How things look: marks, words for the eye, and text that is laid out line by line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from sshwizard import clean, wording
from sshwizard.language import say, spoken
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

_ASCII = str.maketrans(
    {"…": ".", "–": "-", "·": "|", "▸": "+", "▾": "-", "◂": "<", "—": "-", "▏": "|", "“": '"', "”": '"'}
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
    """`text` broken at spaces into lines of at most `first`, then `rest` cells; longer words are cut."""
    if cell_len(text) <= first:
        return [text]
    if spoken():
        from sshwizard.language import cells

        if cells.is_wide(text):
            return cells.wrap(text, first, rest)
    inner = len(text) - len(text.lstrip())
    lines, line, room = [], "", max(first, 8)
    if inner and inner < rest // 2:
        return [" " * inner + part for part in wrap(text[inner:], first - inner, rest - inner)]
    for word in _words(text, max(min(first, rest), 8)):
        glued = f"{line} {word}" if line else word
        if cell_len(glued) <= room:
            line = glued
        else:
            lines.append(line)
            line, room = word, max(rest, 8)
    return [*lines, line]


def _words(text: str, longest: int) -> Iterator[str]:
    for word in text.split():
        while cell_len(word) > longest:
            cut = longest
            while cell_len(word[:cut]) > longest:
                cut -= 1
            yield word[:cut]
            word = word[cut:]
        yield word


def padded(text: str, room: int) -> str:
    """`text` with spaces behind it, up to `room` cells."""
    return text + " " * max(room - cell_len(text), 0)


def cut(text: str, room: int) -> str:
    """`text` in at most `room` cells."""
    if cell_len(text) <= room:
        return text
    while text and cell_len(text) >= room:
        text = text[:-1]
    return text + ours("…")


class Sheet:
    """A page that is written line by line, for a pane of a given width."""

    def __init__(self, width: int) -> None:
        self.width = max(width, 16)
        self.lines: list[Content] = []

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
        hang = indent + (cell_len(lead) + 1 if lead else 0)
        for number, line in enumerate(wrap(text, self.width - hang, self.width - hang)):
            if number == 0 and lead:
                self.lines.append(
                    Content.assemble(" " * indent, (lead, lead_style), " ", (line, style) if style else line)
                )
            else:
                self.lines.append(Content.assemble(" " * hang, (line, style) if style else line))

    def pair(self, left: Content, right: str, style: str) -> None:
        """One line with a word at its right edge."""
        right = say(right)
        room = self.width - cell_len(right) - 1
        if left.cell_length > room:
            left = left.truncate(room, ellipsis=not Look.ascii_only)
        self.lines.append(
            Content.assemble(left, " " * (self.width - left.cell_length - cell_len(right)), (right, style))
        )

    def add(self, line: Content) -> None:
        """A line that is finished already."""
        self.lines.append(line)

    def heading(self, text: str) -> None:
        """A small heading, with air above it."""
        self.blank()
        self.lines.append(Content.styled(say(text), HEADING))

    def content(self) -> Content:
        """The whole page."""
        return Content("\n").join(self.lines)


def click(action: str) -> Style:
    """The style of text that does `action` when it is clicked."""
    return Style.from_meta({"@click": action})
