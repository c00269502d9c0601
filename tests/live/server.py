"""One machine with a real sshd by its own default configuration, in namespaces: broken from inside, looked at by a
second account or a second sshd on another port. Needs root on Linux.

Its /etc is an overlay, /home, /run, /var/log and /var/lib/sshwizard are its own; when its first process ends, the
kernel removes it all. The client runs on the same machine, with a home of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from command import first_line

from .keys import KeyRing
from .networld import SBIN, command
from .process import TOKEN, Ran, run
from .sshd import penalty_lines, sshd_program, stop_process
from .world import CHECKOUT, PRODUCT_LIMIT

ADDRESS = "192.0.2.20"
RESCUE = 2022
CONFIG = """\
Include /etc/ssh/sshd_config.d/*.conf
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""


class Server:
    """A healthy world to begin with: the key `mine` opens dana's account, and root's."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys
        self.directory = Path(tempfile.mkdtemp(prefix="sw-in-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.home = self.directory / "client"
        (self.home / ".ssh").mkdir(parents=True, mode=0o700)
        self.user = "dana"
        self.base = ""
        """Lines of sshd_config that stay whatever is broken."""
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--uts", "--ipc", "--pid",
             "--fork", "--kill-child", "--mount-proc", "sh", "-c", "echo up; exec sleep 3600"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> Server:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._holder.kill()
        stop_process(self._holder)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _build(self) -> None:
        if first_line(self._holder) != "up\n":
            raise RuntimeError("could not make the namespaces of a machine")
        self.pid = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()[0]
        self.sh(
            f"hostname server; ip link set lo up; ip addr add {ADDRESS}/32 dev lo; cd {self.directory}; mkdir own;"
            "mount -t tmpfs -o mode=755 tmpfs own; mkdir own/upper own/work;"
            "mount -t overlay overlay -o lowerdir=/etc,upperdir=own/upper,workdir=own/work /etc;"
            "for d in /home /run /var/log /mnt; do mount -t tmpfs -o mode=755 tmpfs $d; done;"
            "mkdir -p /var/lib/sshwizard; mount -t tmpfs -o mode=700 tmpfs /var/lib/sshwizard;"
            "mkdir /run/sshd; sed -i 's|^root:.*|root:x:0:0:root:/home/root:/bin/sh|' /etc/passwd;"
            "rm -rf /etc/ssh/sshd_config.d /etc/ssh/ssh_host_*; mkdir -p /etc/ssh/sshd_config.d;"
            "printf '%s\\n' 'dana:x:30001:30001::/home/dana:/bin/sh' >>/etc/passwd; echo dana:x:30001: >>/etc/group;"
            "echo 'dana:*:20000:0:99999:7:::' >>/etc/shadow; chmod 640 /etc/shadow; rm -f /etc/nologin"
        )
        self.put("/etc/ssh/sshd_config", penalty_lines() + CONFIG)
        self.put("/etc/ssh/rescue", penalty_lines() + CONFIG.replace("Include", "#") + f"Port {RESCUE}\nPidFile none\n"
                 "HostKey /etc/ssh/rescue_key\n")  # fmt: skip
        for path in ("/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/rescue_key"):
            self.put(path, self.keys.private("host").decode(), 0o600)
        self.authorize()
        self.sh(f"{sshd_program()} -E /var/log/sshd; {sshd_program()} -f /etc/ssh/rescue")
        for file, text, mode in (
            ("id_ed25519", self.keys.private("mine").decode(), 0o600),
            ("id_ed25519.pub", self.keys.public("mine") + "\n", 0o644),
            ("known_hosts", f"{ADDRESS},[{ADDRESS}]:* {self.keys.bare('host')}\n", 0o600),
            ("config", f"Host box\n HostName {ADDRESS}\nHost *\n IdentityFile {self.home}/.ssh/id_ed25519\n"
             f" IdentitiesOnly yes\n UserKnownHostsFile {self.home}/.ssh/known_hosts\n ConnectTimeout 3\n", 0o600),
        ):  # fmt: skip
            place = self.home / ".ssh" / file
            place.write_text(text)
            place.chmod(mode)

    def authorize(self) -> None:
        """The key `mine` in both accounts, as it should be."""
        for home, owner in (("/home/dana", 30001), ("/home/root", 0)):
            self.sh(f"mkdir -p -m 700 {home}/.ssh; chmod 755 {home}; chown -R {owner}:{owner} {home}")
            self.put(f"{home}/.ssh/authorized_keys", self.keys.public("mine") + "\n", 0o600)
            self.sh(f"chown {owner}:{owner} {home}/.ssh/authorized_keys")

    # ------------------------------------------------------------------ changing the world

    def inside(self, *words: str) -> list[str]:
        return ["nsenter", "-t", self.pid, "--net", "--mount", "--uts", "--ipc", "--pid", "--", *words]

    def sh(self, script: str) -> str:
        return command(*self.inside("sh", "-ec", script))

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        source = self.directory / "put"
        source.write_text(text)
        self.sh(f"cat {source} >{path}; chmod {mode:o} {path}")

    def setting(self, text: str) -> None:
        """Put lines in front of the server's configuration, behind its Include, and let sshd read them."""
        head, rest = CONFIG.split("\n", 1)
        self.put("/etc/ssh/sshd_config", f"{penalty_lines()}{head}\n{self.base}\n{text}\n{rest}")
        self.reload()

    def reload(self) -> None:
        self.sh("kill -HUP $(cat /run/sshd.pid); sleep 0.2")

    def stop(self) -> None:
        self.sh("kill $(cat /run/sshd.pid); rm -f /run/sshd.pid; sleep 0.1")

    # ------------------------------------------------------------------ the client

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": SBIN, "HOME": str(self.home), "USER": "me", "LOGNAME": "me", "LANG": "C.UTF-8", "TERM": "xterm",
            "XDG_CONFIG_HOME": f"{self.home}/.config", "XDG_STATE_HOME": f"{self.home}/.local/state",
            "XDG_CACHE_HOME": f"{self.home}/.cache", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(CHECKOUT),
        }  # fmt: skip

    @property
    def target_args(self) -> list[str]:
        return ["-F", f"{self.home}/.ssh/config", "-l", self.user, "box"]

    def ssh(self, *words: str) -> Ran:
        said = words or (f"echo {TOKEN}",)
        command = ["ssh", "-o", "BatchMode=yes", *self.target_args, *said]
        return run(self.inside(*command), {**os.environ, **self.env}, self.home, 20)

    def lets_in(self) -> bool:
        """A fresh login."""
        return TOKEN in self.ssh().out.decode()

    def product(self, *words: str, limit: float = PRODUCT_LIMIT) -> Ran:
        return run(self.inside(sys.executable, "-m", "sshwizard", *words), self.env, self.home, limit)

    def look(self, *words: str, by: tuple[str, ...] = ("--as", "root", "--port", str(RESCUE))) -> Ran:
        """`sshwizard inside` on this target."""
        return self.product("inside", "--json", *by, *words, *self.target_args)
