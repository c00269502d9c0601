"""Servers that are no OpenSSH: a device without commands, one that parts with words of its own, and Dropbear."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import paramiko
import pytest
from paramiko.common import MSG_DISCONNECT

from .ports import LOOPBACK, Peer, listening
from .process import Ran
from .scenario import read_report
from .sshd import stop_process, wait_until
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd")

EVIL = "\x1b]0;owned\x07[/] [@click=app.quit]gone[/] \x1b[2J"


class Device(paramiko.ServerInterface):  # type: ignore[misc]
    """Takes every key, and serves a shell and nothing else."""

    def check_auth_publickey(self, username: str, key: Any) -> int:
        return int(paramiko.AUTH_SUCCESSFUL)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_shell_request(self, channel: Any) -> bool:
        return True


class Silent(Device):
    """Takes the login, and no request at all."""

    def check_channel_shell_request(self, channel: Any) -> bool:
        return False


class Parting(Device):
    """Hangs up in the middle of the login, with a reason and words."""

    reason, words = 2, ""

    def check_auth_publickey(self, username: str, key: Any) -> int:
        message = paramiko.Message()
        message.add_byte(bytes([MSG_DISCONNECT]))
        message.add_int(self.reason)
        message.add_string(self.words)
        message.add_string("")
        self.transport._send_message(message)
        self.transport.close()
        return int(paramiko.AUTH_FAILED)


def serve(world: SshdWorld, kind: type[Device], **more: object) -> None:
    """Put such a server in the place of ours, with the same host key."""
    key = paramiko.Ed25519Key.from_private_key_file(str(world.server.directory / "host_key"))

    def talk(peer: Peer, connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        device = kind()
        for name, value in {"transport": transport, **more}.items():
            setattr(device, name, value)
        try:
            transport.start_server(server=device)
            while transport.is_active() and not peer.over.wait(0.05):
                pass
        except (EOFError, paramiko.SSHException):
            pass
        finally:
            transport.close()

    world.replace_server(talk)


def judged(ran: Ran) -> tuple[str, str, str]:
    report = read_report(ran)
    first = report["findings"][0] if report["findings"] else {"cause": "", "confidence": ""}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "".join(str(report)))
    return report["outcome"], first["cause"], first["confidence"]


def test_a_device_with_a_shell_and_no_commands_lets_in(world: SshdWorld) -> None:
    serve(world, Device)
    assert "exec request failed" in world.plain_ssh(world.target_args).text
    assert judged(world.diagnose(world.target_args)) == ("healthy", "", "")


def test_a_server_that_takes_no_request(world: SshdWorld) -> None:
    serve(world, Silent)
    assert judged(world.diagnose(world.target_args)) == ("failed", "session.request-failed", "likely")


@pytest.mark.parametrize(
    ("reason", "words", "cause", "confidence"),
    [
        (14, "No supported authentication methods available", "auth.key-rejected", "likely"),
        (2, "Too many authentication failures for dana", "auth.too-many-keys", "certain"),
        (11, "Your account has expired on this appliance", "auth.account-expired", "certain"),
        (11, "Come back tomorrow", "auth.closed-during-auth", "likely"),
        (11, EVIL, "auth.closed-during-auth", "likely"),
    ],
)
def test_a_server_that_parts_with_words(world: SshdWorld, reason: int, words: str, cause: str, confidence: str) -> None:
    serve(world, Parting, reason=reason, words=words)
    assert judged(world.diagnose(world.target_args)) == ("failed", cause, confidence)


# ------------------------------------------------------------------ Dropbear


@pytest.fixture
def dropbear(world: SshdWorld) -> Any:
    """Start Dropbear in the place of our sshd; the account's own authorized_keys is not touched, so no key fits."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> None:
        place = world.server.directory
        convert = ["dropbearconvert", "openssh", "dropbear", str(place / "host_key"), str(place / "dropbear_key")]
        subprocess.run(convert, check=True, capture_output=True, timeout=20)
        world.server.stop()
        command = [
            shutil.which("dropbear") or "/usr/sbin/dropbear", "-F", "-E", "-r", str(place / "dropbear_key"),
            "-p", f"{LOOPBACK}:{world.server.port}", "-P", str(place / "dropbear.pid"), *options,
        ]  # fmt: skip
        processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        wait_until(lambda: listening(world.server.port), "Dropbear listens")

    yield start
    for process in processes:
        stop_process(process)


@pytest.mark.requires("dropbear", "dropbearconvert")
@pytest.mark.parametrize(
    ("options", "cause"),
    [((), "auth.key-rejected"), (("-s", "-w"), "auth.key-rejected | auth.root-login-disabled")],
)
def test_dropbear_refuses(
    world: SshdWorld, dropbear: Callable[..., None], options: tuple[str, ...], cause: str
) -> None:
    dropbear(*options)
    outcome, found, confidence = judged(world.diagnose(world.target_args))
    assert (outcome, confidence) == ("failed", "likely")
    assert found in cause.split(" | ")
