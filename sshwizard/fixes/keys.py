"""Fixes of key files, and of the agent that holds them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.effects import (
    BESIDE,
    Chown,
    ConvertKey,
    CopyKey,
    Effect,
    InTerminal,
    RepairKeyText,
    Retarget,
    WriteFile,
    digest,
)
from sshwizard.fixes import hostblock
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.paths import short
from sshwizard.probes import publichalf


def _path(at: Situation) -> Path | Refusal:
    """The key file that the verdict is about."""
    named = str(at.found.data.get("path", ""))
    return Path(named) if named else Refusal("the verdict names no key file")


def _content(path: Path) -> bytes | Refusal:
    try:
        return path.read_bytes()
    except OSError as error:
        return Refusal(f"{short(path)} cannot be read: {error.strerror}")


def _repair(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = _path(at)
    content = path if isinstance(path, Refusal) else _content(path)
    if isinstance(content, Refusal):
        return content
    seen = digest(content)
    return (CopyKey(str(path), f"{path}{BESIDE}", seen), RepairKeyText(str(path), seen))


def _owner(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = _path(at)
    if isinstance(path, Refusal):
        return path
    try:
        info = path.lstat()
    except OSError as error:
        return Refusal(f"{short(path)} cannot be looked at: {error.strerror}")
    me = (os.getuid(), os.getgid())
    if info.st_uid == me[0]:
        return Refusal(f"{short(path)} is yours already; its mode is the trouble")
    if me[0] == 0:
        return (Chown(str(path), *me, (info.st_uid, info.st_gid)),)
    back = ("sudo", "chown", f"{info.st_uid}:{info.st_gid}", str(path))
    return (InTerminal(("sudo", "chown", f"{me[0]}:{me[1]}", str(path)), back),)


def _home_copy(at: Situation) -> tuple[Effect, ...] | Refusal:
    """A copy where permissions hold, and this host told to use it."""
    path = _path(at)
    content = path if isinstance(path, Refusal) else _content(path)
    if isinstance(content, Refusal):
        return content
    copy = paths.ssh_dir() / Path(str(path)).name
    used = _used_by_this_host(at, copy)
    return used if isinstance(used, Refusal) else (CopyKey(str(path), str(copy), digest(content)), *used)


def _convert(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = _path(at)
    content = path if isinstance(path, Refusal) else _content(path)
    if isinstance(content, Refusal) or isinstance(path, Refusal):
        return content if isinstance(content, Refusal) else Refusal("the verdict names no key file")
    if not content.startswith(b"PuTTY-User-Key-File"):
        return Refusal("only PuTTY's .ppk is converted here")
    if shutil.which("puttygen") is None:
        return Refusal("puttygen is not installed. On Debian: apt-get install putty-tools")
    if not re.search(rb"^Encryption: none\r?$", content, re.M):
        return Refusal(f"it has a passphrase; in a terminal: puttygen {path} -O private-openssh -o {path.stem}")
    made = path.with_name(path.stem if path.suffix == ".ppk" else path.name + ".openssh")
    used = _used_by_this_host(at, made)
    return used if isinstance(used, Refusal) else (ConvertKey(str(path), str(made), digest(content)), *used)


def _used_by_this_host(at: Situation, key: Path) -> tuple[Effect, ...] | Refusal:
    """For this run and from then on: this key, and the typed -i does not get in the way."""
    if "-i" in at.target.args:
        return (Retarget(("-i", str(key), *at.target.overrides), at.target.overrides),)
    file = hostblock.config_file(at.target.args)
    if isinstance(file, Refusal):
        return file
    written = hostblock.edit(file, at.leg.name, [f"IdentityFile {hostblock.quoted(short(key))}", "IdentitiesOnly yes"])
    return written if isinstance(written, Refusal) else (written,)


def _public_half(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = _path(at)
    derived = at.facts.get(publichalf.derived.name)
    if isinstance(path, Refusal):
        return path
    if derived is None or derived.outcome != "shown":
        return Refusal(derived.says if derived else "the public half was not read yet")
    file = Path(f"{path}.pub")
    try:
        old = file.read_bytes() if file.exists() else None
    except OSError as error:
        return Refusal(f"{short(file)} cannot be read: {error.strerror}")
    wanted = f"{derived.data['line']}\n"
    if old == wanted.encode():
        return Refusal(f"{short(file)} is right already; look again")
    return (WriteFile(str(file), wanted, digest(old)),)


def _new_key(at: Situation) -> tuple[Effect, ...] | Refusal:
    place = paths.ssh_dir() / "id_ed25519"
    number = 2
    while place.exists() or Path(f"{place}.pub").exists():
        place, number = paths.ssh_dir() / f"id_ed25519_{number}", number + 1
    command = ("ssh-keygen", "-t", "ed25519", "-f", str(place))
    return (InTerminal(command, ("rm", "--", str(place), f"{place}.pub")),)


# ------------------------------------------------------------------ the agent


def _add(at: Situation) -> tuple[Effect, ...] | Refusal:
    if not os.environ.get("SSH_AUTH_SOCK"):
        return Refusal('no agent runs in this session. Start one: eval "$(ssh-agent)"')
    told = (fact.data.get("path", "") for fact in (at.found, at.facts.get("keys")) if fact)
    named = at.answer.strip() or next((str(path) for path in told if path), "")
    if not named:
        return Refusal("name the key file")
    path = paths.expand(named)
    if not path.is_file():
        return Refusal(f"there is no key file {clean.line(short(path), 80)}")
    return (InTerminal(("ssh-add", "--", str(path)), ("ssh-add", "-d", "--", str(path))),)


def _unlock(at: Situation) -> tuple[Effect, ...] | Refusal:
    return (InTerminal(("ssh-add", "-X"), ("ssh-add", "-x")),)


def _without_agent(at: Situation) -> tuple[Effect, ...] | Refusal:
    return (Retarget(("-o", "IdentityAgent=none", *at.target.overrides), at.target.overrides),)


def _renew(at: Situation) -> tuple[Effect, ...] | Refusal:
    if not at.answer.strip():
        return Refusal("type the command that renews your certificate, for example: step ssh login")
    try:
        words = shlex.split(at.answer)
    except ValueError as error:
        return Refusal(f"the command has an unclosed quote ({error})")
    return (InTerminal(tuple(words)),)


FIXES = (
    Fix("repair-key-copy", _repair),
    Fix("fix-key-owner", _owner),
    Fix("copy-key-home", _home_copy, around=True),
    Fix("convert-key", _convert, around=True),
    Fix("fix-pub-file", _public_half, publichalf.derived),
    Fix("make-new-key", _new_key, around=True),
    Fix("add-key-to-agent", _add, asks=""),
    Fix("unlock-agent", _unlock),
    Fix("bypass-agent", _without_agent),
    Fix("renew-certificate", _renew, asks="The command that renews your certificate"),
)
