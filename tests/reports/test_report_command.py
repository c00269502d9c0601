"""`sshwizard report` and `sshwizard replay`, each as a process of its own."""

from __future__ import annotations

import json
import os
import re
import stat
import tarfile
from pathlib import Path

import pytest
from command import Ran, sshwizard
from test_report import SCHEMA, VALIDATOR

from sshwizard import verdict
from sshwizard.exits import UsageError
from sshwizard.fronts.reports import recording, writing
from sshwizard.fronts.reports.content import content
from sshwizard.session import fold

from .test_hostile import check_page
from .worlds import Names, kept, unpacked

STORIES = Path(__file__).parents[2] / "screenshots" / "sessions"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """The newest session of this account."""
    folder = Path(os.environ["XDG_STATE_HOME"]) / "sshwizard" / "sessions"
    folder.mkdir(parents=True)
    return kept(folder)


def refused(ran: Ran) -> str:
    """The one sentence of exit code 2."""
    assert (ran.code, ran.out) == (2, ""), ran.text
    assert len(ran.err.strip().splitlines()) == 1, ran.text
    return ran.err


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_newest_session_is_text_for_a_ticket(session: Path) -> None:
    ran = sshwizard("report")
    assert (ran.code, ran.err) == (0, ""), ran.text
    for part in ("# Other people can read", "## Why", "### Evidence", "### What can be done", "## Changes made",
                 "undone", "## What is not known", "## What was tried", "## The way through", "## Ruled out",
                 "## Time line", "03:04:09 changed:", "03:04:20 taken back:", "are masked"):  # fmt: skip
        assert part in ran.out, part
    assert not [value for value in Names().__dict__.values() if value in ran.out]
    legend = session.with_name("20260102-030400-a-host.legend.json")
    assert mode(legend) == 0o600
    shown = sshwizard("report", "--legend")
    assert shown.code == 0
    assert {tuple(row.split(None, 1)) for row in shown.out.splitlines()} >= {
        ("address-1", Names.address), ("user-1", Names.user), ("comment-1", Names.comment),
    }  # fmt: skip
    again = sshwizard("report", "20260102", "--no-redact")
    assert "Nothing is masked" in again.out
    assert Names.comment in again.out


def test_each_format_is_a_new_file_for_its_owner_only(session: Path, tmp_path: Path) -> None:
    for name in ("a.html", "a.json", "a.tar.gz"):
        ran = sshwizard("report", "last", "-o", tmp_path / name)
        assert (ran.code, ran.err) == (0, ""), ran.text
        assert mode(tmp_path / name) == 0o600
    before = (tmp_path / "a.html").read_bytes()
    assert "is there already" in refused(sshwizard("report", "-o", tmp_path / "a.html"))
    assert (tmp_path / "a.html").read_bytes() == before
    assert b"unsafe" not in before
    made = json.loads((tmp_path / "a.json").read_text())
    assert [error.message for error in VALIDATOR.iter_errors(made)] == []
    assert made["redacted"] is True
    assert {"tried", "ruled_out", "changes", "timeline", "session"} <= set(SCHEMA["properties"])
    files = unpacked((tmp_path / "a.tar.gz").read_bytes())
    assert {name.partition("/")[2] for name in files} == {
        "README.txt", "versions.txt", "ssh-config.txt", "report.md", "report.html", "report.json", "session.jsonl",
    }  # fmt: skip
    assert "OpenSSH" in files["sshwizard-report/versions.txt"]
    assert "hostname host-" in files["sshwizard-report/ssh-config.txt"]
    ran = sshwizard("replay", "--plain", tmp_path / "a.tar.gz")
    assert ran.code == 1, ran.text
    assert "03:04:09  [did] chmod-key" in ran.out
    assert "03:04:20  [undone] chmod-key" in ran.out
    assert recording.opened(tmp_path / "a.json") == recording.opened(tmp_path / "a.tar.gz")
    again = sshwizard("report", tmp_path / "a.tar.gz", "--format", "json").report
    assert again["target"]["input"] == "user-1@host-1"
    assert again["redacted"] is True


def test_a_bundle_without_a_name_says_where_it_is(session: Path) -> None:
    told = sshwizard("report", "--format", "bundle").out.strip()
    place = Path(os.environ["XDG_STATE_HOME"]) / "sshwizard" / "reports" / "report-20260102-030400.tar.gz"
    assert Path(told).name == place.name
    assert tarfile.is_tarfile(place)


def test_a_diagnosis_is_printed_as_a_report_at_once() -> None:
    ran = sshwizard("diagnose", "--html", "-F", "none", "-p", "1", "dana@127.0.0.1")
    assert ran.code == 1, ran.text
    page = check_page(ran.out)
    assert "user-1@127.0.0.1" in "".join(page.text)
    assert "dana" not in ran.out
    assert re.search(r"\d\d:\d\d:\d\d looked: ", sshwizard("report").out)


def test_mistakes_are_one_sentence(session: Path, tmp_path: Path) -> None:
    assert "no masked report" in refused(sshwizard("report", "--legend"))
    assert "nowhere" in refused(sshwizard("report", "nowhere"))
    assert "cannot be written" in refused(sshwizard("report", "-o", tmp_path / "no" / "such" / "x.md"))


# ------------------------------------------------------------------ replay


def test_a_session_and_a_plain_report_are_replayed(session: Path, tmp_path: Path) -> None:
    ran = sshwizard("replay", "last")
    assert ran.code == 1, ran.text
    assert "[key.permissions-too-open]" in ran.out, ran.text
    assert "03:04:03  [=>] Other people can read" in ran.out
    plain = tmp_path / "plain.json"
    plain.write_text(sshwizard("replay", "20260102-030400", "--json").out)
    ran = sshwizard("replay", plain)
    assert (ran.code, "in words that may be more general" in ran.err) == (1, True), ran.text
    assert "[key.permissions-too-open]" in ran.out, ran.text


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_recording_still_leads_to_a_verdict(path: Path) -> None:
    found = recording.opened(path)
    assert "left out" not in found.note
    assert verdict.judge(fold(found.events)) is not None


def test_looks_that_this_version_does_not_have_are_left_out(tmp_path: Path) -> None:
    rows = (STORIES / "closed-security-group.jsonl").read_text("utf-8").splitlines(keepends=True)
    looks = [row.replace('"node": "cloud-path"', f'"node": "{name}"')
             for row in rows if '"node": "cloud-path"' in row for name in ("aws.endpoint", "aws.agent")]  # fmt: skip
    assert len(looks) == 2
    older = tmp_path / "older.jsonl"
    older.write_text("".join((*rows[:-1], *looks, rows[-1])), "utf-8")
    found = recording.opened(older)
    assert "2 looks of another version are left out" in found.note
    whole = recording.opened(STORIES / "closed-security-group.jsonl")
    assert verdict.judge(fold(found.events)) == verdict.judge(fold(whole.events))


def test_a_question_that_is_newer_than_a_recording_counts_as_unknown(tmp_path: Path) -> None:
    rows = (STORIES / "changed-host-key.jsonl").read_text("utf-8").splitlines(keepends=True)
    older = tmp_path / "older.jsonl"
    older.write_text("".join(row for row in rows if '"google-hostkey"' not in row), "utf-8")
    found = recording.opened(older)
    judged = verdict.judge(fold(found.events))
    assert "newer than this recording" in found.note
    assert judged is not None
    assert judged.root is not None
    assert judged.root.cause.startswith("hostkey.")


def test_what_nobody_looked_at_is_not_ruled_out(session: Path) -> None:
    told = content(recording.opened(STORIES / "closed-security-group.jsonl").events, "x").told
    codes = {one["cause"] for row in told["ruled_out"] for one in row["causes"]}
    assert "aws.instance-terminated" in codes
    assert not codes & {one["cause"] for one in told["findings"]}
    seen = [event for event in recording.opened(session).events if getattr(event, "node", "") != "hostkey"]
    told = content(seen, "x").told
    assert "hostkey" not in {row["node"] for row in told["ruled_out"]}
    assert told["unknown"][-1]["why"].endswith("The session ended before this was looked at.")
    assert told["outcome"] == "inconclusive"


def test_what_is_whole_of_a_torn_session_is_shown(session: Path) -> None:
    session.write_bytes(session.read_bytes()[:-40])
    ran = sshwizard("replay", session)
    assert ran.code in {1, 3}, ran.text
    assert "The last line is torn; what is whole is shown." in ran.err
    assert "[=>] Other people can read" in ran.out


BROKEN = {
    "empty": b"",
    "no session": b"hello\n",
    "a future schema": b'{"schema": 2, "event": "Began"}\n',
    "a future report": b'{"schema": "sshwizard/report/9", "path": []}',
    "a report of nothing": b'{"schema": "sshwizard/report/1"}',
    "deep": b'{"a":' * 50000,
    "no bundle": b"\x1f\x8b" + bytes(20),
    "a torn bundle": b"",
    "another archive": b"",
    "wrong types": b'{"schema": "sshwizard/report/1", "session": [[1]], "path": 3, "target": 4}',
    "a foreign fix": b"",
    "many hops": b'{"event": "Began", "target": {"input": "a", "args": [], "overrides": []}, "logs": 999999999}\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_session_is_refused_in_a_sentence(name: str, session: Path, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(BROKEN[name])
    if name == "a torn bundle":
        bundle = tmp_path / "whole.tar.gz"
        writing.save(bundle, writing.made(content(recording.opened(session).events, "x"), "bundle"))
        path.write_bytes(bundle.read_bytes()[:3000])
    elif name == "another archive":
        with tarfile.open(path, "w:gz") as archive:
            archive.add(session, "other.txt")
    elif name == "a foreign fix":
        path.write_bytes(session.read_bytes().replace(b"chmod-key", b"paint-key"))
    with pytest.raises(UsageError, match=str(path)):
        recording.opened(path)


def test_a_refusal_is_one_sentence_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b'{"schema": 2, "event": "Began"}\n')
    for command in ("replay", "report"):
        assert "schema 2" in refused(sshwizard(command, tmp_path / "x"))


def test_a_pipe_or_a_directory_is_no_session(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(UsageError, match="is no file"):
            recording.opened(path)
