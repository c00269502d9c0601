"""Do the replies of a VM with an external address leave by the internet? From the answer of routes.list.

    way_out(routes: Mapping[str, Any] | Sequence[Any], request: Request) -> WayOut

Asked for direct access only: Identity-Aware Proxy and health checks get their replies by paths of Google's own, which
no route of the network touches. The answer of routes.list holds neither what Cloud Router has learned nor policy-based
routes, so `internet` stands on the routes that it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sshwizard.reach.blocks import block
from sshwizard.reach.gcp.request import Request, same
from sshwizard.reach.gcp.rule import Reader
from sshwizard.reach.gcp.spans import Span, Spans, common, told, without

Way = Literal["internet", "none", "elsewhere", "partial", "uncertain"]
"""internet: by the internet gateway. none: no route leads back to the source. elsewhere: another route takes the
replies. partial: it differs within the source."""

GATEWAY = "default-internet-gateway"
DEFAULT_PRIORITY = 1000
HOPS = (
    "nextHopGateway", "nextHopInstance", "nextHopIp", "nextHopIlb", "nextHopVpnTunnel", "nextHopPeering",
    "nextHopNetwork", "nextHopHub", "nextHopInterconnectAttachment", "nextHopInterRegionCost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the network, for this VM."""

    name: str
    destination: str
    priority: int
    hop: str
    """The last part of the next hop's name; empty when the answer names none."""
    spans: Spans
    """The part of the source that it leads to."""
    length: int
    """Of the destination's prefix; the longest wins."""
    gateway: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where the replies to the source go."""

    verdict: Way
    parts: tuple[tuple[Span, tuple[Route, ...]], ...] = ()
    """Each part of the source with its route: none, one, or several of the same destination and priority."""
    tagged: tuple[Route, ...] = ()
    """Routes to the internet gateway that are for VMs with tags which this one does not have."""
    why: str = ""


def way_out(routes: Mapping[str, Any] | Sequence[Any], request: Request) -> WayOut:
    """The way of the replies; never raises."""
    source = request.source
    if source is None:
        return WayOut("uncertain", why=f"{request.src} is no address.")
    reader = Reader(routes if isinstance(routes, Mapping) else {"items": routes})
    read = [_route(row, request, reader) for row in reader.rows("items") if _of_network(row, request.network)]
    found = [route for route in read if route]
    if reader.flaws:
        return WayOut("uncertain", why=f"The routes cannot be read: {reader.flaws[0]}.")
    own = [route for route in found if not route.tags or set(route.tags) & set(request.tags)]
    tagged = tuple(route for route in found if route.gateway and route not in own)
    parts = _parts(own, request.spans)
    ways = {_way(taken) for _, taken in parts}
    verdict: Way = "uncertain" if "uncertain" in ways else "partial" if len(ways) > 1 else _way(parts[0][1])
    return WayOut(verdict, parts, tagged, _why(verdict, parts, tagged, source.family, request))


def _of_network(row: Mapping[str, Any], network: str) -> bool:
    of = row.get("network")
    return not (isinstance(of, str) and of and network) or same(of, network)


def _route(row: Mapping[str, Any], request: Request, reader: Reader) -> Route | None:
    """None for a route that is not in force, or that does not lead to the source."""
    inner = Reader(row)
    name = inner.text("name", "?")
    inner.where = f"route {name}: "
    priority = inner.number("priority", DEFAULT_PRIORITY)
    destination, status, tags = inner.text("destRange"), inner.text("routeStatus", "ACTIVE"), inner.texts("tags")
    hop = next((inner.text(key) for key in HOPS if row.get(key)), "")
    net = block(destination)
    if net is None:
        inner.flaw("destRange", f"is {destination!r}, which is no block")
    reader.flaws += inner.flaws
    source = request.source
    if net is None or source is None or status != "ACTIVE" or not net.meets(source):
        return None
    short = hop.rpartition("/")[2]
    spans = common(request.spans, ((net.first, net.last),))
    return Route(name, destination, priority, short, spans, net.length, short == GATEWAY, tags)


def _parts(routes: list[Route], source: Spans) -> tuple[tuple[Span, tuple[Route, ...]], ...]:
    """Longest prefix first, then the lowest priority number; equal ones share the packets."""
    found: list[tuple[Span, tuple[Route, ...]]] = []
    left = source
    for length, priority in sorted({(-route.length, route.priority) for route in routes}):
        alike = [route for route in routes if (-route.length, route.priority) == (length, priority)]
        for first in alike:
            took = common(left, first.spans)
            taken = tuple(route for route in alike if route.spans == first.spans)
            found += [(span, taken) for span in took]
            left = without(left, took)
    found += [(span, ()) for span in left]
    return tuple(sorted(found, key=lambda part: part[0]))


def _way(taken: tuple[Route, ...]) -> Way:
    if not taken:
        return "none"
    gateways = {route.gateway for route in taken}
    if len(gateways) > 1:
        return "uncertain"
    return "internet" if taken[0].gateway else "elsewhere"


def _why(
    verdict: Way, parts: tuple[tuple[Span, tuple[Route, ...]], ...], tagged: tuple[Route, ...], family: int,
    request: Request,
) -> str:  # fmt: skip
    if verdict == "internet":
        names = ", ".join(dict.fromkeys(route.name for _, taken in parts for route in taken))
        return f"Replies to {request.src} leave by the internet gateway (route {names})."
    said = []
    for span, taken in parts:
        to = told(family, span)
        if not taken:
            said.append(f"No route leads to {to}.")
        elif _way(taken) == "uncertain":
            names = " and ".join(route.name for route in taken)
            said.append(f"Routes {names} share the replies to {to}, and only a part leaves by the internet gateway.")
        elif not taken[0].gateway:
            route = taken[0]
            said.append(
                f"Route {route.name} ({route.destination}) sends replies to {to} to {route.hop or 'another hop'}."
            )
    for route in tagged[:1] if verdict == "none" else ():
        said.append(f"Route {route.name} leads there, for VMs with the network tag {', '.join(route.tags)} only.")
    return " ".join(said[:4])
