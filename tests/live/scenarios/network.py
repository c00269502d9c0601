"""Faults of the way to the server: these need a network, a firewall and an ordinary user."""

from __future__ import annotations

from ..networld import NAME, SERVER, SERVER6, NetWorld
from ..scenario import Scenario
from .names import NAMES


def switched_off(world: NetWorld) -> None:
    """Nobody has the address any more, and the client does not remember who had it."""
    world.server.sh(f"ip addr del {SERVER}/24 dev eth0")
    world.client.sh("ip neigh flush dev eth0")


def moved_to_2222(world: NetWorld) -> None:
    world.sshd(2222)


FAR, CONTROL = "198.51.100.7", "198.51.100.1"
SILENCE = r"port 22: Connection timed out"
NO_HOST = r"port 22: No route to host"


def behind_a_router(world: NetWorld) -> None:
    """The far networks answer nothing."""
    world.beyond()
    world.server.sh(
        "iptables -w -A FORWARD -j DROP; ip route add 10.77.0.0/16 dev lo; ip route add 198.51.100.0/24 dev lo"
    )


def dead_router(world: NetWorld) -> None:
    world.client.sh("ip route add default via 192.0.2.77")


def circle(world: NetWorld) -> None:
    """The router gets packets whose time is over, as at the end of a circle."""
    world.beyond()
    world.server.sh("iptables -w -t mangle -A PREROUTING -d 198.51.100.0/24 -j TTL --ttl-set 1; "
                    "ip route add 198.51.100.0/24 dev lo")  # fmt: skip


def other_family_refused(world: NetWorld) -> None:
    """sshd is there over IPv4 only."""
    world.hosts(f"{SERVER6} {NAME}", f"{SERVER} {NAME}")
    world.server.sh("ip6tables -w -A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset")


def no_ssh_out(world: NetWorld) -> None:
    """Nothing passes to port 22; the control server, which the person names, answers on 443."""
    world.beyond(FAR, CONTROL)
    world.serve(world.server, "peer.py", "443", "")
    world.server.sh(f"iptables -w -A INPUT -p tcp --dport 22 -j DROP; iptables -w -A INPUT -p icmp -d {FAR} -j DROP")


def with_control(world: NetWorld) -> None:
    no_ssh_out(world)
    world.extra_env["SSHWIZARD_CONTROL"] = CONTROL


def with_proxy(world: NetWorld) -> None:
    no_ssh_out(world)
    world.extra_env["https_proxy"] = f"http://dana:secret@{CONTROL}:443"


def ping_dropped_too(world: NetWorld) -> None:
    world.firewall("-p tcp --dport 22 -j DROP")
    world.firewall("-p icmp -j DROP")


def small_packets_only(world: NetWorld) -> None:
    """What is large vanishes without a word, both ways."""
    for chain in ("INPUT", "OUTPUT"):
        world.server.sh(f"iptables -w -A {chain} -m length --length 901:65535 -j DROP")


def far(world: NetWorld) -> list[str]:
    """A server of another network."""
    return [f"erin@{FAR}"]


def impatient(world: NetWorld) -> list[str]:
    """ssh gives up a stalled handshake after three seconds."""
    return ["-o", "ServerAliveInterval=3", "-o", "ServerAliveCountMax=1", *world.target_args]


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
    Scenario(
        "net-private-address", "target.private-address", "timeout", SILENCE, behind_a_router,
        args=lambda w: ["erin@10.77.0.30"],
    ),
    Scenario("net-far-silence", "network.no-answer", "timeout", SILENCE, behind_a_router, args=far),
    Scenario("net-dead-router", "network.no-route", "unreachable", NO_HOST, dead_router, args=far),
    Scenario("net-circle", "network.router-no-route", "unreachable", NO_HOST, circle, args=far),
    Scenario(
        "net-multicast", "target.wrong-address", "unreachable", r"port 22: Network is unreachable",
        args=lambda w: ["erin@224.0.0.5"],
    ),
    Scenario(
        "net-broadcast", "target.wrong-address", "unreachable", r"port 22: Network is unreachable",
        args=lambda w: ["erin@192.0.2.255"],
    ),
    Scenario(
        "net-link-local", "target.malformed-name", "unreachable", r"port 22: Invalid argument",
        args=lambda w: ["erin@fe80::1234"],
    ),
    Scenario(
        "net-other-family", "network.address-family-mismatch", "refused", r"port 22: Connection refused",
        other_family_refused, args=lambda w: ["-6", *w.target_args],
    ),
    Scenario(
        "net-own-firewall-drops", "client.local-firewall-blocks", "timeout", SILENCE,
        lambda w: w.client.sh(f"iptables -w -A OUTPUT -d {SERVER} -j DROP"),
    ),
    Scenario(
        "net-own-firewall-rejects", "client.local-firewall-blocks", "refused", r"port 22: Connection refused",
        lambda w: w.client.sh("iptables -w -A OUTPUT -p tcp --dport 22 -j REJECT"),
    ),
    Scenario(
        "net-forbidden-route", "network.local-route-blocked", "unreachable", r"port 22: Permission denied",
        lambda w: w.client.sh(f"ip route add prohibit {SERVER}"),
    ),
    Scenario(
        "net-ping-dropped-too", "network.firewall-drops", "timeout", SILENCE,
        ping_dropped_too,
    ),
    Scenario("net-no-ssh-out", "network.egress-port-blocked", "timeout", SILENCE, with_control, args=far),
    Scenario("net-proxy-unused", "network.proxy-required", "timeout", SILENCE, with_proxy, args=far),
    Scenario(
        "net-marked-dropped", "network.qos-dropped", "timeout | session", r"timed out|not responding",
        lambda w: w.firewall("-p tcp -m tos ! --tos 0x00/0xfc -j DROP"),
    ),
    Scenario(
        "net-large-dropped", "network.mtu-black-hole", "timeout", r"SSH2_MSG_KEXINIT sent",
        small_packets_only, args=impatient,
    ),
    *NAMES,
]  # fmt: skip
