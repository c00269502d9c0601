"""A group that is open to the world is narrowed: whoever shuts others out is let in first, and nobody is cut off."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aws.stage import ME
from cloud import Network

from sshwizard import effects
from sshwizard.advice import Advice, mending
from sshwizard.effects import Refused
from sshwizard.effects.aws import AddRule, RemoveRule
from sshwizard.fixes import Refusal

from .exposed import EVERYBODY, HERE, Doctor, rules, session_of

pytestmark = pytest.mark.requires("moto")


def test_the_world_is_shut_out_and_i_am_let_in(net: Network, doctor: Doctor) -> None:
    net.aws.come_from(ME)
    net.launch("web-1")
    before = rules(net)
    words = ("--do", "narrow-security-group-rule", "--with", "198.51.100.0/24")
    code, said = doctor(*words, "--type", net.group)
    assert code == 0, said
    assert "proved, a second look no longer sees it" in said
    assert set(rules(net)) == {f"{ME}/32", "198.51.100.0/24"}
    assert all("sshwizard" in note for note in rules(net).values())
    session = session_of(said)
    code, said = doctor(session, command="undo")
    assert (code, rules(net)) == (0, before), said


def test_a_range_of_many_thousand_addresses_is_narrowed_the_same_way(net: Network, doctor: Doctor) -> None:
    net.aws.come_from(ME)
    net.launch("web-1")
    net.ec2.revoke_security_group_ingress(GroupId=net.group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=EVERYBODY)
    net.allow(net.group, "54.0.0.0/9")
    code, said = doctor("--do", "narrow-security-group-rule", "--with", "54.3.0.0/24", "--type", net.group)
    assert (code, set(rules(net))) == (0, {f"{ME}/32", "54.3.0.0/24"}), said
    assert "proved, a second look no longer sees it" in said


def test_a_change_that_shuts_me_out_is_taken_back(
    net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that AWS's service tells is not always the one from which ssh comes."""
    net.aws.come_from(ME)
    net.launch("web-1")
    before = rules(net)

    async def silent(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("sshwizard.fixes.upkeep.asyncio.open_connection", silent)
    code, said = doctor("--do", "narrow-security-group-rule")
    assert (code, rules(net)) == (1, before), "without the typed id nothing is changed"
    assert f"type what is changed: --type {net.group}" in said
    code, said = doctor("--do", "narrow-security-group-rule", "--type", net.group)
    assert (code, rules(net)) == (1, before), said
    assert "does not answer from here on port 22 now" in said
    assert "taken back" in said


def plan(answer: str = "", **data: str) -> tuple[Any, ...] | str:
    """The plan of an advice with these data, or why not."""
    rule = {"group": "sg-1", "protocol": "tcp", "low": 22, "high": 22, "source": EVERYBODY, "description": ""}
    told = {"region": "eu-west-1", "profile": "", "sources": "198.20.30.40", "rules": json.dumps([rule]), **data}
    advice = Advice("advice.sg-open-world", "", "", subject="sg-1", fix="narrow-security-group-rule",
                    data=tuple(told.items()))  # fmt: skip
    made = asyncio.run(mending.planned(advice, answer))
    return made.why if isinstance(made, Refusal) else made


@pytest.mark.parametrize(("answer", "data", "why"), [
    ("", {"sources": ""}, "could shut you out"), ("", {"sources": "10.0.0.1"}, "could shut you out"),
    ("", {"sources": "8.8.8.8 8.8.8.9 8.8.8.10 8.8.8.11"}, "leaves by 4 addresses"),
    ("0.0.0.0/0", {}, "too wide"), ("office", {}, "type ranges as"), ("", {"rules": "[]"}, "opens other ports"),
    ("", {"stranded": "i-2", "private": "10.0.0.0/16"}, "i-2 is reached from inside its network"),
    ("192.0.2.0/24", {"stranded": "i-2", "private": "10.0.0.0/16"}, "type 10.0.0.0/16 among the ranges"),
])  # fmt: skip
def test_what_could_cut_somebody_off_is_refused(answer: str, data: dict[str, str], why: str) -> None:
    assert why in str(plan(answer, **data))


def test_my_address_comes_first_and_what_stands_is_not_made_again() -> None:
    made = plan("10.0.0.0/16, 192.0.2.0/24", stranded="i-2", private="10.0.0.0/16", held="tcp:22:22:192.0.2.0/24")
    assert [(type(one), one.source) for one in made if not isinstance(one, str)] == [
        (AddRule, "198.20.30.40/32"), (AddRule, "10.0.0.0/16"), (RemoveRule, EVERYBODY)]  # fmt: skip


def test_a_rule_that_changed_meanwhile_stays(net: Network) -> None:
    effect = RemoveRule(*HERE, net.group, "tcp", 22, 22, EVERYBODY, "another word")
    with pytest.raises(Refused, match="no longer has the rule"):
        effects.apply_all((effect,))
    assert EVERYBODY in rules(net)
