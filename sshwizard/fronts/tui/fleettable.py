"""The hosts of a sweep as a table: what a person looks at stays under the cursor, whatever comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.text import Text
from textual.color import Color, ColorParseError
from textual.widgets import DataTable

from sshwizard.fleet.rows import Row
from sshwizard.fronts import fleet
from sshwizard.fronts.tui import look

SORTS: tuple[tuple[str, Callable[[Row], Any] | None], ...] = (
    ("as they ended", None),
    ("by name", lambda one: one.host.casefold()),
    ("by cause", lambda one: (not one.cause, one.cause, one.host.casefold())),
    ("the slowest first", lambda one: -one.took_ms),
)


class Hosts(DataTable[Text]):
    """One line a host."""

    def __init__(self) -> None:
        super().__init__(id="hosts", cursor_type="row", show_header=False, zebra_stripes=False)
        self.order = 0
        self._rows: list[Row] = []

    def on_mount(self) -> None:
        """One column, which is made of words and marks."""
        self.add_column("", key="host")

    @property
    def rows_shown(self) -> Sequence[Row]:
        """In the order of the table."""
        return self._rows

    @property
    def picked(self) -> Row | None:
        """The host under the cursor."""
        return self._rows[self.cursor_row] if 0 <= self.cursor_row < len(self._rows) else None

    @property
    def sorted_by(self) -> str:
        """The order in words."""
        return SORTS[self.order][0]

    def turn(self) -> None:
        """The next order."""
        self.order = (self.order + 1) % len(SORTS)

    def show_rows(self, wanted: Sequence[Row]) -> None:
        """Draw what is new; where the order is another one, everything, with the cursor on the host where it was."""
        key = SORTS[self.order][1]
        rows = sorted(wanted, key=key) if key else list(wanted)
        names = [one.host for one in rows]
        if [one.host for one in self._rows] != names[: len(self._rows)]:
            self._anew(rows, names)
            return
        for old, new in zip(self._rows, rows, strict=False):
            if old != new:
                self.update_cell(new.host, "host", self._line(new))
        for one in rows[len(self._rows) :]:
            self.add_row(self._line(one), key=one.host)
        self._rows = rows

    def _anew(self, rows: list[Row], names: list[str]) -> None:
        kept, at = self.picked, self.scroll_y
        self.clear()
        for one in rows:
            self.add_row(self._line(one), key=one.host)
        self._rows = rows
        if kept and kept.host in names:
            self.move_cursor(row=names.index(kept.host), scroll=False)
            self.scroll_to(y=at, animate=False)

    def _line(self, one: Row) -> Text:
        kind = fleet.mark_of(one)
        says = "" if one.works and not one.cause else one.title or one.why
        return Text.assemble((look.mark(kind), self._colour(look.STYLE[kind])), " ", look.outside(one.host, 60), "  ",
                             (look.outside(says), self._colour("$dim") or "dim"))  # fmt: skip

    def _colour(self, name: str) -> str:
        """A colour of the theme for Rich; empty where the terminal's own is meant."""
        try:
            found = Color.parse(self.app.theme_variables.get(name.removeprefix("$"), ""))
        except ColorParseError:
            return ""
        return "" if self.app.no_color or found.ansi is not None or found.auto else found.hex6
