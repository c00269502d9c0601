"""Fixes on this computer's files: modes, known_hosts, and one Host block of the ssh config."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.effects import Chmod, EditLines, Effect, Retarget, digest
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.paths import short
from sshwizard.probes import hostkey, known_hosts
from sshwizard.probes.typed import config_option


def _private(path: str, mode: int = 0o600) -> tuple[Effect, ...] | Refusal:
    try:
        now = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        return Refusal(f"{short(path)} cannot be looked at: {error.strerror}")
    if now == mode:
        return Refusal(f"{short(path)} has mode {mode:o} already; the trouble is its owner")
    return (Chmod(path, mode, now),)


def _chmod_key(at: Situation) -> tuple[Effect, ...] | Refusal:
    return _private(str(at.found.data["path"]))


def _open_directory(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = str(at.found.data["path"])
    return _private(path, 0o700 if Path(path).is_dir() else 0o600)


def _chmod_config(at: Situation) -> tuple[Effect, ...] | Refusal:
    file = str(at.found.data.get("file", ""))
    return _private(str(paths.expand(file))) if file else Refusal("ssh does not say which file it is")


def _vouched(at: Situation) -> str | Refusal:
    """The server's fingerprint, if the person vouches for exactly it."""
    offered = at.facts.get(hostkey.offered.name)
    if offered is None or offered.outcome != "shown":
        return Refusal(f"the server's key could not be read: {offered.says if offered else 'nobody looked'}")
    print_ = str(offered.data["fingerprint"])
    told = at.answer.strip()
    if not told:
        return Refusal(
            f"the server shows {print_}. Compare it with a source you trust (the console, whoever runs the server), "
            "and give that fingerprint"
        )
    if told.removeprefix("SHA256:") != print_.removeprefix("SHA256:"):
        return Refusal(f"the server shows {print_}, not {clean.line(told, 80)}; nothing was changed")
    return print_


def _old_entries(at: Situation) -> list[dict[str, object]]:
    """The entries of exactly this host that contradict the key, in files that are the person's own."""
    fact = next((at.facts[node] for node in ("known-changed", "known") if node in at.facts), None)
    rows = fact.data.get("entries", []) if fact else []
    own = {str(paths.expand(file)) for file in at.leg.values("userknownhostsfile")}
    return [row for row in rows if row["file"] in own and not row["marker"]]


def _edits(at: Situation, line: str) -> tuple[Effect, ...] | Refusal:
    first = paths.expand(next(iter(at.leg.values("userknownhostsfile")), "~/.ssh/known_hosts"))
    if str(first) == "none":
        return Refusal("UserKnownHostsFile is none, so ssh keeps no host keys")
    gone: dict[str, list[tuple[int, str]]] = {}
    for row in _old_entries(at):
        gone.setdefault(str(row["file"]), []).append((int(str(row["line"])), str(row["text"])))
    made: list[Effect] = []
    for file in dict.fromkeys((*gone, *([str(first)] if line else []))):
        try:
            content = Path(file).read_bytes() if Path(file).exists() else None
        except OSError as error:
            return Refusal(f"{short(file)} cannot be read: {error.strerror}")
        add = (line,) if line and file == str(first) else ()
        made.append(EditLines(file, digest(content), tuple(gone.get(file, ())), add))
    return tuple(made) or Refusal("known_hosts has no entry to change")


def _pin(at: Situation) -> tuple[Effect, ...] | Refusal:
    told = _vouched(at)
    if isinstance(told, Refusal):
        return told
    key = " ".join(str(at.facts[hostkey.offered.name].data["line"]).split()[1:3])
    name = known_hosts.host_names(at.leg)[0]
    return _edits(at, f"{name} {key} confirmed by its fingerprint")


def _forget(at: Situation) -> tuple[Effect, ...] | Refusal:
    told = _vouched(at)
    return told if isinstance(told, Refusal) else _edits(at, "")


def _repair_known_hosts(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.found.outcome == "unreadable":
        return _private(str(at.found.data["path"]))
    return _pin(at)


# ------------------------------------------------------------------ the ssh config

BEGIN, END = "# >>> sshwizard", "# <<< sshwizard"


def _wanted(at: Situation) -> list[str]:
    """The settings that this verdict, or the options of this run, call for."""
    data, rows = at.found.data, []
    if "port_found" in data:
        rows.append(f"Port {int(data['port_found'])}")
    if "host_found" in data:
        rows.append(f"HostName {data['host_found']}")
    user = str(data.get("user_wanted", "")) or at.answer
    if user and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", user):
        rows.append(f"User {user}")
    if at.found.outcome == "file-key-fits":
        rows += [f'IdentityFile "{data["path"]}"', "IdentitiesOnly yes"]
    if at.found.outcome == "keys-off":
        rows.append("PubkeyAuthentication yes")
    return rows or _from_overrides(at.target.overrides)


def _from_overrides(words: tuple[str, ...]) -> list[str]:
    rows, rest = [], list(words)
    while len(rest) >= 2:
        option, value = rest.pop(0), rest.pop(0)
        if option == "-o":
            rows.append(value.replace("=", " ", 1))
        elif keyword := {"-p": "Port", "-l": "User"}.get(option):
            rows.append(f"{keyword} {value}")
        elif option == "-i":
            rows.append(f'IdentityFile "{value}"')
    return rows


def _outranked(at: Situation, rows: list[str]) -> str:
    """The option of the command line that would win over the first of `rows` (ssh_config(5)); empty for none."""
    keyword = rows[0].partition(" ")[0]
    option = {"Port": "-p", "User": "-l"}.get(keyword, "")
    if option and option in at.target.args:
        return option
    return at.target.args[-1] if keyword == "User" and "@" in at.target.args[-1] else ""


def _host_block(at: Situation) -> tuple[Effect, ...] | Refusal:
    rows = _wanted(at)
    if rows and (word := _outranked(at, rows)):
        return Refusal(f"{clean.line(word, 60)} on the command line outranks the config; leave it out instead")
    name = at.leg.name
    if not rows:
        return Refusal("nothing about this host is to be written")
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", name):
        return Refusal(f"{clean.line(name, 60)} cannot stand in a Host line")
    option = config_option(at.target.args)
    file = Path(option[1]) if option else paths.ssh_dir() / "config"
    if str(file) == "none":
        return Refusal("this run uses no config file (-F none)")
    try:
        content = file.read_bytes() if file.exists() else None
    except OSError as error:
        return Refusal(f"{short(file)} cannot be read: {error.strerror}")
    block = (f"{BEGIN}: {name}", f"Host {name}", *(f"    {row}" for row in rows), f"{END}: {name}", "")
    written = EditLines(str(file), digest(content), (), block, at_top=True)
    if rows == _from_overrides(at.target.overrides):
        return (written, Retarget((), at.target.overrides))  # proved only when it works without them
    return (written,)


FIXES = (
    Fix("chmod-key", _chmod_key),
    Fix("chmod-ssh-config", _chmod_config),
    Fix("fix-ssh-directory", _open_directory),
    Fix("pin-host-key", _pin, hostkey.offered, "The fingerprint that a trusted source gave you"),
    Fix("remove-known-host", _forget, hostkey.offered, "The fingerprint that a trusted source gave you"),
    Fix("repair-known-hosts", _repair_known_hosts, hostkey.offered, ""),
    Fix("write-host-block", _host_block),
    Fix("edit-config-value", _host_block),
)
