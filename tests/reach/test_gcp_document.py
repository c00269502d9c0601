"""`sshwizard reach gcp`: what it prints, and what it answers to input that is no question."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import harmful, sshwizard, strings

from reach.gcp_worlds import ME, NET, VECTORS, Raw, effective, policy, ruled, vpc
from sshwizard.reach.gcp.document import BadDocument, answers

FILE = Path(__file__).parents[1] / "data" / "reach" / "gcp.json"


def asked(*rows: Raw, **request: Any) -> Raw:
    """One question; about a rule that lets in, unless others are given."""
    return {"effective": effective(*(rows or (vpc("a"),))), "request": {"src": ME, **request}}


def test_a_file_of_questions() -> None:
    ran = sshwizard("reach", "gcp", FILE)
    assert (ran.code, ran.err) == (0, "")
    rows = json.loads(ran.out)
    assert [row["id"] for row in rows] == [vector["id"] for vector in VECTORS]
    assert {tuple(row) for row in rows} == {("id", "action", "by")}


def test_what_strangers_wrote_is_harmless() -> None:
    rows = [vpc("a\x1b[31m\u202e"), policy("p\x07", ruled(1, "deny", "10.0.0.0/8", ruleName="r\u200b"))]
    ran = sshwizard("reach", "gcp", "-", "--paths", feed=json.dumps(asked(*rows) | {"id": "x\x1b]0;y\x07"}).encode())
    assert (ran.code, ran.err) == (0, "")
    assert [text for text in strings(json.loads(ran.out)) if harmful(text)] == []
    ran = sshwizard("reach", "gcp", "-", feed=json.dumps(asked(vpc("a\x1b[31m\u202e", "10/\x1b[31m8"))).encode())
    assert (ran.code, ran.out) == (2, "")
    (row,) = ran.err.strip().splitlines()
    assert "no address and no block" in row
    assert harmful(row) == []


def test_a_list_is_no_question() -> None:
    ran = sshwizard("reach", "gcp", "-", feed=b"[1, 2]")
    assert (ran.code, ran.out) == (2, "")
    assert "effective and request" in ran.err


def test_one_question_needs_no_id() -> None:
    assert answers(asked()) == [{"id": ME, "action": "allow", "by": "firewall:a"}]
    assert answers(asked() | {"id": "7"})[0]["id"] == "7"


def test_paths_say_why() -> None:
    rows = [vpc("a"), vpc("d", "203.0.113.0/25", 900, deny=True), vpc("off", disabled=True, priority=5)]
    (row,) = answers(asked(*rows, src="203.0.113.0/24"), with_paths=True)
    assert (row["action"], row["by"]) == ("partial", "firewall:d")
    assert row["parts"] == [
        {"source": "203.0.113.0/25", "action": "deny", "by": "firewall:d", "may": []},
        {"source": "203.0.113.128/25", "action": "allow", "by": "firewall:a", "may": []},
    ]
    assert [(step["by"], step["outcome"], step["took"]) for step in row["trace"]] == [
        ("firewall:off", "no-match", []),
        ("firewall:d", "took", ["203.0.113.0/25"]),
        ("firewall:a", "took", ["203.0.113.128/25"]),
    ]
    assert row["trace"][0]["misses"] == [{"why": "disabled", "names": []}]
    assert row["room"] == {"priority": 899, "held_by": "firewall:d"}
    assert row["why"].startswith("Not all of 203.0.113.0/24 gets in")


def test_a_list_of_vpc_rules_alone() -> None:
    rules = [vpc("a"), {**vpc("d", deny=True), "network": NET + "2"}]
    document: Raw = {}
    for firewalls in (rules, {"items": rules}):
        document = {"firewalls": firewalls, "request": {"src": ME, "network": NET}}
        (row,) = answers(document, with_paths=True)
        assert (row["action"], row["by"], row["unseen"]) == ("allow", "firewall:a", ["organization policies"])
        assert row["why"].endswith("Not seen: organization policies.")
    del document["request"]["network"]
    (row,) = answers(document, with_paths=True)
    assert (row["action"], row["trace"]) == ("uncertain", [])


def test_the_way_of_the_replies_is_told_with_the_routes() -> None:
    routes = [{"name": "r", "destRange": "0.0.0.0/0", "nextHopGateway": "global/gateways/default-internet-gateway"}]
    (row,) = answers(asked() | {"routes": {"items": routes}}, with_paths=True)
    assert row["way_out"] == {"verdict": "internet", "why": f"Replies to {ME} leave by the internet gateway (route r)."}
    assert "way_out" not in answers(asked() | {"routes": routes})[0]


def put(name: str, value: Any) -> Callable[[Raw], None]:
    return lambda document: document["request"].update({name: value})


def rule(**fields: Any) -> Callable[[Raw], None]:
    return lambda document: document["effective"]["firewalls"][0].update(fields)


def policies(value: Any) -> Callable[[Raw], None]:
    return lambda document: document["effective"].update(firewallPolicys=value)


MISTAKES: dict[str, tuple[Callable[[Raw], Any], str]] = {
    "no request": (lambda document: document.pop("request"), "request is missing"),
    "no answer of the API": (lambda document: document.pop("effective"), "effective is missing"),
    "an answer that is none": (lambda document: document.update(effective=[]), "effective is missing, or not"),
    "no source": (lambda document: document["request"].pop("src"), "request.src is null"),
    "a name as source": (put("src", "web-1"), 'request.src is "web-1"'),
    "a block that is none": (put("src", "10.0.0.0/33"), "IPv4 or IPv6 address or block"),
    "an address with a zone": (put("src", "fe80::1%eth0"), "request.src"),
    "a number as source": (put("src", 7), "request.src is 7"),
    "a loopback source": (put("src", "127.0.0.1"), "no packet"),
    "port 0": (put("port", 0), "request.port is 0"),
    "port 65536": (put("port", 65536), "request.port is 65536"),
    "a port as text": (put("port", "22"), 'request.port is "22"'),
    "a port that is true": (put("port", True), "request.port is true"),
    "a protocol that is none": (put("protocol", "smoke"), 'request.protocol is "smoke"'),
    "all protocols": (put("protocol", "all"), "request.protocol"),
    "protocol 256": (put("protocol", 256), "request.protocol is 256"),
    "tags as text": (put("tags", "web"), 'request.tags is "web"'),
    "tags of the source that are none": (put("src_tags", [7]), "request.src_tags is a list"),
    "an order that is none": (put("enforcement", "FIRST"), 'request.enforcement is "FIRST"'),
    "an order that is a list": (put("enforcement", []), "request.enforcement is a list"),
    "a way that is none": (put("way", "vpn"), 'request.way is "vpn"'),
    "a network that is none": (put("network", []), "request.network is a list"),
    "a destination that is none": (put("dst", "10.0.0.0/8"), "request.dst"),
    "rules that are no list": (lambda document: document["effective"].update(firewalls={}), "firewalls is not a list"),
    "a rule that is none": (lambda document: document["effective"].update(firewalls=[7]), "firewalls is not a list"),
    "a source of a rule": (rule(sourceRanges=["10.0.0.0/8", "ten"]), "firewall a: sourceRanges has 'ten'"),
    "sources as text": (rule(sourceRanges="0.0.0.0/0"), "firewall a: sourceRanges is not a list of texts"),
    "a port of a rule": (rule(allowed=[{"IPProtocol": "tcp", "ports": ["ssh"]}]), "firewall a: ports has 'ssh'"),
    "ports as numbers": (rule(allowed=[{"IPProtocol": "tcp", "ports": [22]}]), "ports is not a list of texts"),
    "no protocol": (rule(allowed=[{"ports": ["22"]}]), "IPProtocol is missing"),
    "a priority as text": (rule(priority="1000"), "firewall a: priority is not a number"),
    "disabled as text": (rule(disabled="no"), "disabled is neither true nor false"),
    "a rule that does nothing": (rule(allowed=None), "allowed is missing, and denied is, too"),
    "policies that are no list": (policies(7), "firewallPolicys is not a list"),
    "rules of a policy": (policies([{"shortName": "p", "type": "HIERARCHY", "rules": 7}]),
         "policy p: rules is not a list"),
    "a match that is none": (policies([policy("p", ruled(1, "deny") | {"match": 7})]),
                             "policy p, rule 1: match is not an object"),
    "no priority": (policies([policy("p", {"action": "deny", "match": {}})]), "priority is missing"),
    "a file for another cloud": (lambda document: document.update(vectors=[], format="other/1"), '"other/1"'),
    "vectors that are no list": (lambda document: document.update(vectors=7), "vectors are not a list"),
    "defaults that are no object": (lambda document: document.update(vectors=[], defaults=7), "defaults are not"),
    "a wrong one of many": (
        lambda document: document.update(
            vectors=[copy.deepcopy(document), {**document, "id": "W7", "request": {"src": "x"}}]
        ),
        "vector 2 (W7): request.src",
    ),
    "one of many that is no object": (lambda document: document.update(vectors=[[]]), "vector 1 is not an object"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_question_ends_in_a_sentence(name: str) -> None:
    change, says = MISTAKES[name]
    document = asked()
    change(document)
    with pytest.raises(BadDocument) as wrong:
        answers(document)
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)
