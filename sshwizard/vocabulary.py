"""The stable vocabulary: every cause code and every action id the product can name.

Codes are part of the public contract: never renamed, never reused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sshwizard import access, prices
from sshwizard.model import Risk


@dataclass(frozen=True, slots=True)
class Entry:
    """One cause as the vocabulary knows it, whether or not the tree can find it yet."""

    code: str
    title: str
    why: str
    symptoms: tuple[str, ...]
    where: str
    proof: str
    actions: tuple[str, ...]
    siblings: tuple[str, ...]
    """Causes that look the same from outside when this one is not proved."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do about a cause."""

    id: str
    kind: str
    title: str
    does: str
    undo: str
    risk: Risk
    group: str
    """repair changes the world, try changes only this run, guide is words, door is another way in."""

    @property
    def needs(self) -> str:
        """What access it needs, in words."""
        return access.WORDS[access.of_action(self.id)]

    @property
    def price(self) -> str:
        """By what it is billed, and where the figure stands; empty where it costs nothing."""
        return prices.said(self.id)


@cache
def causes() -> dict[str, Entry]:
    """All causes by code."""
    return {
        row["code"]: Entry(
            row["code"],
            row["title"],
            row["why"],
            tuple(row["symptom"]),
            row["where"],
            row["proof"],
            tuple(row["fixes"]),
            tuple(row["siblings_when_unproven"]),
        )
        for row in _load("causes.json")
    }


@cache
def actions() -> dict[str, Action]:
    """All actions by id."""
    return {
        row["id"]: Action(row["id"], row["kind"], row["title"], row["does"], row["undo"], row["safety"], row["class"])
        for row in _load("actions.json")
    }


def _load(name: str) -> list[dict]:  # type: ignore[type-arg]
    rows: list[dict] = json.loads(Path(__file__).with_name("data").joinpath(name).read_text("utf-8"))  # type: ignore[type-arg]
    return rows
