"""The way in between: a ProxyCommand, or a hop that passes the connection on."""

from __future__ import annotations

import re
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import carrier, doorways, protocols, proxyserver, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import by_program, log_upto, proxied
from sshwizard.probes.typed import shows_settings

Proxy = Literal[
    "direct", "ok", "not-found", "quoting", "windows-bug", "prints", "hangs", "failed", "says", "hop-failed", "door",
]  # fmt: skip

_QUOTING = r"[Uu]nterminated quoted|unexpected EOF while looking|[Ss]yntax error|unmatched [\"']|parse error near"
"""What sh, bash, zsh and fish say about a line that they cannot read."""
_WINDOWS = r"OpenSSH_for_Windows_7\.[67]"


async def _proxy(scene: Scene) -> Fact[Proxy]:
    if scene.live and scene.index == 0 and not by_program(scene.leg):
        return Fact("direct", "ssh connects by itself", command=shows_settings(scene))
    log = await log_upto(scene, Stage.BANNER)
    if scene.index > 0:
        return Fact("direct", "the hop before carries the connection")
    return read_proxy(scene.run, log, proxied(scene, log), scene.leg.value("proxycommand"))


def read_proxy(run: Run, log: Log, used: bool, command: str = "") -> Fact[Proxy]:
    """Did the ProxyCommand deliver?"""
    broken = log.first("proxy.unknown65535")
    if not command and (ran := log.first("proxy.exec_debug")):
        command = ran["command"]
    if not used and not broken:
        return Fact("direct", "ssh connects by itself", source="log" if not run.command else "look")
    if log.stage >= Stage.KEX:
        return Fact("ok", "the proxy program carries the connection")
    shown = sshlog.quote((*log.all("proxy.exec_debug", "proxy.exec"), *log.words[:4], broken))
    data = {"command": clean.line(command)}
    header = log.first("hdr")
    if (hit := log.first("proxy.winspawn")) or (header and re.search(_WINDOWS, header.text)):
        seen = hit or header
        says = f"an old ssh of Windows could not use its proxy setting: {clean.line(seen.text if seen else '', 100)}"
        return Fact("windows-bug", says, sshlog.quote((seen, broken)), data=data)
    if heard := doorways.read_words(doorways.said(run, log)):
        return Fact("door", f"the door of AWS did not open: {clean.line(heard[2], 140)}", (heard[2], *shown), data=data)
    if named := carrier.named(run, log):
        says = f"the proxy program says why: {clean.line(named[1].text, 200)}"
        return Fact("says", says, sshlog.quote((log.first("proxy.exec_debug"), named[1], broken)), data=data)
    if hit := log.said(_QUOTING):
        return Fact("quoting", f"the shell cannot read the ProxyCommand: {clean.line(hit.text, 120)}", shown, data=data)
    if (hit := log.first("proxy.exec")) or (hit := log.said(r"not found|No such file or directory")):
        return Fact("not-found", f"the proxy program is missing: {clean.line(hit.text, 120)}", shown, data=data)
    if hit := log.first("tcp.fail", "dns.fail", "au.denied", "hk.failed", "chan.open"):
        return Fact("hop-failed", f"the hop before failed: {clean.line(hit.text, 140)}", shown, data=data)
    lines = log.all("banner.line")
    told = proxyserver.read_words([hit.text for hit in log.words])
    if lines and not told and not protocols.known(" ".join(hit["text"] for hit in lines)):
        says = f"text came where SSH data should be: {clean.line(lines[0]['text'], 120)}"
        return Fact("prints", says, sshlog.quote((*lines[:3], broken)), data=data)
    if lines and not told:
        return unknown("the other end spoke through the proxy program, and not SSH")
    if doorways.kind(command) and (run.cut or broken or log.words or log.has("banner.timeout")):
        return Fact("door", "the door of AWS brought no connection", shown, data=data)
    late = run.cut or log.has("banner.timeout") or (broken and "timed out" in broken.text)
    if late and not log.words:
        return Fact("hangs", "the proxy program runs and brings no connection", shown, data=data)
    if broken or log.words:
        says = log.words[0].text if log.words else "it ended without a word"
        return Fact("failed", f"the proxy program gave no connection: {clean.line(says, 140)}", shown, data=data)
    return unknown("the proxy program has not delivered a byte yet")


proxy: Probe[Proxy] = Probe(
    "run.proxy",
    get_args(Proxy),
    _proxy,
    reads_log=True,
    waits="the proxy or hop in between (gives up in 11 s)",
)


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
    get_args(Hop),
    _hop,
    reads_log=True,
)


# ------------------------------------------------------------------ forwarding at a hop


Forward = Literal["ok", "prohibited", "unreachable", "unresolvable", "silent"]


async def _forward_look(scene: Scene) -> Fact[Forward]:
    log = await log_upto(scene, Stage.DONE)
    after = scene.run.logs[scene.index + 1]
    if found := _forward(log):
        return found
    if after.stage >= Stage.KEX:
        return Fact("ok", f"{scene.leg.name} passes the connection on")
    if log.stage >= Stage.SESSION and scene.run.ended:
        says = f"{scene.leg.name} let us in, and its connection to the next machine brought nothing"
        return Fact("silent", says, sshlog.quote(log.last[-2:]))
    return unknown("the log does not show whether the hop passes the connection on")


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


forward: Probe[Forward] = Probe("run.forward", get_args(Forward), _forward_look, reads_log=True)
