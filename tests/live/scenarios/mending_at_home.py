"""Faults and fixes in the default files of an ordinary user."""

from __future__ import annotations

from ..mending import Mend
from ..networld import NAME, SERVER, NetWorld
from .files import key_on_a_stick
from .network import CONTROL, FAR, far, impatient


def config(world: NetWorld, text: str, mode: int = 0o600) -> None:
    world.client.put("config", text, mode)


def moved(world: NetWorld) -> None:
    """The server answers on another port, which the client has known for long."""
    world.known_hosts(22, 2222)
    world.sshd(2222)


def only_by_proxy(world: NetWorld) -> None:
    """Nothing goes out to port 22 but by the web proxy, which the environment names."""
    world.beyond(FAR, CONTROL)
    world.client.put("known_hosts", f"{FAR} {world.keys.bare('host')}\n")
    world.serve(world.server, "proxyd.py", "3128")
    world.server.sh("iptables -w -A INPUT -i eth0 -p tcp --dport 22 -j DROP; iptables -w -A INPUT -p icmp -j DROP")
    world.extra_env["https_proxy"] = f"http://{CONTROL}:3128"


def directory_closed(world: NetWorld) -> None:
    (world.client.home / ".ssh").chmod(0)


def large_dropped_on_the_way_there(world: NetWorld) -> None:
    """What the client sends vanishes when it is large."""
    world.server.sh("iptables -w -A INPUT -m length --length 901:65535 -j DROP")


AT_HOME = [
    Mend("ssh-directory-closed", "fix-ssh-directory", ".ssh", directory_closed),
    Mend("key-on-a-stick", "copy-key-home", "config, id_work", key_on_a_stick),
    Mend("large-packets-dropped", "shrink-key-exchange", "config", large_dropped_on_the_way_there, args=impatient),
    Mend("config-open", "chmod-ssh-config", "config", lambda w: config(w, "# mine\nCompression yes\n", 0o666)),
    Mend("port-moved", "write-host-block", "config", moved),
    Mend(
        "control-path-too-long", "fix-control-path", "config",
        lambda w: config(w, f"ControlMaster auto\nControlPath ~/.ssh/{'long' * 20}-%C"),
    ),
    Mend(
        "no-config-and-a-new-host", "pin-host-key", "known_hosts",
        lambda w: (w.client.home / ".ssh/known_hosts").unlink(),
    ),
    Mend("only-by-proxy", "use-http-proxy", "config", only_by_proxy, args=far, needs="nc"),
    Mend(
        "name-and-address", "pin-host-key", "known_hosts",
        lambda w: w.client.put("known_hosts", f"{NAME},{SERVER} {w.keys.bare('other')}\n"),
    ),
]  # fmt: skip
