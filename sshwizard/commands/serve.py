"""`sshwizard serve`: the wizard in a browser of this machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.probes import typed

PORT, VISITORS, IDLE = 8022, 8, 60
_LOOPBACK = {"127.0.0.1": "127.0.0.1", "::1": "::1", "localhost": "127.0.0.1"}


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "serve",
        "Open the wizard in a browser of this machine: one session, and every visitor sees it. Read-only by itself.",
        "examples:\n  sshwizard serve web-1 --open          walk to web-1, and open the browser\n"
        "  sshwizard serve web-1 --read-write    whoever opens the page may apply fixes\n"
        "  sshwizard serve                       the session that goes on now, else the newest one as a recording\n"
        "  sshwizard serve --session 20260101-101500-web-1\n"
        f"  ssh -L {PORT}:127.0.0.1:{PORT} me@desk       from another machine, while serve runs on desk\n\n"
        "Each address that is printed opens the page once, in one browser. ctrl+c ends the server and every page.\n"
        "It needs the extra `serve`: pip install 'sshwizard[serve]'\n",
    )
    reader.usage = "sshwizard serve [options] [TARGET | -- ssh ARGS…]"
    reader.add_argument("--session", metavar="SESSION", help="instead of a TARGET: a session by file or name, or last")
    reader.add_argument("--read-write", action="store_true", help="visitors may look again, answer, fix and undo")
    reader.add_argument("--open", action="store_true", help="open the browser of this machine")
    reader.add_argument("--host", metavar="ADDRESS", help="127.0.0.1 (as by itself) or ::1, and no other")
    reader.add_argument("--port", metavar="PORT", help=f"{PORT} by itself, or any that is free when that is taken")
    reader.add_argument("--visitors", metavar="COUNT", help=f"pages that are open at once, at most ({VISITORS})")
    reader.add_argument("--idle", metavar="MINUTES", help=f"end when no key was pressed for so long ({IDLE})")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    port = _number(given.port, "--port", 1, 65535)
    visitors = _number(given.visitors, "--visitors", 1, 100) or VISITORS
    idle = _number(given.idle, "--idle", 1, 10_000) or IDLE
    host = _host(given.host, port or PORT)
    target = typed.parse(theirs) if theirs else None
    if target is not None and given.session is not None:
        raise UsageError("name a TARGET or a --session, not both")
    path = None if target is not None else _session(given.session or "last", read_write=given.read_write)
    try:
        import aiohttp  # noqa: F401
        import textual_serve  # noqa: F401
    except ImportError:
        raise UsageError("serve needs two more libraries: pip install 'sshwizard[serve]'") from None
    from sshwizard.fronts.serving import run

    if target is not None and not given.read_write:
        os.environ["SSHWIZARD_READ_ONLY"] = "1"
    serving = run.Serving(
        _listener(host, port), target, path, read_write=given.read_write, visitors=visitors, idle=idle * 60,
        opens=given.open, out=sys.stdout,
    )  # fmt: skip
    return asyncio.run(serving.run())


def _number(said: str | None, option: str, low: int, high: int) -> int | None:
    """Raises UsageError."""
    if said is None:
        return None
    if not said.isascii() or not said.isdigit() or not low <= int(said) <= high:
        raise UsageError(f"{option} takes a number from {low} to {high}, not {clean.line(said, 20)!r}")
    return int(said)


def _host(said: str | None, port: int) -> str:
    """Loopback, or UsageError with the way that leads here from elsewhere."""
    if said is None:
        return "127.0.0.1"
    if said in _LOOPBACK:
        return _LOOPBACK[said]
    name = socket.gethostname()
    raise UsageError(
        f"the page is for browsers of this machine, so --host takes 127.0.0.1 or ::1. From another machine: "
        f"ssh -L {port}:127.0.0.1:{port} {clean.line(name, 60)}, then open there what serve prints here"
    )


def _session(name: str, *, read_write: bool) -> Path:
    """The session to show. Raises UsageError."""
    from sshwizard import store
    from sshwizard.commands.watch import chosen
    from sshwizard.fronts.pairing import place

    path = chosen(name)
    try:
        goes_on = store.is_open(path)
        if not goes_on:
            store.load(path)
        elif read_write:
            place.connected(place.place(path)).close()
    except store.BadSession as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{clean.line(path.name, 200)} cannot be opened: {error.strerror}") from None
    return path


def _listener(host: str, port: int | None) -> socket.socket:
    """A socket on loopback. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port or PORT), family=family)
    except OSError as error:
        if port is not None:
            raise UsageError(f"port {port} of {host} cannot be used: {error.strerror}") from None
    try:
        return socket.create_server((host, 0), family=family)
    except OSError as error:
        raise UsageError(f"no port of {host} can be used: {error.strerror}") from None
