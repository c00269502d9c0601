"""What takes minutes: told when it changes, ended by its end, its deadline or the person."""

from __future__ import annotations

import itertools
import threading

import pytest

from sshwizard.effects import Refused, following
from sshwizard.effects.following import follow, followed, patient, tell


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.005)


def states(*says: str) -> tuple[itertools.count[int], object]:
    looked = itertools.count(1)

    def look() -> tuple[bool, str]:
        number = next(looked)
        return number >= len(says), says[min(number, len(says)) - 1]

    return looked, look


def test_each_new_state_is_told_once() -> None:
    said: list[str] = []
    looked, look = states("pending", "pending", "running", "running", "done")
    with followed(said.append, threading.Event()):
        follow("it", look, 60)  # type: ignore[arg-type]
        tell("more")
    assert said == ["it: pending (0 s)", "it: running (0 s)", "it: done (0 s)", "more"]
    assert next(looked) == 6
    tell("nobody listens here")
    assert said[-1] == "more"


def test_without_anybody_who_follows_it_ends_just_so() -> None:
    looked, look = states("a", "b", "c")
    follow("it", look, 60)  # type: ignore[arg-type]
    assert next(looked) == 4


def test_the_deadline_says_the_minutes_and_the_last_state() -> None:
    with pytest.raises(Refused) as refused:
        follow("it", lambda: (False, "stuck"), 0.03)
    assert str(refused.value) == "it did not end within 0.0005 minutes; at the end it was: stuck"


def test_what_is_done_at_the_deadline_is_done() -> None:
    follow("it", lambda: (True, "done"), -1)


def test_the_person_ends_the_waiting_except_where_it_is_taken_back() -> None:
    stop = threading.Event()
    stop.set()
    with followed(lambda says: None, stop):
        with pytest.raises(Refused, match="it: you ended the waiting while it was: a"):
            follow("it", states("a", "b")[1], 60)  # type: ignore[arg-type]
        with patient():
            follow("it", states("a", "b", "c")[1], 60)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="you ended the waiting"):
            follow("it", states("a", "b")[1], 60)  # type: ignore[arg-type]
    follow("it", states("a", "b")[1], 60)  # type: ignore[arg-type]
