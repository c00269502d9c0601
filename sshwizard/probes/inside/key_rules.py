"""Why sshd does not take the offered key: what it reads, may read, and finds there (auth2-pubkey.c, misc.c). Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from sshwizard.probes.inside.patterns import KeyLine, from_allows, key_lines
from sshwizard.probes.inside.ruling import Outside, Ruling
from sshwizard.probes.inside.seen import Account, Entry, Inside
from sshwizard.probes.inside.settings import overridden, place, set_by

_PUSHED_ONLY = {"eic_run_authorized_keys"}
"""Lookup programs that give no lasting keys (EC2 User Guide, EC2 Instance Connect)."""
_SIGNS = {"ssh-rsa": ("rsa-sha2-256", "rsa-sha2-512", "ssh-rsa")}


def held(inside: Inside, outside: Outside) -> list[tuple[str, KeyLine]]:
    """The lines that hold an offered key, each with its file."""
    return [
        (path, line)
        for path, text in inside.keys.items()
        for line in key_lines(text)
        if line.fingerprint in outside.fingerprints
    ]


def methods(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """PubkeyAuthentication, and the types that sshd takes."""
    if inside.set_to("pubkeyauthentication") == "no":
        wins = overridden(inside, "pubkeyauthentication")
        code = "server.drop-in-overrides" if wins else "auth.public-key-off"
        says = f"{wins.file} switches public keys off again" if wins else "sshd takes no public keys for this login"
        yield Ruling(code, says, place(inside, "pubkeyauthentication"), set_by(inside, "pubkeyauthentication", "yes"))
    accepted = inside.set_to("pubkeyacceptedalgorithms") or inside.set_to("pubkeyacceptedkeytypes")
    found = held(inside, outside)
    if accepted and found and not any(_taken(line.type, accepted) for _, line in found):
        kinds = ", ".join(sorted({line.type for _, line in found}))
        rows = place(inside, "pubkeyacceptedalgorithms")
        yield Ruling("auth.key-type-refused", f"sshd takes no keys of the type {kinds}", rows, {"type": kinds})


def _taken(type_: str, accepted: str) -> bool:
    return any(fnmatch.fnmatchcase(sign, one) for sign in _SIGNS.get(type_, (type_,)) for one in accepted.split(","))


def _fresh(inside: Inside, who: Account, path: str) -> Iterator[str]:
    """What a new account of this server has, beside what this one has: login.defs(5) for the home (HOME_MODE, else
    UMASK), sshd(8), FILES, for the rest."""
    told = inside.rows.get("fresh-home", (("", ""),))[0]
    given, umask = (*told, "", "")[:2]
    octal = re.compile(r"0?[0-7]{3}")
    home = int(given, 8) if octal.fullmatch(given) else 0o777 & ~int(umask if octal.fullmatch(umask) else "022", 8)
    chain = {one.path: one for one in inside.entries.get("keys-chain", ())}
    under = f"{who.home}/"
    for at, mode in ((who.home, home), (path.rpartition("/")[0], 0o700), (path, 0o600)):
        entry = chain.get(at)
        if entry and entry.exists and (at == who.home or at.startswith(under)):
            here = f"{entry.mode & 0o7777:o}, uid {entry.uid}"
            yield f"{at}: a new account has {mode:o}, uid {who.uid}; here {here}"


def files(inside: Inside, outside: Outside) -> Iterator[Ruling]:
    """authorized_keys: there, with the right owners, and with the key in it."""
    who = inside.account
    command = inside.set_to("authorizedkeyscommand").strip() or "none"
    if command.split()[0].rpartition("/")[2] in _PUSHED_ONLY:
        command = "none"  # it knows keys of a minute ago only, and never the one that was offered
    if command != "none" and not held(inside, outside):  # sshd asks it first, and then reads the files all the same
        yield from _command(inside, command)
    if who is None or not inside.keys_paths or not inside.settings:
        return
    chain = {one.path: one for one in inside.entries.get("keys-chain", ())}
    present = [path for path in inside.keys_paths if path in inside.keys]
    bad = [entry for path in present for entry in _unsafe(inside, path, chain)]
    strict = inside.set_to("strictmodes", "yes") == "yes"
    found = held(inside, outside)
    if strict and bad and (found or not outside.fingerprints):
        rows = tuple(_shown(entry) for entry in bad)
        wrong = [[entry.path, f"{entry.mode:o}", entry.uid, entry.gid] for entry in bad]
        first = bad[0]
        says = (
            f"{first.path} belongs to another account (uid {first.uid})"
            if first.uid not in {0, who.uid}
            else f"others may write {first.path} (mode {first.mode & 0o7777:04o})"
        )
        rows = (*rows, *_fresh(inside, who, present[0]))
        yield Ruling("auth.authorized-keys-permissions", says, rows, {"wrong": wrong, "uid": who.uid, "gid": who.gid})
    if found:
        yield from _labels(inside, present, chain)
        yield from _restricted(inside, found)
        return
    if command != "none" or any(what in inside.keys_paths for what, _ in inside.unseen):
        return
    full = [path for path in present if any(key_lines(inside.keys[path]))]
    path = inside.keys_paths[0]
    data = {"path": path, "uid": who.uid, "gid": who.gid, "home": who.home}
    home = inside.entry("home")
    if home and not home.exists and path.startswith(f"{who.home}/"):
        says = f"the home {who.home} does not exist, so there is no {path}"
        yield Ruling("auth.authorized-keys-missing", says, (f"{who.name}: {who.home}",), {**data, "home_missing": True})
    elif not full:
        empty = present[0] if present else ""
        says = f"{empty} holds no key" if empty else f"{' and '.join(inside.keys_paths)} do not exist"
        says = says.replace("do not exist", "does not exist") if len(inside.keys_paths) == 1 else says
        yield Ruling("auth.authorized-keys-missing", says, place(inside, "authorizedkeysfile"), data)
    elif outside.fingerprints:
        rows = tuple(
            f"{file} line {line.number}: {line.type} {line.fingerprint}"
            for file in full
            for line in key_lines(inside.keys[file])
        )
        says = f"none of your {len(outside.fingerprints)} keys is among the {len(rows)} of {full[0]}"
        yield Ruling("auth.key-not-authorized", says, rows[:8], {**data, "path": full[0]})


def _unsafe(inside: Inside, path: str, chain: dict[str, Entry]) -> list[Entry]:
    """What safe_path() of sshd refuses: from the file up to the account's home, else up to the root."""
    who, found = inside.account, []
    real = next((one for one in chain if one == path), path)
    at = real
    while who and at:
        entry = chain.get(at)
        if entry and entry.exists and entry.kind != "l" and (entry.uid not in {0, who.uid} or entry.writable_by_others):
            found.append(entry)
        if at in {who.home, "/"}:
            break
        at = at.rpartition("/")[0] or "/"
    return found


def _shown(entry: Entry) -> str:
    return f"{entry.path}: mode {entry.mode & 0o7777:04o}, owner {entry.uid}, group {entry.gid}"


def _command(inside: Inside, command: str) -> Iterator[Ruling]:
    """sshd runs it only when it and its directories are root's, and an account is named for it."""
    path = command.split()[0]
    entry = inside.entry("command-chain", path)
    unsafe = [one for one in inside.entries.get("command-chain", ()) if one.uid != 0 or one.writable_by_others]
    account = inside.text("command-user", 1)
    rows = place(inside, "authorizedkeyscommand")
    says = ""
    if entry is None or not entry.exists:
        says = f"{path} does not exist"
    elif not entry.mode & 0o111:
        says = f"{path} may not be executed"
    elif unsafe:
        says, rows = f"{unsafe[0].path} is not root's alone, so sshd does not run it", (*rows, _shown(unsafe[0]))
    elif not account:
        says = f"AuthorizedKeysCommandUser {inside.text('command-user') or 'none'} is no account"
    if says and inside.settings:
        yield Ruling("auth.authorized-keys-command-failed", says, rows)


def _labels(inside: Inside, present: list[str], chain: dict[str, Entry]) -> Iterator[Ruling]:
    """SELinux: sshd_t reads ssh_home_t and its like only."""
    if inside.text("selinux") != "Enforcing":
        return
    for path in present:
        label = chain[path].label if path in chain else ""
        kind = label.split(":")[2] if label.count(":") >= 2 else ""
        if kind and not kind.startswith(("ssh_home_t", "sshd_", "etc_t")):
            rows = (f"{path}: {label}",)
            yield Ruling("auth.selinux-blocks-key-file", f"{path} has the label {kind}", rows, {"path": path})


def _restricted(inside: Inside, found: list[tuple[str, KeyLine]]) -> Iterator[Ruling]:
    """from= and expiry-time= of the lines that hold the key: refused when all are."""
    barred = []
    for path, line in found:
        allowed = from_allows(line.options["from"], inside.address) if "from" in line.options else True
        if allowed is not False or not inside.address:
            return
        barred.append((path, line))
    path, line = barred[0]
    says = f'the line of your key says from="{line.options["from"]}", and you come from {inside.address}'
    yield Ruling("auth.key-source-restricted", says, (f"{path} line {line.number}: from={line.options['from']}",))
