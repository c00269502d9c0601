"""A region read once for many walks: lists are read whole, and what each walk asks of them is picked out here.

A thousand instances cost the calls of one: EC2 takes 1,000 rows a page (EC2 API, DescribeInstances, MaxResults).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, ClassVar

from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Answer, Unseen

PATIENCE = 60.0
"""Seconds for a whole list."""
_PAGE = {"MaxResults": 1000}
_PAGED = {"describe_instances", "describe_instance_status", "describe_network_interfaces"}
"""Lists that grow with the instances."""

Row = Mapping[str, Any]
Values = Callable[[Row], Iterable[Any]]


def _field(*path: str) -> Values:
    """The value at the end of these names; a list on the way is gone through."""

    def values(row: Any) -> Iterable[Any]:
        found: list[Any] = [row]
        for name in path:
            found = [one.get(name) for one in found if isinstance(one, Mapping)]
            found = [part for one in found for part in (one if isinstance(one, list) else [one])]
        return [one for one in found if one is not None]

    return values


_IN_VPC = {"vpc-id": _field("VpcId")}
LISTS: Mapping[str, tuple[str, Mapping[str, Values]]] = {
    "describe_instances": (
        "Reservations",
        {
            "instance-id": _field("InstanceId"),
            "ip-address": _field("PublicIpAddress"),
            "private-ip-address": _field("PrivateIpAddress"),
            "instance-state-name": _field("State", "Name"),
        },
    ),
    "describe_network_interfaces": (
        "NetworkInterfaces",
        {
            "association.public-ip": _field("Association", "PublicIp"),
            "addresses.private-ip-address": _field("PrivateIpAddresses", "PrivateIpAddress"),
            "ipv6-addresses.ipv6-address": _field("Ipv6Addresses", "Ipv6Address"),
        },
    ),
    "describe_addresses": ("Addresses", {"public-ip": _field("PublicIp")}),
    "describe_instance_status": ("InstanceStatuses", {"instance-id": _field("InstanceId")}),
    "describe_security_groups": ("SecurityGroups", _IN_VPC),
    "describe_network_acls": ("NetworkAcls", _IN_VPC),
    "describe_route_tables": ("RouteTables", _IN_VPC),
    "describe_subnets": ("Subnets", _IN_VPC),
    "describe_vpcs": ("Vpcs", _IN_VPC),
    "describe_instance_connect_endpoints": ("InstanceConnectEndpoints", _IN_VPC),
    "describe_vpc_endpoints": ("VpcEndpoints", _IN_VPC),
    "describe_internet_gateways": ("InternetGateways", {"attachment.vpc-id": _field("Attachments", "VpcId")}),
}
"""Each list: the key of its rows, and the filters by which a diagnosis asks for some of them."""

_OWN = {
    "get_console_output", "get_metric_data", "describe_instance_attribute", "list_command_invocations",
    "get_command_invocation",
}  # fmt: skip
"""About one instance, large, or another answer each time: nobody else asks the same."""
_READS = re.compile(r"(?:describe|get|list|lookup)_")


class List:
    """The rows of one list, found by the values that filters name."""

    def __init__(self, operation: str, answer: Mapping[str, Any]) -> None:
        self.key, self._filters = LISTS[operation]
        self._nested = self.key == "Reservations"
        rows = answer.get(self.key) or ()
        if self._nested:  # a filter takes single instances out of a reservation
            rows = [{**one, "Instances": [row]} for one in rows for row in one.get("Instances", ())]
        self._rows: list[Row] = list(rows)
        self._by: dict[str, dict[str, list[int]]] = {}

    def pick(self, call: Call) -> Answer | None:
        """The answer that EC2 would give to a filtered call; None for a filter that only EC2 can judge."""
        wanted = [(str(one["Name"]), list(one["Values"])) for one in call.params.get("Filters", ())]
        if ids := call.params.get("InstanceIds"):
            wanted.append(("instance-id", list(ids)))
        if set(call.params) - {"Filters", "InstanceIds", "IncludeAllInstances", "MaxResults"}:
            return None
        chosen: set[int] | None = None
        for name, values in wanted:
            exact = [_exact(value) for value in values]
            if (by := self._index(name)) is None or None in exact:
                return None
            found = {number for value in exact for number in by.get(str(value), ())}
            chosen = found if chosen is None else chosen & found
        return {self.key: self._rows if chosen is None else [self._rows[number] for number in sorted(chosen)]}

    def _index(self, name: str) -> dict[str, list[int]] | None:
        if name not in self._by:
            values = self._filters.get(name)
            if values is None and name.startswith("tag:"):
                values = _tag(name[4:])
            if values is None:
                return None
            by: dict[str, list[int]] = {}
            for number, row in enumerate(self._rows):
                for value in values(row["Instances"][0] if self._nested else row):
                    by.setdefault(str(value), []).append(number)
            self._by[name] = by
        return self._by[name]


def _tag(key: str) -> Values:
    return lambda row: [one.get("Value", "") for one in row.get("Tags", ()) if one.get("Key") == key]


def _exact(value: str) -> str | None:
    """The value that a filter means; None where it is a pattern (* and ? stand for anything, \\ takes that away)."""
    if re.search(r"(?<!\\)(?:\\\\)*[*?]", value):
        return None
    return re.sub(r"\\(.)", r"\1", value)


class SharedAccess(Access):
    """One profile's way to AWS for all walks of a sweep. Where AWS wants fewer calls, it slows down (adaptive mode)."""

    retries: ClassVar[Mapping[str, Any]] = {"mode": "adaptive", "total_max_attempts": 5}

    def __init__(self, profile: str, setup: Pool, workers: Pool) -> None:
        super().__init__(profile, setup, workers)
        self.requests = 0
        """HTTP requests to AWS so far, pages and repeated ones among them."""
        self._answers: dict[tuple[str, str], Answer] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._lists: dict[tuple[str, str], List] = {}

    async def call(self, call: Call, region: str = "", limit: float = 9.0) -> Answer:
        if call.service == "ec2" and call.operation in LISTS and not call.most:
            more = _PAGE if call.operation in _PAGED else {}
            if call.operation == "describe_instance_status":
                more = {**more, "IncludeAllInstances": True}
            whole = Call("ec2", call.operation, more)
            answer = await self._once(whole, region, PATIENCE)
            if isinstance(answer, Unseen) and answer.kind != "slow":
                return answer
            place = (region, call.operation)
            if not isinstance(answer, Unseen):
                if place not in self._lists:
                    self._lists[place] = List(call.operation, answer)
                if (found := self._lists[place].pick(call)) is not None:
                    return found
        if call.operation in _OWN or not _READS.match(call.operation):
            return await super().call(call, region, limit)
        return await self._once(call, region, limit)

    async def _once(self, call: Call, region: str, limit: float) -> Answer:
        """A question that several ask is asked once, and goes on when the first of them leaves."""
        key = (region, json.dumps([call.name, call.params, call.most], sort_keys=True, default=str))
        if key not in self._answers:
            if key not in self._asking:
                self._asking[key] = asyncio.create_task(self._kept(key, super().call(call, region, limit)))
            return await asyncio.shield(self._asking[key])
        return self._answers[key]

    async def _kept(self, key: tuple[str, str], asked: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            answer = await asked
            if not isinstance(answer, Unseen) or answer.kind not in {"slow", "throttled"}:
                self._answers[key] = answer
            return answer
        finally:
            self._asking.pop(key, None)

    def _client(self, call: Call, region: str) -> Any:
        known = (call.service, region) in self._clients
        client = super()._client(call, region)
        if not known and not isinstance(client, Unseen):
            client.meta.events.register("before-send", self._count)
        return client

    def _count(self, **_: Any) -> None:
        self.requests += 1
