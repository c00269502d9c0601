"""Which language is spoken: the option, then our variable, then the locale; none that we do not speak."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sshwizard import cli, language
from sshwizard.exits import UsageError


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    language.speak("en")


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "TERM": "linux"}, "en"),
    ],
)
def test_of_the_locale(environ: dict[str, str], spoken: str) -> None:
    assert language.of_locale(environ) == spoken


@pytest.mark.parametrize(
    ("argv", "rest"),
    [
        (["--lang", "ja", "diagnose", "web"], ["diagnose", "web"]),
        (["diagnose", "--lang=ja", "web"], ["diagnose", "web"]),
        (["diagnose", "web", "--lang", "ja", "--", "-v"], ["diagnose", "web", "--", "-v"]),
    ],
)
def test_of_the_option(argv: list[str], rest: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSHWIZARD_LANG", "en")
    assert language.chosen(argv) == rest
    assert language.current() == "ja"


def test_what_stands_behind_two_dashes_is_for_ssh() -> None:
    assert language.chosen(["--", "--lang", "ja"]) == ["--", "--lang", "ja"]
    assert language.current() == "en"


@pytest.mark.parametrize("argv", [["--lang", "tlh"], ["--lang"], ["--lang="]])
def test_no_other(argv: list[str]) -> None:
    with pytest.raises(UsageError, match="--lang takes one of en, ja"):
        language.chosen(argv)


def test_a_variable_that_names_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SSHWIZARD_LANG", "klingon")
    assert cli.main(["causes"]) == 2
    assert "SSHWIZARD_LANG takes one of en, ja, not 'klingon'" in capsys.readouterr().err


def test_help_and_errors(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main(["--lang", "ja", "diagnose", "--help"])
    told = capsys.readouterr().out
    assert "使い方: sshwizard diagnose" in told
    assert "標準出力に JSON オブジェクトを 1 つ出力する" in told
    from sshwizard.language.cells import width

    assert all(width(line) <= 80 for line in told.splitlines())
    assert cli.main(["--lang", "ja", "diagnose", "--nonsense"]) == 2
    assert "使えるオプションではありません" in capsys.readouterr().err
