"""The pictures in screenshots/, made from recorded sessions: nothing live is looked at, so they never differ.

python scripts/screenshots.py             make them
python scripts/screenshots.py --check     exit 1 when one is stale
python scripts/screenshots.py --record [EXERCISE...]   record sessions anew, from practice worlds on this machine
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import Any, TypeVar

from recordings import PICTURES, record, recorded, stage

FONTS = '"Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace'
T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """One screen: a recording, how much of it, the keys that are pressed."""

    name: str
    session: str = ""
    see: str = ""
    """An interview that begins at this message."""
    whole: bool = False
    """True: to the end of the recording; otherwise to its first verdict."""
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (80, 24)
    theme: str = ""
    later: str = ""
    """A target that is not looked at yet."""
    language: str = "en"
    sweep: tuple[str, ...] = ()
    """The recordings whose verdicts stand in a sweep, for several hosts each."""


SWEPT = ("closed-security-group", "closed-security-group", "open-key", "changed-host-key", "wrong-user")
ALL = (
    Picture("verdict", "open-key"),
    Picture("verdict-light", "open-key", theme="light"),
    Picture("verdict-wide", "open-key", size=(140, 40)),
    Picture("preview", "open-key", keys=("f",)),
    Picture("works", "open-key", whole=True),
    Picture("host-key", "changed-host-key"),
    Picture("host-key-preview", "changed-host-key", whole=True, keys=("f",)),
    Picture("cloud", "closed-security-group"),
    Picture("cloud-light", "closed-security-group", theme="light"),
    Picture("cloud-preview", "closed-security-group", keys=("f",)),
    Picture("why", "open-key", keys=("W",)),
    Picture("why-cause", "closed-security-group", keys=("slash", *"revoked", "enter", "W")),
    Picture("filter", "open-key", keys=("slash", *"security", "enter")),
    Picture("filter-wide", "closed-security-group", size=(160, 50), keys=("slash", *"agent", "enter", "n")),
    Picture("tree", later="dana@web-1", keys=("g", "down", "down", "right", *["down"] * 4, "right", "down")),
    Picture(
        "tree-light",
        later="dana@web-1",
        keys=("g", "down", "down", "right", *["down"] * 4, "right", "down"),
        theme="light",
    ),
    Picture("verdict-ja", "open-key", language="ja"),
    Picture(
        "tree-ja",
        later="dana@web-1",
        keys=("g", "down", "down", "right", *["down"] * 4, "right", "down"),
        language="ja",
    ),
    Picture("contrast", "open-key", theme="contrast-dark"),
    Picture("terminal-colours", "open-key", theme="ansi-dark"),
    Picture("themes", "open-key", keys=("ctrl+p", *"Theme", "enter")),
    Picture("sweep", sweep=SWEPT, size=(100, 26), keys=("down",)),
    Picture("evidence", "closed-security-group", keys=("e",)),
    Picture("command-log", "closed-security-group", keys=("semicolon",)),
    Picture("help", "open-key", keys=("question_mark",)),
    Picture("pick"),
    Picture("see", keys=("f2",)),
    Picture("interview", see="permission-denied", keys=("1", "1", "1")),
    Picture("interview-light", see="permission-denied", keys=("1", "1", "1"), theme="light"),
    Picture("interview-verdict", see="timed-out", keys=("1", "1", "6")),
    Picture("disagree", "open-key", keys=("a",)),
    Picture("google", "deny-rule-wins"),
    Picture("google-light", "deny-rule-wins", theme="light"),
    Picture("google-doors", "os-login-on", keys=("d", "down", "down", "down")),
    Picture("doors", "wrong-image-user", keys=("d", "down", "down")),
)


async def draw(picture: Picture) -> str:
    """The screen as SVG."""
    return await shown(picture, lambda app: _svg(app.export_screenshot(title="sshwizard", simplify=True)))


def _svg(svg: str) -> str:
    return portable("\n".join(row.rstrip() for row in svg.splitlines()) + "\n")


async def shown(picture: Picture, take: Callable[[Any], T]) -> T:
    """What `take` makes of the app, with the picture's screen on it."""
    from sshwizard.fronts.tui.app import Wizard
    from sshwizard.probes import typed
    from sshwizard.runner import Runner
    from sshwizard.tree.limbs import limb

    with stage() as home, speaking(picture.language):
        runner = Runner(recorded(picture.session, home, whole=picture.whole)) if picture.session else None
        known = len(runner.events) if runner else 0
        target = typed.parse([picture.later]) if picture.later else None
        app = Wizard(target, runner=runner, see=limb(picture.see), later=bool(picture.later))
        if picture.sweep:
            app.opens = partial(_swept, picture.sweep, home)
        if picture.theme:
            app.theme = picture.theme
        async with app.run_test(size=picture.size) as pilot:
            await settle(pilot)
            if runner and len(runner.events) != known:
                raise SystemExit(f"{picture.session}: a question has no answer in it; record it anew: --record")
            for key in picture.keys:
                await pilot.press(key)
                await settle(pilot)
            for line in app.screen.query("Input"):
                line.cursor_blink = False  # type: ignore[attr-defined]
            await pilot.pause()
            return take(app)


def _swept(sessions: Sequence[str], home: Path) -> Any:
    """A sweep that is over; the hosts have the verdicts of recordings."""
    from sshwizard.fleet.rows import Row, row
    from sshwizard.fleet.sweeping import Sweep
    from sshwizard.fronts.tui.fleet import FleetScreen
    from sshwizard.runner import Runner

    made = [Row(f"build-{number}", "healthy") for number in range(1, 8)]
    for number, session in enumerate(sessions, 1):
        found = Runner(recorded(session, home, whole=False)).verdict()
        assert found
        made += [row(f"{'web' if number < 3 else 'db'}-{number}{letter}", found, 400, "") for letter in "abcd"]
    return FleetScreen(Sweep((), None), made, lambda one: None)


@contextlib.contextmanager
def speaking(name: str) -> Iterator[None]:
    """In a language, and afterwards in the one before."""
    from sshwizard import language

    before = language.current()
    language.speak(name)
    try:
        yield
    finally:
        language.speak(before)


_CELL, _WIDE = 12.2, 22.0
"""The width of a cell as the pictures draw it, and the size of letters that fill two."""
_TEXT = re.compile(r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"([^>]*)>([^<]*)</text>')


def _in_cells(found: re.Match[str]) -> str:
    """A text with wide letters as runs, each where its cell is: their width was taken for that of Latin ones."""
    from sshwizard.language.cells import is_wide, width

    name, left, top, more, raw = found.groups()
    text = unescape(raw)
    if not is_wide(text):
        return found[0]
    made, x = [], float(left)
    for wide, letters in itertools.groupby(text, is_wide):
        run = "".join(letters)
        room = width(run) * _CELL
        space = f' font-size="{_WIDE:.0f}" letter-spacing="{2 * _CELL - _WIDE:.1f}"' if wide else ""
        shown = escape(run, quote=False).replace("\xa0", "&#160;")
        made.append(f'<text class="{name}" x="{x:.1f}" y="{top}" textLength="{room:.1f}"{space}{more}>{shown}</text>')
        x += room
    return "".join(made)


def portable(svg: str) -> str:
    """The same in every viewer: librsvg drops the spaces at the ends of a text unless they are to be kept (XML 1.0,
    section 2.10), a font that lacks ✓ draws it in another width, and a letter of two cells has the width of two."""
    svg = _TEXT.sub(_in_cells, svg)
    svg = svg.replace("<svg class=", '<svg xml:space="preserve" class=', 1)
    return svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")


async def settle(pilot: Any) -> None:
    """Until nothing is left to be drawn."""
    for _ in range(6):
        await pilot.pause()


def make(check: bool) -> int:
    """Write all pictures, or name those that are stale."""
    stale = []
    for picture in ALL:
        file = PICTURES / f"{picture.name}.svg"
        svg = asyncio.run(draw(picture))
        if not file.exists() or file.read_text("utf-8") != svg:
            stale.append(file.name)
            if not check:
                file.write_text(svg, encoding="utf-8")
    if stale:
        print(("stale: " if check else "made: ") + ", ".join(stale))
    return 1 if check and stale else 0


def main(argv: Sequence[str]) -> int:
    """Record, check or draw."""
    if "--record" in argv:
        record(argv[argv.index("--record") + 1 :])
        return 0
    return make("--check" in argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
