"""A session from wherever it was kept: its own file, a JSON report, or a support bundle."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sshwizard import clean, events, store
from sshwizard.events import Began, Ended, Event, Saw
from sshwizard.exits import UsageError
from sshwizard.fronts import report
from sshwizard.fronts.reports import content
from sshwizard.model import Target, unknown
from sshwizard.session import after, walk
from sshwizard.state import State
from sshwizard.tree import TREE

MOST_BYTES = 64 << 20
"""Of a session, also unpacked: a diagnosis makes some ten kilobytes."""
MOST_EVENTS = 20_000
MOST_NEWER = 200
"""Questions that a version may have more than an older one, in a whole session."""
REPORT = "report.json"
"""What the report with its session is called in a bundle."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A session that is over."""

    events: tuple[Event, ...]
    note: str = ""
    """What is missing, in a sentence."""
    masked: bool = False
    """True when it comes from a report in which names were masked."""


def opened(path: Path) -> Recording:
    """The session in a file. Raises UsageError with a sentence."""
    shown = clean.line(str(path), 200)
    try:
        if not path.is_file():
            path.stat()
            raise UsageError(f"{shown} is no file")
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{shown} is larger than any session ({MOST_BYTES >> 20} MB)")
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = _unpacked(raw, shown)
        found = _completed(_read(raw.decode("utf-8", "replace"), shown))
        content.content(found.events, "", redact=False)  # all of it, once: anything may stand in the right places
    except store.BadSession as error:
        raise UsageError(str(error)) from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise UsageError(f"{shown} holds what no session can hold: {type(error).__name__}: {error}") from None
    return found


def _unpacked(raw: bytes, shown: str) -> bytes:
    import tarfile

    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as bundle:
            for member in bundle:
                if member.isfile() and member.name.rpartition("/")[2] == REPORT and member.size <= MOST_BYTES:
                    stream = bundle.extractfile(member)
                    if stream:
                        return stream.read()
                if bundle.offset > MOST_BYTES:
                    break
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise store.BadSession(f"{shown} is no whole bundle: {error}") from None
    raise store.BadSession(f"{shown} is no support bundle: it holds no {REPORT}")


def _read(text: str, shown: str) -> Recording:
    made = _object(text)
    if made is None or "event" in made:
        found = store.read(text, shown, foreign=True)
        missing = ["The last line is torn; what is whole is shown."] * found.torn
        if found.foreign:
            missing.append(f"{found.foreign} looks of another version are left out.")
        return Recording(found.events, " ".join(missing))
    schema = made.get("schema")
    if schema != report.SCHEMA:
        raise store.BadSession(f"{shown} is no report of this version: schema {schema!r}, not {report.SCHEMA!r}")
    rows = made.get("session")
    if rows:
        if not isinstance(rows, list):
            raise store.BadSession(f"{shown} is no report: session is no list")
        inner = _read("".join(f"{json.dumps(row)}\n" for row in rows), f"{shown}, session")
        return Recording(inner.events, inner.note, made.get("redacted") is True)
    note = "This report holds no session: its path is shown, in words that may be more general."
    return Recording(tuple(_from_report(made)), note)


def _object(text: str) -> dict[str, Any] | None:
    """The one JSON object that the whole text is, if it is one."""
    try:
        made = json.loads(text) if text.lstrip()[:1] == "{" else None
    except ValueError:
        return None
    return made if isinstance(made, dict) else None


def _from_report(made: Mapping[str, Any]) -> Iterator[Event]:
    """The way that a report of `diagnose --json` tells, as events."""
    path, told = made["path"], made["target"]
    hops = max((row["leg"] for row in path), default=0)
    if not 0 <= hops + 1 < store.MOST_HOPS:
        raise ValueError(f"{hops} hops")
    name = str(told["input"])
    yield Began(Target(clean.line(name), (clean.line(name),)), "log", "", max(hops, 0) + 1)
    seen = {row["probe"]: row for found in made["findings"][:1] for row in found["evidence"]}
    for row in path:
        node = TREE.get(row["node"])
        if node is None:
            continue
        shown = seen.get(node.via.name, {})
        named = {key: value for key in ("host", "port", "user") if (value := told.get(key))}
        yield _saw(row["leg"], row["node"], row["outcome"], row["says"], shown, named)
    yield Ended(str(made["outcome"]), int(made["took_ms"]))


def _saw(leg: int, node: str, outcome: str, says: str, shown: Mapping[str, Any], named: Mapping[str, Any]) -> Event:
    fact = {"outcome": outcome, "says": says, "lines": shown.get("lines", []), "command": shown.get("command", "")}
    row = {"event": "Saw", "leg": leg, "node": node, "fact": {**fact, "data": dict(named), "source": "log"}}
    return events.harmless(events.from_json(row))


def _completed(found: Recording) -> Recording:
    """The recording with an answer to each question that its version did not ask, so that its verdicts stand.

    Where the session had come to an end, and the tree asks more today, nobody knows what would have been seen.
    """
    if len(found.events) > MOST_EVENTS:
        raise ValueError(f"more than {MOST_EVENTS} events")
    made: list[Event] = []
    state: State | None = None
    newer = 0
    for event in found.events:
        while state and isinstance(event, Ended) and newer < MOST_NEWER and (place := walk(state).next):
            made.append(Saw(*place, unknown("the version that recorded this did not ask")))
            state = after(state, made[-1])
            newer += 1
        made.append(event)
        state = after(state, event)
    told = f"{newer} questions are newer than this recording." if newer else ""
    return replace(found, events=tuple(made), note=" ".join(filter(None, (found.note, told))))
