"""Faults of the way to the server: these need a network, a firewall and an ordinary user."""

from __future__ import annotations

from ..networld import SERVER, NetWorld
from ..scenario import Scenario


def switched_off(world: NetWorld) -> None:
    """Nobody has the address any more, and the client does not remember who had it."""
    world.server.sh(f"ip addr del {SERVER}/24 dev eth0")
    world.client.sh("ip neigh flush dev eth0")


def moved_to_2222(world: NetWorld) -> None:
    world.sshd(2222)


NETWORK: list[Scenario[NetWorld]] = [
    Scenario("net-healthy", outcome="healthy"),
    Scenario(
        "net-drop", "network.firewall-drops | network.no-answer", "timeout", r"port 22: Connection timed out",
        lambda w: w.firewall("-p tcp --dport 22 -j DROP"),
    ),
    Scenario(
        "net-reject-port", "network.firewall-rejects", "refused", r"port 22: Connection refused",
        lambda w: w.firewall("-p tcp --dport 22 -j REJECT --reject-with icmp-port-unreachable"),
    ),
    Scenario(
        "net-reject-admin", "network.firewall-rejects", "unreachable | refused", r"port 22: No route to host",
        lambda w: w.firewall("-p tcp --dport 22 -j REJECT --reject-with icmp-admin-prohibited"),
    ),
    Scenario(
        "net-no-route", "network.no-route", "unreachable", r"port 22: Network is unreachable",
        lambda w: w.client.sh("ip route flush table main; ip -6 route flush table main"),
    ),
    Scenario(
        "net-host-down", "network.host-unreachable", "unreachable | timeout", r"port 22: No route to host",
        switched_off,
    ),
    Scenario(
        "net-sshd-on-2222", "target.wrong-port", "refused", r"port 22: Connection refused", moved_to_2222
    ),
    Scenario(
        "net-sshd-down", "server.sshd-not-running | network.port-refused", "refused",
        r"port 22: Connection refused", lambda w: w.stop_sshd(),
    ),
]  # fmt: skip
