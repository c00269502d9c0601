"""The catalogue of a language: one .po file for each room, and the .mo that is read from all of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from translating.sources import PACKAGE, ROOMS, Message

LOCALE = PACKAGE / "locale"
DOMAIN = "sshwizard"
LANGUAGES = ("ja",)


def place(language: str) -> Path:
    """Where the files of a language are."""
    return LOCALE / language / "LC_MESSAGES"


def read(language: str, room: str) -> dict[str, str]:
    """What is translated in a room: message -> translation, empty where there is none yet."""
    path = place(language) / f"{room}.po"
    if not path.exists():
        return {}
    with path.open("rb") as stream:
        return {str(one.id): str(one.string or "") for one in read_po(stream) if one.id}


def read_all(language: str) -> dict[str, str]:
    """All rooms together, translated messages only."""
    found: dict[str, str] = {}
    for room in ROOMS:
        found.update({source: goal for source, goal in read(language, room).items() if goal})
    return found


def write(language: str, room: str, messages: Iterable[Message], known: Mapping[str, str]) -> None:
    """Write a room's file anew: its messages in the order of the sources, with what is known of their translations."""
    made = _empty(language)
    for one in messages:
        limit = [f"at most {one.limit} cells"] if one.limit else []
        made.add(one.text, known.get(one.text, ""), locations=[(one.place, None)], auto_comments=limit)  # type: ignore[list-item]
    kept = io.BytesIO()
    write_po(kept, made, width=0, omit_header=True, include_lineno=False)
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    place(language).mkdir(parents=True, exist_ok=True)
    (place(language) / f"{room}.po").write_bytes(head.encode() + kept.getvalue())


def compiled(language: str) -> bytes:
    """The .mo of a language, the same for the same .po files."""
    made = _empty(language)
    for source, goal in sorted(read_all(language).items()):
        made.add(source, goal)
    stream = io.BytesIO()
    write_mo(stream, made)
    return stream.getvalue()


def compiled_path(language: str) -> Path:
    """Where it is read."""
    return place(language) / f"{DOMAIN}.mo"


def _empty(language: str) -> Catalog:
    same = datetime(2026, 1, 1, tzinfo=UTC)  # the file is the same whenever it is made
    return Catalog(Locale(language), project=DOMAIN, version="1", creation_date=same, revision_date=same, fuzzy=False)
