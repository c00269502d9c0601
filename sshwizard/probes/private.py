"""A private address, and whether this computer has a way into that network."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from sshwizard.model import Fact, unknown
from sshwizard.probes import process
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.stages import dialled

Private = Literal["public", "covered", "from-outside", "from-another-range", "from-same-range"]

RANGES = {
    "10.0.0.0/8": "RFC 1918",
    "172.16.0.0/12": "RFC 1918",
    "192.168.0.0/16": "RFC 1918",
    "100.64.0.0/10": "RFC 6598, also used by VPNs of one's own",
    "169.254.0.0/16": "link-local, RFC 3927",
    "fc00::/7": "unique local, RFC 4193",
    "fe80::/10": "link-local, RFC 4291",
}
"""Address ranges that no router of the Internet passes on."""

TUNNELS = {"tun", "tap", "wireguard", "ppp", "ipip", "gre", "sit", "vti", "xfrm", "l2tp", "ovpn", "ipvlan"}
_TUNNEL_NAMES = ("tun", "tap", "wg", "ppp", "utun", "ipsec", "tailscale", "zt", "nordlynx", "proton")


async def _look(scene: Scene) -> Fact[Private]:
    found = await dialled(scene)
    if not found:
        return unknown(f"{scene.leg.host} has no address now")
    address = found[0].partition("%")[0]
    if not private_range(address):
        return Fact("public", f"{address} is no private address")
    asked = (
        ("ip", "-j", "-d", "route", "get", address),
        ("ip", "-j", "route", "show", "match", address),
        ("ip", "-j", "-d", "address", "show"),
    )
    results = await asyncio.gather(*(process.run(command, 2) for command in asked))
    if results[0].missing:
        return unknown("the routing table could not be read: no `ip` program", process.spell(asked[0]))
    return read_private(address, *(_json(result.out) for result in results))


def _json(text: str) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict)]


def private_range(address: str) -> str:
    """The private range that holds `address`, or nothing."""
    one = ipaddress.ip_address(address)
    return next((text for text in RANGES if one in ipaddress.ip_network(text)), "")


def read_private(
    address: str,
    way: Sequence[Mapping[str, Any]],
    routes: Sequence[Mapping[str, Any]],
    links: Sequence[Mapping[str, Any]],
) -> Fact[Private]:
    """Does a route of its own or a tunnel lead to this private address (ip-route(8), with -json)?"""
    range_ = private_range(address)
    kind = f"{address} is a private address ({range_}, {RANGES[range_]})"
    command = f"ip route get {address}"
    device = str(way[0].get("dev", "")) if way else ""
    own = [row for row in routes if row.get("dst") not in ("default", None)]
    if own:
        return Fact("covered", f"{kind}, and this computer has a route for {own[0].get('dst')}", (), command)
    if device and _is_tunnel(device, links):
        return Fact("covered", f"{kind}, and {device} leads there, a tunnel", (), command)
    mine = [str(one.get("local", "")) for link in links if link.get("ifname") == device for one in link["addr_info"]]
    here = sorted({text for one in mine if one and (text := private_range(one.partition("%")[0]))} - {"fe80::/10"})
    through = f"by the default route through {device}" if device else "by no route"
    data = {"address": address, "range": range_}
    says = f"{kind}, and this computer would reach it {through}, like any address of the Internet"
    if range_ in here:
        return Fact("from-same-range", f"{says}; its own address is in that range, too", (), command, data)
    if here and ":" not in address:
        says = f"{says}; its own network is another private one ({', '.join(here)})"
        return Fact("from-another-range", says, (), command, data)
    return Fact("from-outside", says, (), command, data)


def _is_tunnel(device: str, links: Sequence[Mapping[str, Any]]) -> bool:
    kinds = {str(link.get("linkinfo", {}).get("info_kind", "")) for link in links if link.get("ifname") == device}
    types = {str(link.get("link_type", "")) for link in links if link.get("ifname") == device}
    return bool(kinds & TUNNELS) or bool(types & {"none", "ppp"}) or device.startswith(_TUNNEL_NAMES)


private: Probe[Private] = Probe("route.private", get_args(Private), _look)
