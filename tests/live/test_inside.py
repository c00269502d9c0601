"""A look inside a real server: named for certain, mended, proved by a fresh login, and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .keys import KeyRing
from .process import Ran
from .scenarios.inside import INSIDE, Broken
from .server import Server

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns")]


@pytest.fixture
def server(keys: KeyRing) -> Iterator[Server]:
    with Server(keys) as world:
        yield world


def report(ran: Ran) -> dict[str, Any]:
    assert ran.out, ran.text[-3000:]
    found: dict[str, Any] = json.loads(ran.out)
    return found


def broken(server: Server, row: Broken) -> None:
    """Prove it healthy, break it, prove it broken."""
    server.user = row.user
    assert server.lets_in(), server.ssh().text
    if row.config:
        server.setting(row.config)
    if row.breaks:
        server.sh(row.breaks)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in INSIDE])
def test_named_mended_proved_and_undone(server: Server, row: Broken) -> None:
    broken(server, row)
    if not row.args:
        assert not server.lets_in()
    found = report(server.look(*row.args, *row.words))
    root = found["findings"][0]
    assert (root["cause"], root["confidence"]) == (row.code, "certain"), (root, found["path"][-2:])
    assert len(found["findings"]) == 1
    if not row.mends:
        return
    fixed = server.look("--fix", "--yes=confirm", "--type", "box", *row.args, *row.words)
    done = report(fixed)
    assert done["fixed"], fixed.err.decode()[-3000:]
    assert (done["outcome"], fixed.code) == ("healthy", 0), fixed.err.decode()[-3000:]
    assert server.lets_in()
    if row.undoable:
        assert server.product("undo").code == 0
        assert server.sh("ls /var/lib/sshwizard") == ""
        if not row.args:
            assert not server.lets_in()
