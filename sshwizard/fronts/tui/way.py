"""The left pane: the decision tree, walked and ahead. One Tree widget; rows change in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.fronts.tui.rows import home_of
from sshwizard.language import say
from sshwizard.state import Place


class Way(Tree[Row]):
    """Draws rows. The cursor follows the walk until the person moves it."""

    COMPONENT_CLASSES = {"way--ok", "way--trouble", "way--note", "way--looking", "way--dim"}
    BINDINGS = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("right,l", "unfold", show=False),
        Binding("left,h", "fold", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
    ]
    HELP = "The way: every question that a connection has to pass, in order."

    class Folded(Message):
        """A question was opened or closed; what is under it may have to be filled in."""

    def __init__(self) -> None:
        super().__init__(Text(say("The way")), id="way")
        self.show_root = False
        self.show_guides = False
        self.guide_depth = 2
        self.auto_expand = False
        self.following = True
        self.unfolded: set[Key] = set()
        self.owes = False
        """Something waits above the cursor."""
        self.on_picked: Callable[[Row], object] = lambda row: None
        """Told at once, and not by a message: the page about the row comes in the same frame as the cursor."""
        self._goal: Key | None = None
        self._held: TreeNode[Row] | None = None
        self._free = False
        self.border_title = say("The way")

    # ---------------------------------------------------------------- content

    def draw(self, rows: Sequence[Row]) -> None:
        """Show `rows`: lines that stay keep their place and fold, and the cursor stays on its line.

        While the person reads, nothing is put in, taken out or folded above the cursor; it waits for the next move.
        """
        cursor = self.cursor_node
        kept = cursor.data.key if cursor and cursor.data else None
        self._held = None if self.following or self._free or cursor is None else cursor
        self._free, self.owes = False, False
        self._sync(self.root, rows)
        here = _here(rows)
        if self.following and here:
            self.go(here)
        elif kept and (self.cursor_node is None or self.cursor_node.data is None or self.cursor_node.data.key != kept):
            self.go(kept)

    def release(self) -> None:
        """What waits above the cursor may come now: the person has moved."""
        self._free = True

    @property
    def at(self) -> Key | None:
        """The row under the cursor."""
        node = self.cursor_node
        return node.data.key if node and node.data else None

    def _above(self, node: TreeNode[Row]) -> bool:
        """True where rows under this one stand above the cursor that is held."""
        held = self._held
        if held is None or node.is_root or not node.is_expanded or node.line < 0 or node.line >= held.line:
            return False
        up: TreeNode[Row] | None = held
        while up is not None:
            if up is node:
                return False
            up = up.parent
        return True

    def _folds(self, node: TreeNode[Row]) -> bool:
        """True where folding this row would move the cursor that is held."""
        return self._held is not None and 0 <= node.line < self._held.line

    def _sync(self, parent: TreeNode[Row], rows: Sequence[Row]) -> None:
        have = list(parent.children)
        same = 0
        while same < min(len(have), len(rows)):
            data = have[same].data
            if data is None or data.key != rows[same].key:
                break
            same += 1
        waits = len(have) + len(rows) > 2 * same and self._above(parent)
        self.owes = self.owes or waits
        for node in () if waits else have[same:]:
            node.remove()
        for node, row in zip(have[:same], rows, strict=False):
            if node.data != row:
                was = bool(node.data and node.data.open)
                if row.open != was and self._folds(node):
                    self.owes = True
                    row = replace(row, open=was)
                node.data = row
                node.set_label(Text(row.text))
                node.allow_expand = row.foldable
                if row.open and not was:
                    node.expand()
                elif was and not row.open and row.key not in self.unfolded:
                    node.collapse()
            else:
                node.data = row
            self._sync(node, row.under)
        for row in () if waits else rows[same:]:
            unfolded = row.open or row.key in self.unfolded
            node = parent.add(Text(row.text), row, expand=unfolded, allow_expand=row.foldable)
            self._sync(node, row.under)

    def go_near(self, place: Place) -> None:
        """To a question; where it was not reached, to the one under which it stands."""
        known = {node.data.key for node in self._tree_nodes.values() if node.data}
        ours = ("question", *place)
        self.go(ours if ours in known else ("question", *home_of(place)))

    def go(self, key: Key) -> None:
        """Move the cursor to a row, once it is laid out."""
        self._goal = key
        self.call_after_refresh(self._arrive)

    def _arrive(self) -> None:
        for node in self._tree_nodes.values():
            if node.data and node.data.key == self._goal and node.line >= 0:
                if node.line != self.cursor_line:
                    self.move_cursor(node)
                break
        self._goal = None

    # ---------------------------------------------------------------- moving

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Row]) -> None:
        """Only the person's own moves are told."""
        event.stop()

    def _moved(self) -> None:
        self.following = False
        self._free = self.owes
        if self.cursor_node and self.cursor_node.data:
            self.on_picked(self.cursor_node.data)

    def action_cursor_down(self) -> None:
        super().action_cursor_down()
        self._moved()

    def action_cursor_up(self) -> None:
        super().action_cursor_up()
        self._moved()

    def action_page_down(self) -> None:
        super().action_page_down()
        self._moved()

    def action_page_up(self) -> None:
        super().action_page_up()
        self._moved()

    def action_scroll_home(self) -> None:
        self.cursor_line = 0
        self._moved()

    def action_scroll_end(self) -> None:
        self.cursor_line = self.last_line
        self._moved()

    def action_unfold(self) -> None:
        """Open the question under the cursor, or go into it."""
        node = self.cursor_node
        if node and node.allow_expand and not node.is_expanded:
            self._fold(node)
        elif node and node.children:
            self.action_cursor_down()

    def action_fold(self) -> None:
        """Close the question under the cursor, or go to the one above it."""
        node = self.cursor_node
        if node and node.allow_expand and node.is_expanded:
            self._fold(node)
        elif node and node.parent and not node.parent.is_root:
            self.move_cursor(node.parent)
            self._moved()

    def action_toggle_node(self) -> None:
        """Open or close the question under the cursor."""
        if self.cursor_node:
            self._fold(self.cursor_node)

    def _fold(self, node: TreeNode[Row]) -> None:
        if node.data and node.allow_expand:
            (self.unfolded.discard if node.is_expanded else self.unfolded.add)(node.data.key)
            node.toggle()
            self.post_message(self.Folded())

    def on_tree_node_selected(self, event: Tree.NodeSelected[Row]) -> None:
        """Enter, or a click."""
        event.stop()
        self._fold(event.node)
        self._moved()

    # ---------------------------------------------------------------- drawing

    def render_label(self, node: TreeNode[Row], base_style: Style, style: Style) -> Text:
        """A mark, the words, and at the right what the answer was, if it fits."""
        row = node.data
        if row is None:
            return Text("")
        folds = row.foldable and row.key[0] in {"more", "answer", "limb"}
        fold = ("▾" if node.is_expanded else "▸") if folds else ""
        sign = look.ours(fold) if fold else look.mark(row.mark)
        said = f" {look.mark('said')}" if row.said else ""
        bar = self.styles.scrollbar_size_vertical  # kept free, so that a line is the same when the bar comes
        room = self.size.width - bar - self._depth(node) - cell_len(sign + said) - 1
        words = look.cut(look.ours(row.text), max(room, 8))
        text = Text.assemble((sign + said, self._style(row)), " ", (words, self._ink(row)))
        room -= cell_len(words)
        word = say(row.word)
        if row.key[0] == "answer" and room > 6:
            word = look.cut(word, room - 2)
        elif cell_len(word) + 2 > room:
            word = say("you") if row.said else ""
        if word:
            text.append("  " + word, self.get_component_rich_style("way--dim", partial=True))
        if row.here and room >= 2:
            text.append(look.ours(" ◂"), self._style(row))
        text.pad_right(max(self.size.width - self._depth(node) - text.cell_len, 0))
        text.stylize(style)
        return text

    def get_label_width(self, node: TreeNode[Row]) -> int:
        """Narrow enough that nothing scrolls sideways; long words are cut at the edge."""
        return min(cell_len(say(node.data.text)) + 6 if node.data else 0, max(self.size.width - self._depth(node), 8))

    def _depth(self, node: TreeNode[Row]) -> int:
        depth, up = 0, node.parent
        while up is not None and not up.is_root:
            depth, up = depth + 1, up.parent
        return depth * self.guide_depth

    def _style(self, row: Row) -> Style:
        name = {"ok": "ok", "trouble": "trouble", "looking": "looking", "ahead": "dim", "undone": "dim"}
        return self.get_component_rich_style(f"way--{name.get(row.mark, 'note')}", partial=True)

    def _ink(self, row: Row) -> Style:
        if row.hit:
            return Style(bold=True)
        if row.mark == "ahead":
            return self.get_component_rich_style("way--dim", partial=True)
        return Style(bold=True) if row.here else Style()


def _here(rows: Sequence[Row]) -> Key | None:
    """The row at which the walk stands."""
    for row in rows:
        if row.open and (found := _here(row.under)):
            return found
        if row.here:
            return row.key
    return None
