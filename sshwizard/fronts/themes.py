"""The colours of the full screen, as a table: what a person can choose, and what was chosen last.

Contrast is that of WCAG 2.2, 1.4.3: 4.5 to 1 between text and what lies behind it, 7 to 1 for high contrast. "It went
well" and "trouble" are a bluish green and an orange red, which also people who see no red or no green tell apart;
the marks themselves say the same without any colour.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from sshwizard import paths

VARIABLE = "SSHWIZARD_THEME"
DEFAULT = "dark"
PLAIN = "mono"
"""What NO_COLOR asks for (no-color.org)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours: hexadecimal, or the names of the terminal's own."""

    name: str
    says: str
    dark: bool
    background: str
    panel: str
    """Behind the first and the last line."""
    surface: str
    """Behind inputs, buttons, and the cursor of a list that has no focus."""
    foreground: str
    dim: str
    """What stands back."""
    primary: str
    """Commands, the cursor, the border that has the focus."""
    good: str
    trouble: str
    note: str
    accent: str
    """Keys, headings, what is looked at."""
    edge: str
    """Borders without the focus, scrollbars."""
    cursor: tuple[str, str]
    """Ink and paper of the line under the cursor."""
    least: float = 4.5
    """The contrast that every text keeps; 0 where the terminal decides."""


_OWN = "ansi_default"

THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        Theme(
            "dark", "light text on a dark ground", True, "#14161a", "#1f232b", "#262b34", "#e4e6ea", "#9aa1ac",
            "#7cb7ff", "#52d3c0", "#ff8a5c", "#f2cc60", "#d2a8ff", "#4a5160", ("#14161a", "#7cb7ff"),
        ),
        Theme(
            "light", "dark text on a light ground", False, "#fbfbf9", "#ebebe6", "#e6e6e0", "#1c1e22", "#565b63",
            "#0b4fa8", "#006a60", "#b02a00", "#6f5200", "#6f3fb5", "#b9bab4", ("#ffffff", "#0b4fa8"),
        ),
        Theme(
            "contrast-dark", "high contrast, on black", True, "#000000", "#000000", "#1a1a1a", "#ffffff", "#c8c8c8",
            "#8ecaff", "#4fe8d2", "#ffa07a", "#ffe066", "#e2c4ff", "#c8c8c8", ("#000000", "#ffffff"), 7,
        ),
        Theme(
            "contrast-light", "high contrast, on white", False, "#ffffff", "#ffffff", "#f0f0f0", "#000000", "#3c3c3c",
            "#003a8c", "#004d45", "#8a1f00", "#5a3d00", "#4b1f8f", "#3c3c3c", ("#ffffff", "#000000"), 7,
        ),
        Theme(
            "ansi-dark", "the terminal's own sixteen colours, for a dark ground", True, _OWN, _OWN, _OWN, _OWN,
            "ansi_white", "ansi_bright_cyan", "ansi_bright_cyan", "ansi_bright_red", "ansi_bright_yellow",
            "ansi_bright_magenta", "ansi_bright_black", ("ansi_black", "ansi_bright_cyan"), 0,
        ),
        Theme(
            "ansi-light", "the terminal's own sixteen colours, for a light ground", False, _OWN, _OWN, _OWN, _OWN,
            "ansi_black", "ansi_blue", "ansi_blue", "ansi_red", "ansi_red", "ansi_blue", "ansi_bright_black",
            ("ansi_bright_white", "ansi_blue"), 0,
        ),
        Theme(
            PLAIN, "no colour at all", True, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN, _OWN,
            (_OWN, _OWN), 0,
        ),
    )
}  # fmt: skip


def chosen() -> str:
    """The theme to begin with: SSHWIZARD_THEME (which --theme sets), else none with NO_COLOR, else the last choice."""
    named = os.environ.get(VARIABLE, "")
    if named in THEMES:
        return named
    if os.environ.get("NO_COLOR"):
        return PLAIN
    with suppress(OSError, UnicodeError):
        kept = paths.theme_file().read_text("utf-8").strip()
        if kept in THEMES:
            return kept
    return DEFAULT


def remember(name: str) -> bool:
    """Keep the choice for the next time; False where nothing can be written."""
    try:
        paths.state_dir()
        with open(paths.theme_file(), "w", encoding="utf-8", opener=paths.for_us) as stream:
            stream.write(f"{name}\n")
    except OSError:
        return False
    return True
