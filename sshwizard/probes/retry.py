"""One more guarded run with another option: when the trouble goes away with it, the option was the trouble."""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, Target, unknown
from sshwizard.probes import process, sshlog
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log


async def once_more(scene: Scene, *options: str) -> Run:
    """Run ssh again, as guarded as before, with more options; ended when it comes back."""
    run = Run()
    run.start(Target(scene.target.input, scene.target.ssh_args, options), scene.legs, 1)
    try:
        await run.finished()
    finally:
        await run.close()
    return run


# ------------------------------------------------------------------ other integrity codes


Altered = Literal["broken-mac", "again", "gone"]

_OTHER_MACS = ("-o", "MACs=hmac-sha2-256,hmac-sha2-512", "-o", "Ciphers=aes256-ctr,aes192-ctr,aes128-ctr")
_ALTERED = ("kex.mac", "kex.badlen", "kex.dispatch")


async def _altered(scene: Scene) -> Fact[Altered]:
    """Data did not pass its check: does it pass with a MAC and a cipher of another kind? No login is tried."""
    options = (*_OTHER_MACS, "-o", "PreferredAuthentications=none")
    run = await once_more(scene, *options)
    before = scene.run.logs[scene.index].first("kex.mac_chosen")
    command = process.spell(("ssh", *_OTHER_MACS, *scene.target.ssh_args))
    return read_altered(before["mac"] if before else "", run.logs[scene.index], command)


def read_altered(mac: str, log: Log, command: str) -> Fact[Altered]:
    """What a second run with other integrity codes means; `mac` is the one of the first run."""
    if hit := log.first(*_ALTERED):
        says = f"with another MAC and cipher, too: {clean.line(hit.text, 120)}"
        return Fact("again", says, sshlog.quote((hit,)), command)
    if log.stage >= Stage.LOGIN and log.has("auth.service", "auth.methods", "au.denied"):
        shown = sshlog.quote((log.first("kex.mac_chosen"), log.first("auth.service", "auth.methods")))
        if "umac" in mac:
            return Fact("broken-mac", f"without {clean.line(mac, 60)} everything passes", shown, command, {"mac": mac})
        return Fact("gone", "with another MAC and cipher everything passes", shown, command)
    return unknown("the second try did not get as far", command)


altered: Probe[Altered] = Probe(
    "kex.altered",
    get_args(Altered),
    _altered,
    waits="one more try, with another MAC and cipher (gives up in 15 s)",
)


# ------------------------------------------------------------------ marks of service


Marks = Literal["dropped", "no-matter"]


async def _marks(scene: Scene) -> Fact[Marks]:
    """ssh meets silence: does it come further without the marks that it sets on its packets (IPQoS, ssh_config(5))?

    Most builds mark once they are logged in, Debian's from the first packet on.
    """
    marks = scene.leg.value("ipqos", "af21 cs1")
    command = process.spell(("ssh", "-o", "IPQoS=none", *scene.target.ssh_args))
    if marks == "none":
        return Fact("no-matter", "ssh sets no mark (IPQoS none)")
    before = scene.run.logs[scene.index].stage
    run = await once_more(scene, "-o", "IPQoS=none")
    if run.token in run.out or run.logs[scene.index].stage > before:
        says = f"with IPQoS none ssh comes through; with {clean.line(marks, 40)} it met silence"
        return Fact("dropped", says, (f"ipqos {clean.line(marks, 40)}",), command, {"marks": marks})
    if run.logs[scene.index].stage < before:
        return unknown("the second try did not get as far as the first", command)
    return Fact("no-matter", "without marks ssh comes no further", (), command)


marks: Probe[Marks] = Probe(
    "path.marks",
    get_args(Marks),
    _marks,
    waits="one more try, without quality-of-service marks (gives up in 15 s)",
)
