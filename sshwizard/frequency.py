"""How often each cause was the proved one on this computer lately: one line a session in a small file of ours.

It holds the codes of causes and the names of our own session files, and it never leaves this computer. Among causes
that nothing tells apart the ones that were met before stand first (`verdict`); it decides nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sshwizard import paths
from sshwizard.model import Fact

NAME = "frequency"
"""The fact in a session: it stands beside the tree, so that a replay tells what was known then."""
NO_FREQUENCY = "SSHWIZARD_NO_FREQUENCY"
"""When set (not 0), nothing is counted and nothing is asked."""
LATELY = 100
"""Sessions that count: the newest ones that failed."""
_MOST = 64 * 1024
"""Bytes that are read; a file that grew to twice as much is cut down to them."""


def note(session: str, causes: Iterable[str]) -> None:
    """What a session that failed (or a sweep) proved; the newest line of a session counts. What cannot be written is
    not counted."""
    if _off():
        return
    with suppress(OSError):
        paths.state_dir()
        _cut()
        with open(paths.frequency_file(), "a", encoding="utf-8", opener=paths.for_us) as stream:
            stream.write(json.dumps({"session": session, "causes": sorted(set(causes))}) + "\n")


def look(codes: Iterable[str]) -> Fact[Any] | None:
    """How often each of these was the proved cause; None where none ever was."""
    sessions = {} if _off() else dict(_sessions())
    newest = list(sessions.values())[-LATELY:]
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


def _sessions() -> Iterator[tuple[str, tuple[str, ...]]]:
    try:
        with paths.frequency_file().open("rb") as stream:
            stream.seek(max(stream.seek(0, os.SEEK_END) - _MOST, 0))
            rows = stream.read(_MOST).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for row in rows:
        with suppress(ValueError, KeyError, TypeError):  # torn by a crash, or the half of a line
            told = json.loads(row)
            yield str(told["session"]), tuple({str(code) for code in told["causes"]})


def _cut() -> None:
    """Keep the end of a file that grew."""
    place = paths.frequency_file()
    if not place.exists() or place.stat().st_size < 2 * _MOST:
        return
    kept = place.read_bytes()[-_MOST:].partition(b"\n")[2]
    beside = place.with_suffix(".new")
    with open(beside, "wb", opener=paths.for_us) as stream:
        stream.write(kept)
    beside.replace(place)
