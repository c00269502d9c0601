"""The tree is whole: every answer leads somewhere, every word fits, every code is known."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from sshwizard import tree, verdict, vocabulary
from sshwizard.model import UNKNOWN, Arrived, Cause, Unclear
from sshwizard.probes.client import client
from sshwizard.session import lead_of
from sshwizard.tree import INSIDE, LEG_START, START, TREE, TreeError
from sshwizard.tree.node import Node
from sshwizard.wording import STRETCHES

NODES = [pytest.param(node, id=node.id) for node in TREE.values()]
CELLS = 24


def cells(text: str) -> int:
    """How wide `text` is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def reached(start: str) -> set[str]:
    """Every question that `start` can lead to, itself included."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += [lead for lead in tree.leads(TREE[name]) if isinstance(lead, str)]
    return found


@pytest.mark.parametrize("node", NODES)
def test_a_question_has_a_lead_for_each_answer_and_no_other(node: Node[str]) -> None:
    assert set(node.leads) == {*node.via.outcomes, UNKNOWN}
    assert set(node.at_hop) <= set(node.via.outcomes)
    assert set(node.words) <= set(node.via.outcomes)


@pytest.mark.parametrize("node", NODES)
def test_its_words_fit_into_the_tree(node: Node[str]) -> None:
    assert node.short
    assert cells(node.short) <= CELLS
    assert {word: cells(word) for word in node.words.values() if cells(word) > CELLS} == {}
    assert all(node.words.values())


@pytest.mark.parametrize("node", NODES)
def test_its_question_is_one_and_names_only_what_is_known(node: Node[str]) -> None:
    assert node.asks.endswith("?")
    asked = node.asks.format(host="box", port=22, user="dana", input="box")
    assert "{" not in asked
    assert node.stretch in STRETCHES


PROVED_BEFORE = {
    "known-changed", "agent-for-passphrase", "cloud-hostkey", "cloud-hostkey-console", "cloud-console-mute",
    "cloud-banner-mute", "cloud-hung-mute", "cloud-behind", "google-hostkey", "google-hostkey-vm", "google-behind",
}  # fmt: skip
"""Questions that only ask for more about what an earlier look has proved."""


@pytest.mark.parametrize("node", NODES)
def test_unknown_is_never_fine_and_never_certain(node: Node[str]) -> None:
    lead = node.leads[UNKNOWN]
    if isinstance(lead, Arrived):
        assert node.id == "detour"
    if isinstance(lead, Cause):
        assert lead.confidence != "certain" or node.id in PROVED_BEFORE


def test_every_question_is_reached() -> None:
    """One is asked only once the person had somebody look inside: it follows a finding (tests/live/test_inside.py)."""
    assert reached(START) | reached(LEG_START) | {INSIDE} == set(TREE)


def test_no_way_goes_in_a_circle() -> None:
    for name in TREE:
        onward = {lead for lead in tree.leads(TREE[name]) if isinstance(lead, str)}
        assert not [lead for lead in onward if name in reached(lead)]


def test_every_code_and_its_siblings_are_in_the_vocabulary() -> None:
    known = vocabulary.causes()
    for node in TREE.values():
        for lead in tree.leads(node):
            if isinstance(lead, Cause):
                assert lead.code in known
                assert set(lead.also) <= set(known)
                assert lead.code not in lead.also
                assert len(set(lead.also)) == len(lead.also)


def test_the_vocabulary_holds_together() -> None:
    known, actions = vocabulary.causes(), vocabulary.actions()
    for code, entry in known.items():
        assert entry.title
        assert entry.why
        assert entry.proof
        assert set(entry.siblings) <= set(known), code
        assert set(entry.actions) <= set(actions), code
        assert set(entry.symptoms) <= {"none", "config", "dns", "unreachable", "timeout", "refused", "proxy", "closed",
                                       "kex", "hostkey", "denied", "session", "cloud", "boot"}  # fmt: skip


def test_only_what_lets_ssh_through_degrades() -> None:
    found = {cause.code for _, _, cause in tree.causes(TREE) if cause.degrades}
    assert found == {
        "network.ipv6-broken", "server.slow-login", "session.idle-timeout", "session.max-sessions",
        "session.startup-file-prints",
    }  # fmt: skip


@pytest.mark.parametrize("node", NODES)
def test_at_a_hop_each_cause_has_a_name_for_hops_or_its_own(node: Node[str]) -> None:
    for outcome in node.via.outcomes:
        lead = lead_of(node.id, outcome, hop=True)
        if not isinstance(lead, Cause):
            continue
        code = verdict.at_hop(lead.code, node.id)
        assert code in vocabulary.causes()
        ours = lead.code.split(".")[0] in {"client", "key", "agent", "cert", "proxy", "config"}
        here = node.stretch in {"client", "session"}
        assert ours or here or code.startswith("proxy.jump-"), f"{node.id} {outcome}: {code}"


def test_the_login_of_a_hop_leads_to_what_it_passes_on() -> None:
    assert lead_of("login", "ok", hop=True) == "forward"
    assert lead_of("login", "ok", hop=False) == "session"
    assert isinstance(lead_of("forward", "ok", hop=True), Arrived)


def test_an_answer_of_an_older_version_counts_as_unknown() -> None:
    assert isinstance(lead_of("tcp", "no-such-outcome", hop=False), Unclear)


GOOD = TREE["client"]
BROKEN = {
    "a missing lead": replace(GOOD, leads={key: lead for key, lead in GOOD.leads.items() if key != "no-ssh"}),
    "a lead too many": replace(GOOD, leads={**GOOD.leads, "moon": Unclear()}),
    "a lead to nowhere": replace(GOOD, leads={**GOOD.leads, "ok": "moon"}),
    "an unknown code": replace(GOOD, leads={**GOOD.leads, "no-ssh": Cause("moon.full")}),
    "an unknown sibling": replace(GOOD, leads={**GOOD.leads, "no-ssh": Cause("config.bad-line", also=("moon.full",))}),
    "a word too many": replace(GOOD, words={"moon": "full"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_tree_that_is_not_whole_is_refused(name: str) -> None:
    with pytest.raises(TreeError, match="client"):
        tree.check({**TREE, "client": BROKEN[name]})


def test_the_same_question_may_be_asked_by_several_nodes_but_once_by_name() -> None:
    assert len({node.id for node in TREE.values()}) == len(TREE)
    assert [node.id for node in TREE.values() if node.via is client] == ["client"]
