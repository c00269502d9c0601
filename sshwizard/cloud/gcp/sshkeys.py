"""The SSH keys of metadata, entry by entry, as the guest agent takes or leaves them.

`user:TYPE BLOB comment`, one a line. A comment that begins with google-ssh is JSON with the time at which the key ends
(google-guest-agent, non_windows_accounts.go and utils/sshutils.go).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

from sshwizard.cloud.gcp.metadata import Metadata

Trouble = Literal["", "no-user", "bad-user", "no-key", "bad-expiry", "expired"]
"""Why the agent leaves an entry out: no user before a colon, a user with white space, no key that sshd could read, a
google-ssh comment without a time that can be read, a time that has passed."""
Where = Literal["instance", "project"]

KEYS = ("ssh-keys", "sshKeys")
"""The value's name, and its old one."""
_TYPE = re.compile(r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|([+-])(\d\d):?(\d\d))", re.ASCII
)  # RFC 3339, and %Y-%m-%dT%H:%M:%S%z as gcloud writes it
_MARK = "google-ssh"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a value, as far as it can be read."""

    line: str
    where: Where = "instance"
    name: str = "ssh-keys"
    """The value that it stands in."""
    user: str = ""
    type: str = ""
    blob: bytes = b""
    options: str = ""
    """What stands before the type: options of authorized_keys (sshd(8))."""
    expires: datetime | None = None
    trouble: Trouble = ""

    @property
    def print(self) -> str:
        """The fingerprint, as ssh shows it; empty without a key."""
        return fingerprint(self.blob)


def fingerprint(blob: bytes) -> str:
    """SHA256:… of a public key."""
    if not blob:
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read(line: str, now: datetime, where: Where = "instance", name: str = "ssh-keys") -> Entry | None:
    """One line; None for an empty one."""
    text = line.strip(" \r")
    if not text:
        return None
    user, colon, rest = text.partition(":")
    entry = Entry(line, where, name, user if colon else "")
    if not colon or not user:
        return replace(_key(entry, text), user="", trouble="no-user")
    entry = _key(entry, rest.strip(" "))
    if any(letter.isspace() for letter in user):
        whole = _key(entry, text)  # without a user the colon may stand in the comment
        return replace(whole if whole.blob else entry, trouble="no-user" if whole.blob else "bad-user")
    fields = rest.strip(" ").split(" ", 3)
    if len(fields) > 2 and fields[2] == _MARK:
        ends = _ends(fields[3] if len(fields) > 3 else "")
        if ends is None:
            return replace(entry, trouble="bad-expiry")
        return replace(entry, expires=ends, trouble="expired" if ends < now else entry.trouble)
    return entry


def _key(entry: Entry, text: str) -> Entry:
    """The key in it: type and blob, and options before them (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""
    words = text.split()
    for at, word in enumerate(words[:-1]):
        if _TYPE.fullmatch(word):
            blob = _blob(word, words[at + 1])
            trouble: Trouble = "" if blob else "no-key"
            options = " ".join(words[:at])
            return replace(entry, type=word, blob=blob, options=options, trouble=trouble)
    return replace(entry, type="", blob=b"", options="", trouble="no-key")


def _blob(type_: str, text: str) -> bytes:
    """The key; empty where sshd would not read it: it must begin with the name of its type (RFC 4253, 6.6)."""
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    named = type_.encode()
    return blob if blob.startswith(len(named).to_bytes(4, "big") + named) else b""


def _ends(text: str) -> datetime | None:
    """The time of a google-ssh comment; None when the agent cannot read it. Go matches names in any case."""
    try:
        pairs = json.loads(text, object_pairs_hook=list, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    found = ""
    if not isinstance(pairs, list) or not text.lstrip().startswith("{"):
        return None
    for key, value in pairs:
        folded = key.lower()
        if folded not in {"expireon", "username"} or value is None:
            continue
        if not isinstance(value, str):
            return None
        found = value if folded == "expireon" else found
    return parse_time(found)


def _refuse(word: str) -> Any:
    raise ValueError(word)


def parse_time(text: str) -> datetime | None:
    """A time as the agent reads it."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes = int(found[8] or 0), int(found[9] or 0)
    away = timedelta(hours=hours, minutes=minutes) * (-1 if found[7] == "-" else 1)
    try:
        return datetime(*(int(one) for one in found.groups()[:6]), tzinfo=timezone(away))  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return None


def written(user: str, public: str, ends: datetime | None, account: str = "") -> str:
    """An entry as gcloud writes it: `user:TYPE BLOB google-ssh {…}`, or without an end."""
    key = " ".join(public.split()[:2])
    if ends is None:
        return f"{user}:{key} {user}"
    stamp = ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    told = json.dumps({"userName": account or user, "expireOn": stamp}, separators=(",", ":"))
    return f"{user}:{key} {_MARK} {told}"


def entries(metadata: Metadata, now: datetime) -> tuple[Entry, ...]:
    """Every entry of the instance, then of the project, whether it counts or not."""
    found: list[Entry] = []
    places: tuple[tuple[Where, Mapping[str, str]], ...] = (
        ("instance", metadata.instance),
        ("project", metadata.shared or {}),
    )
    for where, values in places:
        for name in KEYS:
            read_all = (read(line, now, where, name) for line in values.get(name, "").split("\n"))
            found += [one for one in read_all if one]
    return tuple(found)


def of_keys(all_: Iterable[Entry], prints: Collection[str]) -> tuple[Entry, ...]:
    """Those with one of these fingerprints."""
    return tuple(one for one in all_ if one.blob and one.print in prints)


Standing = Literal["fits", "blocked", "expired", "rejected", "other-user", "none"]
"""What the entries of some keys come to: they let the user in; stand in the project, which the VM does not read; have
expired; are no entries that the agent takes; are another user's; are not there."""


def judge(metadata: Metadata, prints: Collection[str], user: str, now: datetime) -> tuple[Standing, Entry | None]:
    """What becomes of the keys with these fingerprints for `user`, and the entry that says so."""
    mine = of_keys(entries(metadata, now), prints)
    blocked = bool(metadata.blocked)

    def first(found: Iterable[Entry]) -> Entry | None:
        return next(iter(found), None)

    own = [one for one in mine if one.user == user]
    sound = [one for one in mine if not one.trouble and not (blocked and one.where == "project")]
    ways: tuple[tuple[Standing, Entry | None], ...] = (
        ("fits", first(one for one in sound if one.user == user)),
        ("blocked", first(one for one in own if not one.trouble)),
        ("expired", first(one for one in own if one.trouble == "expired")),
        ("rejected", first(one for one in own if one.trouble)),
        ("other-user", first(sound)),
        ("rejected", first(one for one in mine if one.trouble in {"no-user", "bad-user"})),
        ("expired", first(one for one in mine if one.trouble == "expired")),
        ("other-user", first(one for one in mine if not one.trouble)),
        ("rejected", first(mine)),
    )
    return next(((way, found) for way, found in ways if found), ("none", None))


def broken(metadata: Metadata, publics: Sequence[str], now: datetime) -> Entry | None:
    """An entry that begins like one of these keys and does not hold it: cut off, or broken over two lines."""
    starts = [public.split()[1][:48] for public in publics if len(public.split()) > 1 and len(public.split()[1]) > 60]
    unread = (one for one in entries(metadata, now) if not one.blob)
    return next((one for one in unread if any(start in one.line for start in starts)), None)


def users(metadata: Metadata, now: datetime) -> tuple[str, ...]:
    """The users whom metadata let in."""
    blocked = bool(metadata.blocked)
    found = (one.user for one in entries(metadata, now) if not one.trouble and not (blocked and one.where == "project"))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Spare:
    """A line that lets nobody in, or nobody whom another line does not."""

    at: int
    line: str
    why: Literal["expired", "duplicate"]


def spare(value: str, now: datetime) -> tuple[Spare, ...]:
    """What can leave a value without changing who gets in: expired entries, then duplicates, of which the one that
    ends last stays."""
    return tuple(sorted(_spare(value, now), key=lambda one: one.at))


def _spare(value: str, now: datetime) -> Iterator[Spare]:
    kept: dict[tuple[str, str, bytes, str], tuple[int, Entry]] = {}
    for at, line in enumerate(value.split("\n")):
        entry = read(line, now)
        if entry is None:
            continue
        if entry.trouble == "expired":
            yield Spare(at, line, "expired")
        if entry.trouble:
            continue
        same = (entry.user, entry.type, entry.blob, entry.options)
        before = kept.get(same)
        if before and _ends_later(entry, before[1]):
            yield Spare(before[0], before[1].line, "duplicate")
        elif before:
            yield Spare(at, line, "duplicate")
            continue
        kept[same] = (at, entry)


def _ends_later(one: Entry, other: Entry) -> bool:
    return other.expires is not None and (one.expires is None or one.expires > other.expires)
