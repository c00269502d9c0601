"""What can be repaired on the server from inside. Every plan reads the look that was made there."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard import vocabulary
from sshwizard.doors.marks import COMMAND, MARK
from sshwizard.effects import Effect
from sshwizard.effects.remote import RemoteScript
from sshwizard.fixes import serverside
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.serverside import Change

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}\$?")
"""A login name that stands in a script or a Match line as it is."""

_LOOK_FIRST = "look inside first: sshwizard inside TARGET"

Data = Mapping[str, Any]
Text = Callable[[Data, Situation], Change | Refusal | None]


def _plan(text: Text) -> Callable[[Situation], tuple[Effect, ...] | Refusal]:
    def plan(at: Situation) -> tuple[Effect, ...] | Refusal:
        seen = _seen(at)
        if isinstance(seen, Refusal):
            return seen
        made = text(seen, at)
        if made is None:
            return Refusal("what was seen inside is not enough for this change")
        if isinstance(made, Refusal):
            return made
        way = seen["way"]
        return (_script(made, at, str(way["door"]), tuple(map(str, way["options"]))),)

    return plan


def _seen(at: Situation) -> Data | Refusal:
    """What the look inside saw of this very cause."""
    fact = at.facts.get("inside")
    if fact is None or not isinstance(fact.data.get("way"), Mapping):
        return Refusal(_LOOK_FIRST)
    if fact.outcome != at.code:
        return Refusal("the look inside found something else")
    return fact.data


def _script(made: Change, at: Situation, door: str, options: tuple[str, ...] = ()) -> RemoteScript:
    way = at.facts["inside"].data["way"]
    target, account = tuple(map(str, way["target"])), tuple(map(str, way.get("account", ("", ""))))
    return RemoteScript(_id(at), door, options, target, made.guard, made.do, made.undo, made.watch,
                        login=str(way.get("login", "")), account=account)  # fmt: skip


def _by_command(at: Situation) -> tuple[Effect, ...] | Refusal:
    """One of the repairs of this cause, sent to the agent by Run Command."""
    seen = _seen(at)
    if isinstance(seen, Refusal):
        return seen
    agent = at.facts.get(f"{MARK}ssm")
    if not str(seen["way"]["door"]).startswith("ssm") and (agent is None or agent.outcome != "open"):
        return Refusal("Systems Manager was not seen to have a connection to an agent on this server")
    for id_ in vocabulary.causes()[at.code].actions:
        made = _TEXTS[id_](seen, at) if id_ in _TEXTS else None
        if isinstance(made, Change):
            return (_script(made, at, COMMAND),)
    return Refusal("there is no repair of this cause that a script could make")


def _id(at: Situation) -> str:
    """One name for each look, so that a plan made twice is the same plan."""
    return str(at.facts["inside"].data.get("id") or os.urandom(6).hex())


def _modes(data: Data, at: Situation) -> Change | None:
    wrong = data.get("wrong")
    if not wrong:
        return None
    return serverside.modes(wrong, (0,) if at.code == "session.chroot-bad-owner" else (int(data["uid"]), 0))


def _key(data: Data, at: Situation) -> Change | Refusal | None:
    line, path = str(data.get("public", "")), str(data.get("path") or data.get("keys_path", ""))
    if not re.fullmatch(r"(ssh|ecdsa|sk-)[\w@.-]+ [A-Za-z0-9+/]{20,}={0,2}( [^\n\"'\\]{0,200})?", line):
        return Refusal("no public half of a key that you offer was found here")
    if not path.startswith("/") or int(data.get("uid", -1)) < 0:
        return None
    if at.code == "auth.key-source-restricted":  # the line that holds it to other addresses stays
        if not (address := _address(data)):
            return Refusal("the address under which the server sees you is not known")
        line = f'from="{address}" {line}'
    return serverside.key(path, line, int(data["uid"]), int(data["gid"]), str(data.get("home", "")))


def _setting(data: Data, at: Situation) -> Change | Refusal | None:
    config, login = str(data["config_file"]), str(data["login"])
    if at.code == "server.sshd-config-error":
        if not data.get("text"):
            return None
        return serverside.comment_out(str(data["file"]), int(data["line"]), str(data["text"]), config)
    keyword, value = str(data.get("keyword", "")), str(data.get("value", ""))
    if not keyword or not value:
        return Refusal("no single line that is read first can allow this: the setting itself has to go")
    if not data.get("drop_ins"):
        return Refusal(f"{config} does not begin with an Include, so no drop-in would be read first")
    if not _NAME.fullmatch(login):
        return Refusal("this login name cannot stand in a Match line")
    line = f"{keyword} {value}\n"
    text = line if data.get("global") else f"Match User {login}\n  {line}"
    return serverside.drop_in(str(data["drop_ins"]), config, f"# for {login}, by sshwizard\n{text}")


def _address(data: Data) -> str:
    try:
        return str(ipaddress.ip_address(str(data.get("address", ""))))
    except ValueError:
        return ""


def _accept(data: Data, at: Situation) -> Change | Refusal | None:
    if not (address := _address(data)):
        return Refusal("the address under which the server sees you is not known")
    tool, chain = str(data.get("tool", "")), str(data.get("chain", ""))
    return serverside.accept(tool, address, int(data["port"]), chain, f"sshwizard-{_id(at)}")


def _wrappers(data: Data, at: Situation) -> Change | None:
    address = _address(data)
    return serverside.wrappers(address) if address else None


def _unban(data: Data, at: Situation) -> Change | None:
    return serverside.unban(data) if _address(data) else None


def _unlock(data: Data, at: Situation) -> Change | None:
    account = str(data.get("account", ""))
    if not _NAME.fullmatch(account) or "how" not in data:
        return None
    return serverside.unlock(account, str(data["how"]), str(data.get("was", "")))


def _nologin(data: Data, at: Situation) -> Change | None:
    return serverside.aside(str(data["path"])) if data.get("path") else None


def _labels(data: Data, at: Situation) -> Change | None:
    folder = str(data.get("path", "")).rpartition("/")[0]
    return Change("command -v restorecon >/dev/null", f"restorecon -Rv {serverside.q(folder)}") if folder else None


def _clock(data: Data, at: Situation) -> Change:
    return Change("true", "chronyc makestep || systemctl restart systemd-timesyncd || ntpd -gq")


def _disk(data: Data, at: Situation) -> Change | Refusal:
    found = serverside.room(data.get("room") or (), str(data.get("what", "")))
    return found or Refusal("no package cache, archived journal or rotated log was seen on this disk")


def _processes(data: Data, at: Situation) -> Change | Refusal:
    groups = {str(number): (count, name) for number, count, name in data.get("groups") or ()}
    uid = int(data.get("uid", -1))
    if uid < 1:
        return Refusal("processes are ended for an ordinary account only")
    if not groups:
        return Refusal("no process of the account was seen")
    if at.answer not in groups:
        rows = ", ".join(f"{number} ({name}, {count})" for number, (count, name) in list(groups.items())[:8])
        return Refusal(f"name one of these process groups (its first program, how many processes): {rows}")
    return serverside.end_group(int(at.answer), uid)


def _agent(data: Data, at: Situation) -> Change | Refusal:
    unit = str(data.get("unit", ""))
    if not re.fullmatch(r"google-guest-agent(-manager)?\.service", unit):
        return Refusal("the guest agent is not installed, so it cannot be started")
    return serverside.start_unit(unit)


_INSTALL = """if command -v apt-get >/dev/null; then apt-get install -y {deb}
elif command -v dnf >/dev/null; then dnf install -y {rpm}
elif command -v yum >/dev/null; then yum install -y {rpm}
elif command -v zypper >/dev/null; then zypper -n install {rpm}
elif command -v apk >/dev/null; then apk add {apk}
else echo 'no package manager that is known' >&2; exit 1; fi"""


_REMOVE = """if command -v apt-get >/dev/null; then apt-get remove -y {deb}
elif command -v dnf >/dev/null; then dnf remove -y {rpm}
elif command -v yum >/dev/null; then yum remove -y {rpm}
elif command -v zypper >/dev/null; then zypper -n remove {rpm}
elif command -v apk >/dev/null; then apk del {apk}; fi"""


def _install(deb: str, rpm: str, apk: str, *, removed: bool = False) -> Text:
    """`removed`: taken away by undo, which is no way in that somebody else uses."""

    def text(data: Data, at: Situation) -> Change:
        names = {"deb": deb, "rpm": rpm, "apk": apk}
        undo = _REMOVE.format(**names) if removed else ""
        return Change("true", _INSTALL.format(**names), undo, watch=0)

    return text


def _config(data: Data) -> str:
    return str(data["config_file"])


def _start(data: Data, at: Situation) -> Change | Refusal:
    if at.code == "server.out-of-memory" and not data.get("stopped"):
        return Refusal("sshd runs; it is memory that is missing")
    return serverside.start(_config(data))


_TEXTS: Mapping[str, Text] = {
    "fix-authorized-keys-permissions": _modes,
    "fix-chroot-owner": _modes,
    "install-my-key": _key,
    "fix-sshd-config": _setting,
    "restart-sshd": _start,
    "create-host-keys": lambda data, at: serverside.host_keys(data.get("keys", ()), _config(data)),
    "create-sshd-run-directory": lambda data, at: serverside.run_directory(_config(data)),
    "allow-in-host-firewall": _accept,
    "allow-in-tcp-wrappers": _wrappers,
    "unban-my-address": _unban,
    "unlock-account": _unlock,
    "remove-nologin-file": _nologin,
    "restore-selinux-labels": _labels,
    "sync-server-clock": _clock,
    "free-disk-space": _disk,
    "free-processes": _processes,
    "start-guest-agent": _agent,
    "install-sshd": _install("openssh-server", "openssh-server", "openssh-server"),
    "install-instance-connect": _install("ec2-instance-connect", "ec2-instance-connect", "none", removed=True),
}

_ASKS = {"free-processes": "The number of the process group to end"}

FIXES = (
    *(Fix(id_, _plan(text), asks=_ASKS.get(id_, ""), inside=True) for id_, text in _TEXTS.items()),
    Fix("repair-through-ssm", _by_command, inside=True),
)
