"""A sweep on disk: whom it is about, then a line a host as it ends. So it can go on after any end."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sshwizard import clean, paths
from sshwizard.exits import UsageError
from sshwizard.fleet.rows import Row, from_json, to_json
from sshwizard.fleet.runcommand import Instances, Sent

SCHEMA = "sshwizard/sweep/1"
LAST = "last"


@dataclass(frozen=True, slots=True)
class Kept:
    """A sweep as its file has it."""

    folder: Path
    names: tuple[str, ...]
    options: tuple[str, ...]
    """ssh's own, for every host."""
    rows: tuple[Row, ...]
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """ssh's own options of single hosts, as a cloud told where they are."""
    account: Instances = field(default_factory=Instances)
    """Where they were taken from, where they are an account's."""
    sent: tuple[Sent, ...] = ()
    """What Run Command was given for a look inside."""

    @property
    def left(self) -> tuple[str, ...]:
        """The hosts without a row yet."""
        done = {one.host for one in self.rows}
        return tuple(name for name in self.names if name not in done)


def create(names: Sequence[str], options: Sequence[str], own: Mapping[str, Sequence[str]] | None = None,
           account: Instances = Instances()) -> Path:  # fmt: skip
    """The folder of a new sweep, mode 700. Raises OSError."""
    base = paths.sweeps_dir()
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        folder = base / (stamp if number == 0 else f"{stamp}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        head: dict[str, object] = {"schema": SCHEMA, "hosts": list(names), "options": list(options)}
        if own:
            head["own"] = {name: list(words) for name, words in own.items()}
        if account.places:
            head |= {"places": dict(account.places), "tags": list(account.tags)}
        _append(folder, head)
        return folder
    raise OSError(f"too many sweeps of this second in {base}")


def add(folder: Path, one: Row) -> None:
    """Keep a row. Raises OSError."""
    _append(folder, to_json(one))


def note(folder: Path, sent: Sent) -> None:
    """Keep what Run Command was given, so that nobody is asked twice. Raises OSError."""
    _append(folder, {"sent": asdict(sent)})


def _append(folder: Path, row: object) -> None:
    handle = os.open(_file(folder), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "ab") as stream:
        stream.write(b"\n" * _torn(_file(folder)) + json.dumps(row, ensure_ascii=True).encode() + b"\n")


def _torn(path: Path) -> bool:
    """True where the last line was never finished."""
    with path.open("rb") as stream:
        if not stream.seek(0, os.SEEK_END):
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def _file(folder: Path) -> Path:
    return folder / "sweep.jsonl"


def load(name: str) -> Kept:
    """The sweep that a person means; a last line that a crash left torn is no row. Raises UsageError."""
    folder = _folder(name)
    try:
        head, *lines = _file(folder).read_text("utf-8", "replace").splitlines()
        first = json.loads(head)
        if first["schema"] != SCHEMA:
            raise ValueError("another schema")
        names, options = (tuple(str(word) for word in first[key]) for key in ("hosts", "options"))
        own = {str(name): tuple(str(word) for word in words) for name, words in first.get("own", {}).items()}
        account = _account(first)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{paths.short(folder)} holds no sweep that can go on") from None
    rows, sent = [], []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # torn by a crash: its host is looked at again
            found = json.loads(line)
            if "sent" in found:
                sent.append(_sent(found["sent"]))
            else:
                rows.append(from_json(found))
    once = tuple({one.host: one for one in rows}.values())
    return Kept(folder, names, options, once, own, account, tuple(sent))


def _account(head: Mapping[str, Any]) -> Instances:
    places = {}
    for name, (profile, region, id_) in head.get("places", {}).items():
        places[str(name)] = (str(profile), str(region), str(id_))
    return Instances(places, tuple((str(key), str(value)) for key, value in head.get("tags", ())))


def _sent(kept: Mapping[str, Any]) -> Sent:
    id_, profile, region, nonce = (str(kept[key]) for key in ("id", "profile", "region", "nonce"))
    hosts = {str(instance): tuple(str(name) for name in names) for instance, names in kept["hosts"].items()}
    return Sent(id_, profile, region, nonce, hosts)


def _folder(name: str) -> Path:
    if name != LAST and "/" in name:
        return Path(name)
    try:
        kept = sorted((path for path in paths.sweeps_dir().iterdir() if path.is_dir()), reverse=True)
    except OSError as error:
        raise UsageError(f"the sweeps cannot be read: {error.strerror}") from None
    found = next((path for path in kept if name == LAST or path.name.startswith(name)), None)
    if found is None:
        what = "is kept yet" if name == LAST else f"is named {clean.line(name, 60)!r}"
        raise UsageError(f"no sweep {what} in {paths.short(paths.sweeps_dir())}")
    return found
