"""The filter of the tree: `/` and some words leave the questions and causes that fit, with their parents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.hand import ByHand
from sshwizard.fronts.tui.keys import REPLAY
from sshwizard.fronts.tui.row import Row
from sshwizard.fronts.tui.rows import rows, summary
from sshwizard.fronts.tui.sift import OF, Sifted, sift

if TYPE_CHECKING:
    from sshwizard.state import Place, State


_STEPS = {key.action for key in REPLAY}
"""What steps through a recording comes before all other keys."""


class Sieve(Input):
    """The line of the filter, in the place of the footer."""

    value = Reactive("", layout=False, init=False)  # another letter is no other layout
    virtual_size = Reactive(Size(0, 0), layout=False)
    BINDINGS = [
        Binding("down", "screen.next_hit", show=False),
        Binding("up", "screen.last_hit", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(
            placeholder=look.ours("words of a question or a cause · enter keeps them · esc brings all back"),
            compact=True,
            id="sieve",
        )
        self.on_typed: Callable[[str], object] = lambda text: None
        """Told with the letter itself, so that the tree is painted with it."""

    def watch_value(self, value: str) -> None:
        """It has other words."""
        self.on_typed(value)


class Sifts(ByHand):
    """What the filter does on the main screen."""

    filter = ""
    sifted: Sifted | None = None
    _tree: tuple[State | None, object, tuple[Row, ...]] = (None, None, ())
    """What the whole tree was last made of, and the tree."""

    if TYPE_CHECKING:

        @property
        def waiting(self) -> Place | None: ...
        def draw_advice(self) -> None: ...
        def draw_keys(self) -> None: ...

    def draw_tree(self) -> None:
        """The tree, or what the filter leaves of it."""
        state, unfolded = self.runner.state, self.way.unfolded
        wanted = bool(self.filter.strip())
        self.sifted = sift(state, self.waiting, unfolded, self.filter, self.verdict) if wanted else None
        if self.sifted is not None:
            self.way.release()
            self.way.border_title = Content(f"{look.ours('The way')}  /{look.outside(self.filter, 18)}")
            self.way.border_subtitle = Content(look.ours(f"{len(self.sifted.hits)} of {OF}"))
            self.way.draw(self.sifted.rows)
        else:
            self.way.border_title = Content(look.ours("The way"))
            self.way.border_subtitle = Content(look.ours(summary(state)))
            self.way.draw(self._grown())

    def _grown(self) -> tuple[Row, ...]:
        """The whole tree. Most keys only move in it: it is made anew where the session or a fold is another."""
        of = (self.waiting, frozenset(self.way.unfolded))
        if self._tree[0] is not self.runner.state or self._tree[1] != of:
            self._tree = (self.runner.state, of, rows(self.runner.state, *of))
        return self._tree[2]

    # ---------------------------------------------------------------- keys

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        if action in {"next_hit", "last_hit"} and not (self.sifted and self.sifted.hits):
            return "Nothing fits the filter." if self.sifted else "There is no filter: / sets one."
        return super().why_not(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the filter is typed, letters and arrows are its own."""
        if action in _STEPS and self.query_one(Sieve).display:
            return False
        return super().check_action(action, parameters)

    def action_find(self) -> None:
        """Type the filter; the tree follows with every letter."""
        sieve = self.query_one(Sieve)
        self.foot.display, sieve.display = False, True
        self.way.add_class("-sifting")
        sieve.value = self.filter
        self.set_focus(sieve)

    def on_key(self, event: events.Key) -> None:
        """Fast fingers: what is typed right behind the slash belongs to the filter, though it came while the tree
        still had the keys. It must never be taken for an action."""
        sieve = self.query_one(Sieve)
        if sieve.display and event.is_printable and event.character:
            event.stop()
            sieve.insert_text_at_cursor(event.character)
        elif event.key == "slash":
            event.stop()
            self.action_find()

    def sifts(self, words: str) -> None:
        """Every letter narrows the tree."""
        if words != self.filter:
            self.filter, self.asks = words, None
            self.way.following = False
            self.draw_tree()
            self._to(self.sifted.best if self.sifted else None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter, and the keys go to the tree."""
        if isinstance(event.input, Sieve):
            self._leave_line()
            if not self.filter.strip():
                self._all_back()

    def action_next_hit(self) -> None:
        """To the next match."""
        if not self._blocked("next_hit") and self.sifted:
            self._to(self.sifted.next(self.way.at, 1))

    def action_last_hit(self) -> None:
        """To the match before."""
        if not self._blocked("last_hit") and self.sifted:
            self._to(self.sifted.next(self.way.at, -1))

    async def action_back(self) -> None:
        """esc brings the whole tree back; the place that is read about stays."""
        if self.filter or self.query_one(Sieve).display:
            self._leave_line()
            self._all_back()
        else:
            await super().action_back()

    def _to(self, row: Row | None) -> None:
        self.picked = row
        if row is not None:
            self.way.go(row.key)
        self.draw_advice()
        self.draw_keys()

    def _leave_line(self) -> None:
        self.query_one(Sieve).display, self.foot.display = False, True
        self.way.remove_class("-sifting")
        self.set_focus(self.way)

    def _all_back(self) -> None:
        self.filter, self.sifted = "", None
        self.way.release()
        self.way.following = self.picked is None
        self.draw_tree()
        self.draw_advice()
        self.draw_keys()
        if self.picked is not None and self.picked.place is not None:
            self.way.go_near(self.picked.place)
