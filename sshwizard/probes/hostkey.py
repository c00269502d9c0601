"""Is it the host we know? The run's verdict, and the known_hosts files behind it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes import names, sshlog
from sshwizard.probes.connection import log_upto
from sshwizard.probes.keyfile import fingerprint, key_type, public_line
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sshlog import Log, Stage

HostKey = Literal["ok", "changed", "unknown-key", "revoked", "cert-expired", "cert-name", "cert-invalid", "ip-differs"]


async def _hostkey(scene: Scene) -> Fact[HostKey]:
    log = await log_upto(scene, Stage.HOSTKEY)
    return read_hostkey(scene.run, log)


def read_hostkey(run: Run, log: Log) -> Fact[HostKey]:
    """What ssh said about the server's key."""
    seen = log.newest("hostkey.seen", "hostkey.cert")
    data: dict[str, Any] = {"type": seen["type"] if seen else "", "fingerprint": seen["fp"] if seen else ""}
    failed = log.first("hk.failed")
    if failed is None and (log.stage > Stage.HOSTKEY or log.has("au.denied")):
        known = log.first("hostkey.known")
        return Fact("ok", "the host key is the known one", sshlog.quote((seen, known)), data=data)
    if hit := log.first("hk.revoked", "hk.krlerr"):
        return Fact(
            "revoked",
            "the server's host key is marked as revoked",
            sshlog.quote((hit, seen, failed)),
            data=data,
        )
    if hit := log.first("hk.cert"):
        text = hit.text.lower()
        outcome: HostKey = "cert-expired" if "expired" in text or "not yet" in text else "cert-invalid"
        if "principal" in text:
            outcome = "cert-name"
        return Fact(outcome, clean.line(hit.text, 140), sshlog.quote((hit, seen, failed)), data=data)
    if log.has("hk.changed", "hk.changed_strict"):
        old = log.first("hk.offending")
        data |= {
            "file": old["file"] if old else "",
            "line": old["line"] if old else "",
            "old_type": old["type"] if old else "",
        }
        shown = sshlog.quote((log.first("hk.changed"), seen, old, log.first("hk.changed_strict")))
        return Fact("changed", f"the server's key is not the known one: {data['fingerprint']}", shown, data=data)
    if log.has("hk.ipdiffers", "hk.exiting", "hk.spoof") or (failed and log.has("hk.offendingip", "hostkey.known")):
        hits = log.all("hk.ipdiffers", "hk.offendingip", "hk.exiting")
        return Fact("ip-differs", "name and address have different known keys", sshlog.quote(hits), data=data)
    if failed or log.has("hk.unknown_strict", "hk.ask"):
        shown = sshlog.quote(
            (
                seen,
                log.first("hk.unknown_strict", "hk.ask"),
                failed,
                *log.all("hostkey.parse", "hostkey.fopen"),
            )
        )
        return Fact(
            "unknown-key",
            f"no known_hosts entry vouches for {data['fingerprint'] or 'the server'}",
            shown,
            data=data,
        )
    return Fact("ok", "nothing speaks against the host key", source="log", data=data)


hostkey: Probe[HostKey] = Probe(
    "run.hostkey",
    ("ok", "changed", "unknown-key", "revoked", "cert-expired", "cert-name", "cert-invalid", "ip-differs"),
    _hostkey,
    reads_log=True,
    waits="the host key check (gives up in 10 s)",
)


# ------------------------------------------------------------------ known_hosts


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


def host_names(leg: Leg, addresses: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names under which ssh looks this host up."""
    base = [leg.value("hostkeyalias")] if leg.value("hostkeyalias") else [leg.host, *addresses]
    if leg.port == 22 or leg.value("hostkeyalias"):
        return tuple(dict.fromkeys(base))
    return tuple(dict.fromkeys(f"[{name}]:{leg.port}" for name in base))


def entries(file: Path, wanted: tuple[str, ...]) -> Iterator[Entry]:
    """Lines of `file` that name one of `wanted`, plain, hashed or by pattern. Raises OSError."""
    for number, row in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        words = row.split()
        if not words or words[0].startswith("#"):
            continue
        marker = words.pop(0) if words[0].startswith("@") else ""
        if not words or not any(_names(words[0], name) for name in wanted):
            continue
        text = " ".join(words[1:3])
        blob = public_line(text) if len(words) >= 3 else None
        whole = blob is not None and key_type(blob) == words[1] and _complete(blob)
        print_ = fingerprint(blob) if blob and whole else ""
        yield Entry(str(file), number, row, marker, words[1] if len(words) > 1 else "", print_, whole)


def _complete(blob: bytes) -> bool:
    """True when the lengths inside the blob add up to its size."""
    at = 0
    while at + 4 <= len(blob):
        at += 4 + int.from_bytes(blob[at : at + 4], "big")
    return at == len(blob)


def _names(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        try:
            _, _, salt, digest = pattern.split("|")
            made = hmac.new(base64.b64decode(salt), name.encode(), hashlib.sha1).digest()
            return hmac.compare_digest(made, base64.b64decode(digest))
        except ValueError:
            return False
    parts = pattern.lower().split(",")
    if any(part.startswith("!") and _glob(name, part[1:]) for part in parts):
        return False
    return any(_glob(name, part) for part in parts)


def _glob(name: str, pattern: str) -> bool:
    escaped = re.sub(r"\[", "[[]", pattern)
    return fnmatchcase(name.lower(), escaped)


Known = Literal["unreadable", "malformed", "other-type", "other-key", "absent", "right"]


async def _known(scene: Scene) -> Fact[Known]:
    leg = scene.leg
    seen = scene.facts.get("hostkey")
    wanted = host_names(leg, (await names.lookup(leg.host)).addresses)
    found: list[Entry] = []
    files = [paths.expand(name) for name in (*leg.values("userknownhostsfile"), *leg.values("globalknownhostsfile"))]
    for file in files:
        if not file.exists() and not _hidden(file):
            continue
        if not os.access(file, os.R_OK) and file in files[:2]:
            return Fact("unreadable", f"{short(file)} cannot be read by you", _ls(file), f"ls -l {short(file)}",
                        {"path": str(file), "named": short(file), "mode": _mode(file)})  # fmt: skip
        try:
            found += entries(file, wanted)
        except OSError:
            continue
    data: dict[str, Any] = {
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
    return read_known(found, seen, wanted, data)


def read_known(
    found: list[Entry], seen: Fact[Any] | None, wanted: tuple[str, ...], data: dict[str, Any]
) -> Fact[Known]:
    """What known_hosts says about this host, compared with the key that was seen."""
    name = wanted[0] if wanted else "this host"
    command = f"ssh-keygen -lF {name!r}"
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
    "files.known_hosts", ("unreadable", "malformed", "other-type", "other-key", "absent", "right"), _known
)


# ------------------------------------------------------------------ when only the log is there

Hint = Literal["unreadable", "malformed", "nothing"]


async def _hint(scene: Scene) -> Fact[Hint]:
    log = scene.run.logs[scene.index]
    if hit := log.first("hostkey.parse"):
        return Fact("malformed", clean.line(hit.text), sshlog.quote((hit,)), data={"named": hit["file"]})
    hits = [hit for hit in log.all("hostkey.fopen") if "denied" in hit["err"].lower()]
    if hits:
        return Fact("unreadable", clean.line(hits[0].text), sshlog.quote(hits), data={"named": hits[0]["file"]})
    return Fact("nothing", "the log names no trouble with the files", source="log")


hint: Probe[Hint] = Probe("run.known_hosts", ("unreadable", "malformed", "nothing"), _hint, reads_log=True)


# ------------------------------------------------------------------ the key itself, to save it

OfferedKey = Literal["shown", "not-shown"]


async def _offered(scene: Scene) -> Fact[OfferedKey]:
    """Ask the server for its key once more: ssh writes it into a file of ours, and no login is tried."""
    import tempfile

    from sshwizard.model import Target
    from sshwizard.probes import process
    from sshwizard.probes.run import build
    from sshwizard.probes.typed import config_option

    if not scene.live:
        return Fact("not-shown", "only a text was given")
    with tempfile.TemporaryDirectory(prefix="sshwizard-") as place:
        fresh = Path(place, "known_hosts")
        options = (
            *("-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={fresh}"),
            *("-o", "GlobalKnownHostsFile=/dev/null", "-o", "HashKnownHosts=no", "-o", "CheckHostIP=no"),
            *("-o", "PreferredAuthentications=none", "-o", "ClearAllForwardings=yes"),
        )
        legs = scene.legs[: scene.index + 1]
        leg, args = scene.leg, scene.target.args
        if not leg.final:
            args = (*config_option(args), "-p", str(leg.port), "-l", leg.user, leg.name)
        target = Target(scene.target.input, args, (*options, *scene.target.overrides))
        logs = [Path(place, f"log{number}") for number in range(len(legs))]
        await process.run(build(target, legs, logs, fresh, "none", ours_first=True), 12)
        try:
            row = fresh.read_text("utf-8", "replace").strip().splitlines()[-1]
        except (OSError, IndexError):
            return Fact("not-shown", "the server did not show its key again")
    words = row.split()
    blob = public_line(" ".join(words[1:3]))
    if blob is None:
        return Fact("not-shown", "the key could not be read")
    return Fact("shown", f"the server shows {fingerprint(blob)}", (f"{words[1]} {fingerprint(blob)}",),
                data={"line": clean.line(row, 2000), "fingerprint": fingerprint(blob), "type": words[1]})  # fmt: skip


offered: Probe[OfferedKey] = Probe(
    "hostkey.offered", ("shown", "not-shown"), _offered, waits="the server's key once more (gives up in 12 s)"
)
