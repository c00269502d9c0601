"""The two lines at the top: whom it is about, and the stretches of the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from sshwizard.fronts.tui import look
from sshwizard.language import say
from sshwizard.wording import Mark

if TYPE_CHECKING:
    from sshwizard.state import State


class Head(Static):
    """Product, target as typed, where ssh would really go, and whether anything may be changed."""

    def draw(self, state: State | None, mode: str, width: int, name: str = "") -> None:
        """Show whom it is about (or its `name`, as long as nothing is known); `mode` stands at the right edge."""
        left = Content.assemble((" sshwizard", "bold $text-primary"), "  ")
        right = look.ours(mode) + " "
        room = width - left.cell_length - cell_len(right) - 1
        if name:
            left = Content.assemble(left, (look.cut(look.outside(name, 200), max(room, 8)), look.STRONG))
        if state is not None:
            from sshwizard.fronts.tui.rows import address

            typed = look.outside(state.target.input, 200)
            where = look.ours(look.outside(address(state), 200))
            if cell_len(typed) + cell_len(where) + 3 > room and state.target.args:
                typed = look.outside(state.target.args[-1], 200)
            told = typed if not where or where == typed else f"{typed} {look.ours('·')} {where}"
            told = look.cut(told, max(room, 8))
            left = Content.assemble(left, (told, look.STRONG))
        gap = max(width - left.cell_length - cell_len(right), 1)
        self.update(Content.assemble(left, " " * gap, (right, look.DIM)), layout=False)


class Strip(Static):
    """Each stretch with its mark, and the time that looking took."""

    def draw(
        self,
        marks: Mapping[str, Mark],
        seconds: float | None,
        hop: str,
        width: int,
        *,
        took: Mapping[str, float] | None = None,
        awaits: str = "",
    ) -> None:
        """Show the stretches in the room there is: the time goes first, then those that lie ahead.

        While something is looked at, what is awaited stands in the place of what lies ahead; after it, how long each
        stretch took, where there is room.
        """
        clock = f"{seconds:.1f} s" if seconds is not None else ""
        if awaits:
            self._draw_awaited(marks, hop, width, look.ours(look.outside(awaits)))
            return
        shown = dict(marks)
        parts = self._parts(shown, hop, took or {})
        if 1 + parts.cell_length + 2 + cell_len(clock) + 1 > width:
            parts = self._parts(shown, hop)
        if 1 + parts.cell_length + 1 + cell_len(clock) + 1 > width:
            clock = ""
        while parts.cell_length + 1 > width and len(shown) > 1:
            ahead = [name for name, kind in shown.items() if kind == "ahead"]
            fine = [name for name, kind in shown.items() if kind == "ok"]
            del shown[(ahead or fine or list(shown))[-1 if ahead else 0]]
            parts = self._parts(shown, hop)
        gap = max(width - 2 - parts.cell_length - cell_len(clock), 0)
        self.update(Content.assemble(" ", parts, " " * gap, (clock, look.DIM)), layout=False)

    def _draw_awaited(self, marks: Mapping[str, Mark], hop: str, width: int, awaits: str) -> None:
        """The stretches so far, and what the last of them waits for; names of passed ones give way."""
        shown = {name: kind for name, kind in marks.items() if kind != "ahead"}
        parts = self._parts(shown, hop)
        while 1 + parts.cell_length + 2 + cell_len(awaits) > width and len(shown) > 1:
            del shown[next(iter(shown))]
            parts = self._parts(shown, hop)
        told = look.cut(awaits, max(width - 3 - parts.cell_length, 8))
        self.update(Content.assemble(" ", parts, "  ", (told, look.STYLE["looking"])), layout=False)

    def _parts(self, marks: Mapping[str, Mark], hop: str, took: Mapping[str, float] | None = None) -> Content:
        made = [Content.styled(hop, look.DIM)] if hop else []
        for name, kind in marks.items():
            ink = look.DIM if kind == "ahead" else ("bold" if kind in {"trouble", "looking"} else "")
            name_said = say(name)
            part = Content.assemble((name_said, ink) if ink else name_said, " ", (look.mark(kind), look.STYLE[kind]))
            if took and (seconds := took.get(name, 0.0)) >= 0.05:
                part = Content.assemble(part, (f" {seconds:.1f} s", look.DIM))
            made.append(part)
        return Content(" " if look.Look.ascii_only else "  ").join(made)
