"""The journal's own forms: `journalctl -o json` and `-o export` (systemd.journal-fields(7))."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_FIELD = re.compile(r"(?P<key>[A-Z_][A-Z0-9_]*)=(?P<value>.*)", re.S)
_MOST_FIELDS = 200


class Entry(NamedTuple):
    """One message, and who wrote it."""

    text: str
    program: str
    pid: str


class Journal:
    """Takes lines; an entry of the export form ends with an empty line."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    @property
    def open(self) -> bool:
        """True within an entry."""
        return bool(self._fields)

    def add(self, text: str) -> tuple[bool, Entry | None]:
        """Whether a line belongs to the journal, and the entry that it completes."""
        if text.startswith("{") and '"MESSAGE"' in text:
            return _from_json(text)
        found = _FIELD.fullmatch(text) if text[:1].isupper() or text.startswith("_") else None
        if found is None:
            return False, None
        ended = self.end() if found["key"] == "__CURSOR" else None
        if len(self._fields) < _MOST_FIELDS:
            self._fields[found["key"]] = found["value"][:4000]
        return "__CURSOR" in self._fields, ended

    def end(self) -> Entry | None:
        """The entry that was begun, if it says anything."""
        fields, self._fields = self._fields, {}
        if "MESSAGE" not in fields:
            return None
        name = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM") or ""
        return Entry(fields["MESSAGE"], name, fields.get("_PID", ""))


def _from_json(text: str) -> tuple[bool, Entry | None]:
    try:
        row = json.loads(text)
    except ValueError:
        return False, None
    said = row.get("MESSAGE")
    if isinstance(said, list):  # bytes that are no text are written as numbers
        said = bytes(byte for byte in said if isinstance(byte, int) and 0 <= byte < 256).decode("utf-8", "replace")
    name = row.get("SYSLOG_IDENTIFIER") or row.get("_COMM") or ""
    return True, Entry(str(said or ""), str(name), str(row.get("_PID") or ""))
