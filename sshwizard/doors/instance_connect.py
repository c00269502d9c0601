"""EC2 Instance Connect: a key that AWS puts on the instance for a minute (EC2 User Guide, Connect using EC2 Instance
Connect; API Reference, SendSSHPublicKey). It travels beside the network; the login itself goes the way of any ssh."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors.allowed import PUSH, may_push
from sshwizard.doors.door import DoorFact
from sshwizard.doors.keys import TemporaryKey, temporary_key
from sshwizard.doors.machine import Machine, machine, reached, user_of, wanted
from sshwizard.doors.way import Shut, Way
from sshwizard.probes.aws import images
from sshwizard.probes.scene import Scene

SECONDS = 60
"""How long a pushed key opens the door."""

_SHIPS = re.compile(r"^(?:al2023-ami-(?!minimal)|amzn2-ami-(?!minimal)|amzn-ec2-macos-|ubuntu/images/)")
"""Images that come with the package (EC2 User Guide, prerequisites for EC2 Instance Connect), by their names."""
_OLD_UBUNTU = re.compile(r"ubuntu-(?:lucid|precise|trusty)\b")


async def judge(scene: Scene) -> DoorFact:
    """From the image, the instance, how far ssh came, and what IAM's simulator says; else only the push shows."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    fact = read(found, await found.asked.part("image"), *reached(scene))
    if fact.state == "shut":
        return fact
    user = await user_of(scene, found)
    may = await may_push(found, user) if fact.state == "open" else None
    if may and may.denied:
        return DoorFact("shut", may.says, (PUSH,), code="eic.permission-missing")
    typed = found.typed("ec2-instance-connect", "ssh", "--instance-id", found.id, "--os-user", user)
    return DoorFact(fact.state, fact.why, (PUSH, *fact.needs), commands=(typed,))


def read(found: Machine, image: Answer, how_far: str, says: str) -> DoorFact:
    """The judgement itself."""
    if not found.running:
        return DoorFact("shut", "the instance does not run", code="aws.instance-stopped")
    if found.windows:
        return DoorFact("shut", "Windows takes no pushed key", code="eic.not-supported-here")
    if (found.row.get("MetadataOptions") or {}).get("HttpEndpoint") == "disabled":
        why = "the instance's metadata service is off, and the pushed key is read from it"
        return DoorFact("shut", why, code="eic.metadata-unreachable")
    if how_far == "before":
        return DoorFact("shut", f"the login goes the same way as ssh, which stops there: {says}")
    if how_far == "not-tried":
        return DoorFact("unknown", "ssh was not tried, so nobody knows whether it reaches the login")
    ships, name = shipped(image)
    if ships:
        return DoorFact("open", f"ssh reaches the login, and the image {name} comes with EC2 Instance Connect")
    what = f"the image {name} is not known to come with the package" if name else "the image does not tell"
    return DoorFact("unknown", f"ssh reaches the login, and {what}", ("the package ec2-instance-connect",))


def shipped(image: Answer) -> tuple[bool, str]:
    """Whether a publisher's own image comes with the package, and its name."""
    row: Row = {} if isinstance(image, Unseen) else next(iter(image.get("Images", ())), {})
    name = clean.line(str(row.get("Name", "")), 120)
    official = str(row.get("OwnerId", "")) in images.PUBLISHERS or row.get("ImageOwnerAlias") == "amazon"
    return bool(official and _SHIPS.match(name) and not _OLD_UBUNTU.search(name)), name


@asynccontextmanager
async def walk(scene: Scene) -> AsyncIterator[Way]:
    """Push a key that lives in this block only. Raises Shut."""
    found = await wanted(scene)
    user = await user_of(scene, found)
    async with pushed_key(scene, found, user) as pushed:
        says = f"a temporary key was put on {found.id} for {user}, for {SECONDS} s"
        options = (*only(pushed.key), "-o", f"User={user}")
        yield Way("eic", options, says=says, until=pushed.until, renew=pushed.again)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A temporary key that the instance takes."""

    key: TemporaryKey
    until: float
    """When that ends (time.monotonic())."""
    again: Callable[[], None]
    """Hands it over once more where less than half of its time is left. Waits; raises Shut."""


@asynccontextmanager
async def pushed_key(scene: Scene, found: Machine, user: str) -> AsyncIterator[Pushed]:
    """A temporary key that the instance takes for `user`. Raises Shut."""
    async with temporary_key() as key:
        params = {"InstanceId": found.id, "InstanceOSUser": user, "SSHPublicKey": key.public}
        if found.zone:
            params["AvailabilityZone"] = found.zone
        call = Call("ec2-instance-connect", "send_ssh_public_key", params)
        until = time.monotonic() + SECONDS
        answer = await push(scene, found, call)
        if isinstance(answer, Unseen) and answer.kind == "denied":
            may = await may_push(found, user)
            answer = replace(answer, why=may.says) if may and may.denied else answer
        _taken(answer)
        ends = [until]

        def again() -> None:
            if time.monotonic() > ends[0] - SECONDS / 2:
                ends[0] = time.monotonic() + SECONDS
                _taken(scene.cloud.aws.access(found.who.profile).now(call, found.who.region))

        yield Pushed(key, until, again)


def _taken(answer: Answer) -> None:
    """Raises Shut for a push that was refused."""
    if isinstance(answer, Unseen):
        raise Shut(f"the key was not pushed: {answer.why}", cause_of(answer), answer.unblock)
    if not answer.get("Success", True):
        raise Shut("AWS did not take the key, and does not say why", "eic.pushed-key-refused")


async def push(scene: Scene, found: Machine, call: Call) -> Answer:
    """Hand a key over by the profile that knows the instance."""
    return await scene.cloud.aws.access(found.who.profile).call(call, found.who.region)


def only(key: TemporaryKey) -> tuple[str, ...]:
    """ssh's options for a login with this key and no other. The agent is left out, because ssh would offer its keys
    before a file (ssh_config(5), IdentitiesOnly); the host key is verified as always."""
    options = ("IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey", "ControlPath=none")
    return ("-i", str(key.private), *(word for option in options for word in ("-o", option)))


_CODES = {
    "AuthException": "eic.permission-missing",
    "EC2InstanceStateInvalidException": "aws.instance-stopped",
    "EC2InstanceTypeInvalidException": "eic.not-supported-here",
    "InvalidArgsException": "eic.not-supported-here",
    "SerialConsoleAccessDisabledException": "serial.account-access-off",
    "SerialConsoleSessionLimitExceededException": "serial.session-busy",
    "SerialConsoleSessionUnavailableException": "serial.session-busy",
    "SerialConsoleSessionUnsupportedException": "serial.not-supported",
}
"""The service's own words (API Reference, errors of the two pushes)."""


def cause_of(refusal: Unseen) -> str:
    """The cause that a refused push names; empty where it names none."""
    if refusal.kind == "denied":
        return "eic.permission-missing"
    return "eic.not-supported-here" if refusal.kind == "no-region" else _CODES.get(refusal.code, "")


def refused(way: Way, now: float) -> tuple[str, tuple[str, ...], str]:
    """Why a login was refused though the push was accepted: the cause, what looks the same, and a sentence.

    A pushed key that sshd never asks for looks like one that it asks for in vain: only the server's log tells.
    """
    if way.until is not None and now > way.until:
        return "eic.key-expired", (), f"More than {SECONDS} s went by before the login, and the key ends then."
    if way.door == "serial":
        why = "The serial console took the key and refused the login: somebody else may use it, or did until just now."
        return "serial.session-busy", ("serial.access-denied",), why
    also = ("eic.package-missing", "eic.sshd-not-configured", "eic.metadata-unreachable", "server.clock-wrong",
            "auth.wrong-user")  # fmt: skip
    why = ("AWS took the key, and the server refused the login: it never asked for the key, or could not read it, or "
           "has no such user.")  # fmt: skip
    return "eic.pushed-key-refused", also, why
