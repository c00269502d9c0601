"""Readers of the run from the first lookup to the key exchange: pure judgements about one log."""

from __future__ import annotations

import re
from typing import Any, Literal

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import names, sshlog
from sshwizard.probes.client import legs_of
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlog import Log, Stage


async def log_upto(scene: Scene, stage: Stage) -> Log:
    """This leg's log once it went past `stage`; starts the run if nobody did."""
    if scene.live:
        await begin(scene)
    return await scene.run.upto(max(scene.index, 0), stage)


async def begin(scene: Scene) -> None:
    """Start the run, with the number of addresses that the first name has."""
    legs = scene.legs or legs_of(scene.facts.get("client"))
    first = legs[0]
    count = 1
    if first.value("proxycommand", "none") == "none":
        count = max(1, len((await names.lookup(first.host)).addresses))
    scene.run.start(scene.target, legs, count)


def proxied(scene: Scene, log: Log) -> bool:
    """True when this leg's bytes go through a program or another hop."""
    if scene.index > 0 or log.has("proxy.exec_debug", "proxy.implicit"):
        return True
    return bool(scene.legs) and scene.leg.value("proxycommand", "none") not in {"none", ""}


# ------------------------------------------------------------------ proxy

Proxy = Literal["direct", "ok", "not-found", "failed", "hop-failed"]


async def _proxy(scene: Scene) -> Fact[Proxy]:
    log = await log_upto(scene, Stage.BANNER)
    if scene.index > 0:
        return Fact("direct", "the hop before carries the connection")
    return read_proxy(scene.run, log, proxied(scene, log), scene.leg.value("proxycommand"))


def read_proxy(run: Run, log: Log, used: bool, command: str = "") -> Fact[Proxy]:
    """Did the ProxyCommand deliver?"""
    broken = log.first("proxy.unknown65535")
    if not used and not broken:
        return Fact("direct", "ssh connects by itself", source="log" if not run.command else "look")
    if log.stage >= Stage.KEX:
        return Fact("ok", "the proxy program carries the connection")
    shown = sshlog.quote((*log.all("proxy.exec_debug", "proxy.exec"), *log.words[:4], broken))
    data = {"command": clean.line(command)}
    if (hit := log.first("proxy.exec")) or (hit := log.said(r"not found|No such file or directory")):
        return Fact("not-found", f"the proxy program is missing: {clean.line(hit.text, 120)}", shown, data=data)
    if hit := log.first("tcp.fail", "dns.fail", "au.denied", "hk.failed", "chan.open"):
        return Fact("hop-failed", f"the hop before failed: {clean.line(hit.text, 140)}", shown, data=data)
    if broken or log.words:
        says = log.words[0].text if log.words else "it ended without a word"
        return Fact("failed", f"the proxy program gave no connection: {clean.line(says, 140)}", shown, data=data)
    return unknown("the proxy program has not delivered a byte yet")


proxy: Probe[Proxy] = Probe("run.proxy", ("direct", "ok", "not-found", "failed", "hop-failed"), _proxy, reads_log=True)


Hop = Literal[
    "unreachable",
    "unresolvable",
    "denied",
    "host-key",
    "prohibited",
    "inner-unreachable",
    "inner-unresolvable",
]


async def _hop(scene: Scene) -> Fact[Hop]:
    return read_hop(scene.run.logs[scene.index])


def read_hop(log: Log) -> Fact[Hop]:
    """What stopped the ssh that was to carry this connection, by its own words."""
    if forward := _forward(log):
        return Fact(_INNER[forward.outcome], forward.says, forward.lines, data=forward.data)
    for outcome, ids in _HOP_TROUBLES:
        if hit := log.first(*ids):
            return Fact(outcome, f"the jump host's ssh says: {clean.line(hit.text, 140)}", sshlog.quote((hit,)))
    return unknown("the log does not say what stopped the hop")


_HOP_TROUBLES: tuple[tuple[Hop, tuple[str, ...]], ...] = (
    ("host-key", ("hk.failed", "hk.changed")),
    ("denied", ("au.denied", "au.toomany")),
    ("unresolvable", ("dns.fail",)),
    ("unreachable", ("tcp.fail", "banner.timeout")),
)
_INNER: dict[str, Hop] = {
    "prohibited": "prohibited",
    "unreachable": "inner-unreachable",
    "unresolvable": "inner-unresolvable",
}

hop: Probe[Hop] = Probe(
    "run.hop",
    (
        "unreachable",
        "unresolvable",
        "denied",
        "host-key",
        "prohibited",
        "inner-unreachable",
        "inner-unresolvable",
    ),
    _hop,
    reads_log=True,
)


# ------------------------------------------------------------------ name

Name = Literal["ok", "not-known", "no-address", "temporary", "failed", "elsewhere"]


async def _name(scene: Scene) -> Fact[Name]:
    log = await log_upto(scene, Stage.NAME)
    return read_name(scene.run, log, proxied(scene, log), scene.leg.host)


def read_name(run: Run, log: Log, via: bool, host: str) -> Fact[Name]:
    """Did the name get an address?"""
    hit = log.first("dns.fail", "dns.canon")
    if hit and not log.has("proxy.unknown65535"):
        said = hit["err"].lower()
        outcome: Name = "failed"
        for part, meaning in _DNS_WORDS:
            if part in said:
                outcome = meaning
                break
        return Fact(outcome, clean.line(hit.text, 160), sshlog.quote((hit,)), data={"host": hit["host"]})
    if via:
        return Fact("elsewhere", "the name is looked up at the other end of the proxy or hop", source="log")
    if found := log.first("tcp.connecting"):
        return Fact("ok", f"{host or found['host']} is {found['addr']}", sshlog.quote((found,)), data=_addresses(log))
    if log.stage > Stage.NAME or log.has("tcp.fail", "au.denied", "hk.failed", "kex.nomatch", "banner.timeout"):
        return Fact("ok", "ssh went past the lookup", source="log")
    if run.cut or log.stage == Stage.NAME:
        return Fact("temporary", "no answer to the lookup came", sshlog.quote(log.last[-2:]), data={"silent": True})
    return unknown("the log does not reach the lookup")


def _addresses(log: Log) -> dict[str, Any]:
    tried = [hit["addr"] for hit in log.all("tcp.connecting")]
    return {"addresses": list(dict.fromkeys(tried))}


_DNS_WORDS: tuple[tuple[str, Name], ...] = (
    ("not known", "not-known"),
    ("name does not resolve", "not-known"),
    ("no such host", "not-known"),
    ("no address associated", "no-address"),
    ("address family for hostname not supported", "no-address"),
    ("temporary failure", "temporary"),
)

name: Probe[Name] = Probe(
    "run.name",
    ("ok", "not-known", "no-address", "temporary", "failed", "elsewhere"),
    _name,
    reads_log=True,
    waits="the name's address (gives up in 12 s)",
)


# ------------------------------------------------------------------ before the lookup

Before = Literal["shared-connection", "match-exec"]


async def _before(scene: Scene) -> Fact[Before]:
    return read_before(scene.run.logs[scene.index])


def read_before(log: Log) -> Fact[Before]:
    """What ssh was busy with when it never came to the lookup."""
    last = log.last[-1] if log.last else None
    shown = sshlog.quote(log.last[-3:])
    if last and "Executing command:" in last.text:
        return Fact("match-exec", f"a Match exec command does not end: {clean.line(last.text, 120)}", shown)
    if log.has("mux.trying", "mux.client", "mx.hello") or (last and "setting O_NONBLOCK" in last.text):
        return Fact("shared-connection", "ssh waits for a shared connection that does not answer", shown)
    return unknown("the log does not reach the lookup")


before: Probe[Before] = Probe("run.before", ("shared-connection", "match-exec"), _before, reads_log=True)


# ------------------------------------------------------------------ why, when DNS itself cannot be asked

Lookup = Literal["not-known", "malformed", "no-address", "temporary", "silent", "failed"]


async def _lookup(scene: Scene) -> Fact[Lookup]:
    fact = scene.facts.get("name")
    if fact is None or not fact.known:
        return unknown("nothing is known about the lookup")
    host = str(fact.data.get("host", ""))
    outcome: Lookup = "failed"
    if re.search(r"[:/\s@]", host) and not names.literal(host):
        outcome = "malformed"
    elif fact.data.get("silent"):
        outcome = "silent"
    elif fact.outcome in ("not-known", "no-address", "temporary"):
        outcome = fact.outcome
    return Fact(outcome, fact.says, fact.lines, source=fact.source)


lookup: Probe[Lookup] = Probe(
    "run.lookup",
    ("not-known", "malformed", "no-address", "temporary", "silent", "failed"),
    _lookup,
    reads_log=True,
)


# ------------------------------------------------------------------ tcp

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
    log = await log_upto(scene, Stage.TCP)
    return read_tcp(scene.run, log, proxied(scene, log))


def read_tcp(run: Run, log: Log, via: bool) -> Fact[Tcp]:
    """Did the port answer?"""
    hit = log.newest("tcp.fail")
    if hit and log.stage <= Stage.TCP and not log.has("proxy.unknown65535"):
        shown = sshlog.quote((*log.all("tcp.address_failed"), hit, log.first("tcp.bind")))
        data = {"addr": _addresses(log)["addresses"], "err": clean.line(hit["err"])}
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
        return Fact("silent", "no answer came to the connection attempt", sshlog.quote((found,)), data=_addresses(log))
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
    (
        "open",
        "refused",
        "silent",
        "host-unreachable",
        "net-unreachable",
        "blocked-here",
        "bind-failed",
        "elsewhere",
    ),
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


way_out: Probe[WayOut] = Probe(
    "run.way_out", ("net-unreachable", "prohibited", "not-permitted", "ipv6-only"), _way_out, reads_log=True
)


# ------------------------------------------------------------------ banner

Banner = Literal["ok", "silent", "closed", "reset", "not-ssh", "ssh1", "max-startups", "not-allowed"]


async def _banner(scene: Scene) -> Fact[Banner]:
    log = await log_upto(scene, Stage.BANNER)
    return read_banner(scene.run, log)


def read_banner(run: Run, log: Log) -> Fact[Banner]:
    """Did an SSH server introduce itself?"""
    found = log.first("banner.remote")
    if (found and not found["proto"].startswith("1.")) or log.stage > Stage.KEX:
        software = clean.line(found["software"] if found else "", 80)
        return Fact("ok", f"it is SSH: {software}", sshlog.quote((found,)), data={"software": software})
    lines = log.all("banner.line")
    ends = log.all(
        "banner.timeout", "banner.closed", "banner.read", "banner.write", "banner.invalid", "banner.invalid2",
        "banner.badversion", "banner.majordiff", "banner.timed2", "banner.closed2", "proxy.unknown65535",
    )  # fmt: skip
    shown = sshlog.quote((*lines[:3], *ends))
    text = " ".join(hit["text"] for hit in lines)
    if log.has("banner.majordiff") or (found and found["proto"].startswith("1.")):
        return Fact("ssh1", "the server speaks SSH version 1", shown or sshlog.quote((found,)))
    if "MaxStartups" in text:
        return Fact("max-startups", "the server says that too many logins are unfinished", shown)
    if "Not allowed at this time" in text:
        return Fact("not-allowed", "the server says: Not allowed at this time", shown)
    if lines or log.has("banner.invalid", "banner.badversion"):
        said = f": {clean.line(lines[0]['text'], 80)}" if lines else ""
        return Fact("not-ssh", f"something answered that is not SSH{said}", shown)
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


banner: Probe[Banner] = Probe(
    "run.banner",
    ("ok", "silent", "closed", "reset", "not-ssh", "ssh1", "max-startups", "not-allowed"),
    _banner,
    reads_log=True,
    waits="the server's banner (gives up in 10 s)",
)


# ------------------------------------------------------------------ kex

Kex = Literal["ok", "no-common", "stalled", "closed", "corrupted", "broken-mac", "key-too-short"]


async def _kex(scene: Scene) -> Fact[Kex]:
    log = await log_upto(scene, Stage.KEX)
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
    ("ok", "no-common", "stalled", "closed", "corrupted", "broken-mac", "key-too-short"),
    _kex,
    reads_log=True,
    waits="the key exchange (gives up in 10 s)",
)


# ------------------------------------------------------------------ forwarding at a hop

Forward = Literal["ok", "prohibited", "unreachable", "unresolvable"]


async def _forward_look(scene: Scene) -> Fact[Forward]:
    log = await log_upto(scene, Stage.DONE)
    after = scene.run.logs[scene.index + 1]
    if found := _forward(log):
        return found
    if after.stage >= Stage.KEX:
        return Fact("ok", f"{scene.leg.name} passes the connection on")
    return unknown("the hop let us in, and nothing came from behind it")


def _forward(log: Log) -> Fact[Forward] | None:
    hit = log.first("chan.open")
    if hit is None:
        return None
    text = hit.text.lower()
    shown = sshlog.quote((hit, log.first("proxy.stdio")))
    data = {"message": clean.line(hit["msg"])}
    if "name or service not known" in text or "name resolution" in text or "unknown host" in text or "nodename" in text:
        return Fact("unresolvable", f"the jump host says: {clean.line(hit.text, 140)}", shown, data=data)
    if "prohibited" in text:
        return Fact("prohibited", f"the jump host says: {clean.line(hit.text, 140)}", shown, data=data)
    return Fact("unreachable", f"the jump host says: {clean.line(hit.text, 140)}", shown, data=data)


forward: Probe[Forward] = Probe(
    "run.forward", ("ok", "prohibited", "unreachable", "unresolvable"), _forward_look, reads_log=True
)
