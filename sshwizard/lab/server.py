"""The practice server: `python -m sshwizard.lab.server SPECFILE`, a real SSH server on 127.0.0.1.

Takes public keys only, answers a handful of commands by itself, and executes nothing. It forwards only to the
ports of its own world that it is told, as a jump host does.
How it behaves beside that (Manner) stands in a file, which it reads anew for each connection.
It lives as long as its standard input is open, so it cannot outlast the wizard. Prints one line when it
listens: {"port": N, "host_key": "ssh-ed25519 AAAA..."}.
"""

from __future__ import annotations

import codecs
import json
import logging
import os
import shutil
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from sshwizard.lab.bench import LOOPBACK, Account
from sshwizard.lab.manner import Manner, lead_on, stranger
from sshwizard.lab.shell import LineEditor, Reply, Shell

_LOGIN_GRACE_SECONDS = 120
_MOST_THREADS = 200
"""A connection has two; beyond this, strangers on loopback are turned away."""
_REPLY_FIRST_SECONDS = 0.02
"""paramiko confirms a request after our handler returned; output must not overtake that."""


@dataclass(frozen=True)
class Site:
    """What the spec file says, and what every connection shares."""

    host: str
    host_key: Any
    accounts_file: Path
    scratch: Path | None
    """A directory to remove at the end."""
    pushed: Path | None
    """Keys that open the door for a while: rows with server (our port), user, key, until (seconds since the epoch).

    A row with `makes` opens it also for a user who has no account, as a guest agent makes them.
    """
    port: int
    started: float
    manner_file: Path

    @classmethod
    def read(cls, spec_file: Path, port: int) -> Site:
        """Read the spec file. Raises OSError, ValueError, KeyError or paramiko.SSHException."""
        spec = json.loads(spec_file.read_text(encoding="utf-8"))
        return cls(
            host=spec["host"],
            host_key=paramiko.Ed25519Key.from_private_key_file(spec["host_key"]),
            accounts_file=Path(spec["accounts"]),
            scratch=Path(spec["scratch"]) if spec["scratch"] else None,
            pushed=Path(spec["pushed"]) if spec["pushed"] else None,
            port=port,
            started=time.monotonic(),
            manner_file=Path(spec["manner"]),
        )

    def account(self, name: str) -> Account | None:
        """The account as it is now, or None: unknown, or the file cannot be read."""
        try:
            found = json.loads(self.accounts_file.read_text(encoding="utf-8")).get(name)
        except (OSError, ValueError):
            return None
        if found is None:
            made = self._for_a_while(name, makes=True)
            return Account(tuple(made)) if made else None
        return Account((*found["keys"], *self._for_a_while(name)), found["reply"], found["status"])

    def _for_a_while(self, name: str, *, makes: bool = False) -> list[str]:
        try:
            rows = json.loads(self.pushed.read_text(encoding="utf-8")) if self.pushed else []
        except (OSError, ValueError):
            return []
        rows = [one for one in rows if (one["server"], one["user"]) == (self.port, name) and one["until"] > time.time()]
        return [one["key"] for one in rows if one.get("makes", False) or not makes]


class Connection(paramiko.ServerInterface):  # type: ignore[misc]
    """Who may log in, and what the login may do. paramiko calls this from the connection's own thread."""

    def __init__(self, site: Site, manner: Manner, transport: Any) -> None:
        self._site, self._manner, self._transport = site, manner, transport
        self._refused = 0
        self._user = ""
        self._account = Account()
        self._terminals: set[int] = set()

    def get_allowed_auths(self, username: str) -> str:
        return self._manner.takes

    def get_banner(self) -> tuple[str | None, str | None]:
        return (self._manner.banner, "en") if self._manner.banner else (None, None)

    def check_auth_publickey(self, username: str, key: Any) -> int:
        account = self._site.account(username)
        if (
            "publickey" not in self._manner.takes
            or account is None
            or f"{key.get_name()} {key.get_base64()}" not in account.keys
        ):
            self._count()
            return int(paramiko.AUTH_FAILED)
        self._user, self._account = username, account
        return int(paramiko.AUTH_SUCCESSFUL)

    def _count(self) -> None:
        """Hang up as sshd does, after one refusal too many (RFC 4253, 11.1)."""
        self._refused += 1
        if self._refused == self._manner.tries:
            farewell = paramiko.Message()
            farewell.add_byte(bytes([1]))
            farewell.add_int(2)
            farewell.add_string("Too many authentication failures")
            farewell.add_string("")
            self._transport._send_message(farewell)
            self._transport.close()

    def check_channel_direct_tcpip_request(self, chanid: int, origin: object, destination: tuple[str, int]) -> int:
        host, port = destination
        if self._manner.forwards is None:
            return int(paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)
        try:
            if host != LOOPBACK or port not in self._manner.forwards:
                raise OSError
            far = socket.create_connection((LOOPBACK, port), timeout=3)
        except OSError:
            return int(paramiko.OPEN_FAILED_CONNECT_FAILED)
        far.settimeout(None)
        threading.Thread(target=lead_on, args=(self._transport, chanid, far), daemon=True).start()
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind == "session":
            return int(paramiko.OPEN_SUCCEEDED)
        return int(paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

    def check_channel_pty_request(self, channel: Any, *_: object) -> bool:
        self._terminals.add(channel.get_id())
        return True

    def check_channel_shell_request(self, channel: Any) -> bool:
        return self._start(channel, None)

    def check_channel_exec_request(self, channel: Any, command: bytes) -> bool:
        return self._start(channel, command.decode("utf-8", "replace"))

    def _start(self, channel: Any, command: str | None) -> bool:
        shell = Shell(self._user, self._site.host, self._site.started)
        session = Session(channel, shell, channel.get_id() in self._terminals)
        threading.Thread(target=session.serve, args=(self._account, command), daemon=True).start()
        return True


class Session:
    """One shell or command on one channel."""

    def __init__(self, channel: Any, shell: Shell, terminal: bool) -> None:
        self._channel = channel
        self._shell = shell
        self._terminal = terminal

    def serve(self, account: Account, command: str | None) -> None:
        """Answer, send the exit status, close. A client that vanishes meanwhile is nothing special."""
        time.sleep(_REPLY_FIRST_SECONDS)
        try:
            if account.reply is not None:
                status = self._answer(Reply(account.reply, status=account.status))
            elif command is not None:
                status = self._answer(self._shell.run(command))
            else:
                status = self._converse()
            self._channel.send_exit_status(status)
        except (OSError, EOFError, paramiko.SSHException):
            pass
        finally:
            self._channel.close()

    def _answer(self, reply: Reply) -> int:
        self._write(reply.out)
        if reply.err and not self._terminal:
            self._channel.sendall_stderr(reply.err.encode())
        else:
            self._write(reply.err)
        return reply.status

    def _converse(self) -> int:
        """The interactive shell, until exit, ctrl+D or the end of input. Returns the last status."""
        status = 0
        editor = LineEditor()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._show(self._shell.motd + self._shell.prompt)
        while data := self._channel.recv(4096):
            for kind, text in editor.feed(decode(data)):
                if kind == "echo":
                    self._show(text)
                    continue
                if kind == "end":
                    self._show("exit\n")
                    return status
                reply = self._shell.run(text)
                status = self._answer(reply)
                if reply.leave:
                    return status
                self._show(self._shell.prompt)
        return status

    def _show(self, text: str) -> None:
        """Write what only a terminal gets: prompt and echo."""
        if self._terminal:
            self._write(text)

    def _write(self, text: str) -> None:
        if text:
            ending = "\r\n" if self._terminal else "\n"
            self._channel.sendall(text.replace("\n", ending).encode())


def _listen(listener: socket.socket, site: Site) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            # Out of file descriptors, or the client left already: take a breath and go on.
            time.sleep(0.1)
            continue
        if threading.active_count() > _MOST_THREADS:
            client.close()
            continue
        threading.Thread(target=_welcome, args=(client, site), daemon=True).start()


def _welcome(client: socket.socket, site: Site) -> None:
    """Lead one client to its login. What is not SSH, or does not log in, is dropped without a word."""
    try:
        manner = Manner.read(site.manner_file)
        if manner.greets != "ssh":
            stranger(client, manner.greets)
            return
        transport = paramiko.Transport(client)
        transport.local_version = "SSH-2.0-sshwizard_lab"
        transport.add_server_key(site.host_key)
        if manner.ciphers:
            transport.get_security_options().ciphers = manner.ciphers
        transport.start_server(server=Connection(site, manner, transport))
        transport.join(_LOGIN_GRACE_SECONDS)
        if not transport.is_authenticated():
            transport.close()
    except (OSError, EOFError, paramiko.SSHException):
        client.close()


def main(spec_file: Path) -> None:
    """Serve until standard input ends."""
    # paramiko would report each port scan and each broken connection on standard error.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    listener = socket.create_server((LOOPBACK, 0), backlog=64)
    site = Site.read(spec_file, listener.getsockname()[1])
    threading.Thread(target=_listen, args=(listener, site), daemon=True).start()
    host_key = f"{site.host_key.get_name()} {site.host_key.get_base64()}"
    print(json.dumps({"port": listener.getsockname()[1], "host_key": host_key}), flush=True)
    while sys.stdin.buffer.read(4096):
        pass
    if site.scratch:
        shutil.rmtree(site.scratch, ignore_errors=True)
    # At once: the daemon threads hold nothing worth waiting for.
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
