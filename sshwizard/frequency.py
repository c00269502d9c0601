"""How often each cause was the proved one on this computer lately: one small file a session, in a directory of ours.

Its name is that of the session, in it stand codes of causes, and it never leaves this computer. Among causes that
nothing tells apart the ones that were met before stand first (`verdict`); it decides nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sshwizard import paths
from sshwizard.model import Fact

NAME = "frequency"
"""The fact in a session: it stands beside the tree, so that a replay tells what was known then."""
NO_FREQUENCY = "SSHWIZARD_NO_FREQUENCY"
"""When set (not 0), nothing is counted and nothing is asked."""
LATELY = 100
"""Sessions that count: the newest ones that failed."""
_MOST = 4096
"""Bytes that are read of one file."""


def note(session: str, causes: Iterable[str]) -> None:
    """What a failed session (or a sweep) proved; what it told last counts. What cannot be written is not counted."""
    if _off():
        return
    with suppress(OSError):
        paths.state_dir()
        (folder := paths.frequency_dir()).mkdir(exist_ok=True, mode=0o700)
        with open(folder / f"{session}.json", "w", encoding="utf-8", opener=paths.for_us) as stream:
            json.dump(sorted(set(causes)), stream)
        if len(files := sorted(folder.iterdir())) > 2 * LATELY:
            for old in files[:-LATELY]:
                old.unlink()


def look(codes: Iterable[str]) -> Fact[Any] | None:
    """How often each of these was the proved cause; None where none ever was."""
    newest = [] if _off() else _newest()
    counts = Counter(code for causes in newest for code in causes)
    met = {code: counts[code] for code in codes if counts[code]}
    if not met:
        return None
    of = len(newest)
    says = f"Causes that look the same from here and were met on this computer before: {len(met)}."
    return Fact("met", says, data={"counts": met, "of": of})


def counts_of(fact: Fact[Any] | None) -> tuple[Mapping[str, int], int]:
    """The counts, and out of how many sessions; nothing where the fact does not hold them (a file from elsewhere)."""
    told = fact.data if fact is not None else {}
    counts, of = told.get("counts"), told.get("of")
    if not isinstance(counts, Mapping) or not isinstance(of, int):
        return {}, 0
    return {str(code): number for code, number in counts.items() if type(number) is int and 0 < number <= of}, of


def said(number: int, of: int) -> str:
    """The count in words."""
    return f"The proved cause of {number} of the last {of} failed sessions on this computer."


def _off() -> bool:
    return os.environ.get(NO_FREQUENCY, "") not in {"", "0"}


def _newest() -> list[set[str]]:
    """The causes of each session that counts. Their names begin with the time."""
    try:
        files = sorted(paths.frequency_dir().iterdir())[-LATELY:]
    except OSError:
        return []
    return [causes for file in files if (causes := _causes(file)) is not None]


def _causes(file: Path) -> set[str] | None:
    """None where a crash, or somebody else, left no list of codes."""
    try:
        with file.open("rb") as stream:
            told = json.loads(stream.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return None
    return {str(code) for code in told} if isinstance(told, list) else None
