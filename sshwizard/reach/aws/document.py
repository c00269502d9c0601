"""Saved questions as JSON: a file of them, or one object `{kind, query, world}`; and their answers as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sshwizard.reach.aws import Answer, Path, Query, Reason, World, evaluate
from sshwizard.reach.aws.fields import Row, part, rows, text
from sshwizard.reach.aws.query import EPHEMERAL, KINDS
from sshwizard.reach.blocks import NOWHERE

FORMAT = "sshwizard-reachability-vectors/1"
LISTS = (
    "Instances",
    "NetworkInterfaces",
    "Subnets",
    "Vpcs",
    "RouteTables",
    "NetworkAcls",
    "SecurityGroups",
    "InternetGateways",
    "NatGateways",
    "VpcPeeringConnections",
    "VpcEndpoints",
    "InstanceConnectEndpoints",
)
"""What a world may hold, named as in the answers of the describe_* calls; PrefixLists and Bpa beside them."""


class BadDocument(ValueError):
    """A sentence: what is wrong with a question, and in which one."""


def answers(document: Any, *, with_paths: bool = False) -> list[dict[str, Any]]:
    """The answers to every question of a document, in its order. Raises BadDocument."""
    asked = [_question(one, where) for one, where in _questions(document)]
    return [_row(id_, evaluate(world, query), with_paths) for id_, world, query in asked]


def _questions(document: Any) -> Iterable[tuple[Mapping[str, Any], str]]:
    if not isinstance(document, Mapping):
        raise BadDocument("it is not a JSON object with query and world, and not a file of vectors")
    if "vectors" not in document:
        return [(document, "")]
    format_, vectors = document.get("format", FORMAT), document["vectors"]
    if format_ != FORMAT:
        raise BadDocument(f"its format is {_shown(format_)}; this command reads {FORMAT}")
    if not isinstance(vectors, list):
        raise BadDocument("its vectors are not a list")
    found = []
    for number, one in enumerate(vectors, 1):
        where = f"vector {number}"
        if not isinstance(one, Mapping):
            raise BadDocument(f"{where} is not an object")
        found.append((one, f"{where} ({one['id']})" if isinstance(one.get("id"), str) else where))
    return found


def _question(one: Mapping[str, Any], where: str) -> tuple[Any, World, Query]:
    try:
        query = read_query(one.get("kind", "internet"), one.get("query"))
        world = read_world(one.get("world"))
        if query.instance not in world.instances:
            raise BadDocument(f"the world has no instance {query.instance}")
    except BadDocument as error:
        raise BadDocument(f"{where}: {error}" if where else str(error)) from None
    id_ = one.get("id")
    return (id_ if isinstance(id_, str) else query.instance), world, query


def read_query(kind: Any, asked: Any) -> Query:
    """A question. Raises BadDocument for one that cannot be asked."""
    if kind not in KINDS:
        raise BadDocument(f"kind is {_shown(kind)}, and must be one of {', '.join(KINDS)}")
    if not isinstance(asked, Mapping):
        raise BadDocument("query is missing, or not an object")
    instance, source = asked.get("instance"), asked.get("source", "")
    port, client = asked.get("port", 22), asked.get("client", "nat")
    if not isinstance(instance, str) or not instance:
        raise BadDocument("query.instance is not the id of an instance")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise BadDocument(f"query.port is {_shown(port)}, and must be a number from 1 to 65535")
    if not isinstance(client, str) or client not in EPHEMERAL:
        raise BadDocument(f"query.client is {_shown(client)}, and must be one of {', '.join(EPHEMERAL)}")
    query = Query(instance, source if isinstance(source, str) else "", port, client, kind)  # type: ignore[arg-type]
    if kind != "ssm" and query.origin is None:
        raise BadDocument(f"query.source is {_shown(source)}, and must be one IPv4 or IPv6 address")
    if kind != "ssm" and any(query.origin and space.meets(query.origin) for space in NOWHERE):
        raise BadDocument(f"query.source is {source}, from where no packet reaches an instance")
    return query


def read_world(given: Any) -> World:
    """The saved answers; also as the aws command line prints them. Raises BadDocument."""
    if not isinstance(given, Mapping):
        raise BadDocument("world is missing, or not an object")
    world = dict(given)
    if "Reservations" in world and "Instances" not in world:
        world["Instances"] = _instances(world["Reservations"])
    if "VpcBlockPublicAccessOptions" in world and "Bpa" not in world:
        mode = text(part(world, "VpcBlockPublicAccessOptions"), "InternetGatewayBlockMode")
        world["Bpa"] = {"mode": mode, "exclusions": world.get("VpcBlockPublicAccessExclusions")}
    lists = world.get("PrefixLists")
    if isinstance(lists, list):
        world["PrefixLists"] = {text(row, "PrefixListId"): row.get("Cidrs") for row in rows(world, "PrefixLists")}
    for name in LISTS:
        if not isinstance(world.get(name), list | None):
            raise BadDocument(f"world.{name} is not a list")
    for name in ("PrefixLists", "Bpa"):
        if not isinstance(world.get(name), Mapping | None):
            raise BadDocument(f"world.{name} is not an object")
    if world.get("Instances") is None:
        raise BadDocument("world.Instances is missing: nothing is known about the instance")
    return World(world)


def _instances(reservations: Any) -> list[Row]:
    """The instances of describe-instances, each with the account that it belongs to."""
    found: list[Row] = []
    for row in rows({"Reservations": reservations}, "Reservations"):
        found += [{"OwnerId": text(row, "OwnerId"), **one} for one in rows(row, "Instances")]
    return found


def _shown(value: Any) -> str:
    """A wrong value for a sentence."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return json.dumps(value)[:80]


# ------------------------------------------------------------------ answers


def _row(id_: str, answer: Answer, with_paths: bool) -> dict[str, Any]:
    best = answer.best
    row: dict[str, Any] = {
        "id": id_,
        "verdict": answer.verdict,
        "blockers": _codes(best.blockers),
        "unknown": _codes(best.unknown),
        "partial": _codes(best.partial),
        "warnings": _codes(best.warnings),
        "endpoint": best.endpoint,
    }
    if with_paths:
        row["paths"] = [_path(path) for path in answer.paths]
    return row


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return sorted({reason.code for reason in reasons})


def _path(path: Path) -> dict[str, Any]:
    return {**asdict(path), "verdict": path.verdict}
