"""`--help` and `sshwizard help` teach: how a command is called, examples, and where the rest stands."""

from __future__ import annotations

import pytest

from sshwizard import commands
from sshwizard.commands import help as helping
from sshwizard.exits import MEANING, Exit, UsageError


@pytest.mark.parametrize("name", ["wizard", *commands.NAMES])
def test_each_help_has_synopsis_examples_and_more(name: str) -> None:
    told = commands.load(name).parser().format_help()
    assert told.startswith("usage: sshwizard")
    assert "examples:" in told
    assert "sshwizard help exit-codes" in told


def test_the_first_help_names_every_command_in_order() -> None:
    told = " ".join(commands.load("wizard").parser().format_help().split())
    assert f"(each has --help): {', '.join(commands.NAMES)} examples:" in told


@pytest.mark.parametrize("columns", [50, 80, 160])
@pytest.mark.parametrize("topic", helping.TOPICS)
def test_a_topic_fits_its_terminal(
    topic: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert helping.main([topic]) == Exit.WORKS
    told = capsys.readouterr().out
    assert max(len(line) for line in told.splitlines()) <= columns
    words = "".join(told.split())
    for word, meaning in helping.TOPICS[topic]():
        assert "".join(f"{word}{meaning}".split()) in words


def test_each_exit_code_is_explained() -> None:
    assert set(MEANING) == set(Exit)


def test_what_is_no_topic_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no command 'colours'.*environment, keys"):
        helping.main(["colours"])
