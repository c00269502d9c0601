"""Fixes on this computer's files: modes, known_hosts, and one Host block of the ssh config."""

from __future__ import annotations

import stat
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.effects import Chmod, EditLines, Effect, digest
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.paths import short
from sshwizard.probes import known_hosts, vouching


def _private(path: str, mode: int = 0o600, seen: int | None = None) -> tuple[Effect, ...] | Refusal:
    """`mode` for this file, which had the mode `seen` when that was found to be the trouble."""
    try:
        now = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        return Refusal(f"{short(path)} cannot be looked at: {error.strerror}")
    if seen not in {None, now} and now == mode:
        return Refusal(f"{short(path)} has had mode {mode:o} since: look again", overtaken=True)
    if now == mode:
        return Refusal(f"{short(path)} has mode {mode:o} already; the trouble is its owner")
    return (Chmod(path, mode, now),)


def _chmod_key(at: Situation) -> tuple[Effect, ...] | Refusal:
    return _private(str(at.found.data["path"]), seen=at.found.data.get("mode"))


def _open_directory(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = str(at.found.data["path"])
    return _private(path, 0o700 if Path(path).is_dir() else 0o600)


def _chmod_config(at: Situation) -> tuple[Effect, ...] | Refusal:
    file = str(at.found.data.get("file", ""))
    return _private(str(paths.expand(file))) if file else Refusal("ssh does not say which file it is")


def _confirmed(at: Situation) -> str | Refusal:
    """Who confirms the server's key: the person's fingerprint where one was typed, else a trusted source."""
    seen = at.facts.get(vouching.offered.name)
    if seen is None or seen.outcome == "not-shown":
        return Refusal(f"the server's key could not be read: {seen.says if seen else 'nobody looked'}")
    print_ = str(seen.data["fingerprint"])
    told = at.answer.strip()
    if told and told.removeprefix("SHA256:") != print_.removeprefix("SHA256:"):
        return Refusal(f"the server shows {print_}, not {clean.line(told, 80)}; nothing was changed")
    if told:
        return "confirmed by its fingerprint"
    if seen.outcome == "confirmed":
        return f"confirmed: {seen.data['by']}"
    return Refusal(
        f"the server shows {print_}, and no trusted source here confirms it. Compare it with the console, or with what "
        "whoever runs the server says, and give that fingerprint"
    )


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
    told = _confirmed(at)
    if isinstance(told, Refusal):
        return told
    key = " ".join(str(at.facts[vouching.offered.name].data["line"]).split()[1:3])
    name = known_hosts.host_names(at.leg)[0]
    return _edits(at, f"{name} {key} {told}")


def _forget(at: Situation) -> tuple[Effect, ...] | Refusal:
    told = _confirmed(at)
    return told if isinstance(told, Refusal) else _edits(at, "")


def _repair_known_hosts(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.found.outcome == "unreadable":
        return _private(str(at.found.data["path"]))
    return _pin(at)


FIXES = (
    Fix("chmod-key", _chmod_key),
    Fix("chmod-ssh-config", _chmod_config),
    Fix("fix-ssh-directory", _open_directory),
    Fix("pin-host-key", _pin, vouching.offered, "The fingerprint that a trusted source gave you"),
    Fix("remove-known-host", _forget, vouching.offered, "The fingerprint that a trusted source gave you"),
    Fix("repair-known-hosts", _repair_known_hosts, vouching.offered, ""),
)
