"""What every door to an EC2 instance asks first: which one it is, and how far ssh came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sshwizard import clean
from sshwizard.cloud.aws.identify import Identity, Row, state
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.doors.door import DoorFact
from sshwizard.doors.way import Shut
from sshwizard.probes.aws import images
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.process import spell
from sshwizard.probes.scene import Scene

Reached = Literal["in", "login", "before", "not-tried"]
"""in: a command ran; login: the server's login was reached; before: ssh stopped on the way there."""

_SPINE = ("session", "login", "hostkey", "kex", "banner", "tcp", "name")
"""The questions of the way, the last one first (the tree asks them in the other order)."""


@dataclass(frozen=True)
class Machine:
    """An instance of the person's own account."""

    asked: Inquiry
    who: Identity

    @property
    def row(self) -> Row:
        """As DescribeInstances gives it."""
        return self.who.instance

    @property
    def id(self) -> str:
        """The instance id."""
        return self.who.id

    @property
    def zone(self) -> str:
        """The availability zone."""
        return str((self.row.get("Placement") or {}).get("AvailabilityZone", ""))

    @property
    def windows(self) -> bool:
        """True where no SSH key is pushed to."""
        return str(self.row.get("Platform", "")).lower() == "windows"

    @property
    def running(self) -> bool:
        """True when there is something to log in to."""
        return state(self.row) == "running"

    def typed(self, *words: str) -> str:
        """An aws command about it, as a person would type it."""
        profile = ("--profile", self.who.profile) if self.who.profile else ()
        return clean.line(spell(("aws", *words, "--region", self.who.region, *profile)), 400)


def opened_by(scene: Scene, action: str, *words: str) -> str:
    """Our own command for a change in the account."""
    return clean.line(spell(("sshwizard", "rescue", *scene.target.args, "--do", action, *words)), 400)


async def machine(scene: Scene) -> Machine | DoorFact:
    """The instance, or how its doors stand without one."""
    asked = await inquiry(scene)
    if asked.closed is not None and asked.closed.kind == "plain":
        return DoorFact("shut", f"{asked.closed.why}, so this door leads nowhere", elsewhere=True)
    who = await asked.identity()
    if who.instance:
        return Machine(asked, who)
    if who.unseen:
        first = who.unseen[0]
        return DoorFact("unknown", f"AWS did not tell: {first.why}", (first.unblock,) if first.unblock else ())
    return DoorFact("shut", "it is no instance of this account")


async def wanted(scene: Scene) -> Machine:
    """The instance to walk to. Raises Shut."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        raise Shut(found.why, unblock=next(iter(found.needs), ""))
    return found


def reached(scene: Scene) -> tuple[Reached, str]:
    """How far ssh came with this hop, and what was seen there last."""
    named = scene.facts.get("machine")
    if named and named.known and named.outcome != "found":
        return "before", named.says
    for node in _SPINE:
        if (fact := scene.facts.get(node)) and fact.known:
            if node == "session" and fact.outcome == "ok":
                return "in", fact.says
            return ("login" if node in {"session", "login"} else "before"), fact.says
    if scene.run.started:
        return "before", "ssh did not come as far as this host"
    return "not-tried", "ssh was not tried"


async def user_of(scene: Scene, found: Machine) -> str:
    """Who logs in: whom the person named for this door, else the name that ssh uses; the image's own where that one is
    unset or another image's."""
    if scene.login:
        return scene.login
    used = scene.leg.user
    image = images.read(await found.asked.part("image"), await found.asked.part("console"), used)
    delivered = str(image.data.get("user_wanted", ""))
    theirs = {user for _, user, _ in images.USERS} | {"root"}
    chosen = bool(scene.leg.setting("user")) or any(word.startswith("User=") for word in scene.target.found)
    if image.outcome == "other" and delivered and (used in theirs or not chosen):
        return delivered
    return used


async def administrator_of(scene: Scene, found: Machine) -> str:
    """Who looks inside: whom the person named, else the image's own account, which may become root (cloud-init's
    default user), else the name that ssh uses."""
    used = scene.leg.user
    image = images.read(await found.asked.part("image"), await found.asked.part("console"), used)
    return scene.login or (image.outcome == "other" and str(image.data.get("user_wanted", ""))) or used
