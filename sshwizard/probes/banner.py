"""Does an SSH server introduce itself? By the log, by the time it takes, and by what is said instead."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import protocols, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import by_program, log_upto, meanwhile

Banner = Literal[
    "ok", "silent", "closed", "closed-late", "reset", "not-ssh", "binary", "tarpit", "portal", "ssh1", "max-startups",
    "not-allowed",
]  # fmt: skip

PATIENCE = 2.0
"""Seconds without a banner after which we ask what else speaks there: OpenSSH sends its own at once."""
LIBWRAP = (4.5, 7.0)
"""Between how many seconds TCP wrappers hang up: libwrap sleeps for five before it does."""
_DRIPS = 3
"""Lines that are no version, sent slowly, which make a tarpit; a server may send some first (RFC 4253, 4.2)."""


async def _banner(scene: Scene) -> Fact[Banner]:
    waiting = log_upto(scene, Stage.BANNER)
    loop = asyncio.get_running_loop()
    began = loop.time()
    if scene.live and scene.index == 0 and not by_program(scene.leg):
        log = await meanwhile(waiting, PATIENCE, protocols.ask_and_end(scene))
    else:
        log = await waiting
    fact = read_banner(scene.run, log, scene.leg.host)
    waited = loop.time() - began
    if fact.outcome in ("closed", "reset") and scene.live and LIBWRAP[0] < waited < LIBWRAP[1]:
        says = f"the connection was closed before any banner, {waited:.0f} seconds after it opened"
        return replace(fact, outcome="closed-late", says=says)
    if fact.outcome == "ok" and scene.live and waited > PATIENCE:
        return replace(fact, says=f"{fact.says}, which came after {waited:.0f} seconds")
    return fact


def read_banner(run: Run, log: Log, host: str = "") -> Fact[Banner]:
    """Did an SSH server introduce itself?"""
    found = log.first("banner.remote")
    if (found and not found["proto"].startswith("1.")) or log.stage > Stage.KEX:
        software = clean.line(found["software"] if found else "", 80)
        return Fact("ok", f"it is SSH: {software}", sshlog.quote((found,)), data={"software": software})
    lines = log.all("banner.line")
    ends = log.all(
        "banner.timeout",
        "banner.closed",
        "banner.read",
        "banner.write",
        "banner.invalid",
        "banner.invalid2",
        "banner.badversion",
        "banner.majordiff",
        "banner.timed2",
        "banner.closed2",
        "proxy.unknown65535",
    )
    shown = sshlog.quote((*lines[:3], *ends))
    text = " ".join(hit["text"] for hit in lines)
    if log.has("banner.majordiff") or (found and found["proto"].startswith("1.")):
        return Fact("ssh1", "the server speaks SSH version 1", shown or sshlog.quote((found,)))
    if "MaxStartups" in text:
        return Fact("max-startups", "the server says that too many logins are unfinished", shown)
    if "Not allowed at this time" in text:
        return Fact("not-allowed", "the server says: Not allowed at this time", shown)
    if lines or log.has("banner.invalid", "banner.badversion"):
        return _other_words(run, log, lines, shown, host)
    if log.has("banner.timeout") or (log.stage == Stage.BANNER and log.has("banner.timed2")):
        return Fact("silent", "the connection opened and no banner came", shown)
    if hit := log.first("banner.read", "banner.write"):
        return Fact("reset", clean.line(hit.text, 140), shown)
    if log.has("banner.closed") or (log.stage == Stage.BANNER and log.has("banner.closed2")):
        if "reset" in (log.newest("banner.closed2") or log.newest("banner.closed") or lines[0]).text.lower():
            return Fact("reset", "the connection was reset before any banner", shown)
        return Fact("closed", "the connection was closed before any banner", shown)
    if log.stage == Stage.BANNER and (run.cut or run.ended):
        return Fact("silent", "the connection opened and no banner came", sshlog.quote(log.last[-2:]))
    if log.has("au.denied", "hk.failed", "kex.nomatch"):
        return Fact("ok", "ssh went past the banner", source="log")
    return unknown("the log does not reach the banner")


def _other_words(run: Run, log: Log, lines: tuple[sshlog.Hit, ...], shown: tuple[str, ...], host: str) -> Fact[Banner]:
    """Somebody spoke, and it was not SSH: who?"""
    said = "\n".join(hit["text"] for hit in lines)
    who = protocols.who_speaks(said.lstrip())
    data = {"protocol": who or "something else"}
    if page := protocols.portal(said, host):
        says = f"a web server answered and sends everybody to {page}"
        return Fact("portal", says, shown, data={**data, "page": page})
    if not who and not lines:
        return Fact("binary", "something answered in bytes that are no text", shown)
    timed_out = run.cut or log.has("banner.timeout", "banner.timed2")
    if not who and ((len(lines) >= _DRIPS and timed_out) or _endless(log)):
        return Fact("tarpit", f"line after line came, {len(lines)} so far, and none is an SSH version", shown)
    quoted = f": {clean.line(lines[0]['text'], 80)}" if lines else ""
    what = f" ({who})" if who else ""
    return Fact("not-ssh", f"something answered that is not SSH{what}{quoted}", shown, data=data)


def _endless(log: Log) -> bool:
    return any("No SSH version" in hit.text for hit in log.all("banner.invalid"))


banner: Probe[Banner] = Probe(
    "run.banner",
    get_args(Banner),
    _banner,
    reads_log=True,
    waits="the server's banner (gives up in 8 s)",
)
