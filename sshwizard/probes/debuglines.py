"""Whose debug line it is: the client and the server write theirs in one form."""

from __future__ import annotations

import re
from functools import lru_cache

from sshwizard.probes.undress import Line

DEBUG = ("debug1: ", "debug2: ", "debug3: ")
_SERVER_DEBUG = re.compile(
    r"debug\d: (?:sshd version |private host key|rexec_argv|inetd sockets|Bind to port|Server will not fork|"
    r"userauth-request for user|load_server_config|parse_server_config|monitor_|mm_|trying public key file|"
    r"temporarily_use)"
)
CLIENT_AGAIN = re.compile(r"debug1: (?:Reading configuration data \S*ssh_config|Connecting to )|ssh: ")


@lru_cache(1024)
def of_client(row: bytes) -> Line | None:
    """A debug line of a client that needs no more than reading: logs hold the same ones again and again."""
    text = row.removesuffix(b"\r").decode("ascii", "replace")
    if b"\\" in row or not text.isascii() or not text.isprintable() or not is_of_client(text):
        return None
    return Line(text, ("cr",) if row.endswith(b"\r") else ())


def is_of_client(text: str) -> bool:
    """True for a debug line of ssh; the version header is no line of a run."""
    return text.startswith(DEBUG) and text[8:12] != "Open" and not of_server(text)


def of_server(text: str) -> bool:
    """True for a debug line of sshd."""
    return "[preauth]" in text or _SERVER_DEBUG.match(text) is not None
