"""Why do you think so: pure, from recorded sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sshwizard import session, vocabulary
from sshwizard.events import Answered, Began, Saw
from sshwizard.fronts.because import plain_lines
from sshwizard.fronts.evidence import decider, deciding, ordered
from sshwizard.fronts.why import causes_from, places_of, why, why_cause, why_question
from sshwizard.model import Cause, Target, unknown
from sshwizard.state import State
from sshwizard.tree import START, TREE
from sshwizard.verdict import judge

Recorded = Callable[..., list[Any]]


def state(events: list[Any]) -> State:
    return session.fold(events)


def test_a_verdict_names_its_chain_its_evidence_and_what_each_answer_ruled_out(recorded: Recorded) -> None:
    one = why(state(recorded("open-key")))
    assert (one.standing, one.code, one.sure, one.no_surer) == ("found", "key.permissions-too-open", "certain", "")
    assert [link.place[1] for link in one.chain][-3:] == ["will", "signing", "keys"]
    known = next(link for link in one.chain if link.place[1] == "hostkey")
    assert "is known and matches" in known.line
    assert "hostkey.revoked" in known.rules_out
    assert known.by == "ssh"
    assert one.unknown == ()


def test_what_the_connection_did_not_come_to_is_not_ruled_out(recorded: Recorded) -> None:
    world = state(recorded("open-key"))
    assert why_cause(world, "hostkey.revoked").standing == "ruled-out"
    assert why_cause(world, "auth.key-not-authorized").standing == "beyond"
    assert why_cause(world, "key.permissions-too-open").standing == "found"
    ruled = {code for link in why(world).chain for code in link.rules_out}
    assert "auth.key-not-authorized" not in ruled
    assert "key.permissions-too-open" not in ruled


def test_a_question_says_where_the_way_turned(recorded: Recorded) -> None:
    world = state(recorded("closed-security-group"))
    assert why_question(world, (0, "cloud-path")).standing == "answered"
    refuser = why_question(world, (0, "refuser"))
    assert refuser.standing == "ruled-out"
    assert refuser.chain[-1].place[1] == "tcp"
    assert why_question(world, (0, "hostkey")).standing == "beyond"
    other = why_question(world, (0, "tcp"), "refused")
    assert other.standing == "ruled-out"
    assert "no answer came" in other.because


def test_before_anything_was_seen_every_cause_is_ahead() -> None:
    world = state([Began(Target("web-1", ("web-1",)))])
    assert why(world).standing == "ahead"
    assert why_cause(world, "hostkey.revoked").standing == "ahead"
    assert why_question(world, (0, "tcp")).standing == "ahead"


def test_a_look_in_vain_rules_nothing_out() -> None:
    events: list[Any] = [Began(Target("a text"), "hand"), Answered(-1, START, "ok"), Answered(-1, "client", "ok")]
    events += [Answered(0, node, "direct" if node == "proxy" else "ok") for node in ("proxy", "name")]
    events += [Answered(0, "tcp", "silent"), Answered(0, "timed-out", "unknown")]
    world = state(events)
    assert why(world).chain[-1].rules_out == ()
    assert why_cause(world, "dns.hosts-file-override" if "dns.hosts-file-override" in vocabulary.causes() else
                     _direct("timed-out", "hosts-file")).standing == "open"  # fmt: skip


def _direct(node: str, outcome: str) -> str:
    lead = TREE[node].leads[outcome]
    assert isinstance(lead, Cause)
    return lead.code


def test_a_persons_word_is_told_as_the_reason_why_it_is_no_surer(recorded: Recorded) -> None:
    events = [event for event in recorded("open-key") if getattr(event, "node", "") != "keys"]
    events = [event for event in events if type(event).__name__ != "Ended"]
    keys = Saw(0, "keys", unknown("the file cannot be read"))
    one = why(state([*events, keys, Answered(0, "keys", "too-open")]))
    assert one.sure == "likely"
    assert "Your word" in one.no_surer
    assert "it is" not in one.claim[:5]


def test_every_cause_has_a_question_that_shows_it() -> None:
    assert set(places_of()) == set(vocabulary.causes())
    assert causes_from(START) >= {code for node in ("tcp", "login") for code in causes_from(node)}


def test_plain_lines_hold_the_whole_story(recorded: Recorded) -> None:
    text = "\n".join(plain_lines(why(state(recorded("open-key")))))
    for wanted in ("Other people can read", "How sure:", "[!!] Is there a key", "ruled out", "mode 0644"):
        assert wanted in text


@pytest.mark.parametrize("session_name", ["open-key", "closed-security-group"])
def test_every_cause_and_question_can_be_asked_about_at_any_time(recorded: Recorded, session_name: str) -> None:
    events = recorded(session_name)
    for end in (1, len(events)):
        world = state(events[:end])
        for code in vocabulary.causes():
            assert list(plain_lines(why_cause(world, code)))
        for node in TREE:
            assert list(plain_lines(why_question(world, (0, node))))


@pytest.mark.parametrize(
    ("says", "lines", "at"),
    [
        ("x port 22 accepted the connection", ("6: debug1: Connecting to x [192.0.2.1] port 22.",
                                               "10: debug1: Connection established."), 1),
        ("dana@x: Permission denied (publickey).", ("debug1: Offering public key",
                                                    "116: dana@x: Permission denied (publickey)."), 1),
        ("the server's key is not the known one: SHA256:5K", ("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!",
                                                             "Server host key: ssh-ed25519 SHA256:5K"), 0),
        ("the security group sg-1 covers port 22 for other addresses", ("sg-1 web: tcp 443 from 0.0.0.0/0",
                                                                        "sg-1 web: tcp 22 from 192.0.2.9/32"), 1),
        ("/tmp/lab/ssh/id_ed25519: mode 0644", ("/tmp/lab/config line 6: identityfile /tmp/lab/ssh/id_ed25519",
                                                "-rw-r--r-- /tmp/lab/ssh/id_ed25519"), 1),
        ("nothing", (), -1),
    ],
)  # fmt: skip
def test_the_deciding_line_is_the_one_that_says_it(says: str, lines: tuple[str, ...], at: int) -> None:
    assert deciding(says, lines) == at


def test_what_decided_is_not_the_question_that_added_nothing(recorded: Recorded) -> None:
    world = state(recorded("changed-host-key"))
    way = session.walk(world)
    assert way.steps[-1].node == "google-hostkey"
    assert decider(way).node == "known-changed"
    assert why(world).because.endswith("known_hosts has another key for 203.0.113.20")
    found = judge(world)
    assert found is not None
    assert found.root is not None
    seen = ordered(way, found.root.evidence)
    assert seen[0].says.startswith("known_hosts has another key")
    assert set(seen) == set(found.root.evidence)
