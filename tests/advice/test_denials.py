"""Which entries of a network ACL deny those who guess: numbers, room, and whom they never hit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws.stage import ME
from cloud import Network

from sshwizard.advice.aws.denials import instance_of, propose

from .accounts import account, instance, lists
from .exposed import Doctor, session_of

WORST, NEXT, SIX = "45.9.148.1", "45.9.148.2", "2a02:26f7:c8::9"


def rule(number: int, source: str = "0.0.0.0/0", action: str = "allow", **more: Any) -> dict[str, Any]:
    key = "Ipv6CidrBlock" if ":" in source else "CidrBlock"
    return {"RuleNumber": number, "RuleAction": action, "Egress": False, key: source, "Protocol": "-1", **more}


def entries(rules: list[dict[str, Any]], *addresses: str, keep: tuple[str, ...] = ()) -> list[list[Any]] | None:
    """Number and source of each entry that is proposed; None where nothing is."""
    rows = lists()
    acl = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}],
           "Entries": [*rules, rule(32767, action="deny"), rule(32768, "::/0", "deny")]}  # fmt: skip
    made = propose(account({**rows, "acls": [acl]}), instance(), addresses, keep)
    return None if made is None else [row[1:] for row in json.loads(dict(made.data)["entries"])]


def test_each_gets_a_free_number_before_the_rule_that_lets_it_in() -> None:
    taken = [rule(100), rule(99, "198.51.100.0/24"), rule(50, "::/0")]
    assert entries(taken, WORST, NEXT, SIX) == [[98, f"{WORST}/32"], [97, f"{NEXT}/32"], [49, f"{SIX}/128"]]
    assert entries([rule(2), rule(1, "198.51.100.0/24")], WORST) == [], "no number is free"


@pytest.mark.parametrize("first", [
    rule(9, f"{WORST}/32", "deny"), rule(9, "45.9.0.0/16", "deny", Protocol="6", PortRange={"From": 0, "To": 1023}),
])  # fmt: skip
def test_whom_it_denies_already_needs_no_entry(first: dict[str, Any]) -> None:
    assert entries([first, rule(100)], WORST) is None
    assert entries([], WORST) is None, "nothing lets it in"


@pytest.mark.parametrize("other", [
    rule(9, f"{WORST}/32", "deny", Protocol="17"), rule(9, f"{NEXT}/32", "deny"), rule(101, f"{WORST}/32", "deny"),
    rule(9, f"{WORST}/32", "deny", Protocol="6", PortRange={"From": 80, "To": 80}),
])  # fmt: skip
def test_a_rule_for_something_else_does_not_count(other: dict[str, Any]) -> None:
    assert entries([other, rule(100)], WORST) == [[99, f"{WORST}/32"]]


def test_nobody_of_ours_is_ever_denied() -> None:
    mine, machine = account().sources[0], str(instance()["PublicIpAddress"])
    assert entries([rule(100)], mine, machine, "10.0.0.9", NEXT, keep=(NEXT,)) is None


def test_an_acl_takes_twenty_rules_of_a_family() -> None:
    full = [rule(100), *(rule(200 + at, f"198.51.{at}.0/24") for at in range(17))]
    assert entries(full, WORST, NEXT) == [[99, f"{WORST}/32"]]
    rows = lists()
    acl = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": [
        *full, rule(32767, action="deny")]}  # fmt: skip
    made = propose(account({**rows, "acls": [acl]}), instance(), (WORST, NEXT), ())
    assert made is not None
    assert made.seen[-1] == "1 of them find no room in the ACL"


def test_an_instance_is_meant_by_its_name_or_id_alone() -> None:
    two = account(lists([instance(1), instance(2)]))
    assert (instance_of(two, "web-2") or {})["InstanceId"] == instance(2)["InstanceId"]
    assert instance_of(two, "web") is None
    assert instance_of(two, "nobody") is None


def guessed(tmp_path: Path, *addresses: str) -> str:
    """A log in which each of them failed six times."""
    log = tmp_path / "secure"
    log.write_text("".join(f"Nov 22 03:00:01 web sshd[11]: Failed password for root from {one} port 4 ssh2\n" * 6
                           for one in addresses))  # fmt: skip
    return str(log)


@pytest.mark.requires("moto")
def test_sources_of_guessing_are_denied_before_they_are_let_in(net: Network, doctor: Doctor, tmp_path: Path) -> None:
    net.aws.come_from(ME)
    web = net.launch("web-1")
    net.launch("web-2", public=False)
    own = net.instance(web)["PublicIpAddress"]
    log = guessed(tmp_path, "45.9.148.1", "45.9.148.2", ME, own, "10.0.1.9", "81.2.69.142")
    words = ("--auth-log", log, "--own", "81.2.69.142", "--do", "deny-in-network-acl")

    def denied() -> list[tuple[int, str, Any]]:
        (acl,) = net.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [net.public]}]
                                               )["NetworkAcls"]  # fmt: skip
        return [(row["RuleNumber"], row["CidrBlock"], row["PortRange"]) for row in acl["Entries"]
                if row["RuleAction"] == "deny" and row["RuleNumber"] < 32767]  # fmt: skip

    code, said = doctor(*words)
    assert code == 2
    assert "say with --about which running instance" in said
    code, said = doctor(*words, "--about", "web-1")
    assert (code, denied()) == (1, []), said
    assert "rule 99: deny tcp 22 from 45.9.148.1/32" in said
    assert "this is to be confirmed" in said
    code, said = doctor(*words, "--about", "web-1", "--yes=confirm")
    ssh = {"From": 22, "To": 22}
    assert (code, denied()) == (0, [(99, "45.9.148.1/32", ssh), (98, "45.9.148.2/32", ssh)]), said
    assert "proved" in said
    code, again = doctor(*words, "--about", "web-1", "--yes=confirm")
    assert (code, len(denied())) == (0, 2), again
    assert "Nothing to deny" in again
    session = session_of(said)
    assert (doctor(session, command="undo")[0], denied()) == (0, [])
