"""A page of finished lines, of which only those in view are rendered: ten thousand cost what forty do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget


class Lines(Widget):
    """Text can be selected and clicked in it as in a Static."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; }"

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._whole: Content | Sequence[Content] = ()
        self._rows: Sequence[Content] = ()

    def update(self, page: Content | Sequence[Content]) -> None:
        """Show another page: lines that fit, or a text that is wrapped here."""
        self._whole = page
        self._laid(self.size.width)
        self.refresh(layout=True)

    def _laid(self, width: int) -> None:
        whole = self._whole
        if not isinstance(whole, Content):
            self._rows = whole
            return
        rows: list[Content] = []
        for line in whole.split("\n", allow_blank=True):
            rows += line.wrap(width) if width and line.cell_length > width else [line]
        self._rows = rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        self._laid(width)
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        """One line, with what is selected of it."""
        width, style = self.size.width, self.visual_style
        if y >= len(self._rows):
            return Strip.blank(width, style.rich_style)
        line = self._rows[y]
        if (chosen := self.text_selection) and (span := chosen.get_span(y)):
            start, end = span
            ink = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(ink, start, len(line) if end == -1 else end)
        made = Visual.to_strips(self, line, width, 1, style, apply_selection=False, pad=True)
        return (made[0] if made else Strip.blank(width, style.rich_style)).apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that is selected."""
        return selection.extract("\n".join(row.plain for row in self._rows)), "\n"
