"""How the name got its address, by what the run shows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.model import Fact, unknown
from sshwizard.probes import names, resolver, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import begun, by_program, log_upto, meanwhile, proxied, tried

Name = Literal["ok", "not-known", "no-address", "temporary", "failed", "elsewhere", "not-told"]
"""not-told: an instance id, which no DNS knows, and AWS gave no answer about it."""


async def _name(scene: Scene) -> Fact[Name]:
    waiting = log_upto(scene, Stage.NAME)
    if scene.live and scene.index == 0 and not by_program(scene.leg) and not names.literal(scene.leg.host):
        log = await meanwhile(waiting, 1.0, lambda: scene.run.aside(0, "watch", lambda: _watch(scene)))
    else:
        log = await waiting
    fact = read_name(scene.run, log, proxied(scene, log), scene.leg.host)
    asked = scene.facts.get("machine")
    if asked and not asked.known and fact.outcome != "ok" and is_instance_id(scene.leg.host.lower()):
        return replace(fact, outcome="not-told", says=f"{clean.line(scene.leg.host)} has no address but that in AWS")
    return fact if scene.live else replace(fact, data={**who(log), **fact.data})


async def _watch(scene: Scene) -> None:
    """ssh waits for its resolver: when no DNS server is alive, nothing more can come."""
    fact = await begun(scene, "resolver", lambda: resolver.ask(scene))
    if fact.outcome in ("silent", "no-route"):
        scene.run.give_up()


def _is_at(name: str, address: str) -> str:
    return f"{address} needs no lookup" if name == address else f"{name} is {address}"


def who(log: Log) -> dict[str, str]:
    """Host, port and user as a log names them; what it does not name is left out."""
    found: dict[str, str] = {}
    for hit in log.all("tcp.fail", "dns.fail", "au.denied", "tcp.connecting", "auth.as"):
        found |= {name: clean.line(hit[name], 80) for name in ("host", "port", "user") if hit[name]}
    return found


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
        return Fact("ok", _is_at(host or found["host"], found["addr"]), sshlog.quote((found,)), data=tried(log))
    if log.stage > Stage.NAME or log.has("tcp.fail", "au.denied", "hk.failed", "kex.nomatch", "banner.timeout"):
        return Fact("ok", "ssh went past the lookup", source="log")
    if run.trouble or (run.cut and not log.last):
        return unknown(run.trouble or "ssh wrote nothing, and did not end")
    if (run.cut or log.stage == Stage.NAME) and not names.literal(host):
        return Fact("temporary", "no answer to the lookup came", sshlog.quote(log.last[-2:]), data={"silent": True})
    return unknown("the log does not reach the lookup")


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
    get_args(Name),
    _name,
    reads_log=True,
    waits="the name's address (gives up in 12 s)",
)


# ------------------------------------------------------------------ before the lookup


Before = Literal["shared-connection", "match-exec", "loop"]


async def _before(scene: Scene) -> Fact[Before]:
    return read_before(scene.run.logs[scene.index])


def read_before(log: Log) -> Fact[Before]:
    """What ssh was busy with when it never came to the lookup."""
    if hit := log.first("cfg.jump_loop"):
        return Fact("loop", f"ssh says: {clean.line(hit.text, 120)}", sshlog.quote((hit,)))
    last = log.last[-1] if log.last else None
    shown = sshlog.quote(log.last[-3:])
    if last and "Executing command:" in last.text:
        return Fact("match-exec", f"a Match exec command does not end: {clean.line(last.text, 120)}", shown)
    if log.has("mux.trying", "mux.client", "mx.hello") or (last and "setting O_NONBLOCK" in last.text):
        return Fact("shared-connection", "ssh waits for a shared connection that does not answer", shown)
    return unknown("the log does not reach the lookup")


before: Probe[Before] = Probe("run.before", get_args(Before), _before, reads_log=True)


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
    get_args(Lookup),
    _lookup,
    reads_log=True,
)
