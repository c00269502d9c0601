"""What one key changes is painted in one frame."""

from __future__ import annotations

import contextlib
from typing import Generic

from textual.screen import Screen, ScreenResultType


class OneFrame(Screen[ScreenResultType], Generic[ScreenResultType]):
    """A screen whose frames show all that its widgets want painted by then.

    Textual paints those of them whose message has come; the others, which may stand in the frame already, would be
    painted (once more) by a second one, some 10 ms later.
    """

    def _compositor_refresh(self) -> None:
        with contextlib.suppress(AttributeError):  # a Textual with other names inside: two frames, as everywhere
            shown = self._compositor.visible_widgets
            self._compositor.update_widgets({widget for widget in shown if widget._repaint_regions})
        super()._compositor_refresh()
