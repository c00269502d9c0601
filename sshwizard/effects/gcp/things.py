"""What is made in a project and deleted again: a snapshot, a disk, a VM, a network, a subnetwork.

One way for all of them (Compute Engine API, insert, get, delete): it must not be there yet, it is followed until Google
has made it, and it is found again by its name and by the description that we gave it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import patient, tell
from sshwizard.effects.gcp.place import Place, answer, asked, may, watch
from sshwizard.effects.online import refused

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A collection of the API."""

    word: str
    group: tuple[str, ...]
    """As gcloud calls it."""
    options: Callable[[Body], tuple[str, ...]]
    """gcloud's options that say the same as the body."""
    needs: tuple[str, ...] = ()
    """Permissions beside `create` that making one takes."""


def _snapshot(body: Body) -> tuple[str, ...]:
    link = str(body["sourceDisk"])
    zone = link.partition("/zones/")[2].partition("/")[0]
    return f"--source-disk={last(link)}", f"--source-disk-zone={zone}"


def _disk(body: Body) -> tuple[str, ...]:
    kind = (f"--type={last(str(body['type']))}",) if body.get("type") else ()
    return (f"--source-snapshot={last(str(body['sourceSnapshot']))}", *kind)


def _vm(body: Body) -> tuple[str, ...]:
    nic, disks = body["networkInterfaces"][0], body["disks"]
    image = str(disks[0]["initializeParams"]["sourceImage"])
    more = (f"--disk=name={last(str(one['source']))},device-name={one['deviceName']},mode=rw" for one in disks[1:])
    return (
        f"--machine-type={last(str(body['machineType']))}", f"--subnet={last(str(nic['subnetwork']))}", "--no-address",
        f"--image-family={last(image)}", f"--image-project={image.partition('projects/')[2].partition('/')[0]}",
        "--no-service-account", "--no-scopes", *more,
    )  # fmt: skip


def _subnet(body: Body) -> tuple[str, ...]:
    return f"--network={last(str(body['network']))}", f"--range={body['ipCidrRange']}"


KINDS: Mapping[str, Kind] = {
    "snapshots": Kind("snapshot", ("snapshots",), _snapshot, ("compute.disks.createSnapshot",)),
    "disks": Kind("disk", ("disks",), _disk, ("compute.snapshots.useReadOnly",)),
    "instances": Kind("VM", ("instances",), _vm, ("compute.disks.create", "compute.subnetworks.use")),
    "networks": Kind("network", ("networks",), lambda body: ("--subnet-mode=custom",)),
    "subnetworks": Kind("subnetwork", ("networks", "subnets"), _subnet),
}
"""By the name of the collection."""


@dataclass(frozen=True, slots=True)
class _Thing(Place):
    collection: str
    """A key of KINDS."""
    scope: str
    """global, zones/ZONE or regions/REGION."""
    body: str
    """As the API takes it, JSON. It holds no secret: the journal keeps it."""
    note: str = ""
    """What the preview says of it beside: a price, a time."""
    slow: ClassVar[bool] = True

    @property
    def wanted(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.body)
        return made

    @property
    def name(self) -> str:
        return str(self.wanted["name"])

    @property
    def words(self) -> str:
        return f"{KINDS[self.collection].word} {self.name} ({self.wanted.get('description', '')})"

    def preview(self, *_: object) -> tuple[str, ...]:
        note = (clean.line(f"# {self.note}", 300),) if self.note and self.sign == "+" else ()
        return (clean.line(f"{self.sign} {self.words}", 300), *note)

    def at(self, *more: str) -> str:
        """The path of the collection, or of the thing in it."""
        return path("projects", self.project, *self.scope.split("/"), self.collection, *more)

    def place(self) -> tuple[str, ...]:
        """gcloud's option for where it is."""
        word, _, where = self.scope.partition("/")
        return (f"--{word.removesuffix('s')}={where}",) if where else ()

    def standing(self) -> Body | None:
        """As it is now. Raises Refused where that is not told."""
        found = answer(Call("compute", self.at(self.name), f"compute.{self.collection}.get"))
        if isinstance(found, Unseen):
            if found.kind == "missing":
                return None
            raise refused(found)
        return found

    def is_mine(self, row: Body) -> bool:
        """True for the one that was made here."""
        return bool(row.get("description")) and row.get("description") == self.wanted.get("description")

    def clear(self) -> None:
        """Delete it, and wait until it is gone."""
        call = Call("compute", self.at(self.name), f"compute.{self.collection}.delete", method="DELETE")
        watch(asked(call), self.project, f"deleting {self.name}")


@dataclass(frozen=True, slots=True)
class Make(_Thing):
    """Make it. Where that fails, or the person ends the waiting, what was begun is deleted first."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        kind, body = KINDS[self.collection], self.wanted
        told = f"--description={body.get('description', '')}"
        return self.command("compute", *kind.group, "create", self.name, *kind.options(body), *self.place(), told)

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"there is a {KINDS[self.collection].word} {self.name} already")
        may(self.project, f"compute.{self.collection}.create", *KINDS[self.collection].needs)

    def inverse(self) -> Effect:
        return Remove(self.project, self.collection, self.scope, self.body, self.note)

    def apply(self) -> None:
        begun = asked(Call("compute", self.at(), f"compute.{self.collection}.create", body=self.wanted))
        try:
            watch(begun, self.project, self.name)
        except Refused:
            with patient():
                self._take_back(begun)
            raise

    def _take_back(self, begun: Body) -> None:
        """Some things can only be deleted once they are whole."""
        for wait in (False, True):
            with suppress(Refused):
                if wait:
                    watch(begun, self.project, f"{self.name}, before it is deleted")
                row = self.standing()
                if row is None or not self.is_mine(row):
                    return
                self.clear()
                return
        command = Remove(self.project, self.collection, self.scope, self.body).by_hand()
        tell(f"{self.name} may be left in the project; this deletes it: {command}")


@dataclass(frozen=True, slots=True)
class Remove(_Thing):
    """Delete it, if it is still the one that was made here."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("compute", *KINDS[self.collection].group, "delete", self.name, "--quiet", *self.place())

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"the {KINDS[self.collection].word} {self.name} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return Make(self.project, self.collection, self.scope, self.body, self.note)

    def apply(self) -> None:
        self.check()
        self.clear()
