"""The last line: the keys that matter here, or a short message for a few seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.keys import Key
from sshwizard.language import say

_STAYS = 5.0
_STAY = {"help", "leave"}
"""Kept where the line is too narrow for all keys."""


class Keys(Static):
    """Draws keys from the table; those that cannot work now are dim, and say why when they are pressed."""

    def __init__(self) -> None:
        super().__init__("", id="keys")
        self._message = ""

    def draw(self, table: Sequence[Key], reason: Callable[[str], str], width: int) -> None:
        """Show the keys that the table wants here."""
        if self._message:
            return
        shown = fitting(table, width)
        line = Content("   " if _room(shown, 3) <= width else "  ").join(self._key(key, reason) for key in shown)
        self.update(Content.assemble(" ", line), layout=False)

    def _key(self, key: Key, reason: Callable[[str], str]) -> Content:
        off = bool(reason(key.action))
        name = look.ours({"←": "<", "→": ">"}.get(key.shown, key.shown) if look.Look.ascii_only else key.shown)
        part = Content.assemble(
            (name, look.DIM if off else "bold $text-accent"), " ", (say(key.verb), look.DIM if off else "")
        )
        return part.stylize(look.click(f"screen.{key.action}"))

    def say(self, text: str) -> bool:
        """Show a message for a few seconds; False when it does not fit on the line."""
        text = say(text)
        if cell_len(text) + 3 > self.size.width:
            return False
        self._message = text
        self.update(Content.assemble(" ", (text, "bold")), layout=False)
        self.set_timer(_STAYS, lambda: self._over(text))
        return True

    def _over(self, text: str) -> None:
        if self._message == text:
            self.hush()

    def hush(self) -> None:
        """End the message; the screen draws the keys again."""
        self._message = ""
        redraw = getattr(self.screen, "draw_keys", None)
        if redraw:
            redraw()


def fitting(table: Sequence[Key], width: int) -> list[Key]:
    """The keys that the footer shows: more where there is room, fewer where there is not. All stand in the help."""
    shown = [key for key in table if key.footer]
    while _room(shown, 2) > width and (spare := [key for key in shown if key.action not in _STAY]):
        shown.remove(spare[-1])
    for key in table:
        if key.wide and _room([*shown, key], 3) <= width:
            shown = [one for one in table if one in shown or one is key]
    return shown


def _room(keys: Sequence[Key], between: int) -> int:
    """Cells that keys take, with so much air between them."""
    return (
        1
        + sum(cell_len(look.ours(key.shown)) + 1 + cell_len(say(key.verb)) for key in keys)
        + between * (len(keys) - 1)
    )
