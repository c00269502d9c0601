"""A row of the tree as one line: how far in, its mark, the words, and at the right what the answer was."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.row import Row
from sshwizard.language import say

CURSOR = "way--cursor"
PARTS = {"way--hover", "way--ok", "way--trouble", "way--note", "way--looking", "way--dim"}
"""What a theme has colours for, beside the cursor (`wizard.tcss`)."""
STEP = 2
"""Cells by which a row stands further in than the one above it."""


@dataclass(frozen=True)
class Line:
    """A row, and all else that its looks depend on, beside the theme."""

    row: Row
    depth: int
    open: bool
    cursor: Style | None
    """How it looks on this line."""
    hover: bool
    width: int


def drawn(line: Line, on: Widget, base: Style) -> Strip:
    """The line in the colours of the pane that it stands on; `base` are those without any mark."""
    base = on.get_component_rich_style("way--hover") if line.hover else base
    text = Text(" " * (line.depth * STEP), style=base)
    label = _label(line, on)
    if line.cursor:
        label.stylize(line.cursor)
    text.append(label)
    return Strip(text.render(on.app.console)).adjust_cell_length(line.width, base)


def _label(line: Line, on: Widget) -> Text:
    """What does not fit goes from the right: first the answer, then the end of the words."""
    row, width = line.row, line.width - line.depth * STEP
    sign, ink = _sign(line), _of_mark(row, on)
    bar = on.styles.scrollbar_size_vertical  # kept free, so that a line is the same when the bar comes
    room = width - bar - cell_len(sign) - 1
    words = look.cut(look.ours(row.text), max(room, 8))
    text = Text.assemble((sign, ink), " ", (words, _of_words(row, on)))
    room -= cell_len(words)
    if word := _answer(row, room):
        text.append("  " + word, on.get_component_rich_style("way--dim", partial=True))
    if row.here and room >= 2:
        text.append(look.ours(" ◂"), ink)
    text.pad_right(max(width - text.cell_len, 0))
    return text


def _sign(line: Line) -> str:
    """Whether it can be unfolded, or how it went; and whether a person said so."""
    folds = line.row.foldable and line.row.key[0] in {"more", "answer", "limb"}
    sign = look.ours("▾" if line.open else "▸") if folds else look.mark(line.row.mark)
    return f"{sign} {look.mark('said')}" if line.row.said else sign


def _answer(row: Row, room: int) -> str:
    """The outcome, if it fits into so many cells; of a person's own at least that it is theirs."""
    word = say(row.word)
    if row.key[0] == "answer" and room > 6:
        return look.cut(word, room - 2)
    if cell_len(word) + 2 > room:
        return say("you") if row.said else ""
    return word


def _of_mark(row: Row, on: Widget) -> Style:
    name = {"ok": "ok", "trouble": "trouble", "looking": "looking", "ahead": "dim", "undone": "dim"}
    return on.get_component_rich_style(f"way--{name.get(row.mark, 'note')}", partial=True)


def _of_words(row: Row, on: Widget) -> Style:
    if row.hit:
        return Style(bold=True)
    if row.mark == "ahead":
        return on.get_component_rich_style("way--dim", partial=True)
    return Style(bold=True) if row.here else Style()
