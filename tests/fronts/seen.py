"""What stands on a screen."""

from __future__ import annotations

from typing import Any

from textual.app import App


def shown(app: App[Any]) -> str:
    """All of it, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
