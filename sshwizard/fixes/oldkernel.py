"""The kernel before the one that does not boot: the root disk is lent to a helper, mended there by its own tools, and
given back; later the newest kernel is installed again on the server itself.

The disk goes there and comes back by steps of their own, so that whatever fails in between is taken back in order.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.effects import Effect, LongScript, Ready
from sshwizard.effects.remote import BY_USER
from sshwizard.fixes import awsdisks, kernels, lentdisk, offline
from sshwizard.fixes.account import Data, placed
from sshwizard.fixes.fix import Fix, Lines, Refusal, Situation
from sshwizard.fixes.gcp import disks
from sshwizard.fixes.gcp.machine import cautions
from sshwizard.fixes.gcp.place import place
from sshwizard.model import Target
from sshwizard.probes import standing as both
from sshwizard.probes.aws.looks import standing
from sshwizard.probes.knocking import until_greeted
from sshwizard.probes.typed import config_option

ID = "guide-previous-kernel"
NEWEST = "newest"
"""Typed where the server boots again: its newest kernel anew."""
ASKS = "The helper and how ssh gets there, as HELPER admin@198.51.100.7; newest where the server boots again"
_WRONG = (
    "type the helper, which gets the disk, and how ssh gets there, as HELPER admin@198.51.100.7 (HELPER alone: an "
    "instance whose agent of Systems Manager answers); or the disk itself where a machine has it already, as /dev/sdb "
    "admin@198.51.100.7"
)
BOOT = 240.0
"""Seconds until SSH greets again, before the next look says why it does not."""

_SAID = re.compile(r"the kernel of this boot: ([A-Za-z0-9][A-Za-z0-9._+~-]{0,79})\)")
_WAY = re.compile(r"(?:ssh://)?[A-Za-z0-9_\[][A-Za-z0-9_.@:%\[\]+-]{0,253}", re.ASCII)
_KERNEL = re.compile(r"(kernel|not)=([A-Za-z0-9][A-Za-z0-9._+~-]{0,79})", re.ASCII)
_DEVICE = re.compile(r"/dev/[A-Za-z0-9][A-Za-z0-9/_.:-]{0,99}", re.ASCII)
_ROOT = "the disk's own programs run there as root, in a directory of the disk: lend it to a machine that may trust it"


@dataclass(frozen=True, slots=True)
class _Helper:
    """What was typed."""

    disk: str
    """The helper in the cloud, or the disk in /dev that it has already."""
    way: str
    """The destination for ssh; empty: its agent of Systems Manager."""
    kernel: str = ""
    """The one to boot; empty: the newest one beside that which does not boot."""
    broken: str = ""
    """The one that does not boot; empty: as the console names it."""


def _typed(answer: str) -> _Helper | None:
    words = answer.split()
    named = {hit[1]: hit[2] for one in words if (hit := _KERNEL.fullmatch(one))}
    rest = [one for one in words if not _KERNEL.fullmatch(one)]
    kernels_ = named.get("kernel", ""), named.get("not", "")
    if len(rest) == 1 and is_instance_id(rest[0]):
        return _Helper(rest[0], "", *kernels_)
    if len(rest) != 2 or not _WAY.fullmatch(rest[1]) or ".." in rest[0]:
        return None
    return _Helper(rest[0], rest[1], *kernels_)


def _plan(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.answer.strip() == NEWEST:
        return (_again(at),)
    helper = _typed(at.answer)
    if helper is None:
        return Refusal(_WRONG)
    if _DEVICE.fullmatch(helper.disk):
        seed = f"{at.target.input} {at.answer} {_bad(at)}"
        there = lentdisk.Place("", (helper.disk,))
        return _steps(at, helper, there, hashlib.sha256(seed.encode()).hexdigest()[:12])
    seen = at.facts.get(both.standing.name) or at.facts.get(standing.name)
    if seen is None or seen.outcome != "known":
        return Refusal(seen.says if seen else "how the machine stands in its account is looked up first")
    return _google(at, seen.data, helper) if seen.data.get("vm") else _amazon(at, seen.data, helper)


def _amazon(at: Situation, data: Data, helper: _Helper) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.aws import LendRoot, ReturnRoot
    from sshwizard.effects.aws.rootdisk import SPARE

    if why := awsdisks.lendable(data, helper.disk):
        return Refusal(why)
    if data.get("windows"):
        return Refusal("this is for Linux")
    volume = str(data["volume"])
    disk = (*awsdisks.disk(data), str(data["root"]), helper.disk)
    mended = _steps(at, helper, lentdisk.of_volume(volume, SPARE), str(data["mark"]))
    return (mended[0], LendRoot(*disk, offline.cautions(data), alone=False), *mended[1:], ReturnRoot(*disk))


def _google(at: Situation, data: Data, helper: _Helper) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.gcp import LendDisk, ReturnDisk

    if not helper.way:
        return Refusal(_WRONG)
    if why := disks.lendable(data, helper.disk):
        return Refusal(why)
    if data.get("windows"):
        return Refusal("this is for Linux")
    disk = disks.lent(data, helper.disk)
    mended = _steps(at, helper, lentdisk.of_device(str(data["disk"])), str(data["mark"]))
    return (mended[0], LendDisk(*disk, cautions(data)), *mended[1:], ReturnDisk(*disk))


def _steps(at: Situation, helper: _Helper, there: lentdisk.Place, id_: str) -> tuple[Effect, ...]:
    """A look whether the helper lets us in, before anything is stopped; and the work there."""
    bad = helper.broken or _bad(at)
    what = f"boot {helper.kernel}" if helper.kernel else f"boot the kernel before {bad or 'the newest one'}"
    guard, do, undo = _texts(there, id_, bad, helper.kernel)
    kept = "its old start image and its old default are kept on the disk, where undo finds them"
    words = f"on {helper.way or helper.disk}: have the disk {what}, with a start image that is made anew"
    more: Mapping[str, Any] = {"words": words, "cautions": (kept, _ROOT), "helper": True}
    if helper.way:
        target = (*config_option(at.target.args), helper.way)
        script = LongScript(id_, BY_USER, (), target, guard, do, undo, 0, **more)
        return (Ready(target, lentdisk.ready()), script)
    from sshwizard.effects.aws import AgentReady, AgentScript

    seen = at.facts.get(both.standing.name) or at.facts[standing.name]
    alone, account = (helper.disk,), placed(seen.data)
    sent = AgentScript(id_, BY_USER, (), alone, guard, do, undo, 0, account=account, **more)
    return (AgentReady(alone, lentdisk.ready(), account), sent)


def _texts(there: lentdisk.Place, id_: str, bad: str, wish: str) -> tuple[str, str, str]:
    """What must hold, what is done, and the way back."""
    return (lentdisk.guard(there), lentdisk.mended(kernels.previous(id_, bad, wish)),
            lentdisk.taken_back(there, id_, kernels.back(id_)))  # fmt: skip


def _again(at: Situation) -> Effect:
    """By ssh itself, which works again."""
    today = datetime.now().astimezone().date()
    kept = "what it boots by now is kept on the server; undo makes that the default again, and leaves the package"
    return LongScript(f"newest-{today}", BY_USER, (), at.target.ssh_args, kernels.ONCE, kernels.AGAIN,
                      kernels.RESTORE, 0, words="install the newest kernel of the server again, and have it booted",
                      cautions=(kept,))  # fmt: skip


async def _greets(at: Situation) -> str:
    """A server that was started takes its time: the next look waits for it. It proves or not."""
    host, port = at.leg.value("hostname"), at.leg.value("port", "22")
    direct = not {"proxyjump", "proxycommand"} & set(at.leg.settings)
    if at.answer.strip() != NEWEST and direct and host and port.isdecimal():
        await until_greeted(host, int(port), BOOT, lambda says: None)
    return ""


FIXES = (Fix(ID, _plan, both.standing, ASKS, proof=_greets),)


def _bad(at: Situation) -> str:
    """The kernel that the console named last."""
    rows = (at.found, *at.facts.values())
    return next((hit[1] for fact in rows for text in (fact.says, *fact.lines) if (hit := _SAID.search(text))), "")


def called(target: Target) -> str:
    """The host as it was typed."""
    return target.args[-1].rpartition("@")[2] if target.args else target.input


def alone(answer: str) -> bool:
    """Whether no account is needed for it: a disk that a machine has already, or the server itself."""
    helper = _typed(answer)
    return answer.strip() == NEWEST or (helper is not None and _DEVICE.fullmatch(helper.disk) is not None)


def previous(at: Situation) -> tuple[str, ...]:
    """Our own commands, filled in as far as it is known what stands in them."""
    rows = (at.found, *at.facts.values())
    instance = next((one for fact in rows if is_instance_id(one := str(fact.data.get("instance", "")))), "")
    vm = place(at)
    args = at.target.args if at.target.args and "/" not in at.target.args[-1] else ("TARGET",)  # the file of a text
    host = called(replace(at.target, args=args))
    name = instance or (vm[2] if vm else host)
    bad = f" not={found}" if (found := _bad(at)) else ""
    ours = f"sshwizard rescue {shlex.join(args)} --do {ID} --with"
    return (
        "# HELPER: a machine of the same zone, which gets the disk; or the disk, where a machine has it, as /dev/sdb",
        f"{ours} 'HELPER admin@ADDRESS{bad}' --dry-run",
        f"{ours} 'HELPER admin@ADDRESS{bad}' --type {shlex.quote(name)}",
        "# once the server is up: the newest kernel again, as the default",
        f"{ours} {NEWEST} --type {shlex.quote(host)}",
    )  # fmt: skip


LINES: dict[str, Lines] = {ID: previous}
