"""The colours: what is chosen, that all text can be read in them, and that no meaning needs them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from textual.widgets import OptionList

from sshwizard import paths, wording
from sshwizard.commands import arguments, wizard
from sshwizard.exits import UsageError
from sshwizard.fronts import themes
from sshwizard.fronts.themes import THEMES, Theme
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.colourpick import Themes
from sshwizard.runner import Runner

from .seen import shown
from .test_screens import Recorded, press, settle

Linear = tuple[float, float, float]

CALCULATED = [theme for theme in THEMES.values() if theme.least]
XTERM = {
    "black": "#000000", "red": "#cd0000", "blue": "#0000ee", "white": "#e5e5e5", "bright_black": "#7f7f7f",
    "bright_red": "#ff0000", "bright_yellow": "#ffff00", "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff",
    "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""xterm's own sixteen, as far as our themes use them (XTerm-col.ad)."""


def linear(colour: str) -> Linear:
    """WCAG 2.2, relative luminance: each part without its gamma."""
    parts = Color.parse(colour).rgb
    return tuple(c / 12.92 if (c := part / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for part in parts)  # type: ignore[return-value]


def contrast(one: str, other: str) -> float:
    lights = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


# Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0.
BLIND = {
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def lab(light: Linear) -> tuple[float, float, float]:
    """CIE L*a*b*, D65."""

    def f(t: float) -> float:
        return t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116

    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (sum(a * b for a, b in zip(row, light, strict=True)) for row in rows)
    return 116 * f(y) - 16, 500 * (f(x / 0.95047) - f(y)), 200 * (f(y) - f(z / 1.08883))


def apart(one: str, other: str, kind: str) -> float:
    """How far two colours are apart for such eyes (CIE76; 2.3 is just to be noticed)."""

    def seen(colour: str) -> Linear:
        light = linear(colour)
        return tuple(min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in BLIND[kind])  # type: ignore[return-value]

    return math.dist(lab(seen(one)), lab(seen(other)))


def inks(theme: Theme) -> Iterator[tuple[str, str]]:
    for name in ("foreground", "dim", "primary", "good", "trouble", "note", "accent"):
        for ground in ("background", "panel", "surface"):
            yield getattr(theme, name), getattr(theme, ground)
    yield theme.cursor


@pytest.mark.parametrize("theme", CALCULATED, ids=lambda theme: theme.name)
def test_every_ink_can_be_read_on_every_ground(theme: Theme) -> None:
    assert theme.least >= (7 if "contrast" in theme.name else 4.5)
    for ink, ground in inks(theme):
        assert contrast(ink, ground) >= theme.least, (ink, ground)


@pytest.mark.parametrize(("name", "ground"), [("ansi-dark", "#000000"), ("ansi-light", "#ffffff")])
def test_the_terminal_s_colours_can_be_read_where_they_are_xterm_s(name: str, ground: str) -> None:
    theme = THEMES[name]
    for ink, _ in inks(theme):
        if ink != "ansi_default" and ink not in theme.cursor:
            assert contrast(XTERM[ink.removeprefix("ansi_")], ground) >= 4.5, ink
    ink, paper = theme.cursor
    assert contrast(XTERM[ink.removeprefix("ansi_")], XTERM[paper.removeprefix("ansi_")]) >= 4.5


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("theme", CALCULATED, ids=lambda theme: theme.name)
def test_well_and_trouble_are_told_apart_by_every_eye(theme: Theme, kind: str) -> None:
    assert apart(theme.good, theme.trouble, kind) > 25


@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_two_marks_share_a_glyph(ascii_only: bool) -> None:
    marks = [wording.mark(kind, ascii_only=ascii_only) for kind in wording._UNICODE]
    assert len(set(marks)) == len(marks)


# ------------------------------------------------------------------ on the screen


def painted(app: Wizard) -> Iterator[tuple[str, Any, Any]]:
    """Each piece of text on the uppermost screen, with its ink and its ground; frames and bars are no text.

    What shows through beside a page stands back on purpose.
    """
    page = app.screen.children[0].region if app.screen.is_modal else app.screen.region
    for strip in app.screen._compositor.render_strips()[page.y : page.bottom]:
        for text, style, _ in strip.crop(page.x, page.right):
            if style is not None and any(letter.isalnum() for letter in text):
                ink, ground = style.color, style.bgcolor
                yield text, *((ground, ink) if style.reverse else (ink, ground))


def unreadable(app: Wizard, theme: Theme) -> list[tuple[str, str, str]]:
    found = []
    for text, ink, ground in painted(app):
        if ink is None or ground is None or ink.triplet is None or ground.triplet is None:
            found.append((text, str(ink), str(ground)))
        elif contrast(ink.triplet.hex, ground.triplet.hex) < theme.least:
            found.append((text, ink.triplet.hex, ground.triplet.hex))
    return found


async def worn(app: Wizard, pilot: Any, name: str) -> Theme:
    app.no_color, app.theme = name == themes.PLAIN, name
    await pilot.pause()
    await pilot.pause()
    return THEMES[name]


SCREENS = {
    "verdict": (),
    "answers": ("a",),
    "preview": ("f",),
    "help": ("question_mark",),
    "find": ("slash", "k"),
    "palette": ("colon",),
}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
async def test_all_that_is_painted_can_be_read_in_every_theme(recorded: Recorded, keys: tuple[str, ...]) -> None:
    app = Wizard(None, runner=Runner(recorded("closed-security-group")))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        for theme in CALCULATED:
            wrong = unreadable(app, await worn(app, pilot, theme.name))
            assert not wrong, (theme.name, wrong)
        for name in ("ansi-dark", "ansi-light", "mono"):
            await worn(app, pilot, name)
            mixed = [(text, ink) for text, ink, ground in painted(app) for one in (ink, ground) if one and one.triplet]
            assert not mixed, (name, mixed)


async def test_moving_in_the_list_shows_a_theme_and_enter_keeps_it(recorded: Recorded) -> None:
    app = Wizard(None, runner=Runner(recorded("open-key")))
    async with app.run_test() as pilot:
        await settle(pilot)
        app.action_change_theme()
        await settle(pilot)
        assert isinstance(app.screen, Themes)
        await press(pilot, "down")
        assert app.theme == "light"
        await press(pilot, "escape")
        assert app.theme == "dark"
        assert not paths.theme_file().exists()
        app.action_change_theme()
        await press(pilot, "down", "down", "enter")
        assert app.theme == "contrast-dark"
        assert themes.chosen() == "contrast-dark"
        assert "Other people can read" in shown(app)
    again = Wizard(None, runner=Runner(recorded("open-key")))
    assert again.theme == "contrast-dark"


async def test_without_colours_the_cursor_is_reversed(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Wizard(None, runner=Runner(recorded("open-key")))
    assert app.theme == themes.PLAIN
    async with app.run_test() as pilot:
        await settle(pilot)
        strips = app.screen._compositor.render_strips()
        turned = "".join(text for strip in strips for text, style, _ in strip if style and style.reverse)
        assert "A usable key?" in turned
        await press(pilot, "a")
        assert app.screen.query_one("#answers", OptionList).has_focus
        strips = app.screen._compositor.render_strips()
        assert any(style.reverse for strip in strips for text, style, _ in strip if style and text.strip())


def test_what_is_named_outranks_no_color_which_outranks_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert themes.chosen() == "dark"
    assert themes.remember("light")
    assert themes.chosen() == "light"
    monkeypatch.setenv("NO_COLOR", "")
    assert themes.chosen() == "light"
    monkeypatch.setenv("NO_COLOR", "1")
    assert themes.chosen() == "mono"
    monkeypatch.setenv("SSHWIZARD_THEME", "ansi-light")
    assert themes.chosen() == "ansi-light"
    monkeypatch.setenv("SSHWIZARD_THEME", "no-such")
    assert themes.chosen() == "mono"


def test_a_theme_file_of_anything_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "theme"
    monkeypatch.setattr(paths, "theme_file", lambda: kept)
    for written in (b"\xff\xfe", b"", b"x" * 9999, b"../../etc"):
        kept.write_bytes(written)
        assert themes.chosen() == "dark"


def test_an_unknown_theme_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match="contrast-light"):
        wizard.main(["--theme", "pink", "web-1"])


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [("ACCESSIBLE", "1", "ACCESSIBLE"), ("SSHWIZARD_ACCESSIBLE", "1", "sshwizard ask"), ("TERM", "dumb", "dumb")],
)
def test_where_the_screen_is_not_the_right_one_that_is_said(
    name: str, value: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    assert not arguments.unfit()
    monkeypatch.setenv(name, value)
    assert word in arguments.unfit()


def test_the_themes_have_names_of_their_own() -> None:
    assert all(one.name != two.name for one, two in itertools.combinations(THEMES.values(), 2))
