"""What a team keeps: a checklist that ticks only what was seen, a note of a change, a reminder to look again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sshwizard import cli, followup, paths, store
from sshwizard.advice import Advice, checklist
from sshwizard.effects import Chmod
from sshwizard.work import Work

from .conftest import keygen

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(place: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """`sshwizard doctor` for the copied directory: its exit code and what it prints."""

    def run(*words: str) -> tuple[int, str]:
        code = cli.main(["doctor", "--only", "local", "--dir", str(place), *words])
        return int(code), capsys.readouterr().out

    return run


# ------------------------------------------------------------------ checklist


def ticked(page: str) -> set[str]:
    return set(re.findall(r"^- \[x\] (.*?) *$", page, re.M))


def test_only_what_was_seen_is_ticked(place: Path, doctor: Doctor, tmp_path: Path) -> None:
    whole = doctor("--checklist", "production")[1]
    assert "Every private key has a passphrase" in ticked(whole)
    assert not [row for row in ticked(whole) if "alarm" in row or "team" in row]  # nobody looked at an account
    assert "not known: not looked at" in whole
    keygen(place / "open")
    out = tmp_path / "production.md"
    assert doctor("--checklist", "production", "-o", str(out))[0] == 0
    assert "Every private key has a passphrase" not in ticked(out.read_text())
    assert "open has no passphrase" in out.read_text()


def test_an_environment_has_its_own_list() -> None:
    lists = {name: list(checklist.text(name, (), ("local",), "2026-01-01")) for name in checklist.ENVIRONMENTS}
    assert len(lists["development"]) < len(lists["staging"]) < len(lists["production"])
    assert any("second person" in row for row in lists["production"])
    assert not any("second person" in row for row in lists["development"])


def test_what_could_not_be_judged_is_never_ticked() -> None:
    blind = Advice("advice.status-alarm", "No alarms", "", unknown="cloudwatch:DescribeAlarms is denied")
    page = "\n".join(checklist.text("production", (blind,), ("aws",), "2026-01-01"))
    assert "An alarm tells of failed status checks" not in ticked(page)
    assert "cloudwatch:DescribeAlarms is denied" in page
    clear = "\n".join(checklist.text("production", (), ("aws",), "2026-01-01"))
    assert "An alarm tells of failed status checks" in ticked(clear)


# ------------------------------------------------------------------ change note


def test_a_change_note_tells_what_was_before_and_after(place: Path, doctor: Doctor) -> None:
    (place / "id_ed25519").chmod(0o644)
    assert doctor("--fix")[0] == 0
    code, page = doctor("--change-note", "last")
    assert code == 0
    for words in ("chmod 600", "chmod 644", "Make the key private", "agreed by a second person", "--change 1",
                  "Access to doctor was changed:", "key.permissions-too-open"):  # fmt: skip
        assert words in page, words
    (session,) = store.recent()
    assert cli.main(["undo", str(session)]) == 0
    assert "it was taken back" in doctor("--change-note", "last")[1]
    assert doctor("--change-note", "no-such-session")[0] == 2


# ------------------------------------------------------------------ reminders


def opened(place: Path, fix: str = "allow-in-host-firewall") -> Work:
    """A change that is to be looked at again."""
    work = Work("web-1")
    (place / "config").chmod(0o600)
    work.change(fix, "server.host-firewall-blocks", (Chmod(str(place / "config"), 0o640, 0o600),))
    return work


def test_what_was_opened_is_asked_about_until_somebody_decides(
    place: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor("--reminders") == (0, "Nothing waits for a review.\n")
    opened(place)
    assert followup.line().startswith(
        "Changes that wait for a review: 1, the oldest: Allow SSH in the server's firewall"
    )
    cli.main(["diagnose", "-F", "none", "-p", "1", "127.0.0.1"])
    assert "--reminders" in capsys.readouterr().err
    code, said = doctor("--reminders")
    assert (code, "is this opening of the firewall still needed" in said) == (1, True)
    assert doctor("--reminders", "--done", "2")[0] == 2
    assert doctor("--reminders", "--done", "1")[0] == 0
    assert followup.line() == ""


def test_what_was_taken_back_waits_for_nobody(place: Path) -> None:
    work = opened(place)
    assert len(followup.waiting()) == 1
    assert cli.main(["undo", str(work.path)]) == 0
    assert followup.waiting() == ()


def test_a_change_that_is_over_is_not_noted(place: Path) -> None:
    opened(place, "chmod-ssh-config")
    assert followup.waiting() == ()


@pytest.mark.parametrize("text", ["", "no json\n", '{"session": 1}\n', "\x00\xff\n", "[]\n"])
def test_a_damaged_file_is_no_trouble(text: str) -> None:
    paths.state_dir()
    paths.reminders_file().write_bytes(text.encode("latin-1"))
    assert followup.line() == ""
