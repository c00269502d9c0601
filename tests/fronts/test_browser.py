"""Five stories in a real browser, at two sizes of its window."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from practice import opened
from told import REACHED, saw, story, way

from sshwizard.events import Ended
from sshwizard.lab import World
from sshwizard.store import Store

from .browser import Browser, Page, chromium
from .served import Served, at_home, serving

pytestmark = pytest.mark.requires("chromium", "ssh", "ssh-keygen")

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])


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
        yield made
        assert made.stop() in {0, 1}


def session_of(home: Path) -> Path:
    """The one session that was begun there."""
    (found,) = (home / ".state" / "sshwizard" / "sessions").glob("*.jsonl")
    return found


@contextlib.contextmanager
def visiting(browser: Browser, server: Served, size: tuple[int, int]) -> Iterator[Page]:
    """A visitor with a browser of its own, who clicked into the page; nothing was asked of the net."""
    browser.asked.clear()
    with browser.page(server.address(), size) as page:
        page.until("The way")
        assert page.cells == size
        page.focus()
        yield page
        assert page.js("window.__violations") == []
        assert {url.split("/")[2] for url in browser.asked if not url.startswith(("data:", "about:"))} <= {
            f"127.0.0.1:{server.port}"
        }


@SIZES
def test_a_verdict_is_read_and_a_fix_proved(
    browser: Browser, server: Served, world: World, size: tuple[int, int]
) -> None:
    with visiting(browser, server, size) as page:
        page.until("Other people can read")
        assert "Permission denied" in page.text
        page.press("f")
        page.until("Proof")
        page.press("Escape")
        page.until(lambda text: "Proof" not in text)
        key = next(world.root.rglob("id_ed25519"))
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


@SIZES
def test_two_visitors_pass_the_keyboard(browser: Browser, server: Served, size: tuple[int, int]) -> None:
    with visiting(browser, server, size) as one, visiting(browser, server, size) as two:
        one.until("Make the key private")
        two.until("Make the key private")
        one.press("ctrl+k")
        one.until("you have the keyboard")
        two.press("f")
        two.until("ctrl+k asks for it")
        one.press("f")
        for page in (one, two):
            page.until("Proof")
        two.until("whoever has the keyboard decides")
        one.press("Escape")
        two.until(lambda text: "Proof" not in text)
        two.press("ctrl+k")
        one.until("asks for the keyboard")
        one.press("ctrl+k")
        two.until("you have the keyboard")
    server.until("Visitor 1 left")


@SIZES
def test_a_read_only_page_refuses_and_says_why(
    browser: Browser, server: Served, home: Path, world: World, size: tuple[int, int]
) -> None:
    with (
        serving("--session", str(session_of(home)), env=at_home(home)) as read_only,
        visiting(browser, read_only, size) as page,
    ):
        page.until("Make the key private")
        for key in ("f", "r", "a"):
            page.press(key)
            page.until("it was not opened with --read-write")
        page.press("w")
        page.until("A page writes no files.")
        assert next(world.root.rglob("id_ed25519")).stat().st_mode & 0o777 == 0o644


@SIZES
def test_two_visitors_see_each_event(browser: Browser, home: Path, size: tuple[int, int]) -> None:
    store = Store.create("events", home)
    for event in story(*way(0, **{name: REACHED[name] for name in ("proxy", "name")})):
        store.append(event)
    with (
        serving("--session", str(store.path), env=at_home(home)) as server,
        visiting(browser, server, size) as one,
        visiting(browser, server, size) as two,
    ):
        took = []
        for name in ("tcp", "banner", "kex"):
            began = time.monotonic()
            store.append(saw(0, name, REACHED[name]))
            for page in (one, two):
                page.until(f"{name}: {REACHED[name]}")
                took.append(time.monotonic() - began)
        assert statistics.median(took) < 2, took  # the figure itself: benchmarks/serve.py
        del store
        one.until("The session is over")


@SIZES
def test_a_recording_is_stepped_through(browser: Browser, home: Path, size: tuple[int, int]) -> None:
    store = Store.create("recorded", home)
    for event in (*story(*way(0, **{**REACHED, "tcp": "refused"})), Ended("failed", 100)):
        store.append(event)
    path = store.path
    del store
    with serving("--session", str(path), env=at_home(home)) as server, visiting(browser, server, size) as page:
        page.until("replay 10/10")
        page.press("ArrowLeft")
        page.until("replay 9/10")
        page.press("f")
        page.until("This is a recording")
        page.press("v")
        page.until("replay 10/10")
        page.press("q")
        page.until(lambda _: bool(page.js("document.body.classList.contains('-closed')")))
