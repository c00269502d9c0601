"""The fix that leads ssh through the proxy which the environment names, by a program that is installed."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess

from sshwizard.fixes.config import block, proof
from sshwizard.fixes.fix import Fix, Refusal, Situation

_KINDS = {"http": "http", "socks": "5", "socks5": "5", "socks5h": "5", "socks4": "4", "socks4a": "4"}
"""Schemes of a proxy variable (curl(1)); https:// is a proxy behind TLS, which none of the programs speaks."""


def through(kind: str, place: str, program: str) -> str:
    """The ProxyCommand for a proxy of this kind: nc(1) of OpenBSD, ncat(1), connect-proxy(1); empty: not by it."""
    if program == "nc":
        return f"nc -X {'connect' if kind == 'http' else kind} -x {place} %h %p"
    if program == "ncat":
        return f"ncat --proxy-type {'http' if kind == 'http' else 'socks' + kind} --proxy {place} %h %p"
    if program == "connect-proxy":
        return f"connect-proxy -H {place} %h %p" if kind == "http" else f"connect-proxy -{kind} -S {place} %h %p"
    return ""


@functools.cache
def installed() -> str:
    """The first program here that can go through a proxy; empty for none."""
    for name, says in (("nc", "-X proxy_"), ("ncat", "Ncat "), ("connect-proxy", "-H proxy-server")):
        if shutil.which(name) and says in _usage(name):
            return name
    return ""


def _usage(name: str) -> str:
    """What a program says of itself: nc has many makers, and only OpenBSD's knows proxies."""
    option = () if name == "connect-proxy" else ("-h",)
    try:
        ran = subprocess.run(
            (name, *option), capture_output=True, text=True, errors="replace", timeout=2, stdin=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout + ran.stderr


def _rows(at: Situation) -> list[str] | Refusal:
    data = at.found.data
    place = str(data.get("proxy", ""))
    if at.found.outcome != "proxy-unused":
        return Refusal(
            "the proxy wants a login, and a password does not belong into the ssh config; give your proxy program "
            "its login by its own means"
        )
    kind = _KINDS.get(str(data.get("scheme", "http")), "")
    if not kind:
        return Refusal(f"no program here speaks to a proxy of the kind {data.get('scheme')}://")
    if not re.fullmatch(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", place) or place.startswith("-"):
        return Refusal("the proxy's name cannot stand in a ProxyCommand")
    program = installed()
    if not program:
        return Refusal("none of nc (OpenBSD's), ncat and connect-proxy is installed. On Debian: netcat-openbsd")
    return [f"ProxyCommand {through(kind, place, program)}"]


FIXES = (Fix("use-http-proxy", block(_rows), proof=proof(_rows)),)
