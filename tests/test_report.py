"""The public contract: every report fits docs/report.schema.json, and none holds a harmful character."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from command import harmful, sshwizard, strings
from jsonschema import Draft202012Validator
from told import story, way
from tree.serverwords import SERVER_LOGS
from tree.stories import STORIES, Story

from sshwizard import verdict, vocabulary
from sshwizard.exits import Exit
from sshwizard.fronts import report
from sshwizard.lab import EXERCISES
from sshwizard.runner import Runner
from sshwizard.session import fold
from sshwizard.verdict import Verdict

SCHEMA_FILE = Path(__file__).parents[1] / "docs" / "report.schema.json"
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
LOGS = sorted((Path(__file__).parent / "data" / "logs").glob("*.log"))


def check(made: dict[str, Any]) -> None:
    """The report fits the schema, the vocabulary, and a terminal."""
    wrong = [f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in VALIDATOR.iter_errors(made)]
    assert wrong == []
    assert harmful("".join(strings(made))) == []
    for found in (*made["findings"], *made["also_seen"]):
        assert found["cause"] in vocabulary.causes()
        assert found["doc"] in vocabulary.causes()
        assert {fix["id"] for fix in found["fixes"]} <= set(vocabulary.actions())
    assert [found["confidence"] for found in made["findings"][1:]] == ["possible"] * len(made["findings"][1:])
    assert json.loads(json.dumps(made)) == made


def of_text(raw: bytes, name: str) -> dict[str, Any]:
    runner = Runner.of_text(raw, name)
    return report.report(runner.state, asyncio.run(runner.walk()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == report.SCHEMA
    assert SCHEMA["properties"]["schema"]["const"] == report.SCHEMA


def test_the_schema_tells_a_wrong_report() -> None:
    made = of_text(b"", "empty")
    check(made)
    for key in made:
        assert not VALIDATOR.is_valid({name: value for name, value in made.items() if name != key})
    assert not VALIDATOR.is_valid({**made, "outcome": "fine"})
    assert not VALIDATOR.is_valid({**made, "outcome": "failed"})
    assert not VALIDATOR.is_valid({**made, "took_ms": "fast"})
    assert not VALIDATOR.is_valid({**made, "target": {**made["target"], "input": "a\x1b[31m"}})


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in LOGS])
def test_the_report_of_a_real_log_fits(path: Path) -> None:
    check(of_text(path.read_bytes(), path.name))


@pytest.mark.parametrize("code", SERVER_LOGS)
def test_the_report_of_a_server_s_log_fits(code: str) -> None:
    check(of_text(SERVER_LOGS[code].encode(), "journal"))


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in STORIES])
def test_the_report_of_a_story_fits(one: Story) -> None:
    state = fold(one.events())
    found = verdict.judge(state)
    assert found is not None
    check(report.report(state, found))


NASTY = b"\x1b[31m\x1b]0;x\x07 {0.__class__} [/] \xe2\x80\xae \xe2\x80\x8b \xc2\xad \xff\xfe \x00 @everyone\r\n"
HOSTILE = {
    "a banner": b"debug1: Connection established.\r\ndebug1: kex_exchange_identification: banner line 0: " + NASTY
    + b"kex_exchange_identification: Connection closed by remote host\r\n",
    "a software name": b"debug1: Remote protocol version 2.0, remote software version " + NASTY
    + b"debug1: SSH2_MSG_KEXINIT sent\r\n",
    "a host name": b"ssh: Could not resolve hostname " + NASTY.strip() + b": Name or service not known\r\n",
    "a refusal": b"me" + NASTY.strip() + b"@h: Permission denied (publickey" + NASTY.strip() + b").\r\n",
    "a disconnect": b"debug1: SSH2_MSG_NEWKEYS received\r\nReceived disconnect from 192.0.2.1 port 22:2: " + NASTY,
    "a proxy": b"debug1: Executing proxy command: x\r\n" + NASTY
    + b"kex_exchange_identification: Connection closed by remote host\r\n",
    "a key's name": b"debug1: SSH2_MSG_NEWKEYS received\r\nLoad key \"" + NASTY.strip()
    + b"\": error in libcrypto\r\nme@h: Permission denied (publickey).\r\n",
    "a journal": b"sshd[1]: Invalid user " + NASTY.strip() + b" from 192.0.2.1 port 22\r\n",
    "octal escapes": rb"debug1: Remote protocol version 1.5, remote software version \033[31m\342\200\256" + b"\r\n",
    "nothing else": NASTY * 3,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_stay_words(name: str) -> None:
    made = of_text(HOSTILE[name], "log")
    check(made)
    assert "class '" not in json.dumps(made)


def test_the_name_of_a_file_is_a_stranger_s_word_too() -> None:
    check(of_text(b"", "log\x1b[31m\u202e.txt"))


def test_a_key_pasted_into_a_log_is_not_repeated(tmp_path: Path) -> None:
    import subprocess

    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, timeout=20)
    rows = key.read_bytes()
    raw = (
        b"debug1: Executing proxy command: x\n"
        + rows
        + b"kex_exchange_identification: Connection closed by remote host\n"
    )
    told = json.dumps(of_text(raw, "log"))
    secret = [row for row in rows.decode().splitlines() if not row.startswith("-----")]
    assert not [row for row in secret if row in told]


@pytest.mark.parametrize(
    "exercise", ["healthy", "open-key", "refused-port", "wrong-user", "changed-host-key", "nologin"]
)
def test_the_report_of_a_practice_world_fits(exercise: str) -> None:
    ran = sshwizard("lab", exercise, "--json")
    made = ran.report
    check(made)
    cause = EXERCISES[exercise].cause
    assert [found["cause"] for found in made["findings"]][:1] == ([] if cause == "none" else [cause])
    assert ran.code == (0 if cause == "none" else 1), ran.text
    assert made["took_ms"] > 0
    assert made["path"][0]["node"] == "typed"


def test_the_exit_code_follows_the_outcome() -> None:
    healthy = Verdict("healthy", "none")
    found = verdict.judge(fold(STORIES[0].events()))
    assert found is not None
    delayed = verdict.judge(fold(next(one for one in STORIES if "family-lost" in one.name).events()))
    assert delayed is not None
    assert report.exit_for(healthy) is Exit.WORKS
    assert report.exit_for(delayed) is Exit.WORKS
    assert report.exit_for(found) is Exit.CAUSE_FOUND
    assert report.exit_for(Verdict("inconclusive", "none")) is Exit.CANNOT_TELL


def test_what_could_not_be_told_is_in_the_report() -> None:
    state = fold(story(*way(0, proxy="direct", name="ok", tcp="unknown")))
    found = verdict.judge(state)
    assert found is not None
    made = report.report(state, found)
    check(made)
    assert made["unknown"] == [{"probe": "run.tcp", "why": "nobody could look", "unblock": "ssh -v"}]


def test_the_cause_page_of_every_code_is_plain_text() -> None:
    for code, entry in vocabulary.causes().items():
        page = report.cause_page(code)
        assert page.startswith(entry.title)
        assert f"[{code}]" in page
        assert harmful(page, allowed="\n") == []
