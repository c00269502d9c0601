"""Is it the right address: what the hosts file, the config or a cache pin, against what DNS says now."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.probes import names, overruled, process, resolver, sockets
from sshwizard.probes.names import Zone, literal
from sshwizard.probes.process import within
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.stages import begun, dialled
from sshwizard.probes.typed import shows_settings

Address = Literal[
    "same", "hosts-file", "config", "overruled", "cache", "only-one", "nobodys", "sinkhole", "loopback"
]  # fmt: skip


async def _look(scene: Scene) -> Fact[Address]:
    return await begun(scene, "address", lambda: ask(scene))


async def ask(scene: Scene) -> Fact[Address]:
    """Is it an address that a machine can have, and is another address of the same name the one that works?"""
    leg = scene.leg
    used = await dialled(scene)
    for address in used[:1]:
        if what := nobodys(address, await _networks()):
            return _no_machine(leg, address, what)
    if found := await overruled.place(leg):
        return Fact("overruled", found[0], found[1], shows_settings(scene), found[2])
    from_config = leg.host != leg.name and literal(leg.host)
    name = leg.name if from_config else leg.host
    if literal(name):
        return Fact("only-one", "an address was given, so no name can disagree")
    return await _elsewhere(leg, name, used, from_config)


async def _elsewhere(leg: Leg, name: str, used: tuple[str, ...], from_config: bool) -> Fact[Address]:
    pinned = hosts_file(name)
    zone = await _zone(name)
    if zone.status != "ok":
        return Fact("same", f"DNS has no other address for {name}")
    if not from_config and not pinned and (here := [one for one in used if ipaddress.ip_address(one).is_loopback]):
        says = f"DNS says that {name} is {here[0]}, which is this computer itself"
        return Fact(
            "loopback", says, command=process.spell(("dig", "+short", name)), data={"used": here[0], "name": name}
        )
    held = {leg.host} if from_config else set(pinned or used)
    others = [address for address in zone.addresses if address not in held]
    if set(zone.addresses) & held:  # one of several: the name is in order
        return Fact("same", f"DNS gives {name} this address, too")
    for address in others[:2]:
        banner = await sockets.greeting(address, leg.port)
        if banner.startswith("SSH-"):
            source: Address = "config" if from_config else "hosts-file" if pinned else "cache"
            where = f"HostName ({leg.place('hostname')}) says" if from_config else _SOURCES[source]
            return Fact(
                source,
                f"{where} {', '.join(sorted(held))}; DNS says {address}, and an SSH server answers there",
                (
                    *(leg.shown("hostname") if from_config else ()),
                    f"{address} port {leg.port}: {clean.line(banner, 80)}",
                ),
                command=process.spell(("dig", "+short", name)),
                data={"used": sorted(held)[0], "current": address, "name": name},
            )
    return Fact("same", f"no other address of {name} answers", data={"others": others})


async def _zone(name: str) -> Zone:
    try:
        return (await within(_DNS, resolver.asked(name)))[0]
    except TimeoutError:
        return Zone("silent")


_DNS = 2.5
"""Seconds for DNS here: where it is slow, it has no say."""

_SOURCES = {
    "hosts-file": "the hosts file says",
    "cache": "this computer remembers",
}


def _no_machine(leg: Leg, address: str, what: str) -> Fact[Address]:
    data = {"used": address, "what": what, "name": leg.host}
    if literal(leg.host):
        return Fact("nobodys", f"{address} is {what}", data=data)
    if address in hosts_file(leg.host):
        says = f"the hosts file says that {leg.host} is {address}, {what}"
        return Fact("hosts-file", says, (f"{address} {leg.host}",), data={**data, "current": "another address"})
    command = process.spell(("dig", "+short", leg.host))
    return Fact("sinkhole", f"DNS says that {leg.host} is {address}, {what}", command=command, data=data)


def nobodys(address: str, networks: tuple[str, ...] = ()) -> str:
    """What an address is when no machine can have it, or nothing; `networks` are those of this computer."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if one.is_unspecified:
        return "no machine's address: it stands for none"
    if one.is_multicast:
        return "a multicast address, which belongs to a group and to no machine"
    if str(one) == "255.255.255.255":
        return "the broadcast address"
    for text in networks:
        network = ipaddress.ip_network(text, strict=False)
        if one.version == network.version == 4 and network.prefixlen < 31:
            if one == network.broadcast_address:
                return f"the broadcast address of this computer's network {network}"
            if one == network.network_address:
                return f"the name of this computer's network {network}, and no machine in it"
    return ""


async def _networks() -> tuple[str, ...]:
    result = await process.run(("ip", "-j", "-4", "address", "show"), 2)
    try:
        rows = json.loads(result.out or "[]")
    except ValueError:
        return ()
    found = [one for row in rows for one in row.get("addr_info", ()) if "local" in one and "prefixlen" in one]
    return tuple(f"{one['local']}/{one['prefixlen']}" for one in found)


def hosts_file(name: str) -> tuple[str, ...]:
    """The addresses that /etc/hosts gives `name` (hosts(5))."""
    try:
        text = Path("/etc/hosts").read_text("utf-8", "replace")
    except OSError:
        return ()
    rows = (row.partition("#")[0].split() for row in text.splitlines())
    return tuple(row[0] for row in rows if name.lower() in (word.lower() for word in row[1:]))


address: Probe[Address] = Probe(
    "dns.address",
    get_args(Address),
    _look,
    waits="the other addresses of this name (gives up in 8 s)",
)


# ------------------------------------------------------------------ refused: the other IP version


Family = Literal["other-greets", "none"]


async def _family(scene: Scene) -> Fact[Family]:
    """Does another address of the name, of the IP version that ssh may not use here, greet?"""
    leg = scene.leg
    used = await dialled(scene)
    everywhere = (await names.lookup(leg.host)).addresses
    wanted = names.FAMILIES.get(leg.value("addressfamily"), "")
    for address in [one for one in everywhere if wanted and one not in used][:2]:
        if (said := await sockets.greeting(address, leg.port)).startswith("SSH-"):
            other = "IPv6" if ":" in address else "IPv4"
            return Fact(
                "other-greets",
                f"{', '.join(used)} refuses, and {address} ({other}) greets; ssh is told to use {wanted}",
                (f"{address} port {leg.port}: {clean.line(said, 80)}",),
                data={"wanted": wanted, "other": other, "works": address, "keyword": "AddressFamily", "value": "any"},
            )
    return Fact("none", "no address of another IP version could be tried" if not wanted else "none of them greets")


family: Probe[Family] = Probe("port.family", get_args(Family), _family)
