"""Faults of names: a DNS server of our own gives the answers, or none."""

from __future__ import annotations

from ..networld import SERVER, NetWorld
from ..scenario import Scenario

UNKNOWN = r"Could not resolve hostname \S+: Name or service not known"
FAILED = r"Could not resolve hostname \S+: Temporary failure in name resolution"


def dns(world: NetWorld) -> None:
    """The name comes from DNS."""
    world.dns(server_example=[SERVER])


def no_dns_server(world: NetWorld) -> None:
    """Nobody is at the resolver's port, and the hosts file knows no name."""
    world.hosts()


def silent_dns_server(world: NetWorld) -> None:
    """The resolver's machine drops what it is asked."""
    world.hosts()
    (world.client.directory / "resolv.conf").write_text(f"nameserver {SERVER}\noptions timeout:2 attempts:1\n")
    world.firewall("-p udp --dport 53 -j DROP")


def no_server_set(world: NetWorld) -> None:
    world.hosts()
    (world.client.directory / "resolv.conf").write_text("")


def dns_blocked_here(world: NetWorld) -> None:
    """The client's own firewall lets no question out."""
    world.dns(server_example=[SERVER])
    world.client.sh("iptables -w -A OUTPUT -p udp --dport 53 -j DROP")


NAMES: list[Scenario[NetWorld]] = [
    Scenario("dns-healthy", outcome="healthy", prepare=dns),
    Scenario("dns-slip", "dns.name-not-found", "dns", UNKNOWN, dns, args=lambda w: ["erin@servr.example"]),
    Scenario("dns-short-name", "dns.search-domain-missing", "dns", UNKNOWN, dns, args=lambda w: ["erin@server"]),
    Scenario(
        "dns-private-name", "dns.private-name", "dns", UNKNOWN, dns,
        args=lambda w: ["erin@ip-10-0-0-5.eu-west-1.compute.internal"],
    ),
    Scenario("dns-servfail", "dns.server-failure", "dns", FAILED, lambda w: w.dns(rest="SERVFAIL")),
    Scenario("dns-refused", "dns.server-failure", "dns", FAILED, lambda w: w.dns(rest="REFUSED")),
    Scenario("dns-nobody-there", "dns.resolver-unreachable", "dns", FAILED, no_dns_server),
    Scenario("dns-silent", "dns.resolver-unreachable", "dns", FAILED, silent_dns_server),
    Scenario("dns-none-set", "dns.resolver-unreachable", "dns", FAILED, no_server_set),
    Scenario(
        "dns-silent-for-this", "dns.temporary-failure", "dns", FAILED,
        lambda w: w.dns(server_example="SILENT"),
    ),
    Scenario("dns-blocked-here", "client.local-firewall-blocks", "dns", FAILED, dns_blocked_here),
    Scenario(
        "dns-sinkhole", "dns.wrong-address", "refused", r"port 22: Connection refused",
        lambda w: w.dns(server_example=["0.0.0.0"]),
    ),
    Scenario(
        "dns-loopback", "dns.wrong-address", "refused", r"port 22: Connection refused",
        lambda w: w.dns(server_example=["127.0.0.1"]),
    ),
]  # fmt: skip
