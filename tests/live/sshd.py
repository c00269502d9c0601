"""A real OpenSSH server on the loopback, run by whoever runs the tests."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .keys import KeyRing
from .ports import LOOPBACK, free_port

BASE = """\
UsePAM no
StrictModes no
PidFile none
PrintMotd no
PrintLastLog no
PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
AllowTcpForwarding yes
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""
FAILED_LOGIN = re.compile(r"^(Failed (?!none)\S+ for|Invalid user )", re.MULTILINE)


def me() -> str:
    """The account of this process, by the name that sshd knows."""
    return pwd.getpwuid(os.getuid()).pw_name


def sshd_program() -> str:
    """sshd insists on being called by its full path."""
    found = shutil.which("sshd", path=os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin")
    return found or "/usr/sbin/sshd"


@functools.cache
def penalty_lines() -> str:
    """Servers from 9.8 on punish repeated failures from one address, which here is everybody's."""
    shown = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False, timeout=20).stderr
    version = re.search(r"OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)", shown)
    recent = version is not None and (int(version[1]), int(version[2])) >= (9, 8)
    return "PerSourcePenalties no\n" if recent else ""


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Wait for a condition, not for a time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.005)


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started, politely first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def descendants(pid: int) -> list[int]:
    """The processes below one (Linux only)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in children for found in (int(child), *descendants(int(child)))]


class Sshd:
    """One server: its directory, port, host key, authorised keys and log."""

    def __init__(self, directory: Path, keys: KeyRing, host_key: str) -> None:
        directory.mkdir(mode=0o755)
        self.directory, self.keys = directory, keys
        self.port = free_port()
        self.log_file = directory / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen: list[int] = []
        self.use_host_key(host_key)

    # ------------------------------------------------------------------ what the server holds

    def use_host_key(self, name: str) -> None:
        """Serve this host key, and only this one, from the next start on."""
        self.host_key = name
        file = self.directory / "host_key"
        file.write_bytes(self.keys.private(name))
        file.chmod(0o600)

    def authorize(self, *names: str, options: str = "") -> None:
        """Let exactly these keys in, each with `options` before it."""
        prefix = f"{options} " if options else ""
        lines = [f"{prefix}{self.keys.public(name)}\n" for name in names]
        (self.directory / "authorized_keys").write_text("".join(lines))

    def known_hosts_line(self, key: str = "") -> str:
        """What a client's known_hosts should say about this server."""
        return f"[{LOOPBACK}]:{self.port} {self.keys.bare(key or self.host_key)}"

    # ------------------------------------------------------------------ running

    def start(self, *lines: str) -> None:
        """(Re)start with `lines` in front: in sshd_config the first value wins."""
        self.stop()
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
        conf = self.directory / "sshd_config"
        conf.write_text("".join(f"{line}\n" for line in lines) + penalty_lines() + BASE + self._places())
        self.log_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [sshd_program(), "-D", "-e", "-f", str(conf), "-E", str(self.log_file)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._up, f"sshd listens on port {self.port}")

    def _places(self) -> str:
        return (
            f"ListenAddress {LOOPBACK}\nPort {self.port}\nHostKey {self.directory}/host_key\n"
            f"AuthorizedKeysFile {self.directory}/authorized_keys\n"
        )

    def sessions(self) -> list[int]:
        """Its processes that serve somebody now (Linux only)."""
        assert self._process is not None
        below = descendants(self._process.pid)
        return [one for one in below if Path(f"/proc/{one}/comm").read_text().startswith("sshd")]

    def _up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"sshd did not start: {self.log()}")
        return "Server listening on" in self.log()

    def freeze_sessions(self) -> None:
        """Stop whoever serves a connection: its TCP lives on and carries nothing."""
        assert self._process is not None
        self._frozen = descendants(self._process.pid)
        for pid in self._frozen:
            os.kill(pid, signal.SIGSTOP)

    def stop(self) -> None:
        for pid in self._frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._frozen = []
        if self._process is not None:
            stop_process(self._process)
            self._process = None

    # ------------------------------------------------------------------ what it saw

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def mark(self) -> int:
        """A place in the log, for `connections` and `failed_logins` to count from."""
        return len(self.log())

    def connections(self, since: int = 0) -> int:
        return self.log()[since:].count("Connection from ")

    def failed_logins(self, since: int = 0) -> int:
        return len(FAILED_LOGIN.findall(self.log()[since:].replace("\r", "")))
