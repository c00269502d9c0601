"""What could not be read is unknown: never fine, and it proves nothing."""

from __future__ import annotations

import pytest

from reach.test_aws_connect_endpoint import door
from reach.test_aws_private import OTHER, PEER, open_to, peered
from reach.test_aws_session_manager import NAT, agent, endpoints
from reach.worlds import ME, Raw, ask, healthy, interface, judged, let_in, of_list

CORE = ("InternetGateways", "NetworkAcls", "RouteTables", "SecurityGroups")
"""What a question from the internet needs."""


def code(name: str) -> str:
    return {"Bpa": "unreadable.bpa"}.get(
        name, "unreadable." + "".join(f"_{one.lower()}" if one.isupper() else one for one in name).strip("_")
    )


@pytest.mark.parametrize("name", CORE)
def test_a_list_that_is_missing_or_null_is_unknown(name: str) -> None:
    without = {key: rows for key, rows in healthy().items() if key != name}
    for world in (without, {**without, name: None}):
        said = ask(world)
        assert (said.verdict, said.blockers, said.unknown) == ("unknown", set(), {code(name)})


@pytest.mark.parametrize("name", CORE)
def test_what_is_proved_stays_proved(name: str) -> None:
    world = healthy()
    world["Instances"][0]["State"]["Name"] = "stopped"
    said = ask({**world, name: None})
    assert (said.verdict, said.blockers, said.unknown) == ("blocked", {"instance.stopped"}, {code(name)})


@pytest.mark.parametrize(
    ("name", "world", "source", "kind"),
    [
        ("Bpa", healthy(), ME, "internet"),
        ("Subnets", open_to("10.0.0.0/16"), OTHER, "private"),
        ("VpcPeeringConnections", peered(), PEER, "private"),
        ("InstanceConnectEndpoints", door(), ME, "eice"),
        ("SecurityGroups", door(), ME, "eice"),
        ("NetworkAcls", door(), ME, "eice"),
        ("VpcEndpoints", endpoints(), "", "ssm"),
        ("RouteTables", agent(NAT), "", "ssm"),
        ("NetworkAcls", agent(NAT), "", "ssm"),
        ("SecurityGroups", agent(NAT), "", "ssm"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_question_needs_its_lists(name: str, world: Raw, source: str, kind: str) -> None:
    assert ask(world, source, kind=kind).verdict == "reachable"
    said = ask({**world, name: None}, source, kind=kind)
    assert (said.verdict, said.blockers, said.unknown) == ("unknown", set(), {code(name)})


def test_a_vpc_of_unknown_size() -> None:
    said = ask({**open_to("10.0.0.0/16"), "Vpcs": None, "Subnets": None, "RouteTables": None}, OTHER)
    assert said.unknown == {"unreadable.vpcs", "unreadable.route_tables"}


def test_exclusions_that_could_not_be_read() -> None:
    said = ask({**healthy(), "Bpa": {"mode": "block-ingress", "exclusions": None}})
    assert (said.verdict, said.unknown) == ("unknown", {"unreadable.bpa"})


def test_an_interface_without_its_groups() -> None:
    world = healthy()
    interface(world).pop("Groups")
    assert ask(world).unknown == {"unreadable.security_groups"}
    world["Instances"][0]["SecurityGroups"] = [{"GroupId": "sg-1"}]
    assert ask(world).verdict == "reachable"


def test_one_group_of_two_is_not_told() -> None:
    world = healthy()
    interface(world)["Groups"].append({"GroupId": "sg-other-account"})
    assert ask(world).verdict == "reachable"
    (reason,) = judged(let_in(world)).best.unknown
    assert (reason.code, reason.resources) == ("unreadable.security_groups", ("sg-other-account",))


def test_a_row_without_its_rules_is_not_readable() -> None:
    world = healthy()
    for row in (*world["SecurityGroups"], *world["NetworkAcls"], *world["RouteTables"]):
        for name in ("IpPermissions", "Entries", "Routes"):
            row.pop(name, None)
    said = ask(world)
    assert (said.verdict, said.blockers) == ("unknown", set())
    assert said.unknown == {"unreadable.security_groups", "unreadable.network_acls", "unreadable.route_tables"}


@pytest.mark.parametrize("wrong", [{"CidrBlock": "any"}, {"RuleNumber": None}, {"Egress": None}])
def test_an_acl_with_a_rule_that_cannot_be_read(wrong: Raw) -> None:
    world = healthy()
    world["NetworkAcls"][0]["Entries"][0] |= wrong
    assert ask(world).unknown == {"unreadable.network_acls"}


def test_a_prefix_list_with_an_entry_that_cannot_be_read() -> None:
    world = let_in(healthy(), of_list("pl-1"))
    assert ask(world | {"PrefixLists": {"pl-1": ["192.0.2.0/24", "any"]}}).unknown == {"sg.prefix_list_unreadable"}
    assert ask(world | {"PrefixLists": {"pl-1": [{"Cidr": "203.0.113.0/24"}]}}).verdict == "reachable"


def shared() -> Raw:
    """A subnet that another account shares: its gateway, tables and ACLs are not among our answers."""
    world = healthy()
    interface(world)["OwnerId"] = "123456789012"
    for row in world["Subnets"]:
        row["OwnerId"] = "210987654321"
    return world | {"InternetGateways": [], "RouteTables": [], "NetworkAcls": []}


def test_a_shared_subnet_is_unknown() -> None:
    said = ask(shared())
    assert (said.verdict, said.blockers) == ("unknown", set())
    assert said.unknown == {"unreadable.internet_gateways", "unreadable.route_tables", "unreadable.network_acls"}
    assert {reason.detail.get("owner") for reason in judged(shared()).best.unknown} >= {"210987654321"}


def test_a_shared_subnet_whose_closed_group_is_told_is_blocked() -> None:
    assert ask(let_in(shared())).blockers == {"sg.no_rule_for_source"}


def test_an_instance_that_is_not_told() -> None:
    assert ask({**healthy(), "Instances": []}).unknown == {"instance.not_found"}
    assert ask({}).unknown == {"unreadable.instances"}
    assert ask(healthy(), source="web-1").unknown == {"source.no_address"}
