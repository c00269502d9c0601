"""From the port to agreed algorithms: pure judgements about one log."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import addresses, egress, icmp, packets, protocols, silence, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import by_program, log_upto, meanwhile, proxied, tried

Tcp = Literal[
    "open",
    "refused",
    "silent",
    "host-unreachable",
    "net-unreachable",
    "blocked-here",
    "bind-failed",
    "elsewhere",
]


async def _tcp(scene: Scene) -> Fact[Tcp]:
    waiting = log_upto(scene, Stage.TCP)
    if scene.live and scene.index == 0 and not by_program(scene.leg):
        log = await meanwhile(waiting, silence.AFTER, lambda: _look_around(scene))
    else:
        log = await waiting
    fact = read_tcp(scene.run, log, proxied(scene, log))
    if fact.outcome == "bind-failed" and scene.live:
        keyword = "bindaddress" if scene.leg.value("bindaddress") else "bindinterface"
        return replace(fact, lines=(*scene.leg.shown(keyword), *fact.lines))
    return fact


def _look_around(scene: Scene) -> None:
    """ssh meets silence: begin what will be asked about it, so that its answers are there in time."""
    scene.run.aside(0, "refuser", lambda: icmp.ask(scene))
    scene.run.aside(0, "watch-silence", lambda: silence.watch(scene))
    scene.run.aside(0, "address", lambda: addresses.ask(scene))
    scene.run.aside(0, "egress", lambda: egress.ask(scene))


def read_tcp(run: Run, log: Log, via: bool) -> Fact[Tcp]:
    """Did the port answer?"""
    hit = log.newest("tcp.fail")
    if hit and log.stage <= Stage.TCP and not log.has("proxy.unknown65535"):
        shown = sshlog.quote((*log.all("tcp.address_failed"), hit, log.first("tcp.bind")))
        data = {"addr": tried(log)["addresses"], "err": clean.line(hit["err"])}
        if log.has("tcp.bind"):
            return Fact("bind-failed", clean.line(hit.text, 160), shown, data=data)
        said = hit["err"].lower()
        for part, outcome in _TCP_WORDS:
            if part in said:
                return Fact(outcome, clean.line(hit.text, 160), shown, data=data)
        return unknown(f"an error we do not know: {clean.line(hit['err'])}")
    if via:
        return Fact("elsewhere", "a proxy or hop makes the connection", source="log")
    if log.stage > Stage.TCP or log.has("banner.timeout", "banner.closed", "au.denied", "hk.failed", "kex.nomatch"):
        found = log.newest("tcp.connecting")
        where = f"{found['addr']} port {found['port']}" if found else "the port"
        failed = log.all("tcp.address_failed")
        return Fact(
            "open",
            f"{where} accepted the connection",
            sshlog.quote((*failed, found, log.first("tcp.open"))),
            data={
                "failed": [{"addr": bad["addr"], "err": clean.line(bad["err"])} for bad in failed],
                "addr": found["addr"] if found else "",
            },
        )
    if log.stage == Stage.TCP:
        found = log.newest("tcp.connecting")
        return Fact("silent", "no answer came to the connection attempt", sshlog.quote((found,)), data=tried(log))
    return unknown("the log does not reach the connection")


_TCP_WORDS: tuple[tuple[str, Tcp], ...] = (
    ("connection refused", "refused"),
    ("timed out", "silent"),
    ("no route to host", "host-unreachable"),
    ("host is down", "host-unreachable"),
    ("network is unreachable", "net-unreachable"),
    ("permission denied", "blocked-here"),
    ("operation not permitted", "blocked-here"),
    ("invalid argument", "blocked-here"),
    ("protocol not available", "refused"),
    ("cannot assign requested address", "bind-failed"),
)

tcp: Probe[Tcp] = Probe(
    "run.tcp",
    get_args(Tcp),
    _tcp,
    reads_log=True,
    waits="an answer from the port (gives up in 5 s per address)",
)


# ------------------------------------------------------------------ errors of this computer's own network


WayOut = Literal["net-unreachable", "prohibited", "not-permitted", "ipv6-only"]


async def _way_out(scene: Scene) -> Fact[WayOut]:
    fact = scene.facts.get("tcp")
    if fact is None or not fact.known:
        return unknown("nothing is known about the connection")
    said = str(fact.data.get("err", "")).lower()
    tried = fact.data.get("addr", [])
    outcome: WayOut = "prohibited"
    if "network is unreachable" in said:
        outcome = "ipv6-only" if tried and all(":" in address for address in tried) else "net-unreachable"
    elif "operation not permitted" in said:
        outcome = "not-permitted"
    return Fact(outcome, fact.says, fact.lines, source=fact.source)


way_out: Probe[WayOut] = Probe("run.way_out", get_args(WayOut), _way_out, reads_log=True)


# ------------------------------------------------------------------ banner


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
    if fact.outcome == "closed" and scene.live and LIBWRAP[0] < waited < LIBWRAP[1]:
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


# ------------------------------------------------------------------ kex


Kex = Literal["ok", "no-common", "stalled", "closed", "corrupted", "broken-mac", "key-too-short"]


async def _kex(scene: Scene) -> Fact[Kex]:
    waiting = log_upto(scene, Stage.KEX)
    if scene.live and scene.index == 0 and not by_program(scene.leg):
        log = await meanwhile(waiting, packets.AFTER, packets.start(scene))
    else:
        log = await waiting
    if log.stage == Stage.HOSTKEY:
        log = await log_upto(scene, Stage.HOSTKEY)
    return read_kex(scene.run, log)


def read_kex(run: Run, log: Log) -> Fact[Kex]:
    """Did both sides agree on algorithms and keys?"""
    if hit := log.first("kex.nomatch"):
        return Fact(
            "no-common",
            f"no {hit['what']} in common; the server offers {clean.line(hit['offer'], 120)}",
            sshlog.quote((hit,)),
            data={"what": hit["what"], "offer": clean.line(hit["offer"])},
        )
    if hit := log.first("kex.hostkeylen"):
        return Fact("key-too-short", "the server's RSA host key is shorter than ssh accepts", sshlog.quote((hit,)))
    if hit := log.first("kex.mac", "kex.badlen"):
        mac = log.first("kex.mac_chosen")
        shown = sshlog.quote((hit, log.first("kex.dispatch"), mac))
        if mac and "umac" in mac["mac"]:
            return Fact("broken-mac", f"the data did not pass its check ({mac['mac']})", shown)
        return Fact("corrupted", clean.line(hit.text, 140), shown)
    if any("KnownHostsCommand" in hit.text for hit in log.all("cfg.unsafe")) and log.stage == Stage.KEX:
        return Fact("ok", "both sides came as far as the host key", sshlog.quote(log.all("cfg.unsafe")))
    hit = log.first("kex.dispatch")
    if hit and re.search(r"authentication code|incorrect signature", hit["err"]):
        return Fact("corrupted", clean.line(hit.text, 140), sshlog.quote((hit,)))
    if hit and log.stage in (Stage.KEX, Stage.HOSTKEY):
        ended = "reset" in hit["err"].lower() or "closed" in hit["err"].lower() or "broken pipe" in hit["err"].lower()
        return Fact("closed" if ended else "corrupted", clean.line(hit.text, 140), sshlog.quote((hit,)))
    if log.stage > Stage.KEX or log.has("hk.failed", "au.denied"):
        return Fact("ok", "both sides agreed on algorithms", source="look" if run.command else "log")
    shown = sshlog.quote(
        (
            log.newest("kex.sent", "kex.received", "kex.expecting"),
            log.newest("banner.closed2", "banner.timed2"),
        )
    )
    received = log.has("kex.received")
    data = {"received": received}
    if log.has("banner.closed2", "au.disconnect"):
        return Fact("closed", "the other side hung up in the key exchange", shown, data=data)
    if log.stage == Stage.KEX and (run.ended or run.cut):
        return Fact("stalled", "the key exchange began and nothing more came", shown, data=data)
    return unknown("the log does not reach the key exchange")


kex: Probe[Kex] = Probe(
    "run.kex",
    get_args(Kex),
    _kex,
    reads_log=True,
    waits="the key exchange (gives up in 10 s)",
)
