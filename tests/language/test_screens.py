"""Every screen in Japanese on 80x24: nothing of ours is left in English, nothing is cut that is whole in English, and
the frames stand on their cells."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import Any

import pytest
import recordings
from translating import catalogues
from translating.rules import COMPLETE
from translating.sources import ROOMS

import screenshots
from sshwizard.fronts.reports import recording
from sshwizard.language.catalogue import _ENGLISH
from sshwizard.language.cells import width
from sshwizard.tree.limbs import LIMBS

ALIKE = {"host-key-preview", "google-doors", "works", "why-cause", "themes"}
"""Screens of which another picture has all, or whose keys type an English word."""
PICTURES = [
    one
    for one in screenshots.ALL
    if one.size == (80, 24) and not one.theme and one.language == "en" and one.name not in ALIKE
]
SAME = " ".join(goal for source, goal in catalogues.read_all("ja").items() if source == goal)
"""What stays as it is by its translation: messages of ssh, commands."""
NOTED = "ssh for dana, allow rule allow-ssh-dana (10…"
"""The description of a rule, which everybody reads; a name that was cut where it was recorded."""
FRAME = "╭╮╰╯│┌┐└┘"


def taken(app: Any) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def shown(picture: screenshots.Picture, name: str) -> list[str]:
    return asyncio.run(screenshots.shown(dataclasses.replace(picture, language=name), taken))


def seen(picture: screenshots.Picture) -> str:
    """What may stand on the screen as it is: lines, commands, what was typed."""
    if not picture.session:
        return " ".join((SAME, *(limb.sees for limb in LIMBS)))
    events = recording.opened(recordings.SESSIONS / f"{picture.session}.jsonl").events
    facts = [fact for event in events if (fact := getattr(event, "fact", None))]
    said = [text for fact in facts for text in (*fact.lines, fact.command)]
    return " ".join((SAME, NOTED, *said))


def english(row: str, known: str) -> list[str]:
    """Words in a row that are neither Japanese nor a piece of what was seen."""
    found = [hit for part in re.split(f"[{FRAME}]|  +|sshwizard [a-z ]+", row) for hit in _ENGLISH.findall(part)]
    return [words for words in found if words not in known]


def frames(rows: list[str]) -> list[tuple[int, int, str]]:
    """Where frames stand, in cells."""
    found = []
    for number, row in enumerate(rows):
        at = 0
        for letter in row:
            if letter in FRAME:
                found.append((number, at, letter))
            at += width(letter)
    return found


def cut(rows: list[str]) -> int:
    """Dots where text was cut, without the tree's hints at what would come next."""
    return sum(row.count("…") for row in rows if "→" not in row)


@pytest.mark.skipif(set(COMPLETE) != set(ROOMS), reason="not translated yet")
@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_screen(picture: screenshots.Picture) -> None:
    rows = shown(picture, "ja")
    assert [width(row) for row in rows] == [80] * len(rows)
    found = frames(rows)
    corners = {at for _, at, letter in found if letter not in "│"}
    assert {at for _, at, letter in found if letter == "│"} <= corners
    known = seen(picture)
    assert [words for row in rows for words in english(row, known)] == []
    if any("…" in row for row in rows):
        assert cut(rows) <= cut(shown(picture, "en"))
