"""The report as blocks of text, for whatever writes them: what was found comes first, how it was found after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sshwizard import vocabulary, wording
from sshwizard.fronts import plain
from sshwizard.language import say
from sshwizard.model import UNKNOWN
from sshwizard.wording import Mark

MOST_OTHERS = 12
"""Look-alikes that are listed; the JSON report has all of them."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the report's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Verbatim lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: a mark, a sentence, and what stands behind it."""

    text: str
    mark: Mark | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    rows: tuple[Item, ...]
    ordered: bool = False


Block = Heading | Say | Code | Items


def story(told: Mapping[str, Any]) -> Iterator[Block]:
    """All blocks of a report, in the reader's language; code stays as it is."""
    yield from map(translated, _blocks(told))


def translated(block: Block) -> Block:
    """A block in the reader's language; code stays as it is."""
    match block:
        case Heading() | Say():
            return replace(block, text=say(block.text))
        case Items():
            rows = (replace(row, text=say(row.text), more=tuple(map(say, row.more))) for row in block.rows)
            return replace(block, rows=tuple(rows))
        case Code():
            return block


def _blocks(told: Mapping[str, Any]) -> Iterator[Block]:
    root = told["findings"][0] if told["findings"] else None
    yield Heading(_headline(told, root), 1)
    yield Say(_about(told))
    yield Say(
        "Addresses, host names, ids, user names, comments and fingerprints are masked; the same mask is always the "
        "same value." if told["redacted"] else "Nothing is masked: this report names machines and people."
    )  # fmt: skip
    if root:
        yield Heading("Why")
        yield from _finding(root)
    yield from _changes(told["changes"])
    yield from _also(told)
    yield from _unknown(told["unknown"])
    yield from _doors(told["doors"])
    yield from _tried(told)
    yield from _way(told["path"])
    yield from _ruled_out(told["ruled_out"])
    yield from _timeline(told["timeline"])


def _headline(told: Mapping[str, Any], root: Mapping[str, Any] | None) -> str:
    if root:
        return str(root["title"])
    return "ssh works" if told["outcome"] == "healthy" else "It cannot be told what is wrong"


def _about(told: Mapping[str, Any]) -> str:
    at, tried = told["target"], told["tried"]
    where = f"{at['user']}@{at['host']} port {at['port']}" if at["host"] else ""
    way = f" by way of {', '.join(at['jumps'])}" if at["jumps"] else ""
    seen = f"; looked at {_when(tried['at'])}" if tried["at"] else ""
    return f"{at['input']}{f' ({where}{way})' if where else ''}{seen}; sshwizard {told['version']}"


def _finding(found: Mapping[str, Any]) -> Iterator[Block]:
    yield Say(found["why"])
    yield Say(f"{_capital(wording.CONFIDENCE[found['confidence']])}. [{found['cause']}]")
    if found["decided_by"]:
        yield Say(f"What would decide it: {found['decided_by']}")
    if found["evidence"]:
        yield Heading("Evidence", 3)
    for seen in found["evidence"]:
        yield Say(seen["says"])
        if rows := (*seen["lines"], *([f"$ {seen['command']}"] if seen["command"] else ())):
            yield Code(tuple(rows))
    if found["fixes"]:
        yield Heading("What can be done", 3)
    for fix in found["fixes"]:
        note = f" Not yet: {fix['needs']}" if fix.get("needs") else ""
        repairs = fix["risk"] != "guide" and vocabulary.actions()[fix["id"]].group == "repair"
        final = ", no way back" if repairs and not fix["undoable"] else ""
        yield Say(f"{fix['title']} ({fix['risk']}{final}).{note}")
        if rows := tuple(fix["commands"] or fix["preview"]):
            yield Say(rows[0]) if fix["risk"] == "guide" and not fix["commands"] else Code(rows)


def _changes(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    yield Heading("Changes made")
    if not rows:
        yield Say("Nothing was changed.")
    for row in rows:
        yield Say(f"{row['proof']} ({_when(row['at'])}, for {row['cause']})" if row["at"] else str(row["proof"]))
        yield Code(tuple(row["preview"]))
        if row["undo"] and not row["undone"]:
            yield Say("The way back:")
            yield Code((*row["undo"], f"$ {row['undo_command']}"))


def _also(told: Mapping[str, Any]) -> Iterator[Block]:
    if told["also_seen"]:
        yield Heading("Will matter next")
        rows = ((one, tuple(seen["says"] for seen in one["evidence"])) for one in told["also_seen"])
        yield Items(tuple(Item(f"{one['title']} [{one['cause']}]", "note", seen) for one, seen in rows))
    if others := told["findings"][1:]:
        yield Heading("Looks the same from here")
        rows = ((one, (f"shown by: {one['decided_by']}", *([one["often"]] if "often" in one else ())))
                for one in others[:MOST_OTHERS])  # fmt: skip
        yield Items(tuple(Item(f"{one['title']} [{one['cause']}]", "unknown", by) for one, by in rows))


def _unknown(rows: Sequence[Mapping[str, str]]) -> Iterator[Block]:
    yield Heading("What is not known")
    if not rows:
        yield Say("Every question on the way was answered.")
        return
    more = ((row, (f"to find out: {row['unblock']}",) if row["unblock"] else ()) for row in rows)
    yield Items(tuple(Item(f"{row['probe']}: {row['why']}", "unknown", unblock) for row, unblock in more))


_DOOR: dict[object, Mark] = {True: "ok", False: "trouble", None: "unknown"}


def _doors(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if rows:
        word = {True: "open", False: "shut", None: "cannot tell"}
        yield Heading("Other ways in")
        yield Items(
            tuple(
                Item(f"{row['title'] or row['door']}: {word[row['open']]}, {row['why']}", _DOOR[row["open"]])
                for row in rows
            )
        )


def _tried(told: Mapping[str, Any]) -> Iterator[Block]:
    tried = told["tried"]
    how = {
        "live": "ssh itself was run once, under guard, and read",
        "log": "a text was read; no computer was looked at",
        "hand": "a person answered every question",
    }
    seconds = f" in {told['took_ms'] / 1000:.1f} s" if told["took_ms"] else ""
    yield Heading("What was tried")
    yield Say(f"{tried['target']}: {how.get(tried['mode'], tried['mode'])}; {tried['looks']} looks{seconds}.")
    if tried["commands"]:
        yield Say("To see the same:")
        yield Code(tuple(f"$ {row}" for row in tried["commands"]))


def _way(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    yield Heading("The way through the questions")
    yield Items(tuple(Item(f"{row['asks']} {row['says']}", _mark(row)) for row in rows), ordered=True)


def _mark(row: Mapping[str, Any]) -> Mark:
    if row["source"] == "person":
        return "said"
    if row["outcome"] == UNKNOWN:
        return "unknown"
    return "ok" if plain.is_fine(row["node"], row["outcome"]) else "trouble"


def _ruled_out(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    yield Heading("Ruled out")
    if not rows:
        yield Say("No cause was ruled out by a look.")
    else:
        named = ((row, tuple(f"{one['title']} [{one['cause']}]" for one in row["causes"])) for row in rows)
        yield Items(tuple(Item(str(row["says"]), "ok", codes) for row, codes in named))


_HAPPENED: dict[str, str] = {
    "began": "began with", "look": "looked:", "answer": "answered:", "change": "changed:", "undo": "taken back:",
    "again": "", "verdict": "verdict:",
}  # fmt: skip


def _timeline(rows: Sequence[Mapping[str, str]]) -> Iterator[Block]:
    yield Heading("Time line")
    shown = (f"{_clock(row['at'])} {say(_HAPPENED[row['what']])} {say(row['says'])}".strip() for row in rows)
    yield Items(tuple(Item(" ".join(one.split(" "))) for one in shown), ordered=True)


def _clock(at: str) -> str:
    """The time of day of an ISO 8601 time."""
    return at[11:19]


def _when(at: str) -> str:
    return at.replace("T", " ", 1)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
