"""A session that nobody sits at: it is walked here, and every visitor of the page sees it from a process of its own."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from sshwizard.fronts.tui.app import Wizard
from sshwizard.model import Target


class Served(Wizard):
    """The wizard without a terminal: what needs one says so, and the keyboard belongs to whoever takes it first."""

    def __init__(self, target: Target, *, read_only: bool) -> None:
        super().__init__(target, read_only=read_only)

    @property
    def is_web(self) -> bool:
        """No terminal can be handed over."""
        return True

    @property
    def piped(self) -> bool:
        """Its parent does not show it."""
        return False

    def _walk(self) -> Screen[Any]:
        from sshwizard.fronts.tui.shared import SharedScreen

        return SharedScreen(self.runner, mode=self.mode, free=True, joinable=not self.read_only)
