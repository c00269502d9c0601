"""What a catalogue must keep to: complete, current, the same gaps, and no text wider than its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sshwizard.language.cells import width
from translating import catalogues
from translating.sources import ROOMS, Message, messages

COMPLETE: tuple[str, ...] = ROOMS
"""Rooms in which nothing may be left in English; with all of them, whole sessions are held to it (tests/language)."""

_GAP = re.compile(r"(?<!\{)\{(\w*)\}(?!\})")
_PERCENT = re.compile(r"%\(\w+\)s|%s")
_QUOTED = re.compile(
    r"(?:gcloud|aws|ssh|sudo|googet|sshwizard)(?: [\w./=~:-]+)+|“[^”]*”|`[^`]*`|'[^']*'|\"[^\"]*\"|『[^』]*』|"
    r"「[^」]*」|（[^）]*）|\([^)]*\)"
)
"""What may stand in English: commands, quoted words, words in brackets."""
_ENGLISH = re.compile(r"(?<![\w/.-])[a-z]{2,}(?: +[a-z]{2,}){3,}")
_HALF_STOP = re.compile(r"[、。]\s|\s[、。]|[,.](?=[ぁ-ん])")


def check(language: str) -> list[str]:
    """What is wrong, one a line."""
    found = messages()
    known = catalogues.read_all(language)
    rows: list[str] = []
    for room, texts in found.items():
        listed = catalogues.read(language, room)
        if list(listed) != [one.text for one in texts]:
            rows.append(f"{room}.po is not that of the sources: scripts/translations.py --update")
        for one in texts:
            told = known.get(one.text, "")
            reasons = list(_wrong(one, told)) if told else ["not translated"]
            rows += [f"{room}.po: {one.text!r}: {reason}" for reason in reasons]
    path = catalogues.compiled_path(language)
    if not path.exists() or path.read_bytes() != catalogues.compiled(language):
        rows.append(f"{path.name} is not that of the .po files: scripts/translations.py --compile")
    return rows


def _wrong(message: Message, told: str) -> Iterator[str]:
    if set(_GAP.findall(message.text)) != set(_GAP.findall(told)):
        yield f"other gaps: {told!r}"
    if sorted(_PERCENT.findall(message.text)) != sorted(_PERCENT.findall(told)):
        yield f"other % fields: {told!r}"
    if message.limit and width(told) > message.limit:
        yield f"{width(told)} cells, {message.limit} fit: {told!r}"
    if told != message.text and _ENGLISH.search(_QUOTED.sub("", told)):
        yield f"English is left in it: {told!r}"
    if _HALF_STOP.search(told):
        yield f"a mark of Japanese has no space beside it: {told!r}"
