"""Checks that several ways have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sshwizard.reach.aws.answer import Findings
from sshwizard.reach.aws.fields import Row, rows, text
from sshwizard.reach.aws.routes import Found, Table, lookup, table_of
from sshwizard.reach.aws.world import Interface, World
from sshwizard.reach.blocks import Block

Judge = Callable[[Findings, Found], None]
"""Notes what a route means for the path that is judged."""


def running(found: Findings, instance: Row) -> None:
    """Only a running instance answers."""
    state = text(instance, "State", "Name").lower()
    if not state:
        found.doubt("instance.state_unknown", text(instance, "InstanceId"))
    elif state != "running":
        found.block(f"instance.{state}", text(instance, "InstanceId"))


def table_for(found: Findings, world: World, interface: Interface) -> Table | None:
    """The route table of an interface's subnet; a doubt when the answers do not hold it."""
    table = table_of(world, interface.subnet, interface.vpc)
    if table is None:
        found.doubt("unreadable.route_tables", interface.subnet, **world.owner(interface))
    return table


def follow(found: Findings, table: Table, one: Block, judge: Judge) -> None:
    """Judge the route for an address; a doubt where an unreadable prefix list could lead it elsewhere."""
    route = lookup(table, one)
    told = _judged(route, judge)
    for hop in route.perhaps:
        other = _judged(Found(route.table, hop), judge)
        if _codes(other) != _codes(told):
            found.doubt("route.prefix_list_unreadable", hop.destination, route.table, **route.detail)
            return
    found.take(told)


def _judged(route: Found, judge: Judge) -> Findings:
    found = Findings()
    judge(found, route)
    return found


def _codes(found: Findings) -> list[str]:
    return [reason.code for reason in (*found.blockers, *found.unknown)]


def gateways(found: Findings, world: World, interface: Interface) -> set[str] | None:
    """The internet gateways that are attached to the VPC; None when that cannot be told."""
    attached = {
        text(row, "InternetGatewayId")
        for row in world.rows("InternetGateways")
        for one in rows(row, "Attachments")
        if text(one, "VpcId") == interface.vpc and text(one, "State") == "available"
    }
    if not attached and (not world.readable("InternetGateways") or world.owner(interface)):
        found.doubt("unreadable.internet_gateways", interface.vpc, **world.owner(interface))
        return None
    if not attached:
        found.block("igw.none_attached", interface.vpc)
    return attached


def public_access(found: Findings, world: World, interface: Interface, modes: Iterable[str], excused: set[str]) -> None:
    """VPC Block Public Access, where its mode is one of `modes` and no exclusion in `excused` lifts it."""
    if not world.given("Bpa"):
        found.assume("Bpa")
        return
    bpa = world.answers["Bpa"]
    bpa = bpa if isinstance(bpa, Mapping) else {}
    mode = text(bpa, "mode").lower()
    if not mode:
        found.doubt("unreadable.bpa")
    if mode not in modes:
        return
    ends = (f":vpc/{interface.vpc}", f":subnet/{interface.subnet}")
    for row in rows(bpa, "exclusions"):
        lifted = text(row, "State") in {"create-complete", "update-complete"}
        if lifted and text(row, "ResourceArn").endswith(ends) and text(row, "InternetGatewayExclusionMode") in excused:
            return
    if isinstance(bpa.get("exclusions", []), list | tuple):
        found.block(f"bpa.{mode}", interface.vpc, interface.subnet)
    else:
        found.doubt("unreadable.bpa", interface.vpc)
