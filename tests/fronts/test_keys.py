"""One table of keys for each screen: bindings, footer, palette and help are made from it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen

from sshwizard.fronts import tui
from sshwizard.fronts.tui import footer, pages
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.keys import Key
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.opening import Opening

_LISTS = {"down", "up"}
"""j and k beside the arrows, in screens that are one list."""


def screens() -> Iterator[type[Screen[Any]]]:
    """Every screen of the package that a person can meet."""
    for module in pkgutil.iter_modules(tui.__path__):
        found = importlib.import_module(f"{tui.__name__}.{module.name}")
        for name, kind in vars(found).items():
            ours = isinstance(kind, type) and issubclass(kind, Screen) and kind.__module__ == found.__name__
            if ours and "compose" in {part for base in kind.__mro__[:-4] for part in vars(base)}:
                assert name
                yield kind


ALL = [kind for kind in screens() if kind is not Opening]


def table(kind: type[Any]) -> tuple[Key, ...]:
    return tuple(kind.TABLE)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_action_of_a_screen_stands_in_its_table(kind: type[Any]) -> None:
    known = {key.action for key in table(kind)} | {
        key.action for base in kind.__mro__ for key in vars(base).get("TABLE", ())
    }
    for base in kind.__mro__:
        for binding in vars(base).get("BINDINGS", ()) if base.__module__.startswith("sshwizard") else ():
            assert isinstance(binding, Binding)
            name = binding.action.partition("(")[0]
            assert name in known | _LISTS | {"choose", "answer"}, binding
    for key in table(kind):
        room, _, name = key.action.rpartition(".")
        if key.keys:
            assert hasattr(Wizard if room == "app" else kind, f"action_{name}"), key.action


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_key_means_two_things_on_a_screen(kind: type[Any]) -> None:
    keys = [one for key in table(kind) for one in key.keys.split(",") if one]
    assert len(keys) == len(set(keys)), sorted(keys)
    verbs = [key.verb for key in table(kind) if key.palette]
    assert len(verbs) == len(set(verbs))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_help_tells_every_key_and_the_footer_fits_the_design_size(kind: type[Any]) -> None:
    sheet = Sheet(78)
    pages.help_page("", table(kind))(sheet)
    text = " ".join(sheet.content().plain.split())
    for key in table(kind):
        assert " ".join(key.says.split()) in text, key
    assert set(footer.fitting(table(kind), 80)) >= {key for key in table(kind) if key.footer}
    narrow = {key.action for key in footer.fitting(table(kind), 40)}
    assert narrow >= {key.action for key in table(kind) if key.footer and key.action in {"help", "leave"}}


def test_a_long_line_of_help_hangs_beside_its_key() -> None:
    sheet = Sheet(50)
    pages.help_page("", (Key("long", "a", "a", "Long", "word " * 30, "Look"),))(sheet)
    lines = [line.plain for line in sheet.lines]
    at = next(number for number, line in enumerate(lines) if line.startswith("  a "))
    assert lines[at + 1].startswith(" " * 13 + "word")
