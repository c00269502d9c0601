"""Is it the right address: what the hosts file and the config pin, against what DNS says now."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.probes import overruled, process, sockets
from sshwizard.probes.names import dns, literal
from sshwizard.probes.scene import Probe, Scene

Address = Literal["same", "hosts-file", "config", "overruled", "only-one"]


async def _address(scene: Scene) -> Fact[Address]:
    """Is another address of the same name the one that works?"""
    leg = scene.leg
    if found := await overruled.place(leg):
        return Fact("overruled", found[0], found[1], "ssh -G", found[2])
    from_config = leg.host != leg.name and literal(leg.host)
    name = leg.name if from_config else leg.host
    if literal(name):
        return Fact("only-one", "an address was given, so no name can disagree")
    pinned = hosts_file(name)
    if not from_config and not pinned:
        return Fact("same", f"DNS alone decides the address of {name}")
    zone = await dns(name)
    if zone.status != "ok":
        return Fact("same", f"DNS has no other address for {name}")
    used = {leg.host} if from_config else set(pinned)
    others = [address for address in zone.addresses if address not in used]
    for address in others[:2]:
        banner = await sockets.greeting(address, leg.port)
        if banner.startswith("SSH-"):
            source: Address = "config" if from_config else "hosts-file"
            where = f"HostName in {leg.place('hostname')}" if from_config else "the hosts file"
            return Fact(
                source,
                f"{where} says {', '.join(sorted(used))}; DNS says {address}, and an SSH server answers there",
                (
                    *(leg.shown("hostname") if from_config else ()),
                    f"{address} port {leg.port}: {clean.line(banner, 80)}",
                ),
                command=process.spell(("dig", "+short", name)),
                data={"used": sorted(used)[0], "current": address, "name": name},
            )
    return Fact("same", f"no other address of {name} answers", data={"others": others})


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
    _address,
    waits="the other addresses of this name (gives up in 5 s)",
)
