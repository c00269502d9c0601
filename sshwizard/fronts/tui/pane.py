"""A page of finished lines, of which only those in view are rendered: ten thousand cost what forty do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from sshwizard.fronts.tui.look import Line, made
from sshwizard.language import say

Text = Content | Sequence[Line] | Callable[[int], Sequence[Line]]
"""A text that is wrapped, lines that fit, or lines for a given width."""

_KEPT = 400
"""Drawn lines that are kept: some screens of them."""


class Pane(ScrollView, can_focus=True):
    """A bordered page that scrolls. Text can be selected and clicked in it."""

    ALLOW_SELECT = True
    virtual_size = Reactive(Size(0, 0), layout=False)  # another page is no other layout, unless the bar comes or goes
    BINDINGS = [
        Binding("j,down", "scroll_down", show=False),
        Binding("k,up", "scroll_up", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
    ]

    class Sized(Message):
        """The pane has another size, so its page wants to be laid out again."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._title = ""
        self._whole: Text = ()
        self._rows: Sequence[Line] = ()
        self._laid_for = 0
        """The width for which the lines were made."""
        self._drawn: dict[int, Strip] = {}
        """Lines as they were drawn for this width and these colours; a scrolled page has most of them already."""
        self._drawn_as: tuple[int, Style] | None = None

    def on_resize(self) -> None:
        """Tell the screen once the width is known."""
        self.call_after_refresh(self.post_message, self.Sized())

    def put(self, title: str, text: Text) -> None:
        """Show another page; one that stands there already is not painted again."""
        if (title, self.room[0]) == (self._title, self._laid_for) and _same(text, self._whole):
            return
        self._title, self._whole = title, text
        self.border_title = Content(say(title))
        if self.size:
            self._laid(self.room[0])

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """The width is known before the frame that is painted with it, and the text is laid out for that frame."""
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if size and self.room[0] != self._laid_for:
            self._laid(self.room[0])
        return changed

    def _laid(self, width: int) -> None:
        whole, rows = self._whole, list[Line]()
        if callable(whole):
            rows = list(whole(width))
        elif not isinstance(whole, Content):
            rows = list(whole)
        else:
            for line in whole.split("\n", allow_blank=True):
                rows += line.wrap(width) if line.cell_length > width else [line]
        self._rows, self._laid_for = rows, width
        self._drawn.clear()
        self.virtual_size = Size(0, len(rows))
        if self.styles.height and self.styles.height.is_auto:
            self.refresh(layout=True)
        else:
            self._scroll_update(self.virtual_size)
            self.refresh()

    @property
    def room(self) -> tuple[int, int]:
        """Cells a page may fill before it scrolls."""
        region = self.scrollable_content_region
        return (region.width or 44, region.height or 19)

    # ---------------------------------------------------------------- drawing

    def render_line(self, y: int) -> Strip:
        """One line, with what is selected of it."""
        width, style, row = self.scrollable_content_region.width, self.visual_style, y + self.scroll_offset.y
        if row >= len(self._rows):
            return Strip.blank(width, style.rich_style)
        if self._drawn_as != (width, style):
            self._drawn, self._drawn_as = {}, (width, style)
        if row in self._drawn and self.text_selection is None:
            return self._drawn[row]
        line = made(self._rows[row])
        if (chosen := self.text_selection) and (span := chosen.get_span(row)):
            start, end = span
            ink = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(ink, start, len(line) if end == -1 else end)
        drawn = Visual.to_strips(self, line, width, 1, style, apply_selection=False, pad=True)
        strip = (drawn[0] if drawn else Strip.blank(width, style.rich_style)).apply_offsets(0, row)
        if self.text_selection is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            self._drawn[row] = strip
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that is selected."""
        return selection.extract("\n".join(row.plain for row in self._rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """What is selected is drawn so."""
        self.refresh()


def _same(one: Text, other: Text) -> bool:
    return isinstance(one, Content) and isinstance(other, Content) and one.is_same(other)
