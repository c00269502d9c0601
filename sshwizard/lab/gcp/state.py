"""What the embedded Google Cloud holds: projects, machines, people, faults that were asked for, calls made."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sshwizard.lab.addresses import Addresses
from sshwizard.lab.gcp.faults import Faults, matches
from sshwizard.lab.gcp.held import Grant, Operation, Person, now

PROJECT, NUMBER = "practice-shop", 415104041262
ZONE = "europe-west1-b"
PERSON = "dana@example.com"
CLIENT_ADDRESS = "192.88.99.7"
"""Where the person's packets seem to come from. Of a retired anycast block (RFC 7526): global, and nobody's."""
HOME = "https://www.googleapis.com/compute/v1/"
"""How every selfLink begins, whatever address the call went to."""
RUNNING = "RUNNING"


def fingerprint(value: object) -> str:
    """Bytes in base64, another for another content."""
    return base64.b64encode(hashlib.sha256(json.dumps(value).encode()).digest()[:8]).decode()


def switched(value: str | None) -> bool | None:
    """A boolean of the metadata as the guest agent reads it (Go's ParseBool); None: unset, the next level counts."""
    if value in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    return False if value in ("0", "f", "F", "FALSE", "false", "False") else None


@dataclass
class Nic:
    """A network interface."""

    network: str = "default"
    subnetwork: str = "default"
    ip: str = ""
    """Empty: the next that is free."""
    public: bool = True
    """It has an external address."""
    nat: str = ""
    """Which one; empty: the next that is free, while the VM is on."""
    static: bool = False
    """A reserved address stays when the VM stops."""
    host: str = ""
    """The project of a shared VPC; empty: the VM's own."""


@dataclass
class Disk:
    """A persistent disk of the same zone."""

    name: str
    size: int = 10
    """GB."""
    boot: bool = True
    licenses: tuple[str, ...] = ("debian-cloud/global/licenses/debian-12-bookworm",)
    kept: bool = False
    """It stays when its VM is deleted."""
    snapshot: str = ""
    """Of which it was made."""
    note: str = ""


@dataclass
class Instance:
    """A VM, as the API shows it, and what only its guest knows."""

    name: str
    project: str = PROJECT
    zone: str = ZONE
    id: str = ""
    status: str = RUNNING
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    nics: list[Nic] = field(default_factory=lambda: [Nic()])
    accounts: list[str] = field(default_factory=list)
    """Service accounts, by e-mail."""
    disks: list[Disk] = field(default_factory=list)
    windows: bool = False
    machine: str = "e2-small"
    created: str = field(default_factory=now)
    started: str = field(default_factory=now)
    stopped: str = ""
    serial: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    """Guest attributes, by namespace/key."""
    series: dict[str, list[float]] = field(default_factory=dict)
    """Monitoring: metric type -> values, the newest first, a minute each."""
    agent: str = "up"
    """The guest agent: up, down, or full (it runs, and can write nothing)."""
    boots: str = ""
    """How it boots, a name of consoles.BOOTS; empty: well, and without a word."""
    mends: bool = False
    """A startup script mends what is broken inside, once it has run."""
    note: str = ""
    """Its description."""

    def __post_init__(self) -> None:
        self.nics = [Nic(**one) if isinstance(one, dict) else one for one in self.nics]
        self.disks = [Disk(**one) if isinstance(one, dict) else one for one in self.disks] or [Disk(self.name)]
        self.serial = {int(port): text for port, text in self.serial.items()}
        if not self.id:
            self.id = str(int.from_bytes(hashlib.sha256(self.path.encode()).digest()[:8], "big") >> 1)
        if self.windows:
            self.disks[0].licenses = ("windows-cloud/global/licenses/windows-server-2022-dc",)

    @property
    def path(self) -> str:
        return f"projects/{self.project}/zones/{self.zone}/instances/{self.name}"


@dataclass
class Policy:
    """A firewall policy: rules as the API spells them."""

    name: str
    rules: list[dict[str, Any]]
    type: str = "HIERARCHY"
    """HIERARCHY, SYSTEM_GLOBAL, SYSTEM_REGIONAL, NETWORK, NETWORK_REGIONAL."""
    priority: int = 0
    """Of the association; network and system policies only."""


@dataclass
class Network:
    """A VPC network. Rules and routes as the API spells them, without what the project adds."""

    name: str = "default"
    order: str = "AFTER_CLASSIC_FIREWALL"
    firewalls: dict[str, dict[str, Any]] = field(default_factory=dict)
    routes: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    note: str = ""
    """Its description."""


@dataclass
class Project:
    """One project: what it has in all zones."""

    id: str
    number: int = NUMBER
    metadata: dict[str, str] = field(default_factory=dict)
    zones: dict[str, dict[str, str]] = field(default_factory=dict)
    """Metadata of a zone."""
    networks: dict[str, Network] = field(default_factory=dict)
    instances: dict[tuple[str, str], Instance] = field(default_factory=dict)
    """By zone and name."""
    host: str = ""
    """The host project of a shared VPC."""
    ancestors: list[str] = field(default_factory=list)
    """Folders and the organization, the nearest first: "folders/12", "organizations/34"."""
    reserved: dict[str, str] = field(default_factory=dict)
    """Reserved external addresses that lead nowhere, by name."""
    fronts: dict[str, str] = field(default_factory=dict)
    """External addresses of load balancers, by the name of the forwarding rule."""
    constraints: dict[str, Any] = field(default_factory=dict)
    """Organization policies, without "constraints/": True, or the listPolicy."""
    disabled: set[str] = field(default_factory=set)
    """APIs that are off, as compute.googleapis.com."""
    entries: list[dict[str, Any]] = field(default_factory=list)
    """What Cloud Logging has."""
    loose: dict[tuple[str, str], Disk] = field(default_factory=dict)
    """Disks that are on no VM, by zone and name."""
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    subnets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Subnetworks that were made, by REGION/NAME."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Managed instance groups: the VMs of each."""


class Lab:
    """Everything the child process knows."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.lock = threading.RLock()
        self.settled = threading.Condition(self.lock)
        self.released = threading.Event()
        self.changed: Callable[[], None] = lambda: None
        """Called after everything that may have changed what packets and logins meet."""
        self.clear()

    def clear(self) -> None:
        """Back to a project with the network "default" and nothing in it; calls that hang are let go."""
        self.let_go()
        self.addresses.restart()
        network = Network()
        network.routes["default-route-r1"] = {
            "destRange": "0.0.0.0/0",
            "priority": 1000,
            "nextHopGateway": f"{HOME}projects/{PROJECT}/global/gateways/default-internet-gateway",
        }
        self.projects = {PROJECT: Project(PROJECT, networks={"default": network})}
        self.people = {PERSON: Person(PERSON, "dana_example_com")}
        self.grants = [Grant(PERSON, ("*",))]
        self.tokens = {"ya29.practice": PERSON}
        """Access token -> whose."""
        self.stale: set[str] = set()
        self.signers: dict[str, str] = {}
        """Service account -> its public key, as PEM."""
        self.faults = Faults()
        self.settle = 0.02
        """Seconds that a change takes."""
        self.client_address = CLIENT_ADDRESS
        self.operations: dict[str, Operation] = {}
        self.tests: dict[str, dict[str, Any]] = {}
        """Connectivity tests, by name."""
        self.calls: list[dict[str, Any]] = []
        self.gaps: Counter[str] = Counter()

    def let_go(self) -> None:
        """End the waiting of calls that hang."""
        self.released.set()
        self.released = threading.Event()

    def knows(self, token: str) -> bool:
        """Whether a token is good now."""
        return token in self.tokens and token not in self.stale and not self.faults.expired

    def may(self, who: str, permission: str, resource: str) -> bool:
        """Whether somebody has a permission on a resource, faults included."""
        if matches(self.faults.deny, permission):
            return False
        return any(
            one.member == who and resource.startswith(one.resource) and matches(one.permissions, permission)
            for one in self.grants
        )

    def network(self, vm: Instance, nic: Nic) -> Network:
        return self.projects[nic.host or vm.project].networks[nic.network]

    def vms(self) -> list[Instance]:
        return [vm for project in self.projects.values() for vm in project.instances.values()]

    def value(self, vm: Instance, key: str) -> str | None:
        """A value of the metadata that counts for a VM, where the instance's is set: then the zone's, the project's."""
        project = self.projects[vm.project]
        levels = (vm.metadata, project.zones.get(vm.zone, {}), project.metadata)
        return next((level[key] for level in levels if key in level), None)

    def flag(self, vm: Instance, key: str) -> bool:
        """A boolean as the guest agent reads it: what cannot be read is unset, and the next level counts."""
        project = self.projects[vm.project]
        levels = (vm.metadata, project.zones.get(vm.zone, {}), project.metadata)
        return next((set_ for level in levels if (set_ := switched(level.get(key))) is not None), False)
