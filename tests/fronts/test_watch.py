"""A session that is followed from a second terminal while it goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import first_line, harmful, lines_to
from told import REACHED, story, way

from sshwizard import events
from sshwizard.commands import watch
from sshwizard.effects import Chmod
from sshwizard.events import Doing, Ended, Event, Rewound, Saw
from sshwizard.exits import UsageError
from sshwizard.fronts.watching import Tail
from sshwizard.model import Fact
from sshwizard.store import BadSession, Store, is_open

from .terminal import wizard

pytestmark = pytest.mark.requires("ssh")

DENIED = way(0, **REACHED, login="denied", methods="public-key", will="tries-keys", signing="no-trouble")


@contextmanager
def watching(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A watcher on a pipe."""
    command = [sys.executable, "-m", "sshwizard", "watch", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, env=dict(os.environ))
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout
        process.stdout.close()


def begun(folder: Path, *told: Event) -> Store:
    """A session that goes on as long as the store is kept."""
    store = Store.create("watched", folder)
    for event in told:
        store.append(event)
    return store


def test_two_watchers_see_each_event_and_the_end(tmp_path: Path) -> None:
    hostile = Saw(0, "proxy", Fact("direct", "no proxy\x1b]0;mine\x07\u202e"))
    store = begun(tmp_path, *story())
    with watching(str(store.path)) as one, watching(str(store.path)) as two:
        for process in (one, two):
            assert "Watching: dana@box" in lines_to(process, "Can ssh start?")[0]
        store.append(hostile)
        for process in (one, two):
            line = first_line(process)
            assert "no proxy" in line
            assert harmful(line, "\n") == []
        store.append(Rewound())
        store.append(Doing("chmod-key", Chmod("/k", 0o600, 0o644), None))
        path = store.path
        del store  # as when the wizard ends, or is killed
        for process in (one, two):
            assert "again" in first_line(process)
            assert "[doing] chmod 600 /k" in first_line(process)
            assert process.wait(10) == 3
    assert not is_open(path)


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    store = begun(tmp_path)
    tail = Tail(store.path)
    assert tail.read() == ()
    rows = [json.dumps(events.to_json(event)).encode() + b"\n" for event in story()]
    with store.path.open("ab", buffering=0) as stream:
        stream.write(rows[0][:40])
        assert tail.read() == ()
        stream.write(rows[0][40:] + rows[1][:-1])
        assert len(tail.read()) == 2
        stream.write(b"\n" + rows[2][:30])
        tail.read()
        assert len(tail.events) == 2
    store.append(story()[2])  # the torn line of a crash is cut off by the next event
    assert len(tail.read()) == 1
    with store.path.open("ab") as stream:
        stream.write(b"nonsense\n")
    with pytest.raises(BadSession):
        tail.read()


def test_a_real_conversation_is_watched_to_its_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sshwizard", "ask", "-F", "none", "-p", "1", "127.0.0.1"]
    asking = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert asking.stdin
    assert asking.stdout
    try:
        first_line(asking)
        with watching("last", "--jsonl") as watcher, watching("last") as plain:
            assert '"outcome": "failed"' in lines_to(watcher, '"schema"')[-1]
            lines_to(plain, "Sure: likely")
            asking.stdin.write(b"again\nquit\n")
            seen = lines_to(watcher, '"schema"')
            assert json.loads(seen[0])["seen"] == "typed"
            assert "looks again" in " ".join(lines_to(plain, "looks again"))
            assert asking.wait(20) == 1
            assert (watcher.wait(10), plain.wait(10)) == (1, 1)
    finally:
        asking.kill()
        asking.wait(10)
        asking.stdin.close()
        asking.stdout.close()


@pytest.mark.parametrize(
    ("name", "says"),
    [("last", "no session is kept yet"), ("2020", "no session is named '2020'"), ("/nonexistent/x", "cannot be read")],
)
def test_what_is_no_session_is_said(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        watch.main([name])


def test_a_session_that_ended_before_it_began_is_none() -> None:
    held = Store.create("empty")
    del held
    with pytest.raises(UsageError, match="it is empty"):
        watch.main(["last"])


def test_on_the_full_screen(tmp_path: Path) -> None:
    store = begun(tmp_path, *story())
    with wizard("watch", str(store.path), "--screen") as terminal:
        terminal.until("watching")
        for event in DENIED:
            store.append(event)
        terminal.until("signing: no-trouble")
        assert "No verdict yet." in terminal.text
        store.append(Saw(0, "keys", Fact("too-open", "the key is open to others", data={"path": "/k"})))
        terminal.until("Other people can read")
        terminal.until("Make the key private")
        store.append(Ended("failed"))
        del store
        terminal.until("The session is over")
        terminal.press("q")
        assert terminal.ended() < 2
