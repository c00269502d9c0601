"""The wizard as plain questions: in a pipe, and in a real terminal."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Ran, harmful, python, sshwizard

from .terminal import Terminal, wizard

pytestmark = pytest.mark.requires("ssh")

REFUSED = ("-F", "none", "-p", "1", "127.0.0.1")
LOG = "ssh: connect to host h port 22: Connection refused"
HOSTILE = "debug1: Connecting to h\x1b]0;mine\x07\u202e [192.0.2.1\x1b[2J] port 22."


def talk(*typed: str, args: tuple[str, ...] = (), **env: str) -> Ran:
    """A conversation on a pipe; it ends with the input."""
    return sshwizard("ask", *args, feed="".join(f"{row}\n" for row in typed).encode(), env=env)


def test_a_verdict_the_reasons_and_bad_answers_in_a_pipe() -> None:
    ran = talk("why", "99", "nonsense", "", "w", "explain", "read\x1b[2J", "quit", args=REFUSED)
    assert ran.code == 1, ran.text
    assert "Nothing listens on port 1" in ran.out
    assert "9. Leave [quit]" in ran.out
    assert ran.out.count("So it is: Nothing listens on port 1") == 2
    assert "It could also be: sshd is not running" in ran.out
    for sentence in ("There is no answer 99.", "nonsense is no answer here.", "An empty line is no answer here."):
        assert sentence in ran.out
    assert "How it is proved" in ran.out
    assert harmful(ran.out, "\n") == []
    assert ran.err == ""


def test_the_end_of_input_is_an_end_with_the_code_of_the_verdict() -> None:
    assert talk("paste", LOG).code == 1, "it ends a pasted text, too"
    closed = subprocess.run(
        ["sh", "-c", '"$0" -m sshwizard ask <&-', sys.executable], capture_output=True, check=False, timeout=30
    )
    assert (closed.returncode, closed.stderr) == (3, b"")


def test_a_pipe_needs_no_library_for_lines() -> None:
    told = python(("-X", "importtime", "-m", "sshwizard", "ask", *REFUSED))
    loaded = {row.rpartition("|")[2].strip().partition(".")[0] for row in told.err.splitlines()}
    assert "sshwizard" in loaded
    assert not loaded & {"questionary", "prompt_toolkit", "textual", "rich", "paramiko", "boto3"}


def test_a_word_that_two_answers_begin_with_is_asked_again() -> None:
    ran = talk("fix-", "a", "quit", args=REFUSED)
    assert "It could be answer or again." in ran.out
    assert "Not now: no other port" in ran.out


def test_the_doors_are_told_one_by_one() -> None:
    ran = talk("doors", "judge", "back", "quit", args=REFUSED)
    assert ran.code == 1, ran.text
    assert ran.out.count("Ways in, the best first:") == 2
    assert "Which way?" in ran.out


def test_an_answer_by_hand_stands_against_a_look_and_can_be_taken_back() -> None:
    ran = talk("answer", "tcp", "silent", "answer", "tcp", "refused", "answer", "none", "quit", args=REFUSED)
    assert ran.code == 1, ran.text
    assert "By ssh's log: ssh: connect to host 127.0.0.1 port 1: Connection refused" in ran.out
    assert "You disagree with a look." in ran.out
    assert "you take your answer back" in ran.out
    assert ran.out.rindex("Nothing listens on port 1") > ran.out.index("you take your answer back")


def test_a_pasted_text_is_explained_and_made_harmless() -> None:
    ran = talk("paste", HOSTILE, LOG, ".", "why", "quit")
    assert ran.code == 1, ran.text
    assert "Connection refused" in ran.out
    assert "(by the text)" in ran.out
    assert harmful(ran.out, "\n") == []
    assert "Look again" not in ran.out


def test_what_is_no_host_is_asked_again(tmp_path: Path) -> None:
    ran = talk("-p", "77", "ssh 'x", "ssh -F none -p 1 127.0.0.1", "quit")
    assert ran.code == 1, ran.text
    assert "There is no answer 77." in ran.out
    assert "unclosed quote" in ran.out
    assert "Nothing listens on port 1" in ran.out


def test_questions_without_a_host_lead_to_a_verdict_that_is_not_certain() -> None:
    ran = talk("questions", "timed-out", "?", "back", "same", "back", "same", "not-asked", "not-asked",
               "machine-answers", "open", "over", "refused", "back", "timed-out", "quit", "never read")  # fmt: skip
    assert ran.code == 3, ran.text
    assert "How to find out: " in ran.out
    assert "[network.firewall-drops]" in ran.out
    assert "This rests on your answers." in ran.out
    assert "certain:" not in ran.out
    assert ran.out.count("What do you see? Type") == 3
    assert "(quit leaves):" in ran.out


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def at_the_menu(terminal: Terminal) -> None:
    terminal.until(lambda text: "What now?" in text and text.rstrip().endswith(">"))


def test_in_a_terminal_lines_are_edited_and_ctrl_c_ends_at_once() -> None:
    with wizard("ask", *REFUSED, owns=True, NO_COLOR="1") as terminal:
        at_the_menu(terminal)
        assert "Log in with plain ssh, in this terminal [ssh]" in terminal.text
        assert b"\x1b[6n" not in terminal.raw, "the terminal is not asked where its cursor stands"
        terminal.press("nonsensf\x7fe\r")
        terminal.until("nonsense is no answer here.")
        terminal.press("why\r")
        terminal.until("The server is still starting [server.booting]")
        terminal.until("What now?")
        terminal.press("\x03")
        assert terminal.ended() < 1
        assert terminal.child.returncode == 130
        assert terminal.modes_now == terminal.before
        assert set(re.findall(rb"\x1b\[([\d;]*)m", terminal.raw)) <= {b"0"}, "NO_COLOR"


def test_several_lines_are_pasted_at_once() -> None:
    with wizard("ask", owns=True) as terminal:
        terminal.until("Whom?")
        terminal.until(">")
        terminal.press("\x1b[200~debug1: Connecting to h [192.0.2.1] port 22.\nssh: connect to host h port 22: "
                       "Connection refused\x1b[201~\r")  # fmt: skip
        at_the_menu(terminal)
        assert "Why do you think so?" in terminal.text
        terminal.press("\x04")
        assert terminal.ended() < 2
        assert terminal.child.returncode == 1


def test_a_dumb_terminal_gets_no_escape_at_all(silent_port: int) -> None:
    command = ("ask", "-F", "none", "-p", str(silent_port), "nobody@127.0.0.1")
    with wizard(*command, owns=True, SSHWIZARD_PLAIN="1") as terminal:
        terminal.until(lambda text: "accepted" in text)
        terminal.press("\x03")
        assert terminal.ended() < 1.5
        assert terminal.child.returncode == 130
        assert b"\x1b" not in terminal.raw


CONFIRM = """
import asyncio
from sshwizard.fronts.mending import _confirmed
from sshwizard.fronts.prompts import prompts
from sshwizard.probes import typed
from sshwizard.runner import Runner

async def main():
    runner, asker = Runner.live(typed.parse(["box"])), prompts()
    print("agreed:", [await _confirmed(runner, asker, "typed") for _ in range(3)])

asyncio.run(main())
"""


def test_what_could_lock_out_is_made_only_when_the_host_is_typed() -> None:
    ran = python(("-c", CONFIRM), b"yes\nBOX\nbox\n")
    assert "To do it, type box; anything else leaves it:" in ran.out
    assert "agreed: [False, False, True]" in ran.out
