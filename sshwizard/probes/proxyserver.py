"""The proxy server behind a ProxyCommand: what its program said, and whether the server answers at all."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import names
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sockets import Knock, knock

Server = Literal[
    "unreachable", "unresolvable", "wants-login", "port-refused", "target-unreachable", "no-target", "answers"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A proxy server, as a ProxyCommand names it."""

    kind: Literal["http", "socks", "none"]
    """`none`: the program connects to the target by itself, as nc does without -x."""
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


_SAID: tuple[tuple[str, Server], ...] = (
    (r"\b407\b|Proxy Authentication Required|authentication (?:method )?(?:required|failed)|no acceptable auth|"
     r"Unable to open /dev/tty", "wants-login"),
    (r"(?:status|HTTP|code|error)\S*:? \D{0,12}\b40[35]\b|\bForbidden\b|Method Not Allowed|not allowed by ruleset|"
     r"Connection not allowed|rejected or failed", "port-refused"),
    (r"\b50[234]\b|Bad Gateway|Service Unavailable|Gateway Time-?out|SOCKS\S* (?:error|reply).*(?:unreachable|refused)",
     "target-unreachable"),
    (r"could not resolve proxy|forward host lookup failed|getaddrinfo.*proxy", "unresolvable"),
)  # fmt: skip
"""What nc, ncat, corkscrew, connect-proxy, socat and proxytunnel print, read from the programs."""

_STATUS: dict[str, Server] = {
    "407": "wants-login",
    "403": "port-refused",
    "405": "port-refused",
    "502": "target-unreachable",
    "503": "target-unreachable",
    "504": "target-unreachable",
}
"""What a proxy answers to CONNECT (RFC 9110, 9.3.6 and 15)."""


async def _look(scene: Scene) -> Fact[Server]:
    fact = scene.facts.get("proxy")
    log = scene.run.logs[min(max(scene.index, 0), len(scene.run.logs) - 1)]
    ran = log.first("proxy.exec_debug")
    command = ran["command"] if ran else str(fact.data.get("command", "")) if fact else ""
    place = place_of(command, scene.leg.host, scene.leg.port)
    data: dict[str, Any] = {"proxy": str(place) if place else "the proxy", "command": clean.line(command)}
    said = read_words([hit.text for hit in log.words])
    if said and said[0] != "target-unreachable":
        return Fact(said[0], f"the proxy program says: {said[1]}", (said[1],), clean.line(command), data)
    if not scene.live or place is None:
        if said:
            return Fact(said[0], f"the proxy program says: {said[1]}", (said[1],), clean.line(command), data)
        return unknown("its words do not tell, and the ProxyCommand names no proxy server that we know to read")
    return await _ask(place, scene.leg.host, scene.leg.port, data)


async def _ask(place: Place, host: str, port: int, data: dict[str, Any]) -> Fact[Server]:
    """Connect to the proxy, and ask it for the same connection that ssh wanted."""
    shown = f"{place.host} port {place.port}"
    if not names.literal(place.host) and not (await names.lookup(place.host)).addresses:
        return Fact("unresolvable", f"the proxy's name {place.host} has no address", data=data)
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {target} HTTP/1.0\r\n\r\n".encode() if place.kind == "http" else b""
    met = await knock(place.host, place.port, request, listen=0.1 if request else 0.5)
    if place.kind == "none":
        how = "refuses" if met.error else "is silent" if not met.opened else "accepts"
        says = f"{shown}, where the program connects by itself, {how}"
        return Fact("answers" if met.opened else "no-target", says, data=data)
    return read_answer(met, shown, data)


def read_answer(met: Knock, shown: str, data: dict[str, Any]) -> Fact[Server]:
    """What the proxy's own answer means."""
    if not met.opened:
        how = "refuses the connection" if met.error else "is silent"
        return Fact("unreachable", f"the proxy {shown} {how}", data=data)
    first = clean.line(met.said.split("\n", 1)[0], 80)
    status = re.match(r"HTTP/\d\S* (\d{3})", first)
    if status and (outcome := _STATUS.get(status.group(1))):
        return Fact(outcome, f"the proxy {shown} answers: {first}", (first,), data=data)
    if re.match(r"\s*<(?:!doctype|html)", met.said, re.I):
        return Fact(
            "port-refused", f"the proxy {shown} answers with a page instead of a connection", (first,), data=data
        )
    return Fact("answers", f"the proxy {shown} accepts connections", (first,) if first else (), data=data)


def read_words(rows: Sequence[str]) -> tuple[Server, str] | None:
    """What the proxy program said about its server."""
    for row in rows:
        for pattern, outcome in _SAID:
            if re.search(pattern, row, re.I):
                return outcome, clean.line(row, 140)
    return None


def place_of(command: str, host: str, port: int) -> Place | None:
    """The proxy server in a ProxyCommand of nc, ncat, corkscrew, connect-proxy, socat or proxytunnel.

    `host` and `port` are the target's, for a program that goes there without a proxy.
    """
    try:
        words = shlex.split(command.removeprefix("exec "))
    except ValueError:
        return None
    program = words[0].rsplit("/", 1)[-1].removesuffix(".exe") if words else ""
    options = dict(itertools.pairwise(words))
    if program in _PLAIN and not {"-x", "--proxy"} & set(options) and not _value(words, "--proxy"):
        return Place("none", host, port)
    if program in {"nc", "netcat", "nc.openbsd", "nc.traditional"}:
        kind = "http" if options.get("-X") == "connect" else "socks"
        return _place(kind, options.get("-x", ""), 3128 if kind == "http" else 1080)
    if program in {"ncat", "nmap-ncat"}:
        kind = "http" if options.get("--proxy-type", "http") == "http" else "socks"
        return _place(kind, options.get("--proxy", _value(words, "--proxy")), 3128 if kind == "http" else 1080)
    if program == "corkscrew" and len(words) > 2:
        return _place("http", f"{words[1]}:{words[2]}", 3128)
    if program in {"connect", "connect-proxy"}:
        if http := options.get("-H"):
            return _place("http", http.rpartition("@")[2], 80)
        return _place("socks", options.get("-S", "").rpartition("@")[2], 1080)
    if program == "proxytunnel":
        return _place("http", options.get("-p", _value(words, "--proxy")), 8080)
    if program == "socat":
        return _socat(words)
    return None


_PLAIN = {"nc", "netcat", "nc.openbsd", "nc.traditional", "ncat", "nmap-ncat"}


def _value(words: Sequence[str], name: str) -> str:
    return next((word.partition("=")[2] for word in words if word.startswith(f"{name}=")), "")


def _socat(words: Sequence[str]) -> Place | None:
    for word in words[1:]:
        address, *options = word.split(",")
        kind, _, rest = address.partition(":")
        if kind.upper() == "PROXY" or kind.upper().startswith("SOCKS"):
            given = dict(option.partition("=")[::2] for option in options)
            http = kind.upper() == "PROXY"
            port = given.get("proxyport") or given.get("socksport") or ("8080" if http else "1080")
            return _place("http" if http else "socks", f"{rest.partition(':')[0]}:{port}", 1080)
    return None


def _place(kind: str, text: str, usual: int) -> Place | None:
    host, _, port = text.rpartition(":") if re.search(r":\d+$", text) else (text, "", str(usual))
    host = host.strip("[]")
    if not host or host.startswith("-") or not host.isprintable() or not 0 < int(port) < 65536:
        return None
    return Place("http" if kind == "http" else "socks", host, int(port))


server: Probe[Server] = Probe(
    "proxy.server",
    get_args(Server),
    _look,
    reads_log=True,
    waits="the proxy server (gives up in 8 s)",
)
