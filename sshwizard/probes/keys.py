"""The keys of this connection: the files that ssh would use, examined and compared with what it did."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, Target, unknown
from sshwizard.paths import short, spelled
from sshwizard.probes import sshlog
from sshwizard.probes.keyfile import Defect, KeyFile, examine
from sshwizard.probes.login import accepts, offers
from sshwizard.probes.scene import Leg, Probe, Scene, Setting
from sshwizard.probes.sshlog import Hit, Log

DEFAULTS = {"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa"}
"""Names that ssh tries by itself (ssh(1), -i); one that is missing is nothing special."""

Keys = Literal[
    "fine",
    "none",
    "missing",
    "unreadable",
    "too-open",
    "public",
    "foreign",
    "text-damaged",
    "damaged",
    "passphrase",
    "pub-mismatch",
    "hardware",
    "too-weak",
    "no-modes",
    "perhaps-no-modes",
    "refused-by-policy",
    "directory-closed",
]

_OUTCOME: dict[Defect, Keys] = {
    "missing": "missing",
    "directory": "missing",
    "unreadable": "unreadable",
    "too-open": "too-open",
    "public": "public",
    "foreign": "foreign",
    "text-damaged": "text-damaged",
    "damaged": "damaged",
    "passphrase": "passphrase",
    "pub-mismatch": "pub-mismatch",
    "hardware": "hardware",
    "too-weak": "too-weak",
    "no-modes": "no-modes",
    "perhaps-no-modes": "perhaps-no-modes",
}


async def _keys(scene: Scene) -> Fact[Keys]:
    log = scene.run.logs[scene.index]
    if not scene.live:
        return read_keys_from_log(log)
    if closed := _closed_directory(scene.leg):
        return closed
    files = examined(scene.leg, scene.target)
    found = judge(files, log, explicit_files(scene.leg, scene.target))
    if found.outcome == "fine" and log.has("au.perms2"):
        return read_keys_from_log(log)  # so it was when ssh ran
    if found.outcome == "fine":
        return _not_loaded(files, log) or found
    named = _named_by(scene.leg, str(found.data.get("path", "")))
    if named is None:
        return found
    return replace(found, says=f"{found.says} ({named.place} names it)", lines=(*found.lines, named.shown))


def _not_loaded(files: Sequence[KeyFile], log: Log) -> Fact[Keys] | None:
    """A key that is sound, and that this very ssh could not load: PKCS#8 holds kinds that old versions cannot read."""
    for hit in log.all("au.loadkey"):
        file = next((one for one in files if one.path == hit["file"] and one.defect == "none"), None)
        if file:
            says = f"{short(file.path)} is sound, and this ssh cannot read its format: {clean.line(hit['err'], 80)}"
            return Fact(
                "foreign", says, sshlog.quote((hit,)), "ssh -V", {**_named(file.path), "named": short(file.path)}
            )
    return None


def _named_by(leg: Leg, path: str) -> Setting | None:
    """The IdentityFile line, or option, that names this file."""
    mine = (one for one in leg.lines if one.keyword == "identityfile")
    return next((one for one in mine if str(paths.expand(one.value)) == path), None)


def _closed_directory(leg: Leg) -> Fact[Keys] | None:
    """~/.ssh, when this connection has a key there and nobody but its owner may enter it."""
    place = paths.ssh_dir()
    wanted = [paths.expand(name) for name in leg.values("identityfile")]
    if not any(file.is_relative_to(place) for file in wanted) or not place.is_dir() or os.access(place, os.X_OK):
        return None
    info = place.stat()
    return Fact(
        "directory-closed",
        f"{short(place)} cannot be opened (uid {info.st_uid}, mode {info.st_mode & 0o7777:04o})",
        command=f"ls -ld {spelled(place)}",
        data={"path": str(place), "named": short(place)},
    )


def examined(leg: Leg, target: Target, *, whole: bool = True) -> list[KeyFile]:
    """Every identity file of this connection, examined; not `whole`: without reading the key itself."""
    files = [paths.expand(name) for name in leg.values("identityfile") if name != "none"]
    given = [
        paths.expand(value) for word, value in zip(target.ssh_args, target.ssh_args[1:], strict=False) if word == "-i"
    ]
    smallest = leg.value("requiredrsasize", "1024")
    least = int(smallest) if smallest.isdigit() else 1024
    unique = list(dict.fromkeys((*given, *files)))
    return [examine(file, least, whole=whole) for file in unique]


def explicit_files(leg: Leg, target: Target) -> set[str]:
    """The identity files that somebody named, on the command line or in a config."""
    given = {
        str(paths.expand(value))
        for word, value in zip(target.ssh_args, target.ssh_args[1:], strict=False)
        if word == "-i"
    }
    found = [paths.expand(name) for name in leg.values("identityfile") if name != "none"]
    unwritten = leg.setting("identityfile") is None
    by_itself = unwritten and len(found) > 2 and all(path.name in DEFAULTS for path in found)  # the list nobody wrote
    return given | (set() if by_itself else {str(path) for path in found})


def judge(files: Sequence[KeyFile], log: Log, explicit: set[str]) -> Fact[Keys]:
    """The first defect that this connection met: a key the server refused had no defect that mattered."""
    offered = {key["file"] for key in offers(log)}
    taken = accepts(log)
    accepted = {key["file"] for key in taken}
    agents = {key["fingerprint"] for key in taken if key["agent"]}
    here = [file for file in files if file.defect != "missing" or file.path in explicit | accepted]
    for file in sorted(here, key=lambda file: file.path not in explicit):
        refused = file.path in offered and file.path not in accepted
        if file.defect == "none" or (refused and file.defect != "pub-mismatch"):
            continue
        if file.defect in {"passphrase", "hardware"} and file.fingerprint in agents:
            continue
        if offered and not accepted and file.path not in explicit and file.defect != "pub-mismatch":
            continue
        return defect(file)
    present = [file for file in files if file.defect != "missing"]
    if not present:
        return Fact("none", "there is no key file where ssh looks", tuple(short(file.path) for file in files)[:6])
    skipped = log.first("auth.skip_policy")
    if skipped and not offered:
        return Fact(
            "refused-by-policy",
            f"ssh's own settings exclude the key: {clean.line(skipped.text, 140)}",
            sshlog.quote((skipped,)),
        )
    sound = ", ".join(short(file.path) for file in present[:3])
    return Fact("fine", f"the key files are sound: {sound}", data={"files": [file.path for file in present]})


def defect(file: KeyFile) -> Fact[Keys]:
    """What is wrong with this file, which has a defect."""
    named = short(file.path)
    data: dict[str, Any] = {
        "path": file.path,
        "named": named,
        "mode": file.mode,
        "detail": file.detail,
        "type": file.type,
        "fingerprint": file.fingerprint,
        "defect": file.defect,
    }
    shown = (f"{stat.filemode(stat.S_IFREG | file.mode)} {named}",) if file.mode else ()
    command = (
        f"ls -l {spelled(file.path)}"
        if file.defect in {"missing", "unreadable", "too-open", "no-modes"}
        else f"ssh-keygen -y -P '' -f {spelled(file.path)}"
    )
    return Fact(_OUTCOME[file.defect], f"{named}: {file.detail}", shown, command, data)


# What ssh says about a key it could not use, when only the log is there.
_SAYS: tuple[tuple[str, Keys], ...] = (
    (r"bad permissions", "too-open"),
    (r"incorrect passphrase", "passphrase"),
    (r"Permission denied", "unreadable"),
    (r"Is a directory", "missing"),
    (r"No such file", "missing"),
    (r"Invalid key length", "too-weak"),
    (r"unknown or unsupported key type", "too-weak"),
    (r"error in libcrypto|invalid format", "damaged"),
)


def read_keys_from_log(log: Log) -> Fact[Keys]:
    """The key trouble that a log alone shows."""
    if log.has("au.perms", "au.perms2"):
        hit = log.first("au.perms2")
        path = hit["file"] if hit else "the key"
        mode = int(hit["mode"] or "0", 8) if hit else 0  # Windows has access lists, and names no mode
        return Fact(
            "too-open",
            f"{path} is readable by others" + (f" (mode {mode:04o})" if mode else ""),
            sshlog.quote((*log.all("au.perms", "au.perms2", "au.perms3"),)),
            data={"path": path, "named": path, "mode": mode},
        )
    accepted = log.first("auth.accept")
    if hit := log.first("au.mismatch"):
        return Fact("pub-mismatch", clean.line(hit.text, 160), sshlog.quote((hit,)), data=_named(hit["file"]))
    for hit in log.all("au.loadkey", "au.loadpub"):
        outcome = next((meaning for words, meaning in _SAYS if re.search(words, hit["err"], re.I)), None)
        if outcome is None or (hit.id == "au.loadpub" and outcome == "missing"):
            continue
        name = hit["file"]
        if outcome in {"damaged", "too-open"} and name.endswith(".pub"):
            outcome = "public"
        elif outcome == "damaged" and name.endswith(".ppk"):
            outcome = "foreign"
        return Fact(outcome, clean.line(hit.text, 160), sshlog.quote((accepted, hit)), data=_named(name))
    if hit := log.first("auth.skip_length"):
        return Fact("too-weak", clean.line(hit.text, 160), sshlog.quote((hit,)), data=_named(hit["file"]))
    if accepted and (log.has("auth.no_packet") or _never_signed(log, accepted)):
        return Fact(
            "passphrase",
            "the server accepts the key, and ssh could not sign with it",
            sshlog.quote((accepted, log.first("auth.no_packet", "auth.none_left"))),
            data=_named(accepts(log)[0]["file"]),
        )
    if hit := log.first("id.notaccessible"):
        return Fact("missing", clean.line(hit.text, 160), sshlog.quote((hit,)), data=_named(hit["file"]))
    missing = [
        hit
        for hit in log.all("id.missing")
        if Path(hit["file"]).name not in DEFAULTS and not hit["file"].endswith("-cert")
    ]
    if missing and not log.has("auth.offer"):
        return Fact(
            "missing",
            clean.line(missing[0].text, 160),
            sshlog.quote(missing),
            data=_named(missing[0]["file"]),
        )
    if log.has("auth.skip_policy") and not log.has("auth.offer"):
        hit = log.first("auth.skip_policy")
        return Fact("refused-by-policy", clean.line(hit.text, 160) if hit else "", sshlog.quote((hit,)))
    tried = [hit["file"] for hit in log.all("auth.trying")]
    unusual = [file for file in tried if Path(file).name not in DEFAULTS]
    if unusual and not log.has("auth.offer"):
        return unknown(f"ssh tried {clean.line(unusual[0])} and got no key from it")
    return unknown("a log does not show the key files")


def _never_signed(log: Log, accepted: Hit) -> bool:
    """The server was content with the key and never answered to it again, and ssh went on to other keys."""
    answers = [hit for hit in log.all("auth.methods", "au.partial", "au.sign") if hit.number > accepted.number]
    return log.has("auth.none_left") and log.has("au.denied") and not answers


def _named(path: str) -> dict[str, Any]:
    return {"path": clean.line(path), "named": clean.line(path)}


keys: Probe[Keys] = Probe(
    "files.keys",
    get_args(Keys),
    _keys,
    reads_log=True,
)
