"""The known_hosts files: which lines name this host, and what they hold."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.paths import short, spelled
from sshwizard.probes import names
from sshwizard.probes.hostnames import authorities, holding, matching
from sshwizard.probes.keyfile import fingerprint, key_type, public_line
from sshwizard.probes.published import published
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.typed import shows_settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of known_hosts that names this host, or seems to (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""

    file: str
    line: int
    text: str
    marker: str = ""
    type: str = ""
    fingerprint: str = ""
    whole: bool = True
    names: str = ""
    """The patterns, or the hash, that say whose line it is."""

    @property
    def place(self) -> str:
        """File and line, as a person would say it."""
        return f"{short(self.file)} line {self.line}"

    @property
    def whose(self) -> str:
        """The names, as far as they can be read."""
        return "a hashed name" if self.names.startswith("|") else clean.line(self.names, 80)


def host_names(leg: Leg, addresses: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names under which ssh looks this host up."""
    base = [leg.value("hostkeyalias")] if leg.value("hostkeyalias") else [leg.host, *addresses]
    if leg.port == 22 or leg.value("hostkeyalias"):
        return tuple(dict.fromkeys(base))
    return tuple(dict.fromkeys(f"[{name}]:{leg.port}" for name in base))


def entries(file: Path, wanted: tuple[str, ...]) -> Iterator[Entry]:
    """Lines of `file` that name one of `wanted`, plain, hashed or by pattern. Raises OSError."""
    return _read(file, matching(file.read_bytes(), wanted))


def holders(file: Path, fingerprint: str) -> Iterator[Entry]:
    """Lines of `file` that hold this key, whosesoever. Raises OSError."""
    rows = _read(file, holding(file.read_bytes(), fingerprint))
    return (entry for entry in rows if entry.fingerprint == fingerprint)


def _trusting(file: Path) -> Iterator[Entry]:
    """Lines of `file` that trust an authority. Raises OSError."""
    return (entry for entry in _read(file, authorities(file.read_bytes())) if entry.marker == "@cert-authority")


def lines(file: Path) -> Iterator[Entry]:
    """Every line of `file` that names anybody. Raises OSError."""
    rows = file.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    return _read(file, ((number, row) for number, row in enumerate(rows, 1) if row.strip() and row.lstrip()[0] != "#"))


def _read(file: Path, rows: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    for number, row in rows:
        words = row.split()
        marker = words.pop(0) if words[0].startswith("@") else ""
        if not words:
            continue
        text = " ".join(words[1:3])
        blob = public_line(text) if len(words) >= 3 else None
        whole = blob is not None and key_type(blob) == words[1] and _complete(blob)
        print_ = fingerprint(blob) if blob and whole else ""
        type_ = clean.line(words[1], 60) if len(words) > 1 else ""
        yield Entry(str(file), number, row, marker, type_, print_, whole, words[0])


def _complete(blob: bytes) -> bool:
    """True when the lengths inside the blob add up to its size."""
    at = 0
    while at + 4 <= len(blob):
        at += 4 + int.from_bytes(blob[at : at + 4], "big")
    return at == len(blob)


Known = Literal[
    "unreadable", "directory-closed", "malformed", "other-type", "other-key", "published", "absent",
    "absent-unwritable", "ca-not-trusted", "alias", "right",
]  # fmt: skip


async def _known(scene: Scene) -> Fact[Known]:
    leg = scene.leg
    seen = scene.facts.get("hostkey")
    checked = leg.value("checkhostip") in {"yes", "true"}  # only then does ssh look up the address, too
    wanted = host_names(leg, (await names.lookup(leg.host)).addresses if checked else ())
    found: list[Entry] = []
    data: dict[str, Any]
    own = [paths.expand(name) for name in leg.values("userknownhostsfile") if name != "none"]
    files = [*own, *(paths.expand(name) for name in leg.values("globalknownhostsfile") if name != "none")]
    for file in files:
        if _hidden(file):
            place = file.parent
            data = {"path": str(place), "named": short(place), "mode": _mode(place)}
            return Fact(
                "directory-closed", f"{short(place)} cannot be opened", _ls(place), f"ls -ld {spelled(place)}", data
            )
        if not file.exists():
            continue
        if not os.access(file, os.R_OK) and file in own:
            return Fact(
                "unreadable",
                f"{short(file)} cannot be read by you",
                _ls(file),
                f"ls -l {spelled(file)}",
                {"path": str(file), "named": short(file), "mode": _mode(file)},
            )
        try:
            found += entries(file, wanted)
        except OSError:
            continue
    alias = leg.value("hostkeyalias")
    if alias and not found and (under := _elsewhere(files, leg, seen)):
        where = leg.place("hostkeyalias")
        says = (
            f"{where} says HostKeyAlias {alias}; {short(under.file)}:{under.line} has this very key for the plain name"
        )
        data = {"named": short(under.file), "keyword": "HostKeyAlias"}
        return Fact("alias", says, leg.shown("hostkeyalias"), shows_settings(scene), data)
    data = {
        "entries": [
            {
                "file": e.file,
                "line": e.line,
                "text": e.text,
                "type": e.type,
                "fingerprint": e.fingerprint,
                "marker": e.marker,
            }
            for e in found
        ],
        "names": list(wanted),
        "files": [str(file) for file in files],
        "path": str(files[0]) if files else "",
    }
    fact = read_known(found, seen, wanted, data)
    if fact.outcome in {"other-key", "other-type"} and (announced := published(leg.host, seen)):
        says = f"{announced.operator} publishes {seen.data['fingerprint'] if seen else ''} as a key of {leg.host}"
        told = (*fact.lines, f"{announced.source} (read {announced.read})")
        return replace(fact, outcome="published", says=says, lines=told, data={**data, "operator": announced.operator})
    if fact.outcome != "absent":
        return fact
    return _absent(fact, leg, own, files, seen)


def _absent(
    fact: Fact[Known], leg: Leg, own: Sequence[Path], files: Sequence[Path], seen: Fact[Any] | None
) -> Fact[Known]:
    """What is known about a host that no line names: its authority, its key under other names, where a line goes."""
    seal, key = (str(seen.data.get(name, "")) if seen else "" for name in ("ca", "fingerprint"))
    if seal and (trusted := [one for file in files for one in _readable(file, _trusting)]):
        near = next((one for one in trusted if one.fingerprint == seal), None)
        says = f"{near.place} trusts this authority for {near.whose} only" if near else "no line trusts it"
        told = tuple(f"{one.place}: {one.marker} {one.whose} {one.fingerprint}" for one in trusted[:4])
        return replace(
            fact, outcome="ca-not-trusted", says=f"the authority {seal} signed the host's key; {says}", lines=told
        )
    same = [one for file in files if key for one in _readable(file, lambda file: holders(file, key))]
    shown = tuple(f"{one.place} has this very key for {one.whose}" for one in same[:3] if not one.marker)
    if not own:
        where = leg.place("userknownhostsfile")
        return replace(fact, says=f"{fact.says}: UserKnownHostsFile is none ({where})", lines=shown)
    place = own[0] if own[0].exists() else own[0].parent
    if place.exists() and not os.access(place, os.W_OK):
        says = f"{fact.says}, and you may not write {short(place)}, so ssh cannot keep its key"
        return replace(fact, outcome="absent-unwritable", says=says, lines=(*shown, *_ls(place)))
    return replace(fact, lines=shown)


def _readable(file: Path, read: Callable[[Path], Iterator[Entry]]) -> list[Entry]:
    try:
        return list(read(file))
    except OSError:
        return []


def _elsewhere(files: list[Path], leg: Leg, seen: Fact[Any] | None) -> Entry | None:
    """The entry under the host's plain name that holds the key which was seen."""
    plain = (leg.host, leg.name) if leg.port == 22 else (f"[{leg.host}]:{leg.port}", f"[{leg.name}]:{leg.port}")
    for file in files:
        try:
            for entry in entries(file, plain):
                if seen and entry.fingerprint and entry.fingerprint == seen.data.get("fingerprint"):
                    return entry
        except OSError:
            continue
    return None


def read_known(
    found: list[Entry], seen: Fact[Any] | None, wanted: tuple[str, ...], data: dict[str, Any]
) -> Fact[Known]:
    """What known_hosts says about this host, compared with the key that was seen."""
    name = wanted[0] if wanted else "this host"
    command = shlex.join(("ssh-keygen", "-lF", name))
    plain = [entry for entry in found if not entry.marker]
    shown = tuple(
        f"{short(entry.file)}:{entry.line} {entry.type} {entry.fingerprint or '(damaged)'}" for entry in found
    )
    for entry in plain:
        if not entry.whole:
            data |= {"path": entry.file, "named": short(entry.file), "line": entry.line}
            return Fact(
                "malformed",
                f"line {entry.line} of {short(entry.file)} names {name} and its key is damaged",
                shown,
                command,
                data,
            )
    if seen and plain:
        types = {entry.type for entry in plain}
        if seen.data.get("fingerprint") in {entry.fingerprint for entry in plain}:
            return Fact("right", f"known_hosts has this very key for {name}", shown, command, data)
        if _kind(seen.data.get("type", "")) not in {_kind(type_) for type_ in types}:
            return Fact(
                "other-type",
                f"known_hosts has {', '.join(sorted(types))} for {name}; the server shows {seen.data.get('type')}",
                shown,
                command,
                data,
            )
        return Fact("other-key", f"known_hosts has another key for {name}", shown, command, data)
    return Fact("absent", f"no known_hosts file names {name}", shown, command, data)


def _kind(type_: str) -> str:
    return {
        "rsa-sha2-256": "ssh-rsa",
        "rsa-sha2-512": "ssh-rsa",
        "RSA": "ssh-rsa",
        "ED25519": "ssh-ed25519",
    }.get(type_, type_)


def _hidden(file: Path) -> bool:
    return not os.access(file.parent, os.X_OK) and file.parent.is_dir()


def _mode(file: Path) -> int:
    try:
        return file.stat().st_mode & 0o7777
    except OSError:
        return 0


def _ls(file: Path) -> tuple[str, ...]:
    return (f"{short(file)}: mode {_mode(file):04o}",)


known: Probe[Known] = Probe(
    "files.known_hosts",
    get_args(Known),
    _known,
)
