"""From the end of a walk to findings: the right name, an honest confidence, and words that outsiders cannot bend."""

from __future__ import annotations

import pytest
from command import harmful, strings
from told import ENTERED, REACHED, client, saw, story, way

from sshwizard import remedies, verdict, vocabulary
from sshwizard.effects import Chmod
from sshwizard.events import Began, Did, Event, Saw
from sshwizard.fronts import plain, report
from sshwizard.model import Cause, Fact, Finding, Target
from sshwizard.session import Step, fold, walk
from sshwizard.tree import TREE, causes
from sshwizard.verdict import Verdict

pytestmark = pytest.mark.timeout(method="signal")  # thousands that only reckon: a thread for each would cost more

LEAVES = [pytest.param(node.id, outcome, cause, id=f"{node.id}-{outcome}") for node, outcome, cause in causes(TREE)]
TITLES: dict[str, list[str]] = {}
for _node, _, _cause in causes(TREE):
    TITLES.setdefault(_node.id, []).append(_cause.title)
AT_LOGIN = [
    *way(0, **REACHED),
    saw(0, "login", "denied"),
    saw(0, "methods", "public-key"),
    saw(0, "will", "tries-keys"),
]
AT_KEYS = [*AT_LOGIN, saw(0, "signing", "no-trouble")]


def judged(events: list[Event]) -> Verdict:
    found = verdict.judge(fold(events))
    assert found is not None
    return found


def root(events: list[Event]) -> Finding:
    found = judged(events).root
    assert found is not None
    return found


def test_there_is_no_verdict_while_the_walk_goes_on() -> None:
    assert verdict.judge(fold(story())) is None


def test_a_healthy_target_has_no_findings() -> None:
    found = judged(story(*way(0, **ENTERED, detour="none")))
    assert (found.outcome, found.symptom, found.findings, found.unknown) == ("healthy", "none", (), ())


def test_a_fault_that_only_delays_degrades() -> None:
    found = judged(story(*way(0, **ENTERED), saw(0, "detour", "family-lost", {"works": "192.0.2.1"})))
    assert found.outcome == "degraded"
    assert found.root is not None
    assert found.root.cause == "network.ipv6-broken"


def test_a_look_that_could_not_look_is_told() -> None:
    found = judged(story(*way(0, proxy="unknown", name="ok", tcp="unknown")))
    assert (found.outcome, found.findings) == ("inconclusive", ())
    assert [step.node for step in found.unknown] == ["proxy", "tcp"]


def test_title_and_evidence_tell_the_case() -> None:
    found = root(story(*AT_KEYS, saw(0, "keys", "too-open", {"named": "~/.ssh/id", "path": "/nonexistent"})))
    assert found.title == "Other people can read ~/.ssh/id"
    assert found.confidence == "certain"
    assert found.evidence[0].probe == "files.keys"
    assert found.evidence[0].lines == ("1: too-open",)
    assert "run.login" in [seen.probe for seen in found.evidence]
    assert (found.leg, found.node) == (0, "keys")


@pytest.mark.parametrize(("node", "outcome", "cause"), LEAVES)
def test_every_leaf_is_worded_without_a_hole(node: str, outcome: str, cause: Cause) -> None:
    """Whatever a look forgot to tell, no brace and no empty word is shown."""
    del node, outcome
    for template in (cause.title, cause.why):
        told = template.format_map(verdict._Fields({}))
        assert "{" not in told
        assert "  " not in told
    entry = vocabulary.causes()[cause.code]
    assert entry.title
    assert entry.why
    assert entry.symptoms


def test_a_person_s_word_is_never_certain() -> None:
    events = story(*AT_KEYS, saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"}, source="person"))
    assert root(events).confidence == "likely"


def test_a_certain_leaf_reached_through_what_is_not_known_is_not_certain() -> None:
    events = story(*AT_KEYS, saw(0, "keys", "passphrase", {"named": "~/k"}), saw(0, "agent-for-passphrase", "unknown"))
    assert root(events).cause == "key.passphrase-required"
    assert root(events).confidence == "likely"


@pytest.mark.parametrize(("node", "outcome", "cause"), LEAVES)
def test_no_leaf_is_certain_by_a_person_s_word(node: str, outcome: str, cause: Cause) -> None:
    step = fold(story(saw(0, node, outcome, source="person"))).facts[(0, node)]
    assert verdict._confidence(cause, Step(0, node, step)) != "certain"


def test_siblings_follow_as_possible() -> None:
    events = story(*AT_KEYS, saw(0, "keys", "fine"), *way(0, certificate="none", algorithms="fine", offered="some"))
    events += [saw(0, "other-key", "no-other"), saw(0, "cloud-login", "not-asked")]
    events += [saw(0, "google-login", "not-asked"), saw(0, "user", "given")]
    found = judged(events)
    assert found.root is not None
    assert (found.root.cause, found.root.confidence) == ("auth.key-rejected", "likely")
    others = found.findings[1:]
    assert {other.confidence for other in others} == {"possible"}
    assert "auth.key-not-authorized" in [other.cause for other in others]
    assert len({other.cause for other in found.findings}) == len(found.findings)


# ------------------------------------------------------------------ hops

HOPS = {
    "a name": ([*way(0, proxy="direct", name="not-known"), saw(0, "resolver", "nxdomain")], "proxy.jump-unresolvable"),
    "a refusal": (
        [*way(0, proxy="direct", name="ok", tcp="refused", refused="same", refuser="reset",
              cloud_refused="not-asked", google_refused="not-asked", family="none"),
         saw(0, "other-port", "none")],
        "proxy.jump-unreachable",
    ),
    "no banner": (way(0, proxy="direct", name="ok", tcp="open", banner="not-ssh"), "proxy.jump-unreachable"),
    "its key": ([*way(0, **{**REACHED, "hostkey": "revoked"})], "proxy.jump-host-key"),
    "its methods": ([*way(0, **REACHED), saw(0, "login", "denied"), saw(0, "methods", "no-public-key")],
                    "proxy.jump-auth-failed"),
    "our own key": ([*AT_KEYS, saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"})],
                    "key.permissions-too-open"),
    "our own will": ([*way(0, **REACHED), saw(0, "login", "denied"), saw(0, "methods", "public-key"),
                      saw(0, "will", "keys-off")], "config.public-key-off"),
    "no passing on": ([*way(0, **REACHED), saw(0, "login", "ok"), saw(0, "forward", "prohibited")],
                      "proxy.forwarding-prohibited"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOPS)
def test_trouble_at_a_hop_has_the_hop_s_name(name: str) -> None:
    steps, code = HOPS[name]
    found = root(story(*steps, legs=("jump", "box")))
    assert found.cause == code
    if code.startswith("proxy.jump"):
        assert found.title.startswith("Hop 1 of 2, jump: ")
        inner = found.evidence[0]
        assert inner.probe in vocabulary.causes()
        assert not inner.probe.startswith("proxy.")
    if name != "no passing on":
        assert not root(story(*steps)).cause.startswith("proxy.jump-")


def test_the_last_leg_keeps_its_own_names() -> None:
    events = story(*way(0, **REACHED), saw(0, "login", "ok"), saw(0, "forward", "ok"),
                   *way(1, proxy="direct", name="elsewhere", tcp="elsewhere", banner="not-ssh"),
                   legs=("jump", "box"))  # fmt: skip
    assert root(events).cause == "kex.not-ssh"


@pytest.mark.parametrize(("node", "outcome", "cause"), LEAVES)
def test_every_leaf_has_a_known_name_at_a_hop(node: str, outcome: str, cause: Cause) -> None:
    del outcome
    assert verdict.at_hop(cause.code, node) in vocabulary.causes()


# ------------------------------------------------------------------ words of strangers

EVIL = "{0.__class__} {input.__init__.__globals__} {} {{ } %s %(x)s [/] [@click=app.quit]x[/] <b> \x1b[31m\u202e\x07"


@pytest.mark.parametrize(("node", "outcome", "cause"), LEAVES)
def test_hostile_facts_neither_break_nor_leak(node: str, outcome: str, cause: Cause) -> None:
    del cause
    keys = ("host", "port", "user", "input", "named", "file", "where", "name", "used", "current", "keyword", "works",
            "port_found", "configured", "user_wanted", "next", "path")  # fmt: skip
    fact = Fact(outcome, EVIL, (EVIL,), EVIL, dict.fromkeys(keys, EVIL))
    events: list[Event] = [
        Began(Target(EVIL, ("box",))),
        saw(-1, "typed", "ok"),
        Saw(-1, "client", client("box", user=EVIL)),
        Saw(0, node, fact),
    ]
    state = fold(events)
    step = Step(0, node, fact)
    fields = verdict._fields(state, walk(state), step, state.legs[0])
    for template in (TREE[node].asks, *TITLES.get(node, ())):
        shown = verdict._fill(template, fields)
        assert "class '" not in shown
        assert harmful(shown) == []


def test_a_hostile_finding_stays_a_sentence() -> None:
    fact = Fact("too-open", "x", ("y",), "", {"named": EVIL, "path": "/nonexistent", "host": EVIL})
    found = judged(story(*AT_KEYS, Saw(0, "keys", fact)))
    assert found.root is not None
    assert found.root.title.startswith("Other people can read {0.__class__}")
    assert harmful(found.root.title) == []


def test_what_a_report_shows_of_a_stranger_s_session_is_harmless() -> None:
    """A session file may come from anybody: what it holds passes the border before it is shown."""
    fact = Fact("too-open", EVIL, (EVIL,), EVIL, {"named": EVIL, "path": "/nonexistent"})
    state = fold(story(*AT_KEYS, Saw(0, "keys", fact)))
    found = verdict.judge(state)
    assert found is not None
    assert harmful("".join(strings(report.report(state, found)))) == []
    assert harmful(plain.tell(state, found), allowed="\n") == []


# ------------------------------------------------------------------ remedies


@pytest.mark.parametrize(("node", "outcome", "cause"), LEAVES)
def test_a_fact_without_details_breaks_no_remedy(node: str, outcome: str, cause: Cause) -> None:
    """A person's answer, and a session of an older version, have the outcome and nothing more."""
    state = fold(story(saw(0, node, outcome, source="person")))
    step = Step(0, node, state.facts[(0, node)])
    remedies.remedies(state, cause.code, step, state.legs[0], "")


def test_a_change_is_told_with_its_proof() -> None:
    did = Did("chmod-key", "key.permissions-too-open", 0, "keys", "too-open", "login", "denied",
              (Chmod("/k", 0o600, 0o644),), (Chmod("/k", 0o644, 0o600),))  # fmt: skip
    assert verdict.proofs(fold([*story(), did])) == ("Make the key private (mode 600): done, not proved",)
    proved = fold([*story(), did, saw(0, "keys", "fine")])
    assert verdict.proofs(proved)[0].startswith("Make the key private (mode 600): proved")
    assert "keys: fine" in verdict.proofs(proved)[0]
    passed = verdict.proofs(fold([*story(), did, saw(0, "login", "ok")]))[0]
    assert "login: ok" in passed, passed


def test_a_log_alone_offers_no_change() -> None:
    events = story(*AT_KEYS, saw(0, "keys", "too-open", {"named": "~/k", "path": "/k"}), mode="log")
    assert not [remedy for remedy in root(events).remedies if remedy.applicable]


def test_remedies_are_known_and_guides_come_last() -> None:
    for node, outcome, _ in causes(TREE):
        data = {"path": "/nonexistent", "named": "x", "file": "/nonexistent", "port_found": 22, "user_wanted": "dana"}
        state = fold(story(saw(0, node.id, outcome, data)))
        step = Step(0, node.id, state.facts[(0, node.id)])
        lead = node.leads[outcome]
        assert isinstance(lead, Cause)
        found = remedies.remedies(state, lead.code, step, state.legs[0], "")
        assert {remedy.id for remedy in found} <= set(vocabulary.actions())
        order = [(not remedy.applicable, remedy.risk == "guide") for remedy in found]
        assert order == sorted(order)
        assert [remedy.id for remedy in found if remedy.refusal == "" and not remedy.preview] == []
