"""What takes minutes: looked at again and again, told while it lasts, ended by a deadline or by the person."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from sshwizard.effects.effect import Refused

PAUSE = 3.0
"""Seconds between two looks; EC2 throttles whoever asks much oftener (EC2 API, request throttling)."""

Tell = Callable[[str], None]


def _silent(says: str) -> None:
    """Tells nobody."""


_TELL: ContextVar[Tell] = ContextVar("tell", default=_silent)
_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


@contextlib.contextmanager
def followed(tell: Tell, stop: threading.Event) -> Iterator[None]:
    """For the block: who is told how far it is, and what ends the waiting."""
    told, stopped = _TELL.set(tell), _STOP.set(stop)
    try:
        yield
    finally:
        _TELL.reset(told)
        _STOP.reset(stopped)


def tell(says: str) -> None:
    """One line about how far it is."""
    _TELL.get()(says)


def ended() -> bool:
    """Whether the person has ended the waiting."""
    stop = _STOP.get()
    return stop is not None and stop.is_set()


def follow(what: str, look: Callable[[], tuple[bool, str]], limit: float, pause: float = 0) -> None:
    """Look until it is done, and tell each new state. Raises Refused after `limit` seconds, or when it was stopped.

    `look` gives whether it is done, and the state in words. It raises Refused where it will never be done.
    `pause`: seconds between the first two looks, which grow to six times as much; without it they are always PAUSE.
    """
    began, last, stop = time.monotonic(), "", _STOP.get()
    most = 6 * pause or PAUSE
    wait = pause or PAUSE
    while True:
        done, says = look()
        spent = time.monotonic() - began
        if says != last:
            last = says
            tell(f"{what}: {says} ({spent:.0f} s)")
        if done:
            return
        if spent > limit:
            raise Refused(f"{what} did not end within {limit / 60:g} minutes; at the end it was: {says}")
        if stop is None:
            time.sleep(wait)
        elif stop.wait(wait):
            raise Refused(f"{what}: you ended the waiting while it was: {says}")
        wait = min(wait * 1.5, most)


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """For the block nothing ends the waiting but its deadline: what was begun is taken back."""
    stopped = _STOP.set(None)
    try:
        yield
    finally:
        _STOP.reset(stopped)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """For the block nobody is told how far it is: it lasts seconds."""
    told = _TELL.set(_silent)
    try:
        yield
    finally:
        _TELL.reset(told)
