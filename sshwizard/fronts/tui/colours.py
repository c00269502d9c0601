"""A theme of our table on a Textual application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App
from textual.theme import Theme as Dress

from sshwizard.fronts import themes
from sshwizard.fronts.themes import THEMES, Theme


@contextmanager
def bare() -> Iterator[None]:
    """Textual's own way with NO_COLOR, all in greys and black where the terminal decides, is kept out in this block."""
    asked = os.environ.pop("NO_COLOR", None)
    try:
        yield
    finally:
        if asked is not None:
            os.environ["NO_COLOR"] = asked


def dress(app: App[Any]) -> None:
    """Let `app` know our themes, and wear the chosen one."""
    for theme in THEMES.values():
        app.register_theme(made(theme))
    app.theme = themes.chosen()
    app.no_color = app.theme == themes.PLAIN


def made(theme: Theme) -> Dress:
    """What Textual derives from a few colours is said outright wherever text stands on it."""
    ink, paper = theme.cursor
    return Dress(
        name=theme.name,
        dark=theme.dark,
        ansi=theme.background.startswith("ansi"),
        primary=theme.primary,
        secondary=theme.primary,
        success=theme.good,
        error=theme.trouble,
        warning=theme.note,
        accent=theme.accent,
        foreground=theme.foreground,
        background=theme.background,
        surface=theme.surface,
        panel=theme.panel,
        boost=theme.panel,
        variables={
            "dim": theme.dim,
            "ansi-background": theme.background,
            "ansi-foreground": theme.foreground,
            "text": theme.foreground,
            "text-muted": theme.dim,
            "text-disabled": theme.dim,
            "foreground-muted": theme.dim,
            "text-primary": theme.primary,
            "text-secondary": theme.primary,
            "text-success": theme.good,
            "text-error": theme.trouble,
            "text-warning": theme.note,
            "text-accent": theme.accent,
            "border": theme.primary,
            "border-blurred": theme.edge,
            "block-cursor-foreground": ink,
            "block-cursor-background": paper,
            "block-cursor-blurred-foreground": theme.foreground,
            "block-cursor-blurred-background": theme.surface,
            "block-hover-background": theme.surface,
            "button-foreground": theme.foreground,
            "button-color-foreground": ink,
            "input-selection-foreground": ink,
            "input-selection-background": paper,
            "screen-selection-foreground": ink,
            "screen-selection-background": paper,
            "scrollbar": theme.edge,
            "scrollbar-hover": theme.primary,
            "scrollbar-active": theme.primary,
            "scrollbar-background": theme.background,
            "scrollbar-background-hover": theme.background,
            "scrollbar-background-active": theme.background,
            "scrollbar-corner-color": theme.background,
        },
    )
