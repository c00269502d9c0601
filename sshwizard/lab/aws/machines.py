"""The machines behind practice instances: their gates follow the account, and pushed keys reach their SSH servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sshwizard.lab.addresses import Addresses
from sshwizard.lab.aws.state import Lab
from sshwizard.lab.gate import Gate, Mood
from sshwizard.reach.aws import Query, World, evaluate

Ask = Callable[..., dict[str, Any]]
"""A call of the lab's own: region, operation as boto3 spells it, parameters."""

MOST = 64
"""A silent gate takes three sockets."""

_LISTS = {
    "describe_subnets": "Subnets",
    "describe_vpcs": "Vpcs",
    "describe_security_groups": "SecurityGroups",
    "describe_route_tables": "RouteTables",
    "describe_network_acls": "NetworkAcls",
    "describe_internet_gateways": "InternetGateways",
    "describe_network_interfaces": "NetworkInterfaces",
    "describe_nat_gateways": "NatGateways",
    "describe_vpc_peering_connections": "VpcPeeringConnections",
    "describe_instance_connect_endpoints": "InstanceConnectEndpoints",
    "describe_vpc_endpoints": "VpcEndpoints",
}


@dataclass
class Machine:
    """A practice instance that has packets."""

    instance: str
    region: str
    server: int | None
    """The port of its SSH server on 127.0.0.1; None: the machine runs, and nothing listens."""
    dead: bool = False
    """The operating system answers nothing, whatever the account says."""


class Machines:
    """All of them. `follow` may be called from any thread."""

    def __init__(self, lab: Lab, addresses: Addresses, ask: Ask, keys: Path) -> None:
        self._lab, self._addresses, self._ask, self._keys = lab, addresses, ask, keys
        self._lock = threading.Lock()
        self._machines: dict[str, Machine] = {}
        self._gates: dict[str, Gate] = {}
        """By public address: those of the machines, and those that they had, which stay silent."""
        self._worlds: dict[str, World] = {}
        """By region, as the account was after the last change."""

    def add(self, machine: Machine) -> None:
        """Put a machine behind an instance, or another one in its place. Raises ValueError where there is no way."""
        if not self._addresses.port:
            raise ValueError("a practice instance needs addresses of 127.77.0.0/16, which only Linux has")
        with self._lock:
            if len(self._machines) >= MOST:
                raise ValueError(f"at most {MOST} instances can have packets")
            self._machines[machine.instance] = machine
        self.follow()

    def clear(self) -> None:
        """No machines: every gate is gone."""
        with self._lock:
            for gate in self._gates.values():
                gate.close()
            self._gates.clear()
            self._machines.clear()

    def follow(self) -> None:
        """Set every gate as the account says now, and hand the keys of Instance Connect over."""
        with self._lock:
            if not self._machines:
                return
            worlds = {region: World(self._read(region)) for region in {one.region for one in self._machines.values()}}
            self._worlds = worlds
            moods: dict[str, Mood] = dict.fromkeys(self._gates, "silent")
            for machine in self._machines.values():
                moods |= self._moods(machine, worlds[machine.region])
            for address, mood in moods.items():
                self._gates.setdefault(address, Gate(address, self._addresses.port)).become(mood)
            self._hand_over()

    def _moods(self, machine: Machine, world: World) -> dict[str, Mood]:
        """What the account says about each public address of a machine."""
        query = Query(machine.instance, self._lab.client_address, self._addresses.port)
        open_to: Mood = "silent" if machine.dead else "refusing" if machine.server is None else machine.server
        # Connections that only sometimes get through are let through here: the API tells the rest.
        return {
            path.endpoint: open_to if path.verdict in ("reachable", "partial") else "silent"
            for path in evaluate(world, query).paths
            if path.endpoint
        }

    def behind(self, region: str, address: str, endpoint: str, port: int) -> int | None:
        """Where the SSH server behind a private address listens, if the account lets this endpoint through to it."""
        with self._lock:
            machines, world = [one for one in self._machines.values() if one.region == region], self._worlds.get(region)
        for machine in machines:
            query = Query(machine.instance, self._lab.client_address, port, kind="eice")
            for path in evaluate(world, query).paths if world else ():
                if (path.endpoint, path.address) == (endpoint, address):
                    open_ = not path.blockers and not machine.dead
                    return machine.server if open_ else None
        return None

    def server(self, instance: str) -> int | None:
        """Where the SSH server of an instance listens."""
        with self._lock:
            found = self._machines.get(instance)
        return None if found is None or found.dead else found.server

    def _read(self, region: str) -> dict[str, Any]:
        answers: dict[str, Any] = {key: self._ask(region, name)[key] for name, key in _LISTS.items()}
        ids = [machine.instance for machine in self._machines.values() if machine.region == region]
        wanted = [{"Name": "instance-id", "Values": ids}]
        found = self._ask(region, "describe_instances", Filters=wanted)["Reservations"]
        answers["Instances"] = [instance for one in found for instance in one["Instances"]]
        options = self._ask(region, "describe_vpc_block_public_access_options")["VpcBlockPublicAccessOptions"]
        exclusions = self._ask(region, "describe_vpc_block_public_access_exclusions")
        answers["Bpa"] = {
            "mode": options["InternetGatewayBlockMode"],
            "exclusions": exclusions["VpcBlockPublicAccessExclusions"],
        }
        lists = self._ask(region, "describe_managed_prefix_lists")["PrefixLists"]
        answers["PrefixLists"] = {
            one["PrefixListId"]: [entry["Cidr"] for entry in self._entries(region, one["PrefixListId"])]
            for one in lists
        }
        return answers

    def _entries(self, region: str, id_: str) -> list[dict[str, Any]]:
        return list(self._ask(region, "get_managed_prefix_list_entries", PrefixListId=id_)["Entries"])

    def _hand_over(self) -> None:
        """Write the pushed keys where the SSH servers read them: each takes those with its own port."""
        servers = {machine.instance: machine.server for machine in self._machines.values()}
        rows = [{**asdict(one), "server": servers.get(one.instance)} for one in self._lab.pushed]
        fresh = self._keys.with_suffix(".new")
        fresh.write_text(json.dumps(rows), encoding="utf-8")
        fresh.replace(self._keys)

    def told(self) -> dict[str, Mood | None]:
        """What stands on each address."""
        with self._lock:
            return {address: gate.mood for address, gate in self._gates.items()}
