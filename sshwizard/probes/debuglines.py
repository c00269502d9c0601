"""Whose debug line it is: the client and the server write theirs in one form."""

from __future__ import annotations

import re

DEBUG = ("debug1: ", "debug2: ", "debug3: ")
SERVER_DEBUG = re.compile(
    r"debug\d: (?:sshd version |private host key|rexec_argv|inetd sockets|Bind to port|Server will not fork|"
    r"userauth-request for user|load_server_config|parse_server_config|monitor_|mm_|trying public key file|"
    r"temporarily_use)"
)
CLIENT_AGAIN = re.compile(r"debug1: (?:Reading configuration data \S*ssh_config|Connecting to )|ssh: ")


def is_of_client(text: str) -> bool:
    """True for a debug line of ssh; the version header is no line of a run."""
    return text.startswith(DEBUG) and text[8:12] != "Open" and not of_server(text)


def of_server(text: str) -> bool:
    """True for a debug line of sshd."""
    return "[preauth]" in text or SERVER_DEBUG.match(text) is not None
