"""Every cause that the tree can name has a scenario: a real log, a live world, a server's log, or a story."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command import harmful, strings
from live.scenarios.agents import AGENTS
from live.scenarios.certificates import CERTIFICATES
from live.scenarios.config import CONFIG
from live.scenarios.files import FILES
from live.scenarios.handshake import HANDSHAKE
from live.scenarios.hostkey import HOSTKEY
from live.scenarios.inside import INSIDE
from live.scenarios.keys import KEYS
from live.scenarios.login import LOGIN
from live.scenarios.network import NETWORK
from live.scenarios.proxy import PROXY
from live.scenarios.session import SESSION
from live.scenarios.start import START
from probes.inside_states import PURE

from sshwizard import verdict
from sshwizard.events import Saw
from sshwizard.fronts import report
from sshwizard.runner import Runner
from sshwizard.session import fold, walk
from sshwizard.tree import TREE, causes
from sshwizard.verdict import Verdict

from .cloudstories import CLOUD_STORIES as ACCOUNT_STORIES
from .doorstories import DOOR_STORIES
from .googlelogin import LOGIN_STORIES
from .googlestories import GOOGLE_STORIES
from .serverwords import SERVER_LOGS
from .stories import STORIES, Story

CLOUD_STORIES = (*ACCOUNT_STORIES, *DOOR_STORIES)
LOGS = Path(__file__).parents[1] / "data" / "logs"

SHORTFALLS = {
    "auth-encrypted--ssh-9.2deb12u10": "the log shows the refusal of a key that ssh could not open, and not why",
    "auth-sk--ssh-9.2deb12u10": "ssh passes over the hardware key without a word",
    "banner-tls--ssh-7.9-noopenssl": "the TLS alert is not in the log of this version",
}
"""Logs that are not read right today, and why. One that is read right must leave this table."""


@dataclass(frozen=True)
class Sample:
    """A real log, and what an honest reader may say about it."""

    name: str
    code: str
    also_right: frozenset[str]

    def read(self) -> Verdict:
        """What we say about it."""
        return explained((LOGS / f"{self.name}.log").read_bytes(), self.name)

    def right(self, found: Verdict) -> bool:
        """Is it what really was wrong, or as near as this log lets anybody come?"""
        wanted = {self.code, *self.also_right}
        return found.root.cause in wanted if found.root else "none" in wanted


def explained(raw: bytes, name: str) -> Verdict:
    """What `explain` says about a text."""
    return asyncio.run(Runner.of_text(raw, name).walk())


def sample(path: Path) -> Sample:
    row: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return Sample(path.stem, row["code"], frozenset(row["also_right"]))


SAMPLES = [sample(path) for path in sorted(LOGS.glob("*.json"))]


def test_there_is_a_log_for_each_truth() -> None:
    assert len(SAMPLES) > 100
    assert {path.stem for path in LOGS.glob("*.log")} == {one.name for one in SAMPLES}
    assert set(SHORTFALLS) <= {one.name for one in SAMPLES}


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in SAMPLES if one.name not in SHORTFALLS])
def test_a_real_log_is_read_right(one: Sample) -> None:
    found = one.read()
    got = found.root.cause if found.root else found.outcome
    assert one.right(found), f"{got}, and it was {one.code}"


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in SAMPLES])
def test_no_real_log_is_called_certain_and_wrong(one: Sample) -> None:
    found = one.read()
    certain = found.root is not None and found.root.confidence == "certain"
    assert one.right(found) or not certain
    assert len([finding for finding in found.findings if finding.confidence == "certain"]) <= 1


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in SAMPLES if one.name in SHORTFALLS])
def test_a_known_shortfall_is_still_one(one: Sample) -> None:
    assert not one.right(one.read()), f"{one.name} is read right now: take it out of the table"


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in SAMPLES])
def test_half_a_log_breaks_nothing(one: Sample) -> None:
    """A log may be pasted from its middle, or end anywhere."""
    raw = (LOGS / f"{one.name}.log").read_bytes()
    middle = len(raw) // 2
    for part in (raw[:middle], raw[middle:]):
        runner = Runner.of_text(part, one.name)
        found = asyncio.run(runner.walk())
        assert harmful("".join(strings(report.report(runner.state, found)))) == []


@pytest.mark.parametrize("code", SERVER_LOGS)
def test_a_server_s_own_log_is_read_right(code: str) -> None:
    found = explained(SERVER_LOGS[code].encode(), "journal")
    assert found.root is not None
    assert found.root.cause == code


def judged(story: Story) -> Verdict:
    state = fold(story.events())
    way = walk(state)
    told = [event.node for event in story.events() if isinstance(event, Saw)]
    assert way.next is None, f"the walk waits at {way.next}"
    assert [step.node for step in way.steps] == told, "an answer of the story is off the way"
    found = verdict.judge(state)
    assert found is not None
    return found


EVERY_STORY = (*STORIES, *CLOUD_STORIES, *GOOGLE_STORIES, *LOGIN_STORIES)


@pytest.mark.parametrize("story", [pytest.param(one, id=one.name) for one in EVERY_STORY])
def test_a_story_ends_at_its_leaf(story: Story) -> None:
    found = judged(story)
    assert found.root is not None
    assert found.root.cause == story.code
    assert found.root.confidence == story.confidence
    assert found.symptom in story.symptom.split(" | ")
    assert story.title in found.root.title
    assert "{" not in found.root.title + found.root.why


def test_every_answer_of_an_account_that_decides_has_a_story() -> None:
    """Each leaf that an account leads to, by its question and answer, and not by its code alone."""
    told = {list(story.answers.items())[-1] for story in CLOUD_STORIES}
    proofs = {node for node, _ in told}
    leaves = {
        (node.id.replace("-", "_"), outcome)
        for node, outcome, _ in causes(TREE)
        if node.id.replace("-", "_") in proofs - {"cloud_hostkey", "cloud_behind", "cloud_behind_silent"}
    }
    mute = {row for row in leaves if row[0].endswith("_mute")}
    assert sorted(leaves - mute - told) == []
    assert {node.id for node in TREE.values() if node.via.name.startswith("aws.")} - {
        node.replace("_", "-") for story in CLOUD_STORIES for node in story.answers
    } == set()


def test_every_cause_has_a_scenario() -> None:
    """The promise: a cause that the tree can name and that nothing of ours reaches is a cause nobody has seen work."""
    worlds = (AGENTS, CERTIFICATES, CONFIG, FILES, HANDSHAKE, HOSTKEY, KEYS, LOGIN, NETWORK, PROXY, SESSION, START)
    played = {code for world in worlds for row in world for code in row.accepted()}
    read = {found.root.cause for one in SAMPLES if (found := one.read()).root is not None and one.right(found)}
    played |= {row.code for row in INSIDE} | set(PURE)
    told = {story.code for story in EVERY_STORY}
    named = {cause.code for _, _, cause in causes(TREE)}
    named |= {verdict.at_hop(cause.code, node.id) for node, _, cause in causes(TREE)}
    assert sorted(named - played - read - told - set(SERVER_LOGS)) == []
    assert sorted((told | set(SERVER_LOGS)) - named) == []
