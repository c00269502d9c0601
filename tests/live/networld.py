"""Two machines in network namespaces of their own, with a real wire, firewall and sshd.  Needs root on Linux.

::

    client  dana@laptop  192.0.2.10, 2001:db8::10  ---  192.0.2.20, 2001:db8::20  erin@server.example  server

Each machine is one process tree with its own network, mounts, process ids and accounts.  Nothing in it has a
name on the host: when its first process ends, also because the tests were killed, the kernel removes it all.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from command import first_line

from .keys import KeyRing
from .process import TOKEN, Ran, run
from .sshd import BASE, penalty_lines, sshd_program, stop_process, wait_until
from .world import CHECKOUT, PRODUCT_LIMIT

CLIENT, SERVER = "192.0.2.10", "192.0.2.20"
CLIENT6, SERVER6 = "2001:db8::10", "2001:db8::20"
NAME = "server.example"
UID = 30_001
SBIN = os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"


def command(*words: str) -> str:
    """Run a program to its end; gives its output, and says what went wrong."""
    env = {**os.environ, "PATH": SBIN}
    done = run(list(words), env, Path("/"), 20)
    if done.code != 0:
        raise RuntimeError(f"{shlex.join(words)}: {'too slow, ' * done.late}{done.text.strip()}")
    return done.out.decode()


def closed_to_others() -> Iterator[tuple[Path, Path]]:
    """What the interpreter needs below directories that only root may enter: (directory, needed)."""
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).absolute(), CHECKOUT}
    for path in sorted(needed):
        for above in reversed(path.parents):
            if not above.stat().st_mode & 0o001:
                yield above, path
                break


class Machine:
    """One of the two: namespaces, one ordinary account, and its files."""

    def __init__(self, directory: Path, hostname: str, account: str) -> None:
        self.directory, self.account = directory, account
        self.home = directory / account
        (self.home / ".ssh").mkdir(parents=True, mode=0o700)
        for place in (self.home, self.home / ".ssh"):
            os.chown(place, UID, UID)
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--uts", "--ipc", "--pid",
             "--fork", "--kill-child", "--mount-proc", "sh", "-c", "echo up; exec sleep 3600"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if first_line(self._holder) != "up\n":
            raise RuntimeError("could not make the namespaces of a machine")
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()
        self.pid = children[0]
        self.sh(f"hostname {hostname}; ip link set lo up")
        self._own_files(hostname)

    def _own_files(self, hostname: str) -> None:
        """Accounts and names of this machine, mounted over the host's."""
        line = f"{self.account}:x:{UID}:{UID}::{self.home}:/bin/sh\n"
        for name, text in {
            "passwd": Path("/etc/passwd").read_text() + line,
            "group": Path("/etc/group").read_text() + f"{self.account}:x:{UID}:\n",
            "shadow": Path("/etc/shadow").read_text() + f"{self.account}:*:20000:0:99999:7:::\n",
            "hosts": f"127.0.0.1 localhost {hostname}\n{SERVER} {NAME}\n",
            "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        }.items():
            file = self.directory / name
            file.write_text(text)
            file.chmod(0o600 if name == "shadow" else 0o644)
            self.sh(f"[ ! -e /etc/{name} ] || mount --bind {file} /etc/{name}")

    def put(self, name: str, content: bytes | str, mode: int = 0o600) -> Path:
        """A file in the account's .ssh directory."""
        file = self.home / ".ssh" / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)
        os.chown(file, UID, UID)
        return file

    def inside(self, *words: str) -> list[str]:
        """The command that runs `words` on this machine."""
        return ["nsenter", "-t", self.pid, "--net", "--mount", "--uts", "--ipc", "--pid", *words]

    def as_account(self, *words: str, cwd: Path) -> list[str]:
        """The command that runs `words` on this machine as its ordinary account."""
        env = {
            "PATH": SBIN, "HOME": str(self.home), "USER": self.account, "LOGNAME": self.account,
            "LANG": "C.UTF-8", "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        settings = [f"{name}={value}" for name, value in env.items()]
        account = ["-S", str(UID), "-G", str(UID)]
        return self.inside(*account, "--", "env", "-i", "-C", str(cwd), *settings, *words)

    def sh(self, script: str) -> str:
        return command(*self.inside("--", "sh", "-ec", script))

    def expose(self) -> None:
        """Let the account reach the interpreter and the checkout, wherever they are."""
        stages: list[tuple[Path, Path]] = []
        covered: set[Path] = set()
        for closed, path in closed_to_others():
            stage = self.directory / f"stage{len(stages)}"
            self.sh(f"mkdir {stage}; mount --rbind {shlex.quote(str(path))} {stage}")
            stages.append((stage, path))
            covered.add(closed)
        for closed in sorted(covered):
            self.sh(f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(closed))}")
        for stage, path in stages:
            place = shlex.quote(str(path))
            self.sh(f"mkdir -p {place}; mount --rbind {stage} {place}")

    def processes(self) -> list[str]:
        """What the account runs on this machine now."""
        listed = self.sh(f"ps -o args= -U {UID} || true")
        return [line for line in listed.splitlines() if line.strip()]

    def close(self) -> None:
        self._holder.kill()  # the politer signals it holds back for its child
        stop_process(self._holder)


class NetWorld:
    """A healthy world to begin with: dana on the client logs in to the server as erin, by key."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys
        self.directory = Path(tempfile.mkdtemp(prefix="sw-net-", dir="/tmp"))
        self.directory.chmod(0o755)
        self._machines: list[Machine] = []
        self._sshd: subprocess.Popen[bytes] | None = None
        self._served: list[subprocess.Popen[bytes]] = []
        self.extra_env: dict[str, str] = {}

    def __enter__(self) -> NetWorld:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for machine in self._machines:
            machine.close()
        for served in self._served:
            stop_process(served)
        if self._sshd is not None:
            stop_process(self._sshd)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _machine(self, name: str, hostname: str, account: str) -> Machine:
        directory = self.directory / name
        directory.mkdir(mode=0o755)
        machine = Machine(directory, hostname, account)
        self._machines.append(machine)
        return machine

    def _build(self) -> None:
        self.client = self._machine("client", "laptop", "dana")
        self.server = self._machine("server", "server", "erin")
        command("ip", "link", "add", "eth0", "netns", self.client.pid, "type", "veth",
                "peer", "name", "eth0", "netns", self.server.pid)  # fmt: skip
        for machine, address, address6 in ((self.client, CLIENT, CLIENT6), (self.server, SERVER, SERVER6)):
            machine.sh(
                "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; "
                "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range; "
                f"ip link set eth0 up; ip addr add {address}/24 dev eth0; "
                f"ip addr add {address6}/64 dev eth0 nodad"
            )
        self.server.sh("mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/sshd")
        self.client.expose()
        self.client.put("id_ed25519", self.keys.private("mine"))
        self.client.put("id_ed25519.pub", self.keys.public("mine") + "\n", 0o644)
        self.server.put("authorized_keys", self.keys.public("mine") + "\n")
        host_key = self.server.directory / "host_key"
        host_key.write_bytes(self.keys.private("host"))
        host_key.chmod(0o600)
        self.known_hosts(22)
        self.sshd()

    # ------------------------------------------------------------------ changing the world

    def known_hosts(self, *ports: int) -> None:
        """The client knows the server's key on these ports."""
        names = [NAME if port == 22 else f"[{NAME}]:{port}" for port in ports]
        self.client.put("known_hosts", "".join(f"{name} {self.keys.bare('host')}\n" for name in names))

    def sshd(self, port: int = 22) -> None:
        """(Re)start the server's sshd on this port."""
        self.stop_sshd()
        directory = self.server.directory
        (directory / "sshd_config").write_text(f"{penalty_lines()}{BASE}Port {port}\nHostKey {directory}/host_key\n")
        log = directory / "log"
        log.unlink(missing_ok=True)
        words = [sshd_program(), "-D", "-e", "-f", f"{directory}/sshd_config", "-E", str(log)]
        self._sshd = subprocess.Popen(
            self.server.inside("--", *words),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: log.exists() and "Server listening on 0.0.0.0" in log.read_text(), "sshd listens")

    def stop_sshd(self) -> None:
        """End every sshd of that machine: pkill sees its processes only."""
        if self._sshd is not None:
            self.server.sh("pkill -x sshd || true")
            stop_process(self._sshd)
            self._sshd = None

    def firewall(self, rule: str) -> None:
        """Add a rule for what arrives at the server."""
        self.server.sh(f"iptables -w -A INPUT {rule}")

    def serve(self, machine: Machine, script: str, *args: str) -> None:
        """Run a script of this directory on a machine, as root, until the world ends."""
        words = machine.inside("--", sys.executable, str(Path(__file__).with_name(script)), *args)
        served = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._served.append(served)
        if first_line(served) != "up\n":
            raise RuntimeError(f"{script} did not start")

    def dns(self, **zone: list[str] | str) -> None:
        """A DNS server on the client's own address, which forgets the hosts file's name; `_` stands for a dot."""
        names = {f"{name.replace('_', '.')}.": value for name, value in zone.items() if name != "rest"}
        self.hosts()
        self.serve(self.client, "dnsd.py", "127.0.0.1", json.dumps({**names, "*": zone.get("rest", "NXDOMAIN")}))

    def hosts(self, *rows: str) -> None:
        """What the client's hosts file says beside itself."""
        (self.client.directory / "hosts").write_text("\n".join(("127.0.0.1 localhost laptop", *rows, "")))

    def beyond(self, *addresses: str) -> None:
        """The server is also the client's router, and has these addresses of other networks."""
        self.server.sh("; ".join(f"ip addr add {address}/32 dev lo" for address in addresses) or "true")
        self.server.sh("echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.client.sh(f"ip route add default via {SERVER}")

    # ------------------------------------------------------------------ running ssh and the product

    @property
    def target_args(self) -> list[str]:
        return [f"erin@{NAME}"]

    def plain_ssh(self, args: list[str], limit: float = 30) -> Ran:
        options = ["-v", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
        return self._run("ssh", *options, *args, f"echo {TOKEN}", cwd=self.client.home, limit=limit)

    def diagnose(self, args: list[str], mark: str = "") -> Ran:
        return self.product("diagnose", "--json", *args, mark=mark)

    def product(self, *words: str, mark: str = "") -> Ran:
        command = [sys.executable, "-m", "sshwizard", *words]
        extra = [f"{name}={value}" for name, value in self.extra_env.items()]
        return self._run("env", f"LIVE_TEST_MARK={mark}", *extra, *command, cwd=CHECKOUT, limit=PRODUCT_LIMIT)

    def script(self, name: str, *words: str) -> Ran:
        """A script of this directory, as the person would run the product."""
        place = str(Path(__file__).with_name(name))
        return self._run(
            "env", f"PYTHONPATH={CHECKOUT}", sys.executable, place, *words, cwd=CHECKOUT, limit=PRODUCT_LIMIT
        )

    def undo(self) -> int:
        return self.product("undo").code

    @property
    def places(self) -> tuple[Path, ...]:
        return (self.client.home,)

    @property
    def fingerprint(self) -> str:
        return self.keys.fingerprint("host")

    def _run(self, *words: str, cwd: Path, limit: float) -> Ran:
        env = {**os.environ, "PATH": SBIN}
        return run(self.client.as_account(*words, cwd=cwd), env, self.client.home, limit)
