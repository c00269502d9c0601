"""Five stories in a real browser, at two sizes of its window."""

from __future__ import annotations

import contextlib
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.sshd import wait_until
from practice import opened
from told import REACHED, saw, story, way

from sshwizard.events import Ended
from sshwizard.lab import World
from sshwizard.store import Store

from .browser import Browser, Page, chromium
from .served import Served, at_home, serving

pytestmark = pytest.mark.requires("chromium", "ssh", "ssh-keygen")

SIZES = ((80, 24), (160, 50))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home-of-serve")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A key that others can read."""
    with opened("open-key") as made:
        yield made


@pytest.fixture(scope="module")
def server(world: World, home: Path) -> Iterator[Served]:
    """The wizard at that world; visitors may act."""
    with serving("--read-write", *world.target_args, env=at_home(home)) as made:
        made.until("ctrl+c ends it")
        yield made
        assert made.stop() in {0, 1}


def session_of(home: Path) -> Path:
    """The one session that was begun there."""
    (found,) = (home / ".state" / "sshwizard" / "sessions").glob("*.jsonl")
    return found


@contextlib.contextmanager
def visiting(browser: Browser, server: Served) -> Iterator[Page]:
    """A visitor with a browser of its own, who clicked into the page; nothing was asked of the net."""
    browser.asked.clear()
    with browser.page(server.address(), SIZES[0]) as page:
        page.until("The way")
        page.focus()
        yield page
        assert page.js("window.__violations") == []
        asked = {url.split("/")[2] for url in browser.asked if not url.startswith(("data:", "about:"))}
        assert asked <= {f"127.0.0.1:{server.port}"}


def at_each_size(*pages: Page) -> Iterator[tuple[int, int]]:
    """The same once more in a larger window."""
    for size in SIZES:
        for page in pages:
            page.size(*size)
        for page in pages:
            page.until(lambda text, page=page, size=size: page.cells == size and widest(text) == size[0])  # type: ignore[misc]
        yield size


def widest(text: str) -> int:
    """Columns that are drawn on."""
    return max(len(row) for row in text.splitlines())


def test_a_verdict_is_read_and_a_fix_proved(browser: Browser, server: Served, world: World) -> None:
    key = next(world.root.rglob("id_ed25519"))
    with visiting(browser, server) as page:
        for _ in at_each_size(page):
            page.until("Other people can read")
            assert "Permission denied" in page.text
            page.press("f")
            page.until("Proof")
            page.press("Escape")
            page.until(lambda text: "Proof" not in text)
            assert key.stat().st_mode & 0o777 == 0o644
            page.press("f")
            page.until("Proof")
            page.press("y")
            page.until("ssh works")
            assert "proved" in page.text
            assert key.stat().st_mode & 0o777 == 0o600
            page.press("u")
            page.until("Proof")
            page.press("y")
            page.until("Other people can read")


def test_two_visitors_pass_the_keyboard(browser: Browser, server: Served) -> None:
    with visiting(browser, server) as one, visiting(browser, server) as two:
        two.size(*SIZES[1])
        for page in (one, two):
            page.until("Make the key private")
        one.press("ctrl+k")
        one.until("you have the keyboard")
        two.press("f")
        two.until("ctrl+k asks for it")
        one.press("f")
        for page in (one, two):
            page.until("Proof")
        two.until("whoever has the keyboard decides")
        assert "visitor 1 has the keyboard" in two.text
        one.press("Escape")
        two.until(lambda text: "Proof" not in text)
        two.press("ctrl+k")
        one.until("visitor 2 asks: ctrl+k")
        one.press("ctrl+k")
        two.until("you have the keyboard")


def test_a_read_only_page_refuses_and_says_why(browser: Browser, server: Served, home: Path, world: World) -> None:
    assert server.process.poll() is None
    with serving("--session", str(session_of(home)), env=at_home(home)) as read_only:
        with visiting(browser, read_only) as page:
            for _ in at_each_size(page):
                page.until("Make the key private")
                page.press("f")
                page.until("it was not opened with --read-write")
                page.press("w")
                page.until("A page writes no files.")
        assert next(world.root.rglob("id_ed25519")).stat().st_mode & 0o777 == 0o644


def test_two_visitors_see_each_event(browser: Browser, home: Path) -> None:
    store = Store.create("events", home)
    for event in story(*way(0, proxy=REACHED["proxy"])):
        store.append(event)
    with (
        serving("--session", str(store.path), env=at_home(home)) as server,
        visiting(browser, server) as one,
        visiting(browser, server) as two,
    ):
        took = []
        for size in at_each_size(one, two):
            for name in ("name", "tcp") if size == SIZES[0] else ("banner", "kex"):
                began = time.monotonic()
                store.append(saw(0, name, REACHED[name]))
                for page in (one, two):
                    page.until(f"{name}: {REACHED[name]}")
                    took.append(time.monotonic() - began)
        assert statistics.median(took) < 2, took  # the figure itself: benchmarks/serve.py
        del store
        one.until("The session is over")


def test_a_recording_is_stepped_through(browser: Browser, home: Path) -> None:
    store = Store.create("recorded", home)
    for event in (*story(*way(0, **{**REACHED, "tcp": "refused"})), Ended("failed", 100)):
        store.append(event)
    path = store.path
    del store
    with serving("--session", str(path), env=at_home(home)) as server, visiting(browser, server) as page:
        for _ in at_each_size(page):
            last = re.search(r"replay (\d+)/(\d+)", page.until("replay"))
            assert last
            assert last[1] == last[2]
            page.press("ArrowLeft")
            page.until(f"replay {int(last[1]) - 1}/{last[1]}")
            page.press("v")
            page.until(last[0])
        page.press("f")
        page.until("This is a recording")
        page.press("q")
        wait_until(lambda: bool(page.js("document.body.classList.contains('-closed')")), "the page says so", 20)
