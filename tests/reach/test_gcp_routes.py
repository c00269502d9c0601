"""Where the replies of a VM go."""

from __future__ import annotations

from typing import Any

import pytest

from reach.gcp_worlds import ME, NET, Raw
from sshwizard.reach.gcp import Request
from sshwizard.reach.gcp.routes import way_out

P = "https://www.googleapis.com/compute/v1/projects/p"


def route(name: str, to: str = "0.0.0.0/0", priority: int = 1000, **hop: Any) -> Raw:
    """A route to the internet gateway, unless another hop is given."""
    hop = hop if any(key.startswith("nextHop") for key in hop) else {
        "nextHopGateway": f"{P}/global/gateways/default-internet-gateway", **hop,
    }  # fmt: skip
    return {"name": name, "network": NET, "destRange": to, "priority": priority, **hop}


VPN: Raw = {"nextHopVpnTunnel": f"{P}/regions/r/vpnTunnels/office"}
VM: Raw = {"nextHopInstance": f"{P}/zones/z/instances/proxy"}

CASES: list[tuple[str, list[Raw], dict[str, Any], str, str]] = [
    ("the default route", [route("d")], {}, "internet", "(route d)"),
    ("none at all", [], {}, "none", f"No route leads to {ME}."),
    ("one of another network", [route("d") | {"network": NET + "2"}], {"network": NET}, "none", "No route"),
    ("our network by another host", [route("d")], {"network": NET.replace("www", "compute")}, "internet", "d"),
    ("the longest prefix takes it", [route("d"), route("v", "203.0.113.0/24", 9000, **VPN)], {}, "elsewhere",
     f"Route v (203.0.113.0/24) sends replies to {ME} to office."),
    ("and can lead out", [route("v", "0.0.0.0/1", 1, **VPN), route("v2", "128.0.0.0/1", 1, **VPN), route("x",
     f"{ME}/32")],
     {}, "internet", "(route x)"),
    ("then the lowest priority", [route("d"), route("p", priority=900, **VM)], {}, "elsewhere", "to proxy"),
    ("two of the same kind", [route("a"), route("b")], {}, "internet", "(route a, b)"),
    ("two that share the packets", [route("a"), route("b", **VM)], {}, "uncertain", "Routes a and b share"),
    ("a tag of this VM", [route("d", tags=["nat", "web"])], {"tags": ("web",)}, "internet", "d"),
    ("a tag that it lacks", [route("d", tags=["nat"])], {"tags": ("web",)}, "none", "with the network tag nat only"),
    ("a thief for other tags", [route("d"), route("p", "203.0.113.0/24", tags=["nat"], **VM)], {}, "internet", "d"),
    ("a route that is not in force", [route("d"), route("v", f"{ME}/32", routeStatus="DROPPED", **VPN)], {},
     "internet", "d"),
    ("IPv6 has its own", [route("d")], {"src": "2001:db8::7"}, "none", "2001:db8::7"),
    ("and may have it", [route("d6", "::/0")], {"src": "2001:db8::7"}, "internet", "d6"),
    ("a part of the source", [route("d"), route("v", "203.0.113.128/25", **VPN)], {"src": "203.0.113.0/24"}, "partial",
     "sends replies to 203.0.113.128/25 to office"),
    ("a part without any", [route("d", "203.0.113.0/25")], {"src": "203.0.113.0/24"}, "partial",
     "No route leads to 203.0.113.128/25."),
    ("a subnet", [route("d"), route("s", "10.0.0.0/20", 0, nextHopNetwork=NET)], {"src": "10.0.0.9"},
     "elsewhere", "to default"),
    ("one that cannot be read", [route("d", "anywhere")], {}, "uncertain", "route d: destRange is 'anywhere'"),
    ("a source that is none", [route("d")], {"src": "web"}, "uncertain", "web is no address"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_where_replies_go(case: tuple[str, list[Raw], dict[str, Any], str, str]) -> None:
    _, rows, fields, verdict, says = case
    request = Request(**{"src": ME, **fields})
    for routes in (rows, {"items": rows} if rows else {}, rows[::-1]):
        found = way_out(routes, request)
        assert found.verdict == verdict, found
    assert says in way_out(rows, request).why
