"""The doors to a VM of Compute Engine: how they stand by what Google says, and how they are walked through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sshwizard import clean
from sshwizard.cloud.gcp.iap.target import Target
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.parts import TUNNEL
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors.door import DoorFact
from sshwizard.doors.iap_tunnel import through
from sshwizard.doors.way import Shut, Way
from sshwizard.model import Fact
from sshwizard.probes.gcp import asked as typing
from sshwizard.probes.gcp import serial
from sshwizard.probes.gcp.looks import Serial
from sshwizard.probes.gcp.path import Asked, seen_of
from sshwizard.probes.gcp.source import Source
from sshwizard.probes.gcp.state import MUTE
from sshwizard.probes.scene import Scene
from sshwizard.reach.gcp import evaluate, evaluate_rules
from sshwizard.reach.gcp.words import why

_TUNNEL_NEEDS = (TUNNEL, "a rule that admits 35.235.240.0/20", "a key that the VM takes")
_CONSOLE_NEEDS = ("your key in the metadata or in OS Login", "a user of the VM who has a password")
_ON = "compute.instances.setMetadata"


@dataclass(frozen=True)
class Vm:
    """A VM of the person's own project."""

    asked: Inquiry
    who: Identity

    @property
    def place(self) -> Place:
        """Where it is."""
        return replace(self.who.place, nic=self.who.place.nic or "nic0")

    @property
    def runs(self) -> bool:
        """True when there is something to log in to, or will be soon."""
        return self.who.status not in MUTE


async def vm(scene: Scene) -> Vm | DoorFact:
    """The VM, or how its doors stand without one."""
    asked = await typing.inquiry(scene)
    if asked.closed is not None and asked.closed.kind == "plain":
        return DoorFact("shut", f"{asked.closed.why}, so this door leads nowhere", elsewhere=True)
    who = await asked.identity()
    if who.instance:
        return Vm(asked, who)
    if who.unseen and who.who != "nobody":
        first = who.unseen[0]
        return DoorFact("unknown", f"Google did not tell: {first.why}", (first.unblock,) if first.unblock else ())
    return DoorFact("shut", "it is no VM of this project")


async def wanted(scene: Scene) -> Vm:
    """The VM to walk to. Raises Shut."""
    found = await vm(scene)
    if isinstance(found, DoorFact):
        raise Shut(found.why, unblock=next(iter(found.needs), ""))
    if not found.runs:
        raise Shut(f"the VM is {clean.line(found.who.status, 40)}", "gcp.instance-stopped")
    return found


# ------------------------------------------------------------------ Identity-Aware Proxy


async def by_iap(scene: Scene) -> DoorFact:
    """From the permission for the tunnel, and the firewall's word about Google's own addresses; nobody knocks."""
    found = await vm(scene)
    if isinstance(found, DoorFact):
        return found
    if not found.runs:
        return DoorFact("shut", "the VM does not run", _TUNNEL_NEEDS, code="gcp.instance-stopped")
    seen = await seen_of(found.asked, found.who.instance, outside=True)
    if not isinstance(seen.tunnel, Unseen) and TUNNEL not in (seen.tunnel.get("permissions") or ()):
        return DoorFact("shut", f"you lack {TUNNEL} for this VM", _TUNNEL_NEEDS, code="gcp.iap-permission-missing")
    typed = typing.of(found.place, "ssh", "--tunnel-through-iap")
    if isinstance(seen.firewall, Unseen) and isinstance(seen.rules, Unseen):
        return DoorFact("unknown", f"the firewall was not seen: {seen.firewall.why}", _TUNNEL_NEEDS, commands=(typed,))
    request = Asked(found.who.instance, found.place, Source(), scene.leg.port).request("0.0.0.0/0", seen).by_iap()
    answer = (
        evaluate_rules({} if isinstance(seen.rules, Unseen) else seen.rules, request)
        if isinstance(seen.firewall, Unseen)
        else evaluate(seen.firewall, request)
    )
    if answer.action == "deny" and answer.proved:
        return DoorFact("shut", why(answer), _TUNNEL_NEEDS, code="gcp.iap-range-blocked")
    if answer.action != "allow" or isinstance(seen.tunnel, Unseen):
        doubt = seen.tunnel.why if isinstance(seen.tunnel, Unseen) else why(answer)
        return DoorFact("unknown", doubt, _TUNNEL_NEEDS, commands=(typed,))
    says = f"you may use the tunnel, and {why(answer)}"
    return DoorFact("open", says, _TUNNEL_NEEDS, commands=(typed,))


@asynccontextmanager
async def through_iap(scene: Scene) -> AsyncIterator[Way]:
    """A tunnel to the VM's internal address. Raises Shut, with the cause that a first connection shows."""
    found = await wanted(scene)
    place, access = found.place, found.asked.access

    async def token(fresh: bool) -> str:
        given = await access.token(fresh=fresh)
        if isinstance(given, Unseen):
            raise Shut(given.why, "iam.credentials-missing", given.unblock)
        return given

    to = Target(place.project, place.zone, place.name, place.nic, scene.leg.port)
    async with through(to, token) as way:
        yield replace(way, options=(*way.options, *_as_gcloud(scene, found)))


def _as_gcloud(scene: Scene, found: Vm) -> tuple[str, ...]:
    """What `gcloud compute ssh` keeps for this VM, where it is there: its key, and the host key under compute.ID."""
    home = Path("~/.ssh").expanduser()
    key, known, alias = home / "google_compute_engine", home / "google_compute_known_hosts", ""
    number = str(found.who.instance.get("id", ""))
    try:
        written = known.read_text("utf-8", "replace")
    except OSError:
        written = ""
    if number.isdigit() and f"compute.{number} " in written and not scene.leg.value("hostkeyalias"):
        alias = f"compute.{number}"
    files = [str(key), *_own(scene)] if key.exists() else []
    options = [word for file in files for word in ("-i", file)]
    if alias:
        options += ["-o", f"HostKeyAlias={alias}", "-o", f'UserKnownHostsFile="{known}"']
    return tuple(options)


def _own(scene: Scene) -> list[str]:
    """The person's own key files, which -i would else keep out (ssh_config(5), IdentityFile)."""
    named = (Path(name).expanduser() for name in scene.leg.values("identityfile"))
    return [str(file) for file in named if file.exists()]


# ------------------------------------------------------------------ the serial console


async def by_serial(scene: Scene) -> DoorFact:
    """From the metadata, the organization's constraint and the state."""
    found = await vm(scene)
    if isinstance(found, DoorFact):
        return found
    if not found.runs:
        return DoorFact("shut", "the VM does not run", _CONSOLE_NEEDS, code="gcp.instance-stopped")
    return read_serial(found, await serial.ask(found.asked, found.who))


def read_serial(found: Vm, told: Fact[Serial]) -> DoorFact:
    """What the switch and the organization's constraint come to for this door."""
    typed = typing.of(found.place, "connect-to-serial-port")
    if told.outcome == "forbidden":
        return DoorFact("shut", told.says, _CONSOLE_NEEDS, code="serial.gcp-port-off")
    if told.outcome == "allowed":
        says = "it is switched on. Only who has a password there can log in; enter, then ~. leaves"
        return DoorFact("open", says, _CONSOLE_NEEDS, commands=(typed,))
    if told.outcome != "off":
        return DoorFact("unknown", told.says, _CONSOLE_NEEDS, commands=(typed,))
    on = typing.of(found.place, "instances", "add-metadata", f"--metadata={serial.KEY}=TRUE")
    return DoorFact("shut", told.says, (_ON, *_CONSOLE_NEEDS), commands=(on,), code="serial.gcp-port-off")


@asynccontextmanager
async def through_serial(scene: Scene) -> AsyncIterator[Way]:
    """ssh to the regional server with the host key that Google publishes for it. Raises Shut."""
    from sshwizard.doors import gce_serial

    found = await wanted(scene)
    key = Path("~/.ssh/google_compute_engine").expanduser()
    files = [*([str(key)] if key.exists() else []), *_own(scene)]
    async with gce_serial.console(found.place, scene.leg.user, tuple(files)) as way:
        yield way
