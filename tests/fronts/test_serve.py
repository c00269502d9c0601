"""Who may come into `sshwizard serve`: a plain HTTP client at the real server."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from .forked import as_another
from .served import Served, at_home, below, going_on, serving

LIMIT = aiohttp.ClientTimeout(total=15)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def session(home: Path) -> Iterator[Path]:
    yield from going_on(home)


@pytest.fixture(scope="module")
def server(home: Path, session: Path) -> Iterator[Served]:
    with serving("--session", str(session), "--visitors", "2", env=at_home(home)) as made:
        yield made


@pytest.fixture(scope="module")
def address(server: Served) -> str:
    """The first address, which the first test below uses up."""
    return server.address()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a memory."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=LIMIT) as made:
        yield made


@pytest.fixture(scope="module")
def cookie(address: str) -> dict[str, str]:
    """What a browser has once it opened the page."""

    async def fetch() -> str:
        async with aiohttp.ClientSession(timeout=LIMIT) as one, one.get(address) as answer:
            assert answer.status == 200
            assert "token" not in await answer.text()
            given = answer.headers["Set-Cookie"]
            assert "HttpOnly" in given
            assert "SameSite=Strict" in given
            return given.partition(";")[0]

    return {"Cookie": asyncio.run(fetch())}


@pytest.fixture
def base(address: str) -> str:
    return str(URL(address).origin()) + "/"


async def status(client: aiohttp.ClientSession, url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """How a request ends, and what it says."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.request(method, url, headers=named, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_the_page_opens_with_its_cookie_and_asks_nothing_of_the_net(
    client: aiohttp.ClientSession, base: str, cookie: dict[str, str]
) -> None:
    async with client.get(base, headers=cookie) as answer:
        text, headers = await answer.text(), answer.headers
    assert answer.status == 200
    assert "http" not in text.replace(f"ws://{URL(base).authority}", "")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "aiohttp" not in headers["Server"]
    for path in ("textual.js", "xterm.css", "page.css", "mono.ttf"):
        assert (await status(client, base + path, **cookie))[0] == 200 if path.endswith("css") else True
    assert (await status(client, base + "textual.js"))[0] == 403
    assert (await status(client, base + "static/", **cookie))[0] == 404
    assert (await status(client, base + "../../etc/passwd", **cookie))[0] == 404


async def test_a_foreign_origin_is_refused(client: aiohttp.ClientSession, base: str, cookie: dict[str, str]) -> None:
    port = URL(base).port
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{port}",
                   f"http://localhost:{port}", f"http://127.0.0.1:{port}.evil.example"):  # fmt: skip
        assert (await status(client, base, Origin=origin, **cookie))[0] == 403, origin
    assert (await status(client, base, Origin=f"http://127.0.0.1:{port}", **cookie))[0] == 200


async def test_a_rebound_host_is_refused(client: aiohttp.ClientSession, base: str, cookie: dict[str, str]) -> None:
    port = URL(base).port
    for host in (f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil.example:{port}",
                 f"0.0.0.0:{port}", f"localhost.:{port}", f"127.0.0.1:{port}@evil.example"):  # fmt: skip
        assert (await status(client, base, Host=host, Origin=f"http://{host}", **cookie))[0] in {400, 421}, host
    assert (await status(client, base, Host=f"localhost:{port}", **cookie))[0] == 200


async def test_without_a_token_there_is_nothing(client: aiohttp.ClientSession, base: str) -> None:
    for path in ("", "?token=", "?token=x", "?token=%00", "ws", "page.css", "nowhere"):
        assert (await status(client, base + path, Origin=base[:-1]))[0] == 403, path


async def test_a_used_token_is_void(client: aiohttp.ClientSession, address: str, cookie: dict[str, str]) -> None:
    assert cookie
    code, says = await status(client, address)
    assert (code, "used already" in says) == (403, True)
    assert "token=" not in says
    assert (await status(client, address, **cookie))[0] == 200  # the same browser, going back


async def test_a_cookie_of_odd_bytes_is_no_mistake_of_ours(base: str) -> None:
    port = URL(base).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /?token=%ff HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sshwizard-{port}=".encode() + b"\xff\r\n\r\n"
    )
    async with asyncio.timeout(10):
        assert b" 403 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_another_address_is_printed_for_the_next_visitor(
    client: aiohttp.ClientSession, server: Served, address: str, cookie: dict[str, str]
) -> None:
    fresh = server.address()
    assert fresh != address
    assert (await status(client, fresh + "&token=x"))[0] == 403
    assert (await status(client, fresh, "HEAD"))[0] == 405  # a program that looks ahead does not use it up
    assert (await status(client, fresh, "POST"))[0] == 405
    assert (await status(client, fresh))[0] == 200


async def test_a_cookie_of_another_run_is_refused(client: aiohttp.ClientSession, home: Path, session: Path) -> None:
    words, kept = ["--session", str(session)], {}
    for number in range(2):
        with serving(*words, env=at_home(home)) as made:
            address = made.address()
            base = str(URL(address).origin()) + "/"
            if number == 0:
                words += ["--port", str(URL(address).port)]
                async with client.get(address) as answer:
                    kept = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
                assert (await status(client, base, **kept))[0] == 200
            else:
                assert (await status(client, base, **kept))[0] == 403
            assert made.stop() == 0


@pytest.mark.parametrize("lacks", ["Cookie", "Origin", "both", "foreign", "Fetch"])
async def test_a_websocket_of_another_is_refused(
    client: aiohttp.ClientSession, base: str, cookie: dict[str, str], lacks: str
) -> None:
    headers = {**cookie, "Origin": base[:-1]}
    for name in ("Cookie", "Origin"):
        if lacks in {name, "both"}:
            del headers[name]
    if lacks == "foreign":
        headers["Origin"] = "https://evil.example"
    if lacks == "Fetch":
        headers["Sec-Fetch-Site"] = "same-site"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(base + "ws", headers=headers)
    assert refused.value.status == 403


async def test_a_frame_and_a_form_of_another_site_get_nothing(
    client: aiohttp.ClientSession, base: str, cookie: dict[str, str]
) -> None:
    for dest, mode in (("iframe", "navigate"), ("script", "no-cors"), ("empty", "cors")):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode}
        assert (await status(client, base, **headers, **cookie))[0] == 403, dest
    assert (await status(client, base, "POST", **cookie))[0] == 405


@pytest.mark.skipif(os.geteuid() != 0, reason="another account can be taken on by root alone")
def test_a_cookie_in_the_hands_of_another_account_is_refused(base: str, cookie: dict[str, str]) -> None:
    asked = f"GET / HTTP/1.1\r\nHost: {URL(base).authority}\r\nCookie: {cookie['Cookie']}\r\nConnection: close\r\n\r\n"

    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", URL(base).port or 0), timeout=10) as line:
            line.sendall(asked.encode())
            return line.recv(12)

    assert ask() == b"HTTP/1.1 200"
    assert as_another(65534, ask)() == b"HTTP/1.1 403"


async def test_visitors_have_a_limit_and_their_processes_end_with_them(
    client: aiohttp.ClientSession, server: Served, base: str, cookie: dict[str, str]
) -> None:
    headers = {**cookie, "Origin": base[:-1]}
    pages = [await client.ws_connect(base + "ws?width=99999&height=x", headers=headers) for _ in range(2)]
    for page in pages:
        while b"The way" not in (await page.receive_bytes(timeout=20)):
            pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(base + "ws", headers=headers)
    assert refused.value.status == 503
    assert (await status(client, base, **cookie))[0] == 503
    found = below(server.process.pid)
    assert len(found) == 2
    assert not [line for line in found.values() if "token=" in line or cookie["Cookie"].partition("=")[2] in line]
    await pages[0].send_str('["run", "id"]')  # what the page never says
    assert (await pages[0].receive(timeout=10)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.BINARY}
    for page in pages:
        await page.close()
    end = time.monotonic() + 10
    while below(server.process.pid):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
