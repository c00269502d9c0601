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


class Keys(Static):
    """Draws keys from the table; those that cannot work now are dim, and say why when they are pressed."""

    def __init__(self) -> None:
        super().__init__("", id="keys")
        self._message = ""

    def draw(self, table: Sequence[Key], reason: Callable[[str], str], width: int) -> None:
        """Show the keys that the table wants here."""
        if self._message:
            return
        made: list[Content] = []
        for key in table:
            if not key.footer:
                continue
            off = bool(reason(key.action))
            shown = look.ours({"←": "<", "→": ">"}.get(key.shown, key.shown) if look.Look.ascii_only else key.shown)
            part = Content.assemble(
                (shown, look.DIM if off else "bold $text-accent"), " ", (say(key.verb), look.DIM if off else "")
            )
            made.append(part.stylize(look.click(f"screen.{key.action}")))
        line = Content("   ").join(made)
        if line.cell_length + 2 > width:
            line = Content("  ").join(made)
        self.update(Content.assemble(" ", line))

    def say(self, text: str) -> bool:
        """Show a message for a few seconds; False when it does not fit on the line."""
        text = say(text)
        if cell_len(text) + 3 > self.size.width:
            return False
        self._message = text
        self.update(Content.assemble(" ", (text, "bold")))
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
