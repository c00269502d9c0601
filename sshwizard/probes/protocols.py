"""Which protocol the first bytes of a server belong to, when it is not SSH."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.probes import sockets
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.stages import begun, by_program

Speaks = Literal["ssh", "tls", "web", "portal", "other", "unnamed", "turned-away", "nothing", "not-asked"]

_GREETINGS = (
    (r"^220[ -].*\b(?:ftp|vsftpd|proftpd|filezilla)", "an FTP server"),
    (r"^(?:220|421|554)[ -]", "a mail server (SMTP)"),
    (r"^\+OK", "a mail server (POP3)"),
    (r"^\* (?:OK|PREAUTH|BYE)", "a mail server (IMAP)"),
    (r"^20[01] .*(?:nntp|news|inn)", "a news server (NNTP)"),
    (r"^RFB \d{3}\.\d{3}", "a remote desktop (VNC)"),
    (r"^\x03\x00\x00", "a remote desktop (RDP)"),
    (
        r"^[^\n]{0,4}[\x00-\x03]?\n?[3-9]\d?\.\d+\.\d+.*(?:mysql_native|caching_sha2|mariadb)",
        "a MySQL or MariaDB server",
    ),
    (r"^.\x00\x00\x00(?:\x0a\d|\xff)", "a MySQL or MariaDB server"),
    (r"^-(?:ERR|DENIED|NOAUTH)\b", "a Redis server"),
    (r"^(?:CLIENT_)?ERROR\b", "a memcached server"),
    (r"^E\x00\x00", "a PostgreSQL server"),
    (r"^@RSYNCD:", "an rsync server"),
    (r"^AMQP", "a message broker (AMQP)"),
    (r"^:\S+ (?:NOTICE|\d{3})", "an IRC server"),
    (r"^\xff[\xfb-\xfe]", "a telnet server"),
    (r"^(?:HTTP/\d|<!doctype html|<html)", "a web server"),
    (r"^[\x15\x16]\x03[\x00-\x04]", "a TLS server (a web server, most likely)"),
)
"""First bytes, as Latin-1 text, and who says them (the RFCs of each protocol; servers of their own word)."""

_TURNED_AWAY = re.compile(r"Exceeded MaxStartups|Not allowed at this time")
_SSHD_COMPLAINS = re.compile(r"Invalid SSH identification string|Protocol mismatch")
"""What sshd writes in the clear: to a connection too many, and to bytes that are no SSH version."""

_REDIRECT = re.compile(r"^HTTP/\d\S* (?:30[12378]|511)\b.*", re.I)
_LOCATION = re.compile(r"^location:\s*(\S+)", re.I | re.M)


def who_speaks(said: str) -> str:
    """A protocol's name with its article, or nothing."""
    for pattern, name in _GREETINGS:
        if re.search(pattern, said, re.I | re.S):
            return name
    return ""


def known(said: str) -> bool:
    """True for words that a server of some kind would say, sshd included."""
    return bool(who_speaks(said) or _TURNED_AWAY.search(said) or _SSHD_COMPLAINS.search(said))


def portal(said: str, host: str) -> str:
    """The page to which a web server sends everybody, when that is on another host; a sign-in page of a network.

    Status 511 says so itself (RFC 6585, 6); a redirect of bytes that are no request is a portal's habit.
    """
    if not _REDIRECT.search(said):
        return ""
    found = _LOCATION.search(said)
    page = clean.line(found.group(1), 120) if found else ""
    try:
        elsewhere = urlsplit(page).hostname or ""
    except ValueError:
        return ""
    if said.split(" ", 2)[1:2] == ["511"]:
        return page or "no address"
    return page if elsewhere and elsewhere.lower() != host.lower() else ""


async def _speaks(scene: Scene) -> Fact[Speaks]:
    return await begun(scene, "speaks", lambda: ask(scene))


async def ask(scene: Scene, listen: float = 0.3) -> Fact[Speaks]:
    """Connect once, listen, and say a TLS hello that a web server answers, too. A server that greets does so at
    once, also after our hello."""
    leg = scene.leg
    if scene.index > 0 or by_program(leg):
        return Fact("not-asked", "the port is reached through a proxy or hop, so it was not asked directly")
    said = await sockets.knock(leg.host, leg.port, sockets.CLIENT_HELLO, listen=listen)
    return read_speech(said.said, leg)


def read_speech(said: str, leg: Leg) -> Fact[Speaks]:
    """Which protocol the first bytes belong to."""
    where, shown = f"{leg.host} port {leg.port}", clean.lines(said, 3)
    who = who_speaks(said)
    data: dict[str, Any] = {"protocol": who or "something else"}
    if "SSH-" in said or _SSHD_COMPLAINS.match(said):
        return Fact("ssh", f"{where} greets as SSH this time: {shown[0]}", shown)
    if page := portal(said, leg.host):
        says = f"{where} answers as a web server that sends everybody to {page}"
        return Fact("portal", says, shown, data={**data, "page": page})
    if who.startswith("a TLS"):
        first = "first bytes: " + said[:8].encode("latin-1").hex(" ")
        return Fact("tls", f"{where} answers in TLS, as a web server does", (first,), data=data)
    if who == "a web server" or "<html" in said.lower():
        return Fact("web", f"{where} answers as a web server: {shown[0]}", shown, data=data)
    if _TURNED_AWAY.match(said):
        return Fact("turned-away", f"{where} says to a second connection, too: {shown[0]}", shown)
    if said.strip():
        what = f" ({who})" if who else ""
        says = f"{where} says{what}: {shown[0] if shown else 'bytes that are no text'}"
        return Fact("other" if who else "unnamed", says, shown, data=data)
    return Fact("nothing", f"{where} says nothing to a TLS hello either")


speaks: Probe[Speaks] = Probe(
    "port.speaks",
    get_args(Speaks),
    _speaks,
    waits="what else speaks there (gives up in 7 s)",
)


def ask_and_end(scene: Scene) -> Callable[[], object]:
    """Ask beside ssh what speaks there; when that is plain, ssh need not wait any longer."""

    async def go() -> None:
        fact = await begun(scene, "speaks", lambda: ask(scene))
        if fact.outcome in ("tls", "web", "portal", "other"):
            scene.run.give_up()

    return lambda: scene.run.aside(scene.index, "speaks-watch", go)
