"""A machine with a real sshd in a network of its own, as an instance of an embedded account: plain ssh reaches it
through its public address, and pushed keys, a tunnel, an agent, a shell and commands reach it as AWS leads them there.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from cloud import OWN, Network

from sshwizard.lab.aws import Aws

from .doorsite import ASKS, HERE
from .keys import KeyRing
from .ports import LOOPBACK
from .process import TOKEN, Ran, run
from .server import ADDRESS, Server
from .world import PRODUCT_LIMIT

_NEWNET = 0x40000000
"""setns(2), CLONE_NEWNET."""
_LIMIT = 20.0


class Relay:
    """A port of this computer that leads to a port of a machine in a network of its own."""

    def __init__(self, pid: str, port: int) -> None:
        self._pid, self._to = pid, port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._welcome, daemon=True).start()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """A socket stays in the network in which it was made; a thread may be in another one than its process."""
        with client, suppress(OSError):
            with Path(f"/proc/{self._pid}/ns/net").open() as there:
                if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), _NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            with socket.create_connection((ADDRESS, self._to), timeout=3) as server:
                server.settimeout(None)
                client.settimeout(None)
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join(_LIMIT)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


JOINS = """
import socket, sys
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
socket.send_fds(socket.socket(fileno=1), [b"x"], [line.fileno()])
"""


class Instance:
    """Healthy to begin with. sshd has port 22 and the one at which practice instances seem to listen."""

    def __init__(self, aws: Aws, keys: KeyRing) -> None:
        self.aws, self.server = aws, Server(keys)

    def __enter__(self) -> Instance:
        self.server.__enter__()
        self._build()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.relay.close()
        self.server.close()

    def _build(self) -> None:
        server, self.port = self.server, self.aws.port
        self.relay = Relay(server.pid, self.port)
        python = os.path.realpath(sys.executable)
        server.put("/run/asks.py", ASKS)
        asks = "/run/eic_run_authorized_keys"
        text = f'#!/bin/sh\nexec {python} -I /run/asks.py {self.aws.keys} {self.relay.port} "$1"\n'
        server.put(asks, text, 0o755)
        server.base = f"Port 22\nPort {self.port}\nAuthorizedKeysCommand {asks} %u\nAuthorizedKeysCommandUser root"
        server.setting("")
        net = self.net = Network(self.aws)
        net.allow(net.group, HERE, port=self.port)
        net.allow(net.group, "10.0.0.0/16", port=22)
        net.ec2.create_instance_connect_endpoint(SubnetId=net.public, SecurityGroupIds=[net.new_group("endpoint")])
        self.id = net.launch("web-1", image=OWN)
        self.aws.machine(self.id, self.relay.port, shell=server.inside())
        self.aws.agent(self.id)
        self.public = net.instance(self.id)["PublicIpAddress"]
        bare = server.keys.bare("host")
        place = server.home / ".ssh"
        (place / "known_hosts").write_text(f"{self.id},[{self.public}]:{self.port},{self.public} {bare}\n")
        (place / "joins.py").write_text(JOINS)
        common = (f"Host *\n  IdentityFile {place}/id_ed25519\n  IdentitiesOnly yes\n  ConnectTimeout 5\n"
                  f"  UserKnownHostsFile {place}/known_hosts\n  GlobalKnownHostsFile /dev/null\n")  # fmt: skip
        (place / "config").write_text(
            f"Host {self.id}\n  HostName {self.public}\n  Port {self.port}\n  User dana\n{common}"
        )
        (place / "by-program").write_text(
            f"Host {self.id}\n  HostName {self.public}\n  User dana\n  ProxyUseFdpass yes\n"
            f"  ProxyCommand {python} {place}/joins.py {self.relay.port}\n{common}")  # fmt: skip

    # ------------------------------------------------------------------ the person's computer, which is this one

    def config(self, door: str) -> list[str]:
        """What to type. An endpoint leads to port 22 only, so the way of the others is a program there."""
        file = "by-program" if door == "eice" else "config"
        return ["-F", f"{self.server.home}/.ssh/{file}", self.id]

    @property
    def env(self) -> dict[str, str]:
        return {**self.server.env, **self.aws.environment}

    def lets_in(self, door: str = "") -> bool:
        """A fresh login with the person's own key."""
        words = ["ssh", "-o", "BatchMode=yes", *self.config(door), f"echo {TOKEN}"]
        return TOKEN in run(words, {**os.environ, **self.env}, self.server.home, _LIMIT).out.decode()

    def heal(self) -> None:
        """As it was, whatever was broken and not mended."""
        server = self.server
        server.sh("iptables -w -F; usermod -p '*' dana; chmod 600 /etc/ssh/ssh_host_*_key; rm -f /etc/nologin;"
                  "rm -rf /var/lib/sshwizard/*")  # fmt: skip
        server.authorize()
        server.sh("[ -e /run/sshd.pid ] || /usr/sbin/sshd -E /var/log/sshd")
        for session in self.sessions():
            session.unlink()

    def product(self, *words: str, limit: float = PRODUCT_LIMIT) -> Ran:
        return run([sys.executable, "-m", "sshwizard", *words], self.env, self.server.home, limit)

    def sessions(self) -> list[Path]:
        return sorted((self.server.home / ".local/state").rglob("*.jsonl"))
