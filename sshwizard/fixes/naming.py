"""A connection that works gets a name: a Host block with its address, login name, port, key and options."""

from __future__ import annotations

from collections.abc import Sequence

from sshwizard import clean
from sshwizard.effects import Effect, Retarget
from sshwizard.fixes import hostblock
from sshwizard.fixes.fix import Refusal, Situation
from sshwizard.model import Fact, Target
from sshwizard.probes import client
from sshwizard.probes.aliases import hosts_from_config
from sshwizard.probes.names import literal
from sshwizard.probes.scene import Leg, Setting
from sshwizard.probes.typed import config_option

ASKS = "The name, for `ssh NAME`"
_OWN = {"hostname", "user", "port"}
_SPELLED = {
    "identityfile": "IdentityFile", "identitiesonly": "IdentitiesOnly", "proxyjump": "ProxyJump",
    "proxycommand": "ProxyCommand", "certificatefile": "CertificateFile", "hostkeyalias": "HostKeyAlias",
    "addressfamily": "AddressFamily", "bindaddress": "BindAddress", "forwardagent": "ForwardAgent",
    "userknownhostsfile": "UserKnownHostsFile", "requesttty": "RequestTTY",
    "serveraliveinterval": "ServerAliveInterval",
    "localforward": "LocalForward", "remoteforward": "RemoteForward", "dynamicforward": "DynamicForward",
}  # fmt: skip
"""As ssh_config(5) spells them; ssh takes any case."""
_PATHS = {"identityfile", "certificatefile", "userknownhostsfile"}


def nameable(target: Target) -> bool:
    """True where more was typed than a plain name of the config."""
    if not target.args or target.found:
        return False
    *options, place = target.args
    bare = len(options) <= len(config_option(target.args))
    return not bare or bool(target.overrides) or "@" in place or literal(place)


def rows(leg: Leg) -> list[str]:
    """What the block says: where it is, as whom, then what was typed, and what only this address has in the config."""
    made = [f"HostName {leg.host}", *([f"User {leg.user}"] if leg.user else [])]
    made += [f"Port {leg.port}"] if leg.port != 22 else []
    mine = [one for one in leg.lines if one.keyword not in _OWN and (not one.file or _narrow(one))]
    return list(dict.fromkeys((*made, *map(_row, mine))))


def _narrow(one: Setting) -> bool:
    """A line of a block that would not apply to another name."""
    return bool(one.block) and one.block.split()[1:] != ["*"]


def _row(one: Setting) -> str:
    word = _SPELLED.get(one.keyword, one.keyword)
    return f"{word} {hostblock.quoted(one.value) if one.keyword in _PATHS and ' ' in one.value else one.value}"


def plan(at: Situation) -> tuple[Effect, ...] | Refusal:
    """The block, and from then on `ssh NAME`: only that is proved which goes by the name."""
    name = at.answer.strip()
    if not hostblock.NAME.fullmatch(name) or name.startswith("-") or literal(name):
        return Refusal("type a plain name: letters, digits, dots and dashes")
    if not at.leg.final or not nameable(at.target):
        return Refusal("this connection has a name already")
    file = hostblock.config_file(at.target.args)
    if isinstance(file, Refusal):
        return file
    if name in hosts_from_config(file):
        return Refusal(f"the config has a Host line for {clean.line(name, 60)} already")
    written = hostblock.edit(file, name, rows(at.leg))
    if isinstance(written, Refusal):
        return written
    return (written, Retarget((), at.target.overrides, called(at.target.args, name), at.target.args))


def called(args: Sequence[str], name: str) -> tuple[str, ...]:
    """ssh's arguments by the name."""
    return (*config_option(args), name)


async def proof(at: Situation) -> str:
    """Does `ssh -G NAME` show where it is, as whom, and by which port?"""
    answer = await client.settings_of(called(at.target.args, at.answer.strip()))
    if isinstance(answer, Fact):
        return "ssh cannot read its config any more; the change was taken back"
    wanted = {"hostname": at.leg.host, "user": at.leg.user, "port": str(at.leg.port)}
    lost = [key for key, value in wanted.items() if value and value.lower() not in map(str.lower, answer.get(key, ()))]
    return f"`ssh -G` does not show the {lost[0]}; the change was taken back" if lost else ""
