"""One VPC firewall rule, found again by its name and by what it says (Compute Engine API, firewalls)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.gcp.place import Place, asked, done

_NEEDS = ("compute.firewalls.create", "compute.networks.updatePolicy")


@dataclass(frozen=True, slots=True)
class _Rule(Place):
    """An INGRESS rule in the network's own project; with Shared VPC that is the host's."""

    network: str
    """projects/PROJECT/global/networks/NAME."""
    name: str
    port: int
    source: str
    """One address with its full length, or Google's range for IAP."""
    priority: int
    tag: str
    """The network tag of the VMs that it is for; empty: by service account, or all VMs of the network."""
    account: str
    """The service account of the VMs that it is for, where they have no tag."""
    note: str

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        row: dict[str, Any] = {
            "name": self.name, "network": self.network, "direction": "INGRESS", "priority": self.priority,
            "sourceRanges": [self.source], "allowed": [{"IPProtocol": "tcp", "ports": [str(self.port)]}],
            "description": self.note,
        }  # fmt: skip
        if self.tag:
            row["targetTags"] = [self.tag]
        elif self.account:
            row["targetServiceAccounts"] = [self.account]
        return row

    @property
    def words(self) -> str:
        """The rule in a line."""
        whom = f"VMs tagged {self.tag}" if self.tag else f"VMs that run as {self.account}" if self.account else ""
        whom = whom or "EVERY VM of the network"
        network = self.network.rpartition("/")[2]
        rule = f"firewall rule {self.name} in {network}: tcp {self.port} from {self.source} to {whom}"
        return clean.line(f"{rule}, priority {self.priority} ({self.note})", 300)

    def standing(self) -> Mapping[str, Any] | None:
        """The rule of this name."""
        where, query = path("projects", self.project, "global", "firewalls"), {"filter": f"name = {self.name}"}
        rows = asked(Call("compute", where, "compute.firewalls.list", query)).get("items") or ()
        return next((row for row in rows if row.get("name") == self.name), None)

    def is_mine(self, row: Mapping[str, Any]) -> bool:
        """True when it says what this one says."""
        mine = {key: value for key, value in self.body.items() if key != "network"}
        same = str(row.get("network", "")).endswith(self.network)
        return same and not row.get("disabled") and {key: row.get(key) for key in mine} == mine


@dataclass(frozen=True, slots=True)
class AllowInFirewall(_Rule):
    """One more rule."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        whom = (f"--target-tags={self.tag}",) if self.tag else ()
        whom = whom or ((f"--target-service-accounts={self.account}",) if self.account else ())
        return self.command(
            "compute", "firewall-rules", "create", self.name, f"--network={self.network.rpartition('/')[2]}",
            "--direction=INGRESS", "--action=ALLOW", f"--rules=tcp:{self.port}", f"--source-ranges={self.source}",
            f"--priority={self.priority}", f"--description={self.note}", *whom,
        )  # fmt: skip

    def check(self) -> None:
        if self.standing():
            raise Refused(f"there is a firewall rule {self.name} already")
        where = f"v3/{path('projects', self.project)}:testIamPermissions"
        told = asked(Call("cloudresourcemanager", where, body={"permissions": list(_NEEDS)}))
        if lacking := [one for one in _NEEDS if one not in (told.get("permissions") or ())]:
            raise Refused(f"you may not make a firewall rule in {self.project}: {' and '.join(lacking)}")

    def inverse(self) -> Effect:
        return RemoveFromFirewall(self.project, self.network, self.name, self.port, self.source, self.priority,
                                  self.tag, self.account, self.note)  # fmt: skip

    def apply(self) -> None:
        where = path("projects", self.project, "global", "firewalls")
        done(Call("compute", where, "compute.firewalls.create", body=self.body), self.project)


@dataclass(frozen=True, slots=True)
class RemoveFromFirewall(_Rule):
    """Take the rule away, if it still says what we wrote."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("compute", "firewall-rules", "delete", self.name)

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"the firewall rule {self.name} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return AllowInFirewall(self.project, self.network, self.name, self.port, self.source, self.priority,
                               self.tag, self.account, self.note)  # fmt: skip

    def apply(self) -> None:
        self.check()
        where = path("projects", self.project, "global", "firewalls", self.name)
        done(Call("compute", where, "compute.firewalls.delete", method="DELETE"), self.project)
