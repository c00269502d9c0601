"""Our own sockets, on real ones of this machine: what speaks there, who refused, which way leads there."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from command import harmful
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.probes import icmp, sockets
from sshwizard.probes.icmp import read_refusal, read_route, who_refused
from sshwizard.probes.protocols import read_speech
from sshwizard.probes.scene import Leg
from sshwizard.probes.sockets import CLIENT_HELLO, greeting, known_ports

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BOX = Leg("box", {"hostname": ("box",), "port": ("22",)})


@asynccontextmanager
async def port(answer: Answer) -> AsyncIterator[int]:
    """A port on loopback where `answer` serves."""
    clients: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(writer)
        try:
            await answer(reader, writer)
        except OSError:
            pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in clients:
            writer.close()
        await server.wait_closed()


def closed_port() -> socket.socket:
    """A port that refuses: bound, and not listening."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder


async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n<h1>Bad Request</h1>")


async def tls_alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert (await reader.read(100))[:1] == b"\x16"
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46")


async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for _ in range(1000):
        writer.write(b"\xff\x00\x1b[31m" * 1000)
        await writer.drain()


async def test_a_greeting_is_read() -> None:
    async with port(says) as number:
        assert await greeting("127.0.0.1", number) == "SSH-2.0-OpenSSH_9.2\r\n"


async def test_a_port_that_hangs_up_says_nothing() -> None:
    async with port(hangs_up) as number:
        assert await greeting("127.0.0.1", number) == ""
        assert await greeting("127.0.0.1", number, CLIENT_HELLO) == ""


async def test_a_port_that_waits_answers_when_poked() -> None:
    async with port(web) as number:
        assert (await greeting("127.0.0.1", number, CLIENT_HELLO)).startswith("HTTP/1.1 400")


async def test_a_tls_server_answers_a_hello() -> None:
    async with port(tls_alert) as number:
        said = await greeting("127.0.0.1", number, CLIENT_HELLO)
        assert read_speech(said, BOX).outcome == "tls"


async def test_our_hello_is_a_real_one() -> None:
    """A real TLS server takes it for TLS: it answers with an alert record, not with silence."""
    box, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(box, out, server_side=True)
    box.write(CLIENT_HELLO)
    with pytest.raises(ssl.SSLError):
        server.do_handshake()
    assert out.read()[:2] == b"\x15\x03"


async def test_a_port_that_pours_is_read_a_little() -> None:
    async with port(pours) as number:
        assert 0 < len(await greeting("127.0.0.1", number)) <= 512


async def test_a_dead_port_or_name_says_nothing() -> None:
    with closed_port() as holder:
        assert await greeting("127.0.0.1", holder.getsockname()[1]) == ""
    assert await greeting("no-such-host.invalid", 22) == ""


SPEECH = {
    "ssh": ("SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
    "ssh after words": ("Welcome\r\nSSH-2.0-x\r\n", "ssh"),
    "a TLS alert": ("\x15\x03\x01\x00\x02\x02\x46", "tls"),
    "a TLS hello": ("\x16\x03\x03\x00\x50", "tls"),
    "HTTP": ("HTTP/1.1 400 Bad Request\r\n\r\n", "web"),
    "a page": ("<HTML><body>", "web"),
    "mail": ("220 mail.example ESMTP\r\n", "other"),
    "FTP": ("220 (vsFTPd 3.0.3)\r\n", "other"),
    "MySQL": ("J\x00\x00\x00\x0a8.0.36\x00\x08\x00caching_sha2_password", "other"),
    "VNC": ("RFB 003.008\n", "other"),
    "Redis": ("-ERR unknown command\r\n", "other"),
    "telnet": ("\xff\xfd\x18\xff\xfd\x20", "other"),
    "a sign-in page": ("HTTP/1.1 302 Found\r\nLocation: http://login.wifi.example/\r\n\r\n", "portal"),
    "its own page": ("HTTP/1.1 301 Moved\r\nLocation: https://box/\r\n\r\n", "web"),
    "status 511": ("HTTP/1.1 511 Network Authentication Required\r\n\r\n", "portal"),
    "sshd on noise": ("Invalid SSH identification string.\r\n", "ssh"),
    "sshd that is busy": ("Not allowed at this time\r\n", "turned-away"),
    "noise": ("\x00\x01\x02\xff", "unnamed"),
    "nothing": ("", "nothing"),
    "white space": ("\r\n\r\n", "nothing"),
    "ssh after a hostile line": ("\x1b[31mevil\x07\r\nSSH-2.0-x\r\n", "ssh"),
    "ssh after an empty line": ("\x00\r\nSSH-2.0-x\r\n", "ssh"),
}


@pytest.mark.parametrize("name", SPEECH)
def test_the_first_bytes_tell_who_speaks(name: str) -> None:
    said, outcome = SPEECH[name]
    fact = read_speech(said, BOX)
    assert fact.outcome == outcome
    assert harmful(fact.says + "".join(fact.lines)) == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=10).map(lambda raw: raw + b"SSH-"), st.just(b"HTTP/")))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    fact = read_speech(raw.decode("latin-1"), BOX)
    assert harmful(fact.says + "".join(fact.lines)) == []


# ------------------------------------------------------------------ who refused


async def test_the_machine_itself_refuses() -> None:
    with closed_port() as holder:
        fact = await who_refused("127.0.0.1", holder.getsockname()[1])
    assert (fact.outcome, fact.data["address"]) == ("reset", "127.0.0.1")


async def test_a_port_that_is_open_now() -> None:
    async with port(says) as number:
        assert (await who_refused("127.0.0.1", number)).outcome == "open"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux gives this address no route")
async def test_an_address_without_a_way_does_not_look_like_a_firewall() -> None:
    assert (await who_refused("255.255.255.255", 22)).outcome in {"unknown", "local"}


def error(origin: int, kind: int, code: int) -> icmp._Error:
    return icmp._Error(errno.ECONNREFUSED, origin, kind, code, "192.0.2.254")


@pytest.mark.parametrize(
    ("number", "queued", "outcome"),
    [
        (errno.ECONNREFUSED, None, "reset"),
        (errno.EHOSTUNREACH, None, "unknown"),
        (errno.ENETUNREACH, None, "unknown"),
        (errno.EPERM, None, "unknown"),
        (errno.ECONNREFUSED, error(2, 3, 3), "icmp-port"),
        (errno.EHOSTUNREACH, error(2, 3, 1), "icmp-host"),
        (errno.EHOSTUNREACH, error(2, 3, 13), "icmp-prohibited"),
        (errno.EHOSTUNREACH, error(2, 3, 10), "icmp-prohibited"),
        (errno.ENETUNREACH, error(2, 3, 0), "icmp-net"),
        (errno.EHOSTUNREACH, error(2, 3, 99), "icmp-host"),
        (errno.ECONNREFUSED, error(3, 1, 4), "icmp-port"),
        (errno.EACCES, error(3, 1, 1), "icmp-prohibited"),
        (errno.EHOSTUNREACH, error(3, 1, 3), "icmp-host"),
        (errno.EHOSTUNREACH, error(1, 0, 0), "local"),
    ],
)
def test_who_refused_is_read_from_the_error_queue(number: int, queued: icmp._Error | None, outcome: str) -> None:
    fact = read_refusal("192.0.2.1", 22, number, queued)
    assert fact.outcome == outcome
    if outcome.startswith("icmp"):
        assert "192.0.2.254" in fact.says


# ------------------------------------------------------------------ routes and known ports

ROUTES = {
    "a way": (0, "192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0\n    cache\n", "exists"),
    "none": (2, "RTNETLINK answers: Network is unreachable\n", "none"),
    "prohibited": (2, "RTNETLINK answers: Permission denied\n", "forbidden"),
    "blackhole": (2, "RTNETLINK answers: Invalid argument\n", "forbidden"),
    "unreachable": (2, "RTNETLINK answers: No route to host\n", "forbidden"),
    "a listed prohibition": (0, "prohibit 192.0.2.1 from 10.0.0.2 uid 0\n", "forbidden"),
}


@pytest.mark.parametrize("name", ROUTES)
def test_the_routing_table_is_read(name: str) -> None:
    code, text, outcome = ROUTES[name]
    fact = read_route(code, text, "192.0.2.1")
    assert fact.outcome == outcome
    assert fact.command == "ip route get 192.0.2.1"


def test_ports_that_known_hosts_knows(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("k") / "known_hosts"
    file.write_text("[box]:2200 ssh-ed25519 A\n[other]:1 x\n[box]:0 x\n[box]:99999 x\n[box],[box]:2201,[box]:2202 x\n"
                    "[box]:2200 ssh-rsa B\n[box]:2203 x\n# [box]:7\n")  # fmt: skip
    leg = Leg("box", {"hostname": ("box",), "userknownhostsfile": (str(file), "/nonexistent")})
    assert known_ports(leg) == [2200, 2201, 2202]
    assert known_ports(Leg("box", {"userknownhostsfile": ("/nonexistent",)})) == []


def test_never_a_scan() -> None:
    assert len(known_ports(BOX)) <= 3
    assert sockets.CONNECT <= 5
