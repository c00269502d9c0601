"""The left pane: the decision tree, walked and ahead. Of its lines only those in view are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sshwizard.fronts.tui.folding import Branch, Folding
from sshwizard.fronts.tui.line import CURSOR, PARTS, Line, drawn
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.fronts.tui.rows import home_of
from sshwizard.language import say
from sshwizard.state import Place

_KEPT = 1000
"""Drawn lines that are kept."""


class Way(ScrollView, can_focus=True):
    """Draws rows. The cursor follows the walk until the person moves it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {CURSOR, *PARTS}
    virtual_size = Reactive(Size(0, 0), layout=False)  # more lines are no other layout, unless the bar comes or goes
    BINDINGS = [
        Binding("down,j", "cursor_down", show=False),
        Binding("up,k", "cursor_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("right,l", "unfold", show=False),
        Binding("left,h", "fold", show=False),
        Binding("home,g", "scroll_home", show=False),
        Binding("end,G", "scroll_end", show=False),
        Binding("enter", "select", show=False),
        Binding("space", "unfold_or_fold", show=False),
    ]
    HELP = "The way: every question that a connection has to pass, in order."

    def __init__(self) -> None:
        super().__init__(id="way")
        self.following = True
        self.unfolded: set[Key] = set()
        self.on_picked: Callable[[Row], object] = lambda row: None
        """Told at once, and not by a message: the page about the row comes in the same frame as the cursor."""
        self.on_folded: Callable[[], object] = lambda: None
        """Told at once, too: what is under a row may have to be filled in."""
        self._tree = Folding()
        self._cursor: Branch | None = None
        self._hover: Branch | None = None
        self._free = False
        self._drawn: dict[Line, Strip] = {}
        self._drawn_in: tuple[Style, ...] = ()
        self._worn: tuple[Style, ...] | None = None
        """The colours of now; None where they may be others."""
        self.border_title = say("The way")

    # ---------------------------------------------------------------- content

    def draw(self, rows: Sequence[Row]) -> None:
        """Show `rows`: lines that stay keep their place and fold, and the cursor stays on its line.

        While the person reads, nothing is put in, taken out or folded above the cursor; it waits for the next move.
        """
        cursor, tree = self._cursor, self._tree
        before = self.cursor_line
        tree.take(rows, self.unfolded, None if self.following or self._free else cursor)
        self._free = False
        if cursor is not None and cursor.line < 0:  # taken out, or folded away: its row may stand elsewhere now
            near = tree.lines[min(before, len(tree.lines) - 1)] if tree.lines else None
            self._cursor = tree.find(cursor.row.key) or near
        self._laid(before)
        here = _here(rows) if self.following else None
        if here:
            self.go(here)

    def _laid(self, before: int) -> None:
        """As many lines as there are now; that of the cursor, which had the number `before`, stays at its height."""
        top = self.scroll_offset.y
        self.virtual_size = Size(0, len(self._tree.lines))
        self._scroll_update(self.virtual_size)
        if 0 <= before - top < self.size.height and self.cursor_line != before:
            self._top(top + self.cursor_line - before)
        self.refresh()

    def release(self) -> None:
        """What waits above the cursor may come now: the person has moved."""
        self._free = True

    @property
    def owes(self) -> bool:
        """Something waits above the cursor."""
        return self._tree.owes

    @property
    def at(self) -> Key | None:
        """The row under the cursor."""
        return self._cursor.row.key if self._cursor else None

    @property
    def cursor_line(self) -> int:
        """The number of the line under the cursor, from 0; -1 where there is none."""
        return self._cursor.line if self._cursor else -1

    def go_near(self, place: Place) -> None:
        """To a question; where it was not reached, to the one under which it stands."""
        ours: Key = ("question", *place)
        self.go(ours if self._tree.find(ours) else ("question", *home_of(place)))

    def go(self, key: Key) -> None:
        """Move the cursor to a row, if it is in view."""
        if branch := self._tree.find(key):
            self._to(branch)

    # ---------------------------------------------------------------- moving

    def _to(self, branch: Branch) -> None:
        for one in (self._cursor, branch):
            if one is not None:
                self.refresh_line(one.line)
        self._cursor = branch
        self._reveal()

    def _reveal(self) -> None:
        """Scroll as little as brings the cursor into view."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if self.cursor_line >= 0 and height:
            self._top(max(min(top, self.cursor_line), self.cursor_line - height + 1))

    def _top(self, line: int) -> None:
        self.scroll_to(y=line, animate=False, force=True)

    def _move(self, line: int) -> None:
        """The person goes to a line."""
        if lines := self._tree.lines:
            self._to(lines[min(max(line, 0), len(lines) - 1)])
        self._moved()

    def _moved(self) -> None:
        self.following = False
        self._free = self.owes
        if self._cursor is not None:
            self.on_picked(self._cursor.row)

    def action_cursor_down(self) -> None:
        """To the next line."""
        self._move(self.cursor_line + 1)

    def action_cursor_up(self) -> None:
        """To the line before; without a cursor, to the last one."""
        self._move(self.cursor_line - 1 if self._cursor else len(self._tree.lines))

    def action_page_down(self) -> None:
        """A page on."""
        self._move(max(self.cursor_line, 0) + self.scrollable_content_region.height - 1)

    def action_page_up(self) -> None:
        """A page back."""
        line = self.cursor_line if self._cursor else len(self._tree.lines)
        self._move(line - self.scrollable_content_region.height + 1)

    def action_scroll_home(self) -> None:
        """To the first line."""
        self._move(0)

    def action_scroll_end(self) -> None:
        """To the last line."""
        self._move(len(self._tree.lines))

    def action_unfold(self) -> None:
        """Open the question under the cursor, or go into it."""
        branch = self._cursor
        if branch and branch.row.foldable and not branch.open:
            self._fold(branch)
        elif branch and branch.under:
            self.action_cursor_down()

    def action_fold(self) -> None:
        """Close the question under the cursor, or go to the one above it."""
        branch = self._cursor
        if branch and branch.row.foldable and branch.open:
            self._fold(branch)
        elif branch and branch.up and branch.up.line >= 0:
            self._move(branch.up.line)

    def action_unfold_or_fold(self) -> None:
        """Open or close the question under the cursor."""
        if self._cursor:
            self._fold(self._cursor)

    def action_select(self) -> None:
        """Open or close it, and read about it."""
        self.action_unfold_or_fold()
        self._moved()

    def _fold(self, branch: Branch) -> None:
        if branch.row.foldable:
            (self.unfolded.discard if branch.open else self.unfolded.add)(branch.row.key)
            branch.open = not branch.open
            self.on_folded()

    # ---------------------------------------------------------------- mouse

    def _under(self, event: events.MouseEvent) -> Branch | None:
        """The line under the pointer."""
        at, lines = event.get_content_offset(self), self._tree.lines
        line = at.y + self.scroll_offset.y if at is not None else -1
        return lines[line] if 0 <= line < len(lines) else None

    def on_click(self, event: events.Click) -> None:
        """A click is an enter on its line."""
        if branch := self._under(event):
            self._to(branch)
            self.action_select()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The line under the pointer, and those under it, look so."""
        self._hovers(self._under(event))

    def on_leave(self) -> None:
        """The pointer is gone."""
        self._hovers(None)

    def _hovers(self, branch: Branch | None) -> None:
        if branch is not self._hover:
            self._hover = branch
            self.refresh()

    # ---------------------------------------------------------------- drawing

    def on_resize(self) -> None:
        """The cursor stays in view."""
        self._reveal()

    def notify_style_update(self) -> None:
        """Other colours, or the focus came or went."""
        super().notify_style_update()
        self._worn = None

    def _base(self) -> Style:
        """The colours of a line. What is drawn is kept as long as they are the same: the focus changes none but the
        cursor's."""
        if self._worn is None:
            self._worn = (self.rich_style, *map(self.get_component_rich_style, sorted(PARTS)))
            if self._worn != self._drawn_in:
                self._drawn, self._drawn_in = {}, self._worn
        return self._worn[0]

    def render_line(self, y: int) -> Strip:
        """One line."""
        line, width, base = y + self.scroll_offset.y, self.size.width, self._base()
        if line >= len(self._tree.lines):
            return Strip.blank(width, base)
        branch = self._tree.lines[line]
        hover = self._hover is not None and self._hover.holds(branch)
        cursor = self.get_component_rich_style(CURSOR) if branch is self._cursor else None
        shown = Line(branch.row, branch.depth, branch.open, cursor, hover, width)
        if shown not in self._drawn:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            self._drawn[shown] = drawn(shown, self, base)
        return self._drawn[shown]


def _here(rows: Sequence[Row]) -> Key | None:
    """The row at which the walk stands."""
    for row in rows:
        if row.open and (found := _here(row.under)):
            return found
        if row.here:
            return row.key
    return None
