"""The catalogue of sentences in other languages (docs/languages.md).

python scripts/translations.py --update            take new sentences of the sources over, drop those that are gone
python scripts/translations.py --missing [ROOM]    what is not translated yet, as JSON to be filled in
python scripts/translations.py --fill FILE         take translations from such a file
python scripts/translations.py --compile           write the .mo that the program reads
python scripts/translations.py --check             complete, current, and everything fits its place
python scripts/translations.py --count             how much of each room is translated
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from translating import catalogues, rules
from translating.sources import ROOMS, messages

SAME = "="
"""Stands for a translation that is the message itself: a name, a command."""


def main() -> int:
    """Do what was asked; 1 where a check found something."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--language", choices=catalogues.LANGUAGES, default="ja")
    for name in ("update", "compile", "check", "count"):
        reader.add_argument(f"--{name}", action="store_true")
    reader.add_argument("--missing", nargs="?", const="all", choices=("all", *ROOMS), metavar="ROOM")
    reader.add_argument("--fill", metavar="FILE", type=Path)
    given = reader.parse_args()
    language = given.language
    if given.fill:
        given.update = True
    if given.update:
        update(language, filled(given.fill) if given.fill else {})
    if given.compile or given.update:
        catalogues.compiled_path(language).write_bytes(catalogues.compiled(language))
    if given.missing:
        print(json.dumps(missing(language, given.missing), ensure_ascii=False, indent=1))
    if given.count:
        count(language)
    found = rules.check(language) if given.check else []
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return bool(found)


def update(language: str, more: Mapping[str, str]) -> None:
    """Every room anew, with `more` translations; what `more` has and no source says is named."""
    known = {**catalogues.read_all(language), **more}
    found = messages()
    for room, rows in found.items():
        catalogues.write(language, room, rows, known)
    texts = {one.text for rows in found.values() for one in rows}
    for text in more:
        if text not in texts:
            print(f"no source says: {text}", file=sys.stderr)


def filled(path: Path) -> dict[str, str]:
    """Translations of a file: a JSON object, or lines with message, tab, translation."""
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        rows = json.loads(text).items()
    else:
        rows = [line.split("\t", 1) for line in text.splitlines() if "\t" in line]
    return {source: source if goal == SAME else goal for source, goal in rows if goal}


def missing(language: str, room: str) -> dict[str, str]:
    """What is not translated yet."""
    known = catalogues.read_all(language)
    found = messages()
    return {
        one.text: "" for name in (found if room == "all" else [room]) for one in found[name] if one.text not in known
    }


def count(language: str) -> None:
    """How far it is."""
    known = catalogues.read_all(language)
    for room, rows in messages().items():
        print(f"{room:<14} {sum(one.text in known for one in rows):>5} of {len(rows)}")


if __name__ == "__main__":
    sys.exit(main())
