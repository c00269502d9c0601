"""Port forwards that ExitOnForwardFailure would make fatal: the guarded run left them out."""

from __future__ import annotations

import errno
import os
import socket
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import again, process, sshlog
from sshwizard.probes.scene import Leg, Probe, Scene

Forwards = Literal["fine", "port-in-use", "port-not-allowed", "remote-refused"]


async def _forwards(scene: Scene) -> Fact[Forwards]:
    leg = scene.leg
    if leg.value("exitonforwardfailure", "no") not in {"yes", "true"}:
        return Fact("fine", "no forward is required")
    if found := local(leg):
        return found
    remote = leg.values("remoteforward")
    if not remote:
        return Fact("fine", "the forwarded ports are free")
    terminal = scene.facts.get("terminal")
    if terminal and terminal.outcome != "not-wanted":
        return unknown("two connections were made already; a third would ask for the remote forward")
    # every forward of the config, as the person's own ssh would ask for it
    options = ("-o", "ClearAllForwardings=no", "-o", "ExitOnForwardFailure=yes")
    once = await again.ask(scene, options, None, 10)
    command = process.spell(("ssh", *scene.target.ssh_args))
    if hit := once.log.first("fw.remote"):
        says = f"the server refuses the remote forward, and the config insists on it: {clean.line(hit.text, 100)}"
        shown = (*sshlog.quote((hit, again.without(once.log, "port-forwarding"))), f"remoteforward {remote[0]}")
        return Fact("remote-refused", says, shown, command, {"port": hit["port"]})
    if again.TOKEN in once.out:
        return Fact("fine", "the forwards are set up", command=command)
    return unknown("a session with the forwards did not come through", command)


def local(leg: Leg) -> Fact[Forwards] | None:
    """The first local forward whose port cannot be had. ssh gives up only where no address at all can be bound."""
    for keyword in ("localforward", "dynamicforward"):
        for row in leg.values(keyword):
            host, _, port = row.split(" ")[0].rpartition(":")
            if not port.isdigit():
                continue
            why = bindable(host.strip("[]"), int(port))
            if why == errno.EADDRINUSE:
                says = f"port {port} for {keyword} {row} is in use on this computer"
                return Fact("port-in-use", says, (f"{keyword} {row}",), "ss -ltnp", {"port": port, "row": row})
            if why:
                says = f"port {port} for {keyword} {row} cannot be had: {os.strerror(why)}"
                return Fact("port-not-allowed", says, (f"{keyword} {row}",), data={"port": port, "row": row})
    return None


def free_port(host: str) -> int:
    """A port that ssh could bind at `host` now, found by binding it; 0 for none."""
    names = {"*": "0.0.0.0", "": "127.0.0.1", "localhost": "127.0.0.1"}
    name = names.get(host, host)
    for _ in range(_TRIES):
        try:
            with socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET) as place:
                place.bind((name, 0))
                port: int = place.getsockname()[1]
        except OSError:
            return 0
        if not bindable(host, port):
            return port
    return 0


_TRIES = 5
"""ssh binds IPv4 and IPv6, and a port that is free in one may be taken in the other."""


def bindable(host: str, port: int) -> int:
    """0 when ssh could bind the port, or the error. Nobody is connected to, and nothing listens."""
    every = host in {"*", "0.0.0.0", "::"}
    names = ["0.0.0.0", "::"] if every else [host] if host and host != "localhost" else ["127.0.0.1", "::1"]
    last = 0
    for name in names:
        family = socket.AF_INET6 if ":" in name else socket.AF_INET
        try:
            with socket.socket(family) as place:
                place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    place.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                place.bind((name, port))
        except OSError as error:
            last = last or error.errno or 0
        else:
            return 0
    return last if last in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL} else 0


forwards: Probe[Forwards] = Probe(
    "config.forwards",
    get_args(Forwards),
    _forwards,
    waits="the forwards that the config insists on (gives up in 10 s)",
)
