"""The full screen. Textual is imported only when a screen is opened: nothing else pays for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sshwizard.exits import Exit

if TYPE_CHECKING:
    from textual.screen import Screen

    from sshwizard.events import Event
    from sshwizard.fleet.rows import Row
    from sshwizard.fleet.runcommand import Means
    from sshwizard.fleet.sweeping import Sweep
    from sshwizard.fronts.tui.fleet import FleetScreen
    from sshwizard.lab.practice import Practice
    from sshwizard.model import Target
    from sshwizard.runner import Runner
    from sshwizard.tree.limbs import Limb


def open_wizard(
    target: Target | None, *, read_only: bool = False, story: str = "", lab: Path | None = None, later: bool = False
) -> Exit:
    """Walk to `target` on the full screen; without one, ask for it first. `later`: only when the person says so."""
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    return Wizard(target, read_only=read_only, story=story, lab=lab, later=later).run_to_exit()


def open_practice(
    target: Target | None, practice: Practice, story: str, runner: Runner | None = None
) -> tuple[Exit, tuple[str, ...]]:
    """An exercise on the full screen: on a target, or on a runner that has its text. Returns ssh's arguments at the
    end, too: a try may have changed them.
    """
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    app = Wizard(target, story=story, lab=practice.world.root, runner=runner)
    app.practice = practice
    code = app.run_to_exit()
    return code, app.runner.state.target.ssh_args if app.runner is not None and runner is None else ()


def open_interview(limb: Limb) -> Exit:
    """Ask on the full screen, beginning at what the person sees; no host is needed."""
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    return Wizard(None, see=limb).run_to_exit()


def open_replay(events: Sequence[Event], source: Path, note: str = "", *, masked: bool = False) -> Exit:
    """Show a recorded session, which was read from `source`; nothing is looked at or changed.

    `note` says what is missing in it, `masked` that it names nobody.
    """
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    app = Wizard(None, replay=tuple(events))
    app.note, app.masked, app.source = note, masked, source
    return app.run_to_exit()


def open_watch(path: Path, *, join: bool = False) -> Exit:
    """Follow a session of another terminal, or join it. Raises BadSession or OSError where it cannot be read."""
    from sshwizard.fronts.watching import Tail

    tail = Tail(path)
    tail.begun()
    guest = None
    if join:
        from sshwizard.fronts.pairing.guest import Guest

        guest = Guest(path)
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    return Wizard(None, watch=tail, guest=guest).run_to_exit()


def open_fleet(sweep: Sweep, rows: list[Row], keep: Callable[[Row], None], means: Means, *, inside: bool = False,
               read_only: bool = False) -> tuple[str, ...]:  # fmt: skip
    """Show a sweep while it goes on; `rows` are known already, and take in the others. What is still to be said at its
    end comes back."""
    _environment()
    from sshwizard.fronts.tui.app import Wizard

    shown: list[FleetScreen] = []

    def screen() -> Screen[None]:
        from sshwizard.fronts.tui.fleet import FleetScreen

        shown.append(FleetScreen(sweep, rows, keep, means, inside=inside))
        return shown[0]

    app = Wizard(None, read_only=read_only)
    app.opens = screen
    app.run_to_exit()
    if not shown or shown[0].look is None:
        return ()
    from sshwizard.fronts import fleetinside

    return tuple(fleetinside.obstacles(shown[0].look))


def _environment() -> None:
    """An empty NO_COLOR means colours (no-color.org).

    On this computer an escape sequence comes in one piece, so esc is waited for 25 ms and not 100, and a frame
    follows the last one after 8 ms; over ssh Textual's own times stay.
    """
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]
    if not os.environ.get("SSH_CONNECTION"):
        os.environ.setdefault("ESCDELAY", "25")
        os.environ.setdefault("TEXTUAL_FPS", "120")
