"""Is it the host we know? What the run says, and the key itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.probes import sshlog
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Hit, Log
from sshwizard.probes.stages import log_upto

HostKey = Literal[
    "ok", "changed", "unknown-key", "revoked", "source-unreadable", "cert-expired", "cert-name", "cert-invalid",
    "ip-differs",
]  # fmt: skip


async def _hostkey(scene: Scene) -> Fact[HostKey]:
    log = await log_upto(scene, Stage.HOSTKEY)
    return read_hostkey(scene.run, log)


def read_hostkey(run: Run, log: Log) -> Fact[HostKey]:
    """What ssh said about the server's key."""
    seen = log.newest("hostkey.seen", "hostkey.cert")
    data: dict[str, Any] = {"type": seen["type"] if seen else "", "fingerprint": seen["fp"] if seen else ""}
    if seen and (seal := re.search(r" CA \S+ (SHA256:\S+)", seen["rest"])):
        data["ca"] = clean.line(seal.group(1), 80)
    failed = log.first("hk.failed")
    if hit := log.first("hk.krlerr") or _command_failed(log):
        data["named"] = clean.line(hit["file"] or "the program in KnownHostsCommand", 120)
        says = f"ssh trusts no host now: {clean.line(hit.text, 160)}"
        return Fact("source-unreadable", says, sshlog.quote((hit, seen, failed)), data=data)
    if failed is None and (log.stage > Stage.HOSTKEY or log.has("au.denied")):
        known = log.first("hostkey.known")
        return Fact("ok", "the host key is the known one", sshlog.quote((seen, known)), data=data)
    if hit := log.first("hk.revoked"):
        return Fact(
            "revoked",
            "the server's host key is marked as revoked",
            sshlog.quote((hit, seen, failed)),
            data=data,
        )
    if hit := log.first("hk.cert"):
        text = hit.text.lower()
        outcome: HostKey = "cert-expired" if "expired" in text or "not yet" in text else "cert-invalid"
        if "principal" in text:
            outcome = "cert-name"
        return Fact(outcome, clean.line(hit.text, 140), sshlog.quote((hit, seen, failed)), data=data)
    if log.has("hk.changed", "hk.changed_strict"):
        old = log.first("hk.offending")
        data |= {
            "file": old["file"] if old else "",
            "line": old["line"] if old else "",
            "old_type": old["type"] if old else "",
        }
        shown = sshlog.quote((log.first("hk.changed"), seen, old, log.first("hk.changed_strict")))
        return Fact("changed", f"the server's key is not the known one: {data['fingerprint']}", shown, data=data)
    if log.has("hk.ipdiffers", "hk.exiting", "hk.spoof") or (failed and log.has("hk.offendingip", "hostkey.known")):
        hits = log.all("hk.ipdiffers", "hk.offendingip", "hk.exiting")
        return Fact("ip-differs", "name and address have different known keys", sshlog.quote(hits), data=data)
    if failed or log.has("hk.unknown_strict", "hk.ask"):
        shown = sshlog.quote(
            (
                seen,
                log.first("hk.unknown_strict", "hk.ask"),
                failed,
                *log.all("hostkey.parse", "hostkey.fopen", "cfg.unsafe"),
            )
        )
        return Fact(
            "unknown-key",
            f"no known_hosts entry vouches for {data['fingerprint'] or 'the server'}",
            shown,
            data=data,
        )
    return Fact("ok", "nothing speaks against the host key", source="log", data=data)


def _command_failed(log: Log) -> Hit | None:
    """KnownHostsCommand ended with an error: ssh gives up at once (ssh_config(5))."""
    return next(
        (hit for hit in log.all("cfg.unsafe") if "KnownHostsCommand" in hit.text and "failed" in hit.text), None
    )


hostkey: Probe[HostKey] = Probe(
    "run.hostkey",
    get_args(HostKey),
    _hostkey,
    reads_log=True,
    waits="the host key check (gives up in 10 s)",
)


# ------------------------------------------------------------------ when only the log is there


Hint = Literal["unreadable", "malformed", "no-authority", "nothing"]


async def _hint(scene: Scene) -> Fact[Hint]:
    log = scene.run.logs[scene.index]
    if hit := log.first("hostkey.parse"):
        return Fact("malformed", clean.line(hit.text), sshlog.quote((hit,)), data={"named": hit["file"]})
    hits = [hit for hit in log.all("hostkey.fopen") if "denied" in hit["err"].lower()]
    if hits:
        return Fact("unreadable", clean.line(hits[0].text), sshlog.quote(hits), data={"named": hits[0]["file"]})
    sealed = log.newest("hostkey.cert")
    if sealed and log.has("hostkey.no_ca"):
        return Fact(
            "no-authority", "the server shows a certificate whose authority is not known", sshlog.quote((sealed,))
        )
    return Fact("nothing", "the log names no trouble with the files", source="log")


hint: Probe[Hint] = Probe("run.known_hosts", get_args(Hint), _hint, reads_log=True)


# ------------------------------------------------------------------ the key itself, to save it


OfferedKey = Literal["shown", "not-shown"]


async def show_again(scene: Scene) -> Fact[OfferedKey]:
    """Ask the server for its key once more: ssh writes it into a file of ours, and no login is tried."""
    from dataclasses import replace

    from sshwizard import scratch
    from sshwizard.probes import process
    from sshwizard.probes.command import build
    from sshwizard.probes.typed import config_option

    if not scene.live:
        return Fact("not-shown", "only a text was given")
    with scratch.directory() as place:
        fresh = Path(place, "known_hosts")
        options = (
            *("-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={fresh}"),
            *("-o", "GlobalKnownHostsFile=/dev/null", "-o", "HashKnownHosts=no", "-o", "CheckHostIP=no"),
            *("-o", "PreferredAuthentications=none", "-o", "ClearAllForwardings=yes"),
        )
        legs = scene.legs[: scene.index + 1]
        leg, args = scene.leg, scene.target.args
        if not leg.final:
            args = (*config_option(args), "-p", str(leg.port), "-l", leg.user, leg.name)
        target = replace(scene.target, args=args, overrides=(*options, *scene.target.overrides))
        logs = [Path(place, f"log{number}") for number in range(len(legs))]
        await process.run(build(target, legs, logs, fresh, "none", ours_first=True), 12)
        try:
            row = fresh.read_text("utf-8", "replace").strip().splitlines()[-1]
        except (OSError, IndexError):
            return Fact("not-shown", "the server did not show its key again")
    words = row.split()
    blob = public_line(" ".join(words[1:3]))
    if blob is None:
        return Fact("not-shown", "the key could not be read")
    return Fact(
        "shown",
        f"the server shows {fingerprint(blob)}",
        (f"{words[1]} {fingerprint(blob)}",),
        data={"line": clean.line(row, 2000), "fingerprint": fingerprint(blob), "type": words[1]},
    )
