"""An ssh config for a team: Host blocks without anybody's own keys, paths or names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from sshwizard import clean
from sshwizard.advice import Machine
from sshwizard.probes.scene import Leg

SHARED_LOGINS = frozenset({
    "admin", "alpine", "arch", "azureuser", "bitnami", "centos", "cloud-user", "core", "debian", "ec2-user", "fedora",
    "git", "opc", "oracle", "outscale", "rocky", "root", "ubuntu",
})  # fmt: skip
"""Login names of images and services: nobody's own."""

_KEPT = {
    "hostname": "HostName", "port": "Port", "user": "User", "proxyjump": "ProxyJump", "proxycommand": "ProxyCommand",
    "hostkeyalias": "HostKeyAlias", "serveraliveinterval": "ServerAliveInterval",
    "serveralivecountmax": "ServerAliveCountMax", "connecttimeout": "ConnectTimeout", "addressfamily": "AddressFamily",
    "identitiesonly": "IdentitiesOnly", "requesttty": "RequestTTY",
    "kexalgorithms": "KexAlgorithms", "hostkeyalgorithms": "HostKeyAlgorithms",
    "pubkeyacceptedalgorithms": "PubkeyAcceptedAlgorithms", "ciphers": "Ciphers", "macs": "MACs",
}  # fmt: skip
"""What describes a host. Everything else is about a person or a computer: keys, agents, sockets, forwards, guards."""

_OWN_PLACE = re.compile(r"(?<![\w%])(?:~|/home/|/Users/|/root\b|[A-Za-z]:\\)")
"""A path below somebody's home."""

HEAD = (
    "# ssh config for the team, written by: sshwizard doctor --export-config",
    "# Use it at the end of your own ~/.ssh/config, below a line Host *:   Include team.config",
    "# Your own key stands there, too: IdentityFile ~/.ssh/YOUR-KEY. So does your login name, where no User stands.",
)


def text(legs: Iterable[Leg], machines: Iterable[Machine], me: Collection[str], keep: Collection[str] = ()) -> str:
    """The whole file: blocks by name, so that the same hosts give the same bytes.

    `me`: names of the person; `keep`: login names that the team shares beside those of images.
    """
    blocks = {machine.name: list(_of_machine(machine)) for machine in machines if _plain(machine.name)}
    shared = SHARED_LOGINS | set(keep)
    for leg in legs:
        if _plain(leg.name):
            blocks[leg.name] = list(_of_leg(leg, set(me) - set(keep), shared))
    rows = [*HEAD]
    for name in sorted(blocks):
        rows += ["", f"Host {name}", *(f"    {row}" for row in blocks[name])]
    return "\n".join(rows) + "\n"


def _plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._:-]+", name) is not None and not name.startswith("-")


def _of_leg(leg: Leg, me: Collection[str], shared: Collection[str]) -> Iterator[str]:
    """What the config says of this host, in a fixed order; ssh's own defaults are not repeated."""
    first: dict[str, str] = {}
    for setting in leg.lines:
        if setting.file:
            first.setdefault(setting.keyword, setting.value)
    for keyword, name in _KEPT.items():
        value = first.get(keyword)
        if value is None or clean.line(value) != value:
            continue
        if keyword == "hostname":
            value = leg.host  # what ssh made of its tokens
        if keyword == "user" and (value in me or value not in shared):
            yield "# User: your own login name"
        elif keyword == "proxyjump":
            yield f"ProxyJump {','.join(_hop(hop, me, shared) for hop in value.split(','))}"
        elif _OWN_PLACE.search(value) or _names_somebody(value, me):
            yield f"# {name}: left out, it names a person or a path of one computer"
        else:
            yield f"{name} {value}"


def _hop(hop: str, me: Collection[str], shared: Collection[str]) -> str:
    """A jump host without the login name of a person."""
    user, _, host = hop.rpartition("@")
    return hop if not user or (user in shared and user not in me) else host


def _names_somebody(value: str, me: Collection[str]) -> bool:
    words = re.split(r"[^A-Za-z0-9._-]+", value)
    return any(name in words for name in me if name not in SHARED_LOGINS)


def _of_machine(machine: Machine) -> Iterator[str]:
    """A machine of a cloud: reached at its address, or inside its network through another."""
    address = machine.address if machine.address and not machine.through else machine.private or machine.address
    if address:
        yield f"HostName {address}"
    if machine.port != 22:
        yield f"Port {machine.port}"
    yield f"User {machine.user}" if machine.user else "# User: your own login name"
    if machine.through:
        yield f"ProxyJump {machine.through}"
    if machine.id:
        yield f"HostKeyAlias {machine.id}"


def unnamed(machines: Sequence[Machine]) -> tuple[str, ...]:
    """Machines whose name cannot stand in a Host line."""
    return tuple(machine.id or clean.line(machine.name) for machine in machines if not _plain(machine.name))
