"""Fixes in the person's ssh config: rows for the one marked block of this host, or a line switched off."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.effects import CloseShared, EditLines, Effect, MakeDirectory, Retarget, digest
from sshwizard.fixes import hostblock, naming
from sshwizard.fixes.fix import Fix, Plan, Proof, Refusal, Situation
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes import client, configfiles

Rows = Callable[[Situation], list[str] | Refusal]


def _options(words: tuple[str, ...]) -> list[str]:
    """The options of this run as rows of a config file."""
    rows, rest = [], list(words)
    while rest:
        option = rest.pop(0)
        if option in _FLAGS:
            rows.append(_FLAGS[option])
            continue
        value = rest.pop(0) if rest else ""
        if option == "-o":
            rows.append(value.replace("=", " ", 1))
        elif keyword := {"-p": "Port", "-l": "User"}.get(option):
            rows.append(f"{keyword} {value}")
        elif option == "-i":
            rows.append(f"IdentityFile {hostblock.quoted(value)}")
    return rows


_FLAGS = {"-4": "AddressFamily inet", "-6": "AddressFamily inet6", "-T": "RequestTTY no"}


def _wanted(at: Situation) -> list[str] | Refusal:
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
        rows += [f"IdentityFile {hostblock.quoted(str(data['path']))}", "IdentitiesOnly yes"]
    elif at.found.outcome == "agent-key-hidden":
        rows.append("IdentitiesOnly no")
    if data.get("keyword") in _VALUES:
        rows.append(f"{data['keyword']} {_VALUES[data['keyword']] or data.get('value', '')}".strip())
    return rows or _options(at.target.overrides) or Refusal("nothing about this host is to be written")


_VALUES = {
    "PubkeyAuthentication": "yes",
    "PreferredAuthentications": "publickey,keyboard-interactive,password",
    "AddressFamily": "any",
    "KexAlgorithms": "", "HostKeyAlgorithms": "", "Ciphers": "", "MACs": "",
}  # fmt: skip
"""What a setting that is in the way becomes; empty: the value that the look names."""


def _address(at: Situation) -> list[str] | Refusal:
    current = str(at.found.data.get("current", "")) or at.answer.strip()
    if not re.fullmatch(r"[0-9A-Fa-f.:]+|[A-Za-z0-9.-]+", current):
        return Refusal("the current address is not known; type it")
    return [f"HostName {current}"]


def _jump(at: Situation) -> list[str] | Refusal:
    hop = at.answer.strip()
    if not re.fullmatch(r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9._-]+(?::\d+)?", hop) or hop.startswith("-"):
        return Refusal("name the jump host: HOST, USER@HOST or USER@HOST:PORT")
    return [f"ProxyJump {hop}"]


_STRONGEST_FIRST = {
    "KexAlgorithms": (
        "diffie-hellman-group14-sha256", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1",
    ),
    "HostKeyAlgorithms": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-dss"),
    "Ciphers": ("aes256-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"),
    "MACs": ("hmac-sha2-256", "hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"),
}  # fmt: skip
_KEYWORD = {
    "key exchange method": "KexAlgorithms", "host key type": "HostKeyAlgorithms", "cipher": "Ciphers", "MAC": "MACs"
}  # fmt: skip


def _old_algorithm(at: Situation) -> list[str] | Refusal:
    """The strongest of the old algorithms that the server has, for this host only."""
    if at.found.outcome == "none-in-common":
        return [_REASON.format(what="signature algorithm"), "PubkeyAcceptedAlgorithms +ssh-rsa"]
    seen = at.facts.get("kex")
    data = {**(seen.data if seen else {}), **at.found.data}
    keyword = _KEYWORD.get(str(data.get("what", "")), "")
    offered = str(data.get("offer", "")).split(",")
    best = next((name for name in _STRONGEST_FIRST.get(keyword, ()) if name in offered), "")
    if not best:
        return Refusal("the server offers nothing that this fix knows how to allow")
    return [_REASON.format(what=data["what"]), f"{keyword} +{best}"]


_REASON = "# The server offers no newer {what}. Remove this line when it was updated."


def _no_umac(at: Situation) -> list[str] | Refusal:
    return ["MACs -umac-64@openssh.com,umac-64-etm@openssh.com,umac-128@openssh.com,umac-128-etm@openssh.com"]


def _small(at: Situation) -> list[str] | Refusal:
    return [
        "KexAlgorithms curve25519-sha256",
        "HostKeyAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512",
        "Ciphers aes128-ctr",
        "MACs hmac-sha2-256",
    ]


def _keepalive(at: Situation) -> list[str] | Refusal:
    return ["ServerAliveInterval 60", "ServerAliveCountMax 3"]


def _plain_name(at: Situation) -> list[str] | Refusal:
    if at.found.outcome == "other-instance":
        return Refusal("another machine has this address now; a name for its key would not make it yours")
    if not at.leg.host:
        return Refusal("the host's plain name is not known")
    # An alias is looked up as it stands: the port, which ssh adds to a host's own name, is part of it.
    return [f"HostKeyAlias {at.leg.host if at.leg.port == 22 else f'[{at.leg.host}]:{at.leg.port}'}"]


# ------------------------------------------------------------------ how rows become a change


def _outranked(at: Situation, rows: list[str]) -> str:
    """What on the command line would win over the first of `rows` (ssh_config(5)); empty for nothing."""
    keyword = rows[0].partition(" ")[0].lower()
    given = next((one for one in configfiles.from_arguments(at.target.args) if one.keyword == keyword), None)
    return f"{keyword} {given.value}" if given and keyword not in {"identityfile", "#"} else ""


def block(rows_of: Rows) -> Plan:
    """The plan that puts rows into the marked block of this host."""

    def plan(at: Situation) -> tuple[Effect, ...] | Refusal:
        rows = rows_of(at)
        if isinstance(rows, Refusal):
            return rows
        if word := _outranked(at, rows):
            return Refusal(f"{clean.line(word, 60)} on the command line outranks the config; leave it out instead")
        file = hostblock.config_file(at.target.args)
        if isinstance(file, Refusal):
            return file
        written = hostblock.edit(file, at.leg.name, rows)
        if isinstance(written, Refusal):
            return written
        if tuple(text for _, text in written.remove) == written.add:
            return Refusal(f"{short(file)} has these lines already: look again", overtaken=True)
        if rows == _options(at.target.overrides):
            return (written, Retarget((), at.target.overrides))  # proved only when it works without them
        return (written,)

    return plan


def proof(rows_of: Rows) -> Proof:
    """The look that such a plan is proved by."""

    async def holds(at: Situation) -> str:
        """Does `ssh -G` show what was written?"""
        rows = rows_of(at)
        if isinstance(rows, Refusal) or not at.leg.final:
            return ""
        answer = await client.settings_of(at.target.args)
        if isinstance(answer, Fact):
            return "ssh cannot read its config any more; the change was taken back"
        for row in rows:
            keyword, _, value = row.partition(" ")
            if keyword != "#" and not shows(answer.get(keyword.lower(), ()), value):
                return f"`ssh -G` does not show {clean.line(row, 80)}; the change was taken back"
        return ""

    return holds


def shows(values: tuple[str, ...], wanted: str) -> bool:
    """True when `ssh -G` shows a value as it was written: a list with + or - changes the default one."""
    plain = wanted.strip('"')
    if plain[:1] == "+":
        return any(set(plain[1:].split(",")) <= set(value.split(",")) for value in values)
    if plain[:1] == "-":
        return not any(set(plain[1:].split(",")) & set(value.split(",")) for value in values)
    return _as_ssh_says(plain) in {_as_ssh_says(value) for value in values}


def _as_ssh_says(value: str) -> str:
    """ssh -G prints yes or true, and paths with ~ or without, by keyword and version; of IPQoS, both classes."""
    words = value.split()
    value = words[0] if len(words) == 2 and len(set(words)) == 1 else value
    return {"true": "yes", "false": "no"}.get(value.lower(), str(paths.expand(value)).lower())


# ------------------------------------------------------------------ lines and directories


def _switch_off(at: Situation) -> tuple[Effect, ...] | Refusal:
    """A # before the line that ssh cannot read; of a first line, only the byte order mark that an editor put there."""
    file, line = str(at.found.data.get("file", "")), str(at.found.data.get("line", ""))
    if not file or not line.isdigit():
        return Refusal("ssh does not say which line of which file it is")
    path = paths.expand(file)
    try:
        content = path.read_bytes()
        raw = content.split(b"\n")[int(line) - 1]
    except (OSError, IndexError):
        return Refusal(f"line {line} of {short(path)} cannot be read")
    text = raw.decode("utf-8", "replace")
    named = re.search(r"Bad configuration option: *(\S+)", at.found.says)
    if not text.strip() or text.lstrip().startswith("#") or (named and named[1].rstrip("…") not in text.lower()):
        return Refusal(f"line {line} of {short(path)} is not the one that ssh spoke of any more; look again")
    if line == "1" and raw.startswith(codecs.BOM_UTF8):
        return (EditLines(str(path), digest(content), ((1, text),), (text[1:].rstrip("\r"),), at_top=True),)
    return (EditLines(str(path), digest(content), comment=((int(line), text),)),)


def _control_path(at: Situation) -> tuple[Effect, ...] | Refusal:
    """Make the missing directory, or give this host a short path."""
    folder = Path(str(at.found.data.get("directory", "")))
    if folder.is_absolute() and not folder.exists() and folder.parent.is_dir():
        return (MakeDirectory(str(folder)),)
    written = block(lambda _: ["ControlPath ~/.ssh/cm-%C"])(at)
    if isinstance(written, Refusal) or paths.ssh_dir().exists():
        return written
    return (MakeDirectory(str(paths.ssh_dir())), *written)


def _close_shared(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = str(at.found.data.get("path", ""))
    return (CloseShared(path, at.leg.name),) if path else Refusal("which socket it is was not seen")


def _host_block(at: Situation) -> tuple[Effect, ...] | Refusal:
    """What the verdict calls for; where ssh works and a name is given, the whole connection under that name."""
    return naming.plan(at) if _named(at) else block(_wanted)(at)


async def _host_block_shows(at: Situation) -> str:
    return await (naming.proof(at) if _named(at) else proof(_wanted)(at))


def _named(at: Situation) -> bool:
    return not at.code and bool(at.answer.strip())


FIXES = (
    Fix("repair-ssh-config", _switch_off),
    Fix("write-host-block", _host_block, proof=_host_block_shows),
    Fix("close-control-socket", _close_shared),
    Fix("fix-control-path", _control_path),
    Fix("add-keepalive", block(_keepalive), proof=proof(_keepalive), later=True),
    *(
        Fix(id_, block(rows), asks=asks, proof=proof(rows))
        for id_, rows, asks in (
            ("edit-config-value", _wanted, ""),
            ("update-config-address", _address, ""),
            ("use-jump-host", _jump, "The jump host: HOST or USER@HOST:PORT"),
            ("set-host-key-alias", _plain_name, ""),
            ("allow-old-algorithm-for-host", _old_algorithm, ""),
            ("avoid-broken-mac", _no_umac, ""),
            ("shrink-key-exchange", _small, ""),
        )
    ),
)
