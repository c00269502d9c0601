"""The practice server before a real ssh client, and before strangers who send anything."""

from __future__ import annotations

import os
import pty
import re
import select
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import first_line

from sshwizard.lab import World

from .conftest import Ssh

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


def port(world: World) -> int:
    return int(re.findall(r"Port (\d+)", (world.root / "config").read_text())[0])


@pytest.mark.parametrize(
    ("command", "status", "out", "err"),
    [
        ("printf TOKEN", 0, "TOKEN", ""),
        ("printf 'sshwizard-%s\\n' 7f3a", 0, "sshwizard-7f3a\n", ""),
        ("echo hello   world", 0, "hello world\n", ""),
        ("true", 0, "", ""),
        ("false", 1, "", ""),
        ("exit 42", 42, "", ""),
        ("whoami", 0, "dana\n", ""),
        ("hostname", 0, "lab-web\n", ""),
        ("cat /etc/passwd", 127, "", "sh: cat: command not found\n"),
        ("echo a; touch /tmp/b", 2, "", "sh: the practice server takes one plain command at a time\n"),
        ("echo '", 2, "", "sh: a quotation mark is missing\n"),
    ],
)
def test_a_command_gives_its_output_and_status(
    healthy: World, ssh: Ssh, command: str, status: int, out: str, err: str
) -> None:
    done = ssh(healthy, command)
    assert (done.returncode, done.stdout, done.stderr) == (status, out, err)


def test_it_says_who_it_is(healthy: World) -> None:
    with socket.create_connection(("127.0.0.1", port(healthy)), timeout=5) as client:
        assert client.recv(100) == b"SSH-2.0-sshwizard_lab\r\n"


def test_a_forced_terminal_gets_line_ends_of_a_terminal(healthy: World, ssh: Ssh) -> None:
    done = ssh(healthy, "echo hello", "-tt")
    assert (done.returncode, done.stdout) == (0, "hello\r\n")


def test_commands_from_a_pipe_need_no_terminal(healthy: World, ssh: Ssh) -> None:
    done = ssh(healthy, None, "-T", typed="whoami\necho it is quiet\nexit 3\nwhoami\n")
    assert (done.returncode, done.stdout) == (3, "dana\nit is quiet\n")
    assert ssh(healthy, None, "-T", typed="false\n").returncode == 1


def test_forwarding_is_refused(healthy: World, ssh: Ssh) -> None:
    direct = ssh(healthy, None, "-W", f"127.0.0.1:{port(healthy)}")
    assert direct.returncode == 255
    assert "administratively prohibited" in direct.stderr
    back = ssh(healthy, "true", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9")
    assert back.returncode == 255
    assert "remote port forwarding failed" in back.stderr


def test_file_transfer_is_refused_cleanly(healthy: World, ssh: Ssh) -> None:
    done = ssh(healthy, "sftp", "-s")
    assert done.returncode == 255
    assert "subsystem request failed" in done.stderr


@pytest.mark.parametrize("user", ["root", "admin", "keys", "Dana", "../dana"])
def test_other_accounts_are_refused(healthy: World, ssh: Ssh, user: str) -> None:
    done = ssh(healthy, "true", "-o", f"User={user}")
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_three_public_keys_can_be_tried_in_one_connection(healthy: World, ssh: Ssh, tmp_path: Path) -> None:
    offers = []
    for kind in ("ed25519", "ecdsa", "rsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", tmp_path / kind], check=True, timeout=20)
        (tmp_path / kind).unlink()
        offers += ["-i", str(tmp_path / f"{kind}.pub")]
    done = ssh(healthy, "true", "-v", *offers)
    assert done.returncode == 0
    assert done.stderr.count("Offering public key") == 4
    assert done.stderr.count("Server accepts key") == 1


def test_many_clients_at_once(healthy: World, ssh: Ssh) -> None:
    with ThreadPoolExecutor(12) as crowd:
        done = list(crowd.map(lambda number: ssh(healthy, f"printf {number}"), range(24)))
    assert [each.stdout for each in done] == [str(number) for number in range(24)]
    assert {each.returncode for each in done} == {0}


def test_garbage_and_vanished_clients_do_no_harm(healthy: World, ssh: Ssh) -> None:
    openings = [
        b"",
        b"GET / HTTP/1.0\r\n\r\n",
        b"SSH-1.5-old\r\n",
        b"SSH-2.0-x\r\n" + b"\xff" * 5000,
        b"\x16\x03\x01\x02\x00" * 99,
        b"SSH-2.0-half",
        os.urandom(20_000),
    ]
    for opening in openings:
        with socket.create_connection(("127.0.0.1", port(healthy)), timeout=5) as client:
            client.sendall(opening)
    killed = subprocess.Popen(
        ["ssh", "-tt", *healthy.target_args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    first_line(killed)
    killed.kill()
    killed.communicate(timeout=10)
    assert ssh(healthy, "printf TOKEN").stdout == "TOKEN"
    assert (healthy.root / "server" / "errors.txt").read_text() == ""


def test_a_person_can_type_in_a_real_terminal(healthy: World) -> None:
    master, slave = pty.openpty()
    session = subprocess.Popen(
        ["ssh", *healthy.target_args], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    seen = ""

    def until(text: str) -> None:
        nonlocal seen
        end = time.monotonic() + 10
        while text not in seen and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 4096).decode()
        assert text in seen
        seen = seen.partition(text)[2]

    until("sshwizard's practice server")
    until("dana@lab-web:~$ ")
    os.write(master, b"whoamj\x7fi\x1b[A\r")
    until("whoamj\b \bi\r\ndana\r\n")
    until("dana@lab-web:~$ ")
    os.write(master, b"never mind\x03")
    until("^C\r\ndana@lab-web:~$ ")
    os.write(master, b"\x04")
    until("exit\r\n")
    session.wait(10)
    os.close(master)
    assert session.returncode == 0
