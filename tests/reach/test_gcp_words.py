"""What is said of an answer."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from reach.gcp_worlds import NET, Raw, ask, policy, ruled, vpc
from sshwizard.reach.gcp import IAP, Request, evaluate
from sshwizard.reach.gcp.rule import Why
from sshwizard.reach.gcp.words import DEPENDS, FAILS, why

BEFORE: Raw = {"enforcement": "BEFORE_CLASSIC_FIREWALL"}
NONE = "No rule allows 203.0.113.7 to tcp port 22, and what no rule allows is denied."
SAID: list[tuple[list[Raw], dict[str, Any], str]] = [
    ([vpc("ssh"), vpc("block-ssh", priority=900, deny=True)], {},
     "Deny rule block-ssh (priority 900) is met before allow rule ssh (1000)."),
    ([vpc("ssh"), vpc("block-ssh", deny=True)], {},
     "Deny rule block-ssh (priority 1000) and allow rule ssh have the same priority, and then deny wins."),
    ([vpc("ssh"), policy("org", ruled(7, "deny"), kind="HIERARCHY")], {},
     "Deny rule 7 of the hierarchical firewall policy org is met before allow rule ssh (1000)."),
    ([vpc("block", deny=True)], {}, "Deny rule block (priority 1000) denies 203.0.113.7 to tcp port 22."),
    ([], {}, NONE),
    ([vpc("ssh", targetTags=["in"])], {},
     NONE + " Allow rule ssh (priority 1000) is for VMs with the network tag in, which this VM does not have."),
    ([vpc("ssh", disabled=True)], {}, NONE + " Allow rule ssh (priority 1000) is disabled."),
    ([vpc("ssh", "1.0.0.0/8 2.0.0.0/8 3.0.0.0/8 4.0.0.0/8 5.0.0.0/8")], {},
     NONE + " Allow rule ssh (priority 1000) is for 1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8 and 2 more."),
    ([vpc("ssh")], {}, "Allow rule ssh (priority 1000) admits 203.0.113.7 to tcp port 22."),
    ([policy("n", ruled(1, "apply_security_profile_group"))], {},
     "Allow rule 1 of the network firewall policy n admits 203.0.113.7 to tcp port 22, after an inspection."),
    ([vpc("ping", ports=[{"IPProtocol": "icmp"}])], {"protocol": "icmp"},
     "Allow rule ping (priority 1000) admits 203.0.113.7."),
    ([vpc("a", "203.0.113.0/25")], {"src": "203.0.113.0/24"},
     "Not all of 203.0.113.0/24 gets in: 203.0.113.0/25 does (allow rule a (priority 1000)), "
     "203.0.113.128/25 does not (no rule allows it)."),
    ([vpc("a", "203.0.113.0/25", deny=True)], {"src": "203.0.113.0/24"},
     "203.0.113.0/24 to tcp port 22 is denied throughout: deny rule a (priority 1000), no rule allows it."),
    ([vpc("a"), policy("n", ruled(1, "deny", None, {"srcRegionCodes": ["RU"]}))], BEFORE,
     "Deny rule 1 of the network firewall policy n may deny it, which depends on the country of the source (RU)."),
    ([vpc("a"), policy("n", ruled(1, "deny"))], {"enforcement": None},
     "It cannot be told: it depends on whether the network's firewall policies come before or after its VPC rules, "
     "which could not be read."),
    ([vpc("a", "ten")], {},
     "It cannot be told: it depends on what could not be read: firewall a: sourceRanges has 'ten', "
     "which is no address and no block."),
]  # fmt: skip


@pytest.mark.parametrize("case", SAID, ids=lambda case: case[2][:60])
def test_the_reason_names_the_rule(case: tuple[list[Raw], dict[str, Any], str]) -> None:
    rows, request, wanted = case
    assert why(ask(*rows, **request)) == wanted


def test_every_reason_has_words() -> None:
    assert set(FAILS) | set(DEPENDS) == set(get_args(Why))


def test_the_question_for_identity_aware_proxy() -> None:
    request = Request("10.0.0.5", tags=("web",), network=NET, src_tags=("bastion",)).by_iap()
    assert (request.src, request.tags, request.src_tags) == (IAP, ("web",), ())
    rules = [vpc("b", None, sourceTags=["bastion"]), vpc("iap", "35.235.240.0/20", targetTags=["web"])]
    assert evaluate({"firewalls": rules}, request).by == "firewall:iap"


def test_what_is_inspected_is_named() -> None:
    answer = ask(
        policy("n", ruled(1, "apply_security_profile_group", "203.0.113.0/25"), ruled(2, "allow")), src="203.0.113.0/24"
    )
    assert (answer.action, answer.inspected_by, answer.proved) == ("allow", ("policy:n/1",), True)
