"""What the embedded Google Cloud can be told beside its APIs. `embedded.Gcp` has a method for each verb."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from sshwizard.lab import channel
from sshwizard.lab.gcp import vpc
from sshwizard.lab.gcp.boots import agent_after
from sshwizard.lab.gcp.faults import Faults
from sshwizard.lab.gcp.held import Grant, Key, Person
from sshwizard.lab.gcp.instances import launch, turn
from sshwizard.lab.gcp.machines import Machine, Machines
from sshwizard.lab.gcp.people import fingerprint_of, service_account
from sshwizard.lab.gcp.state import PROJECT, Instance, Lab, Network, Policy, Project

Told = channel.Told


class Control:
    """The verbs."""

    def __init__(self, lab: Lab, machines: Machines, url: str) -> None:
        self._lab, self._machines, self._url = lab, machines, url
        self._verbs: channel.Verbs = {
            "reset": self._reset,
            "faults": self._faults,
            "identity": self._identity,
            "pace": self._pace,
            "calls": lambda _: list(lab.calls),
            "gaps": lambda _: dict(lab.gaps),
            "gates": lambda _: machines.told(),
            "doors": lambda _: {path: [asdict(one) for one in rows] for path, rows in machines.keys().items()},
            "project": self._project,
            "network": self._network,
            "instance": self._instance,
            "profile": self._profile,
            "grants": self._grants,
            "service-account": lambda told: service_account(lab, told["email"], told["project"], url),
            "machine": self._machine,
            "shown": self._shown,
        }

    def answer(self, verb: str, body: bytes) -> tuple[str, bytes]:
        """The HTTP status line and the body of an answer. What it changed has reached packets and logins."""
        with self._lab.lock:
            told = channel.answer(self._verbs, verb, body)
        self._machines.follow()
        return told

    def _reset(self, _: Told) -> None:
        """An empty project, no machines, no faults, no record."""
        self._machines.clear()
        self._lab.clear()

    def _faults(self, told: Told) -> None:
        """Replace the named faults; {} ends all of them, and lets hanging calls go."""
        self._lab.faults = replace(self._lab.faults, **told) if told else Faults()
        if not told:
            self._lab.let_go()

    def _identity(self, told: Told) -> None:
        """Where the packets seem to come from; whose a token is; which tokens have run out."""
        self._lab.client_address = told.get("client_address", self._lab.client_address)
        self._lab.tokens |= told.get("tokens", {})
        if told.get("expire"):
            self._lab.stale |= set(self._lab.tokens)

    def _pace(self, told: Told) -> None:
        self._lab.settle = told.get("settle", self._lab.settle)
        self._machines.delay = told.get("agent", self._machines.delay)

    def _project(self, told: Told) -> None:
        """Make a project, or change one: fields of state.Project."""
        id_ = told.pop("id", PROJECT)
        project = self._lab.projects.setdefault(id_, Project(id_, networks={"default": Network()}))
        for name, value in told.items():
            _set(project, name, set(value) if name == "disabled" else value)

    def _network(self, told: Told) -> None:
        """Make a network, or change one. Rules are as the API takes them, by name; None takes one away."""
        project, name = self._lab.projects[told.get("project", PROJECT)], told.get("name", "default")
        network = project.networks.setdefault(name, Network(name))
        network.order = told.get("order", network.order)
        for key, row in told.get("firewalls", {}).items():
            network.firewalls.pop(key, None)
            if row is not None:
                network.firewalls[key] = vpc.complete(row)
        for key, row in told.get("routes", {}).items():
            network.routes.pop(key, None)
            if row is not None:
                network.routes[key] = {"priority": 1000, **row}
        if "policies" in told:
            network.policies = [Policy(**one) for one in told["policies"]]

    def _find(self, told: Told) -> Instance | None:
        project = self._lab.projects[told.get("project", PROJECT)]
        wanted = told["name"]
        return next((vm for vm in project.instances.values() if vm.name == wanted), None)

    def _instance(self, told: Told) -> dict[str, str]:
        """Make a VM, or change one: fields of state.Instance. Returns its path, id and first external address."""
        vm = self._find(told)
        if vm is None:
            vm = launch(self._lab, Instance(**told))
        else:
            if "status" in told:
                turn(self._lab, vm, told["status"])
            for name, value in told.items():
                _set(vm, name, value)
            vm.__post_init__()
            launch(self._lab, vm)
        if "boots" in told:
            vm.agent = agent_after(vm.boots)
        return {"path": vm.path, "id": vm.id, "address": vm.nics[0].nat}

    def _profile(self, told: Told) -> None:
        """Keys of somebody's OS Login profile: text -> microseconds since the epoch, 0 for never."""
        email = told["email"]
        person = self._lab.people.setdefault(email, Person(email, email.replace("@", "_").replace(".", "_")))
        person.posix = told.get("posix") or person.posix
        person.keys = {fingerprint_of(key): Key(key, expires) for key, expires in told["keys"].items()}

    def _grants(self, told: Told) -> None:
        """Replace all grants of a member."""
        kept = [one for one in self._lab.grants if one.member != told["member"]]
        self._lab.grants = kept + [Grant(told["member"], **one) for one in told["grants"]]

    def _machine(self, told: Told) -> None:
        vm = self._find(told)
        if vm is None:
            raise ValueError(f"there is no VM {told['name']}")
        files = {user: Path(file) for user, file in told["files"].items()}
        self._machines.add(Machine(vm, told["server"], told["dead"], files))

    def _shown(self, told: Told) -> Any:
        """A VM as it is kept."""
        vm = self._find(told)
        return asdict(vm) if vm else None


def _set(thing: object, name: str, value: Any) -> None:
    if name not in {one.name for one in fields(thing)}:  # type: ignore[arg-type]
        raise ValueError(f"{type(thing).__name__} has no {name}")
    setattr(thing, name, value)
