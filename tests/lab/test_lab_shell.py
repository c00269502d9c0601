"""The tiny shell by itself: any line has an answer, and typing becomes lines."""

from __future__ import annotations

import time

import pytest

from sshwizard.lab.shell import LONGEST_LINE, LineEditor, Reply, Shell

SHELL = Shell("dana", "lab-web", time.monotonic() - 3720)


def lines(typed: str) -> list[str]:
    return [text for kind, text in LineEditor().feed(typed) if kind == "line"]


def screen(typed: str) -> str:
    return "".join(text for kind, text in LineEditor().feed(typed) if kind == "echo")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", Reply()),
        ("   ", Reply()),
        ("echo -n a  'b  c'", Reply("a b  c")),
        ("echo # kept", Reply("# kept\n")),
        ("printf '100%%\\t%s' x", Reply("100%\tx")),
        ("printf '%s-%s' only", Reply("only-")),
        ("exit", Reply(leave=True)),
        ("exit 256", Reply(status=0, leave=True)),
        ("exit -1", Reply(err="exit: a number is needed\n", status=2, leave=True)),
    ],
)
def test_a_line_is_answered(line: str, reply: Reply) -> None:
    assert SHELL.run(line) == reply


@pytest.mark.parametrize("line", ["a|b", "echo $(id)", "true && false", "echo x > /tmp/x", "id &", "(true)"])
def test_operators_are_refused(line: str) -> None:
    assert SHELL.run(line).status == 2


@pytest.mark.parametrize("line", ["\\", "\"'", "\x00\x1b[2J", "ünï\udcff", "%s" * 5000, "exit " + "9" * 50])
def test_no_line_raises(line: str) -> None:
    assert SHELL.run(line).status in (2, 127)


def test_uptime_counts_from_the_start_of_the_server() -> None:
    shell = Shell("dana", "lab-web", time.monotonic() - 62 * 60)
    assert "up 1:02" in shell.run("uptime").out


def test_lines_end_at_any_line_end() -> None:
    assert lines("a\rb\nc\r\nd\r\r") == ["a", "b", "c", "d", ""]


def test_corrections_and_arrow_keys() -> None:
    assert lines("\x7fab\x7fc\x1b[A\x1bOB\x1b[1;5C\x1bxd\r") == ["acd"]
    assert lines("wrong\x15right\r") == ["right"]
    assert lines("wrong\x03right\r") == ["", "right"]


def test_only_an_empty_line_takes_ctrl_d() -> None:
    assert [kind for kind, _ in LineEditor().feed("a\x04")] == ["echo"]
    assert [kind for kind, _ in LineEditor().feed("\x04")] == ["end"]


def test_control_characters_are_not_echoed() -> None:
    assert screen("a\x1b]0;title\x07\x00\x9b\u202eb") == "a0;titleb"


def test_a_line_does_not_grow_for_ever() -> None:
    assert len(lines("x" * 5000 + "\r")[0]) == LONGEST_LINE
