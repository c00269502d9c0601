"""The first frame: whom it is about, the stretches of the way, the keys. The rest is loaded behind it.

The tree, its looks and the larger widgets take a tenth of a second to import; nobody has to wait for that
with an empty screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import WALK, Key
from sshwizard.fronts.tui.strip import Head, Strip
from sshwizard.wording import STRETCHES


class Opening(Screen[None]):
    """Three lines, drawn where the next screen draws them, too."""

    TABLE: tuple[Key, ...] = ()

    def __init__(self, name: str, mode: str, then: Callable[[], Screen[Any]]) -> None:
        super().__init__()
        self._about, self._mode, self._then = name, mode, then

    def compose(self) -> ComposeResult:
        """Head, strip, room, keys."""
        yield Head("", id="head")
        yield Strip("", id="strip")
        yield Static("", id="body")
        yield Keys()

    def on_mount(self) -> None:
        """Draw, and go on after the first frame."""
        width = self.size.width or self.app.size.width
        self.query_one(Head).draw(None, self._mode, width, self._about)
        if self._about:
            self.query_one(Strip).draw(dict.fromkeys(STRETCHES, "ahead"), None, "", width)
        self.query_one(Keys).draw(WALK, lambda _: "", width)
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        self.app.push_screen(self._then())
