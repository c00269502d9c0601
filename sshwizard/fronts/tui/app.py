"""The application: which session it is about, and which screen is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from sshwizard import clean
from sshwizard.fronts.tui import colours, look
from sshwizard.fronts.tui.lifecycle import Lifecycle
from sshwizard.language import say

if TYPE_CHECKING:
    from sshwizard.events import Event
    from sshwizard.fronts.pairing.guest import Guest
    from sshwizard.fronts.tui.pages import Written
    from sshwizard.fronts.watching import Tail
    from sshwizard.lab.practice import Practice
    from sshwizard.model import Target
    from sshwizard.tree.limbs import Limb


class Wizard(Lifecycle, inherit_bindings=False):
    """One session, or the question which one it should be."""

    TITLE = "sshwizard"
    note, masked, source = "", False, Path()  # of a recording: what it lacks, whether it names nobody, its file
    practice: Practice | None = None
    """The exercise that is being done."""
    CSS = """
    Screen { layout: vertical; background: $background; }
    Static, Pane { link-style: none; link-color: $foreground; link-style-hover: none; }
    #head, #keys { height: 1; background: $panel; }
    #strip { height: 1; }
    #body { height: 1fr; }
    """
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        target: Target | None,
        *,
        read_only: bool = False,
        story: str = "",
        lab: Path | None = None,
        replay: Sequence[Event] = (),
        runner: Any = None,
        see: Limb | None = None,
        watch: Tail | None = None,
        later: bool = False,
        guest: Guest | None = None,
    ) -> None:
        """`later`: nothing is looked at before the person says so."""
        with colours.bare():
            super().__init__()
        colours.dress(self)
        self.animation_level = "none"  # nothing slides: a page is where its key says, at once
        look.Look.setup()
        if look.Look.ascii_only:
            self.add_class("-ascii")
        self.target, self.read_only, self.story, self.lab = target, read_only, story, lab
        self.replay = tuple(replay)
        self.runner = runner
        self.see, self.tail, self.guest, self.later = see, watch, guest, later
        self.opens: Callable[[], Screen[Any]] | None = None
        """A first screen of another kind than the walk."""
        self.unkept = ""
        """Why the session has no file; empty where it has one."""

    def get_default_screen(self) -> Screen[Any]:
        """The first frame; the screen that was asked for follows behind it."""
        from sshwizard.fronts.tui.opening import Opening

        name = self.target.input if self.target else ""
        if self.target and len(name) > 40 and self.target.args:
            name = self.target.args[-1]
        return Opening(name, self.mode, self._first)

    def _first(self) -> Screen[Any]:
        """The walk, a recording, or the question whom to reach."""
        if self.opens is not None:
            return self.opens()
        if self.replay:
            from sshwizard.fronts.tui.replay import ReplayScreen

            return ReplayScreen(self.replay, self.note, self.source if self.source.name else None, masked=self.masked)
        if self.tail is not None and self.guest is not None:
            from sshwizard.fronts.tui.join import JoinScreen

            return JoinScreen(self.tail, self.guest)
        if self.tail is not None:
            from sshwizard.fronts.tui.watch import WatchScreen

            return WatchScreen(self.tail)
        if self.see is not None:
            return self._interview(self.see)
        if self.runner is None and self.target is None:
            from sshwizard.fronts.tui.pick import PickScreen

            return PickScreen()
        if self.runner is None:
            assert self.target is not None
            self.runner = self._live(self.target)
        if self.runner.state.mode == "hand":
            from sshwizard.fronts.tui.interview import InterviewScreen

            return InterviewScreen(self.runner)
        return self._walk()

    def _walk(self) -> Screen[Any]:
        """The main screen of a session that others may join."""
        from sshwizard.fronts.tui.shared import SharedScreen

        return SharedScreen(self.runner, mode=self.mode, story=self.story, later=self.later)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What a theme of Textual's own lacks."""
        return {"dim": "#8a8f98"}

    @property
    def mode(self) -> str:
        """What may happen, for the right edge of the first line."""
        if self.replay:
            return "replay"
        if self.tail:
            return "watching"
        return "practice" if self.lab else "read-only" if self.read_only else "read-write"

    def _live(self, target: Target) -> Any:
        from sshwizard.runner import Runner

        runner = Runner.live(target, store=self._store(target.input), read_only=self.read_only)
        runner.journal.hand_over = None if self.is_web else self.lend
        return runner

    def _store(self, name: str) -> Any:
        from sshwizard.store import Store

        self.unkept = ""
        try:  # a practice session goes with its world
            return Store.create(name, self.lab)
        except OSError as error:
            self.unkept = clean.line(error.strerror or str(error))
            return None

    def _interview(self, limb: Limb) -> Screen[Any]:
        from sshwizard.fronts.tui.interview import InterviewScreen
        from sshwizard.runner import Runner

        self.runner = Runner.by_hand(limb, store=self._store(limb.id))
        return InterviewScreen(self.runner)

    def open_limb(self, limb: Limb) -> None:
        """From what the person sees to the questions."""
        self.switch_screen(self._interview(limb))

    def open_sights(self) -> None:
        """Ask what the person sees."""
        from sshwizard.fronts.tui.see import SeeScreen

        self.runner = None
        self.switch_screen(SeeScreen())

    def open_pick(self) -> None:
        """Ask whom the person wants to reach."""
        from sshwizard.fronts.tui.pick import PickScreen

        self.switch_screen(PickScreen())

    def open_target(self, target: Target) -> None:
        """From the pick screen to the walk."""
        self.runner = self._live(target)
        self.push_screen(self._walk())

    def open_text(self, text: str) -> None:
        """A pasted error or log: shown like a live verdict, with no access to anything."""
        from sshwizard.fronts.tui.walk import WalkScreen
        from sshwizard.runner import Runner

        self.runner = Runner.of_text(text.encode(), "pasted text")
        self.push_screen(WalkScreen(self.runner, mode="pasted text"))

    def read(self, title: str, write: Written, *, small: bool = False, copies: str = "") -> None:
        """Open a page over the screen."""
        from sshwizard.fronts.tui.pages import Page

        if not self.is_screen_installed("page"):
            self.install_screen(Page(), "page")
        page = self.get_screen("page", Page)
        page.show(title, write, small=small, copies=copies)
        if page not in self.screen_stack:
            self.push_screen(page)

    # ---------------------------------------------------------------- palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of this place, from the table of keys, and the theme."""
        for key in getattr(screen, "TABLE", ()):
            if key.palette and screen.check_action(key.action, ()):
                reason = screen.why_not(key.action) if hasattr(screen, "why_not") else ""
                text = f"{say(key.says)} ({key.shown})" + (f" – {say(f'not now: {reason}')}" if reason else "")
                yield SystemCommand(say(key.verb), text, partial(screen.run_action, key.action))
        yield SystemCommand(
            say("Theme"), say("Choose the colours, seen at once; the choice is kept"), self.action_change_theme
        )

    def action_change_theme(self) -> None:
        """Choose the colours; what is kept is worn the next time, too."""
        from sshwizard.fronts.tui.colourpick import Themes, remember

        self.push_screen(Themes(), lambda name: self.say(remember(name)) if name else None)
