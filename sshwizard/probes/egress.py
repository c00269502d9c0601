"""Does this network let SSH out? Asked of a public SSH server only when the person names one."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

from sshwizard.model import Fact
from sshwizard.probes import names
from sshwizard.probes.private import private_range
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sockets import Knock, knock
from sshwizard.probes.stages import begun, dialled

Egress = Literal["port-blocked", "cut", "open", "nothing-out", "proxy-unused", "not-asked"]

CONTROL = "SSHWIZARD_CONTROL"
"""HOST or HOST:PORT of a public SSH server that may be asked; the option --control sets it."""
WEB = 443

_PROXIES = ("all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")


async def _look(scene: Scene) -> Fact[Egress]:
    return await begun(scene, "egress", lambda: ask(scene))


async def ask(scene: Scene) -> Fact[Egress]:
    """Knock at the control server, on its SSH port and on 443; without one, only at a proxy that is set."""
    host, port = control(os.environ.get(CONTROL, ""))
    if host and port == scene.leg.port:
        met, web = await asyncio.gather(knock(host, port), knock(host, WEB, listen=0.1))
        fact = read_control(host, port, met, web)
        if fact.outcome != "nothing-out":
            return fact
    variable, address = proxy_of(os.environ, scene.leg)
    if address and not any(private_range(one) for one in await dialled(scene) if names.literal(one)):
        place = urlsplit(address)
        if place.hostname and (await knock(place.hostname, place.port or 1080, listen=0.1)).opened:
            return Fact(
                "proxy-unused",
                f"{variable} names the proxy {place.hostname}:{place.port or 1080}, which answers; ssh does not use it",
                (f"{variable}={place.scheme}://{place.hostname}:{place.port or 1080}",),
                data={"proxy": f"{place.hostname}:{place.port or 1080}", "scheme": place.scheme},
            )
    if host and port == scene.leg.port:
        return fact
    return Fact("not-asked", "no other SSH server was asked whether this network lets SSH out")


def read_control(host: str, port: int, met: Knock, web: Knock) -> Fact[Egress]:
    """What the two connections to the control server show about this network."""
    command, data = f"ssh -p {port} {host}", {"control": host}
    if met.said.startswith("SSH-"):
        return Fact("open", f"{host} greets on port {port}, so this network lets SSH out", (), command, data)
    if met.opened:
        says = f"{host} accepts on port {port} and its SSH greeting does not come through"
        return Fact("cut", says, (), command, data)
    how = "refuses" if met.error == errno.ECONNREFUSED else "is silent"
    if web.opened:
        says = f"{host} {how} on port {port} as well, and answers on port {WEB}"
        return Fact("port-blocked", says, (), command, data)
    return Fact("nothing-out", f"{host} answers neither on port {port} nor on {WEB}", (), command, data)


def control(text: str) -> tuple[str, int]:
    """Host and port of HOST, HOST:PORT or [IPV6]:PORT; no host for anything else."""
    try:
        place = urlsplit(f"//{text}")
        host, port = place.hostname or "", place.port or 22
    except ValueError:
        return "", 0
    plain = text and not text.startswith("-") and not place.path and "@" not in text and text.isprintable()
    return (host, port) if plain and " " not in text else ("", 0)


def proxy_of(environment: Mapping[str, str], leg: Leg) -> tuple[str, str]:
    """The proxy variable that holds for this host, and its value; no_proxy takes hosts out (curl(1))."""
    without = environment.get("no_proxy", environment.get("NO_PROXY", ""))
    for part in without.replace(" ", "").split(","):
        if part == "*" or (part and (leg.host == part or leg.host.endswith("." + part.lstrip(".")))):
            return "", ""
    for name in _PROXIES:
        if value := environment.get(name, ""):
            return name, value if "//" in value else f"http://{value}"
    return "", ""


egress: Probe[Egress] = Probe(
    "network.egress",
    get_args(Egress),
    _look,
    waits="whether this network lets SSH out (gives up in 6 s)",
)
