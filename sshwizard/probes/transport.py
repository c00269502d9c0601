"""From the port to agreed algorithms: pure judgements about one log."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import addresses, egress, icmp, packets, silence, sshlog
from sshwizard.probes.aws import looks
from sshwizard.probes.gcp import looks as google
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import begun, by_program, log_upto, meanwhile, proxied, tried

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
    scene.run.aside(0, "cloud", lambda: _joined(scene))


SILENT = 2.5
"""Seconds without an answer after which a block that a cloud shows is the whole story (two SYNs were sent)."""


async def _joined(scene: Scene) -> None:
    """Where a cloud proves a block and the wire has been silent long enough, nothing more can come."""
    began = time.monotonic()
    if await _proved_by_amazon(scene) or await _proved_by_google(scene):
        if scene.run.several and others_answer(await begun(scene, "silence", lambda: silence.ask(scene))):
            return
        await asyncio.sleep(SILENT - silence.AFTER - (time.monotonic() - began))
        scene.run.give_up()


def others_answer(fact: Fact[silence.Silence]) -> bool:
    """True where ssh will get on by itself: another address of the same name answers, to which it comes in time."""
    return fact.outcome.endswith("-lost")


async def _proved_by_amazon(scene: Scene) -> bool:
    who = await looks.identity.look(scene)
    if who.outcome not in {"instance", "elsewhere"}:
        return who.outcome in looks.NO_MACHINE
    running, way = await asyncio.gather(looks.state.look(scene), looks.path.look(scene))
    return running.outcome == "stopped" or way.outcome in looks.BLOCKED


async def _proved_by_google(scene: Scene) -> bool:
    who = await google.identity.look(scene)
    if who.outcome != "instance":
        return who.outcome in google.NO_MACHINE
    running, way = await asyncio.gather(google.state.look(scene), google.path.look(scene))
    return running.outcome in {"stopped", "suspended"} or way.outcome in google.BLOCKED


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
