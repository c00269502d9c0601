"""`sshwizard serve` as it is typed: what cannot be served is said, and whatever ends it ends every page."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from command import python, sshwizard
from yarl import URL

from sshwizard.fronts.serving import run

from .served import at_home, below, going_on, serving


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def session(home: Path) -> Iterator[Path]:
    yield from going_on(home)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "0.0.0.0", "web-1"), "ssh -L 8022:127.0.0.1:8022"),
        (("--port", "0", "web-1"), "--port takes a number from 1 to 65535"),
        (("--idle", "soon", "web-1"), "--idle takes a number"),
        (("--session", "last", "web-1"), "not both"),
        ((), "no session is kept yet"),
    ],
)
def test_what_cannot_be_served_is_said(words: tuple[str, ...], says: str) -> None:
    told = sshwizard("serve", *words)
    assert told.code == 2
    assert says in told.err


def test_a_taken_port_is_said(session: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = sshwizard("serve", "--session", str(session), "--port", str(taken.getsockname()[1]))
    assert (told.code, "cannot be used" in told.err) == (2, True)


def test_a_session_without_a_keyboard_is_not_served_read_write(session: Path) -> None:
    told = sshwizard("serve", "--session", str(session), "--read-write")
    assert (told.code, "cannot be opened" in told.err) == (2, True)


def test_without_the_extra_it_says_what_to_install(session: Path) -> None:
    code = (
        "import sys; sys.modules['textual_serve'] = None; from sshwizard.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    told = python(("-c", code, "serve", "--session", str(session)))
    assert told.code == 2
    assert told.err == "sshwizard: serve needs two more libraries: pip install 'sshwizard[serve]'\n"


def test_the_browser_is_opened_without_the_token_in_its_arguments(home: Path, session: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > {noted}.new\ncat "${{1#file://}}" >> {noted}.new\nmv {noted}.new {noted}\n'
    )
    browser.chmod(0o755)
    env = {**at_home(home), "BROWSER": str(browser)}
    state = home / ".state" / "sshwizard"
    state.mkdir(parents=True, exist_ok=True)
    dead, young = (state / name for name in ("open-dead.html", "open-young.html"))
    for file, made_at in ((dead, time.time() - 3600), (young, time.time())):  # the first of a killed server
        file.touch(0o600)
        os.utime(file, (made_at, made_at))
    with serving("--session", str(session), "--open", env=env) as made:
        token = made.address().partition("token=")[2]
        end = time.monotonic() + 15
        while not noted.exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        opened, page = noted.read_text().splitlines()
        assert token not in opened
        assert token in page
        file = Path(opened.removeprefix("file://"))
        assert file.stat().st_mode & 0o077 == 0
        assert (dead.exists(), young.exists()) == (False, True)
        made.stop()
        assert not file.exists()


async def test_nobody_there_for_long_ends_it(session: Path) -> None:
    out, listener = io.StringIO(), socket.create_server(("::1", 0), family=socket.AF_INET6)
    server = run.Serving(
        listener, None, session, read_write=False, visitors=1, idle=0.1, opens=False, out=out
    )  # fmt: skip
    async with asyncio.timeout(10):
        assert await server.run() == 0
    assert "No key was pressed" in out.getvalue()
    assert f"http://[::1]:{server.port}/?token=" in out.getvalue()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=lambda by: by.name)
async def test_ctrl_c_ends_every_page_and_so_does_a_kill(by: signal.Signals, home: Path, session: Path) -> None:
    limit = aiohttp.ClientTimeout(total=15)
    with serving("--session", str(session), env=at_home(home)) as made:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=limit) as client:
            address = made.address()
            async with client.get(address) as answer:
                kept = answer.headers["Set-Cookie"].partition(";")[0]
            origin = str(URL(address).origin())
            page = await client.ws_connect(f"{origin}/ws", headers={"Cookie": kept, "Origin": origin})
            await page.receive(timeout=20)
            pids = list(below(made.process.pid))
            assert pids
            made.stop(by)
            end = time.monotonic() + 10
            while any(Path(f"/proc/{pid}").exists() for pid in pids):
                assert time.monotonic() < end, "a page outlived the server"
                await asyncio.sleep(0.05)
            await page.close()
        assert made.text.count("token=") == 2  # the two addresses it printed, and nothing else
