"""The command itself: help, mistakes answered in one sentence, and what each command prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import Ran, harmful, sshwizard

from sshwizard import __version__, vocabulary
from sshwizard.lab import EXERCISES

COMMANDS = ("diagnose", "explain", "reach", "lab", "replay", "report", "undo", "causes")
LOGS = Path(__file__).parent / "data" / "logs"


@pytest.mark.parametrize(
    "words", [(), *((name,) for name in COMMANDS)], ids=lambda words: words[0] if words else "wizard"
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_tells_what_it_does(words: tuple[str, ...], flag: str) -> None:
    ran = sshwizard(*words, flag)
    assert ran.code == 0, ran.text
    assert ran.err == ""
    assert "sshwizard" in ran.out
    assert harmful(ran.out, allowed="\n") == []
    assert max(map(len, ran.out.splitlines())) <= 130


def test_version() -> None:
    ran = sshwizard("--version")
    assert (ran.code, ran.out.strip()) == (0, f"sshwizard {__version__}")


def test_help_names_every_command_and_the_exit_codes() -> None:
    told = sshwizard("--help").out
    assert [name for name in COMMANDS if name not in told] == []
    codes = sshwizard("help", "exit-codes")
    assert codes.code == 0
    assert [row.split()[0] for row in codes.out.splitlines()] == ["0", "1", "2", "3", "4", "130"]


def refused(ran: Ran) -> str:
    """The one sentence that a wrong command is answered with."""
    assert ran.code == 2, ran.text
    assert ran.out == "", ran.text
    assert "Traceback" not in ran.err, ran.text
    rows = ran.err.strip().splitlines()
    assert len(rows) == 1, ran.text
    assert rows[0].startswith("sshwizard"), ran.text
    assert harmful(rows[0]) == [], ran.text
    return rows[0]


MISTAKES: dict[str, tuple[tuple[str | bytes, ...], str]] = {
    "no host": (("diagnose",), "host"),
    "no host, only options": (("diagnose", "-p", "22"), "host"),
    "an empty host": (("diagnose", ""), "host"),
    "an option as host": (("diagnose", "-oProxyCommand=x"), "host"),
    "an option as host, behind two dashes": (("diagnose", "--", "--", "-oProxyCommand=x"), "dash"),
    "a web address": (("diagnose", "https://h.example/x"), "web address"),
    "control characters": (("diagnose", "h\x1b[31m"), "control"),
    "invisible characters": (("diagnose", "h\u200b"), "invisible"),
    "bytes that are no text": (("diagnose", b"h\xff.invalid"), "host name"),
    "an unclosed quote": (("diagnose", "ssh 'me@h"), "quote"),
    "an unknown option": (("diagnose", "--bogus", "h"), "--bogus"),
    "an unknown option with a value": (("diagnose", "--bogus=1", "h"), "--bogus"),
    "an unknown option of the wizard": (("--bogus",), "--bogus"),
    "an unknown option of explain": (("explain", "--bogus"), "--bogus"),
    "no value": (("diagnose", "h", "--fingerprint"), "--fingerprint"),
    "a wrong choice": (("diagnose", "h", "--yes", "all"), "all"),
    "a port that is none": (("diagnose", "-p", "x", "h"), "port"),
    "a port beyond all": (("diagnose", "-p", "99999", "h"), "port"),
    "no value for ssh": (("diagnose", "h", "-i"), "-i"),
    "a missing log": (("explain", "/nonexistent/ssh.log"), "/nonexistent/ssh.log"),
    "a directory": (("explain", "/"), "/"),
    "a missing session": (("replay", "/nonexistent/s.jsonl"), "/nonexistent/s.jsonl"),
    "no session": (("replay",), "file"),
    "a missing session to undo": (("undo", "/nonexistent/s.jsonl"), "/nonexistent/s.jsonl"),
    "no such exercise": (("lab", "moon"), "moon"),
    "no terminal to ask in": ((), "terminal"),
    "no screen to read the tree on": (("--look-later", "h"), "--look-later"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(name: str) -> None:
    words, why = MISTAKES[name]
    assert why in refused(sshwizard(*words))


def test_a_file_that_is_no_session_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    for text in ("hello\n", "[1]\n", "7\n", "{}\n", ""):
        path.write_text(text)
        assert str(path) in refused(sshwizard("replay", path))
        assert str(path) in refused(sshwizard("undo", path))


# ------------------------------------------------------------------ explain


def test_explain_tells_a_cause_by_its_code() -> None:
    ran = sshwizard("explain", "key.permissions-too-open")
    assert ran.code == 0
    assert ran.out.startswith(vocabulary.causes()["key.permissions-too-open"].title)


def test_explain_reads_a_file_and_standard_input_alike() -> None:
    path = LOGS / "hostkey-changed.log"
    by_file = sshwizard("explain", path)
    piped = sshwizard("explain", "-", feed=path.read_bytes())
    bare = sshwizard("explain", feed=path.read_bytes())
    assert by_file.code == piped.code == bare.code == 1
    assert "hostkey.changed" in by_file.out
    assert by_file.out == piped.out == bare.out


def test_explain_reads_several_files_in_order() -> None:
    files = [LOGS / "hostkey-changed.log", LOGS / "ok-success-10.5.log", LOGS / "kex-no-common-mac.log"]
    files = [path for path in files if path.exists()]
    ran = sshwizard("explain", "--json", *files)
    rows = [json.loads(row) for row in ran.out.splitlines()]
    assert [row["target"]["input"] for row in rows] == [str(path) for path in files]
    assert rows[0]["findings"][0]["cause"] == "hostkey.changed"
    assert ran.code == 1


@pytest.mark.parametrize(
    ("text", "code"), [(b"", 3), (b"hello\n", 3), (b"\x00\xff" * 500, 3)], ids=["empty", "words", "noise"]
)
def test_explain_says_when_it_cannot_tell(text: bytes, code: int) -> None:
    ran = sshwizard("explain", "-", feed=text)
    assert ran.code == code, ran.text
    assert "Traceback" not in ran.err
    assert harmful(ran.out, allowed="\n") == []


def test_explain_takes_a_line_that_was_pasted() -> None:
    ran = sshwizard("explain", "--json", "-", feed=b"ssh: connect to host web port 22: Connection refused\n")
    assert ran.report["findings"][0]["cause"] == "network.port-refused"
    assert ran.report["symptom"] == "refused"


def test_a_reader_that_goes_early_is_no_accident(tmp_path: Path) -> None:
    for words in (
        ("causes",),
        ("causes", "--json"),
        ("explain", "key.permissions-too-open"),
        ("lab", "--list"),
        ("--help",),
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "sshwizard", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.close()
        child.stdout = None
        try:
            said = child.communicate(timeout=20)[1].decode()
        finally:
            child.kill()
        assert "Traceback" not in said, (words, said)
        assert "Exception ignored" not in said, (words, said)


# ------------------------------------------------------------------ causes, lab, help


def test_causes_lists_every_code() -> None:
    rows = json.loads(sshwizard("causes", "--json").out)
    assert {row["code"] for row in rows} == set(vocabulary.causes())
    plain = sshwizard("causes")
    assert plain.code == 0
    assert [row["code"] for row in rows if row["code"] not in plain.out] == []


def test_lab_lists_the_exercises() -> None:
    for words in (("lab", "--list"), ("lab",), ("lab", "--list", "--json")):
        ran = sshwizard(*words)
        assert ran.code == 0
        assert [name for name in EXERCISES if name not in ran.out] == []


# ------------------------------------------------------------------ what comes from outside


def test_no_control_character_is_printed_that_an_argument_brought(tmp_path: Path) -> None:
    ran = sshwizard("diagnose", "-F", "none", "-i", "\x1b[31mkey", "-p", "1", "127.0.0.1")
    assert "Traceback" not in ran.err
    assert harmful(ran.out + ran.err, allowed="\n") == [], ran.text


def test_a_state_directory_that_cannot_be_is_a_sentence() -> None:
    ran = sshwizard("undo", env={"XDG_STATE_HOME": "/proc/none"})
    assert "the sessions cannot be read" in refused(ran)
