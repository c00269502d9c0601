"""The address that the internet sees of us: asked past every proxy, three times, and only a real one counts."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sshwizard.cloud import address
from sshwizard.cloud.aws.clues import Wish
from sshwizard.cloud.cloud import Cloud


@contextmanager
def service(*answers: str, status: int = 200) -> Iterator[str]:
    """An address service on loopback that gives these answers in turn."""
    told = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (told.pop(0) if len(told) > 1 else told[0]).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join(5)


async def asked(monkeypatch: pytest.MonkeyPatch, url: str) -> address.OwnAddress:
    monkeypatch.setenv(address.URL, url)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    cloud = Cloud(Wish())
    try:
        return await cloud.own_address()
    finally:
        await cloud.close()


async def test_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with service("86.14.201.7\n") as url:
        assert await asked(monkeypatch, url) == address.OwnAddress(("86.14.201.7",))


async def test_a_network_that_leaves_by_several(monkeypatch: pytest.MonkeyPatch) -> None:
    with service("86.14.201.7", "86.14.201.8", "86.14.201.7") as url:
        found = await asked(monkeypatch, url)
    assert found.several
    assert set(found.addresses) == {"86.14.201.7", "86.14.201.8"}


@pytest.mark.parametrize("answer", ["10.0.0.7", "<html>log in</html>", "", "2001:4860:4860::8888", "\x1b[2J"])
async def test_what_is_no_address_of_the_internet_is_no_answer(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    with service(answer) as url:
        found = await asked(monkeypatch, url)
    assert not found.addresses
    assert found.why


async def test_a_service_that_refuses_or_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with service("x", status=403) as url:
        assert "403" in (await asked(monkeypatch, url)).why
    assert (await asked(monkeypatch, "http://127.0.0.1:1/")).why


async def test_a_service_that_never_answers_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        found = await asked(monkeypatch, f"http://127.0.0.1:{mute.getsockname()[1]}/")
    assert not found.addresses
