"""Questions without a host on the command line, and who said what in a replay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import sshwizard
from told import REACHED, saw, story, way

from sshwizard.commands import completion
from sshwizard.events import Answered, Event, Unanswered, to_json
from sshwizard.tree.limbs import LIMBS


def test_what_is_seen_leads_to_the_next_question_with_its_answers() -> None:
    ran = sshwizard("--see", "timed-out", "--answer", "timed-out=same")
    assert ran.code == 3, ran.text
    assert "Is the server an EC2 instance of yours?" in ran.out
    assert "--answer cloud=instance" in ran.out
    ran = sshwizard(
        "--see",
        "timed-out",
        "--answer",
        "timed-out=same",
        "--answer",
        "cloud=not-asked",
        "--answer",
        "google=not-asked",
    )
    assert ran.code == 3, ran.text
    assert "Is the machine there at all?" in ran.out
    assert "--answer silence=machine-answers" in ran.out
    assert "--answer silence=unknown" in ran.out


def test_answers_lead_to_a_verdict_that_is_not_certain() -> None:
    said = ("timed-out=same", "cloud=not-asked", "google=not-asked", "silence=machine-answers", "egress-alive=open")
    ran = sshwizard("--see", "timed-out", *(f"--answer={answer}" for answer in said))
    assert ran.code == 1, ran.text
    assert "[network.firewall-drops]" in ran.out
    assert "you say: alive, port dropped" in ran.out
    assert "certain" not in ran.out
    assert "Fix (" not in ran.out


@pytest.mark.parametrize("name", [limb.id for limb in LIMBS])
def test_every_message_can_be_named(name: str) -> None:
    assert name in completion.words(["--see"])
    ran = sshwizard("--see", name)
    assert ran.code in {1, 3}, ran.text
    assert ran.err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--see", "moon"), "One of: timed-out"),
        (("--see", "timed-out", "web-1"), "no TARGET"),
        (("--answer", "tcp=open"), "--see MESSAGE"),
        (("--see", "timed-out", "--answer", "tcp=open"), "the question is timed-out"),
        (("--see", "timed-out", "--answer", "timed-out=moon"), "One of: same"),
        (("--see", "timed-out", "--answer", "timed-out"), "has no answer ''"),
        (("--see", "too-many-failures", "--answer", "login=ok"), "verdict already"),
        (("--see",), "--see"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_is_a_sentence(words: tuple[str, ...], said: str) -> None:
    ran = sshwizard(*words)
    assert ran.code == 2, ran.text
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1


@pytest.fixture
def disputed(tmp_path: Path) -> Path:
    """A session in which the person disagreed once, and took another answer back."""
    events: list[Event] = story(*way(0, **REACHED, login="denied", methods="public-key", will="tries-keys"))
    events += [saw(0, "signing", "no-trouble"), saw(0, "keys", "fine"), Answered(0, "methods", "partial")]
    events += [Unanswered(0, "methods"), Answered(0, "keys", "too-open")]
    file = tmp_path / "s.jsonl"
    file.write_text("".join(json.dumps(to_json(event)) + "\n" for event in events))
    return file


def test_a_replay_shows_who_said_what(disputed: Path) -> None:
    ran = sshwizard("replay", "--plain", disputed)
    assert ran.code == 1, ran.text
    assert "[you] Does the server take keys? you say: a second factor" in ran.out
    assert "[you] Does the server take keys? you take your answer back" in ran.out
    assert "[you] Is there a key that ssh can use? you say: open to others" in ran.out
    assert "You disagree with a look. Is there a key that ssh can use? the look says: keys: fine; you say:" in ran.out


def test_its_report_says_whose_each_answer_is(disputed: Path) -> None:
    told = sshwizard("replay", "--json", disputed).report
    assert {step["node"]: step["source"] for step in told["path"]}["keys"] == "person"
    assert {step["source"] for step in told["path"] if step["node"] != "keys"} == {"look"}
    assert told["findings"][0]["confidence"] == "likely"
