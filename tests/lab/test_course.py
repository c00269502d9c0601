"""The course: its list, hints, answers and progress; a team's own files, good and bad."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from command import sshwizard
from hypothesis import given
from hypothesis import strategies as st

from sshwizard import vocabulary
from sshwizard.lab import EXERCISES, progress, template
from sshwizard.lab.course import of, teams
from sshwizard.lab.exercise import BadExercise, Exercise, parse
from sshwizard.lab.faults import FAULTS

GOOD = template._TEXT.format(id="ours")


def wrong(text: str) -> str:
    """What is said about a bad file."""
    with pytest.raises(BadExercise) as raised:
        parse(text.encode(), "ours.toml")
    return str(raised.value)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('key.mode = "0644"', 'key.mode = "rw-r--r--"', "a mode in quotation marks"),
        ('key.mode = "0644"', "key.mode = 0o644", "a mode in quotation marks"),
        ('key.mode = "0644"', 'key.mood = "0644"', "no fault that there is"),
        ('key.mode = "0644"', 'config.lines = ["ProxyCommand touch /tmp/x"]', "what can be set is"),
        ('key.mode = "0644"', 'config.lines = ["HostName 192.0.2.1"]', "an address of 127.0.0.0/8"),
        ('key.mode = "0644"', 'config.above = ["User $(id)"]', "what can be set is"),
        ('key.mode = "0644"', 'hops = ["healthy", "odd"]', "each one of: healthy"),
        ('key.mode = "0644"', 'hops = ["healthy"]\naws.sshd = "down"', "cannot be combined with a cloud"),
        ('key.mode = "0644"', 'gcp.project = "stopped"\naws.sshd = "down"', "an exercise has one cloud"),
        ('cause = "key.permissions-too-open"', 'cause = "key.gone"', "is no cause"),
        ('level = "practice"', 'level = "expert"', "level is one of"),
        ('ends = "works"', "ends = 3", "ends is a text"),
        ('id = "ours"', 'id = "next"', "an id has"),
        ('id = "ours"', 'ids = "ours"', "is no word of an exercise"),
        ('"Who can read your private key?"', '"It is key.permissions-too-open."', "gives the cause away"),
        ('remember = "', 'remember = "\x07', "illegal character"),
        ('title = "Same', 'title = "\\u202eSame', "cannot be shown"),
        ("[faults]", "[faults", "expected ']'"),
    ],
)
def test_a_bad_file_is_named_with_line_and_reason(old: str, new: str, says: str) -> None:
    line = GOOD[: GOOD.index(old)].count("\n") + 1
    told = wrong(GOOD.replace(old, new, 1))
    assert told.startswith("ours.toml: line "), told
    assert says in told
    assert abs(int(told.split()[2].rstrip(":")) - line) <= 2, told  # a list begins before its third row


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_an_exercise_or_a_sentence(data: bytes) -> None:
    try:
        told: Exercise | str = parse(data, "f")
    except BadExercise as error:
        told = str(error)
    assert isinstance(told, Exercise) or told.startswith("f: line ")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FAULTS)), _VALUES)
def test_a_fault_takes_what_is_right_and_never_breaks(name: str, value: object) -> None:
    told = FAULTS[name].wrong(value)
    assert isinstance(told, str)
    if told == "":
        assert isinstance(value, str | list)


@given(st.lists(st.text(max_size=40), max_size=3))
def test_no_line_of_a_config_starts_a_program(lines: list[str]) -> None:
    for row in lines:
        if FAULTS["config.lines"].wrong([row]) == "":
            assert not set(row) & set("|;&$`%\"'\\~/{}\n")
            assert row.split()[0].partition("=")[0].lower() not in {"proxycommand", "localcommand", "match", "include"}


def test_what_is_healthy_comes_first_and_every_code_is_known() -> None:
    assert {word.kind for word in FAULTS.values()} == {"choice", "mode", "name", "text", "lines", "hops"}
    assert all(len(word.values) > 1 for word in FAULTS.values() if word.kind == "choice")
    assert {code for one in EXERCISES.values() for code in one.causes} - {"none"} <= set(vocabulary.causes())


# ---------------------------------------------------------------- a team's own


@pytest.mark.requires("ssh", "ssh-keygen")
def test_a_team_makes_proves_and_does_its_own() -> None:
    made = sshwizard("lab", "--create", "our-key")
    place = Path(made.out.splitlines()[0])
    assert made.code == 0, made.text
    assert [one.id for one in teams()[0]] == ["our-key"]
    proved = sshwizard("lab", "check", "our-key")
    assert proved.code == 0, proved.text
    assert "1 of 1 hold" in proved.out
    (place.parent / "bad.toml").write_text("id = 3\n")
    listed = sshwizard("lab", "--list")
    assert listed.code == 0
    assert "our-key" in listed.out
    assert "bad.toml: line 1: id is a text" in listed.err
    again = sshwizard("lab", "--create", "our-key")
    assert (again.code, "already" in again.err) == (2, True)
    (place.parent / "bad.toml").unlink()
    place.unlink()


@pytest.mark.requires("ssh", "ssh-keygen")
def test_several_faults_are_combined_and_a_wrong_claim_is_refused(tmp_path: Path) -> None:
    both = GOOD.replace('key.mode = "0644"', 'server.greets = "http"\nkey.mode = "0644"', 1)
    both = both.replace('cause = "key.permissions-too-open"', 'cause = "kex.not-ssh"')
    both = both.replace('# then = ["config.wrong-port"]', 'then = ["key.permissions-too-open"]')
    both = both.replace("[solve]\n", '[solve]\nserver.greets = "ssh"\n')
    (tmp_path / "one.toml").write_text(both)
    (tmp_path / "two.toml").write_text(
        GOOD.replace('"ours"', '"theirs"').replace("permissions-too-open", "wrong-key", 1)
    )
    ran = sshwizard("lab", "check", "--from", tmp_path)
    assert ran.code == 1, ran.text
    assert "1 of 2 hold" in ran.out
    assert "the wizard finds key.permissions-too-open, and not key.wrong-key" in ran.out


def test_a_place_without_exercises_and_a_double_id_are_told(tmp_path: Path) -> None:
    ran = sshwizard("lab", "--list", "--from", tmp_path)
    assert (ran.code, "no file here ends in .toml" in ran.err) == (2, True)
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(BadExercise, match="two files have the id 'ours'"):
        of(tmp_path)


@pytest.mark.parametrize("name", ["../x", "Big", "next", "", "a" * 60])
def test_a_name_that_is_none_makes_no_file(name: str) -> None:
    ran = sshwizard("lab", f"--create={name}")
    assert ran.code == 2, ran.text


# ---------------------------------------------------------------- progress


def test_hints_answers_and_progress_are_kept_privately() -> None:
    assert "Hint 1 of 2" in sshwizard("lab", "nologin", "--hint").out
    assert "Hint 2 of 2" in sshwizard("lab", "nologin", "--hint").out
    assert "Hint 2 of 2" in sshwizard("lab", "nologin", "--hint").out
    assert sshwizard("lab", "nologin", "--answer", "key.lost").code == 1
    right = sshwizard("lab", "nologin", "--answer", "session.nologin-shell")
    assert right.code == 0
    assert "Remember: When the sentence comes after the login" in right.out
    assert stat.S_IMODE(progress.file().stat().st_mode) == 0o600
    row = json.loads(sshwizard("lab", "--progress", "--json").out)["nologin"]
    assert (row["solved"], row["points"], row["hints"], row["best"]) == (1, 4, 0, 0)
    assert "[x] nologin" in sshwizard("lab", "--list").out
    assert "nologin" in sshwizard("lab", "--progress").out
    assert sshwizard("lab", "--reset", "nologin").code == 0
    assert "nologin" not in progress.rows()


def test_naming_it_does_not_solve_what_can_be_mended() -> None:
    ran = sshwizard("lab", "open-key", "--answer", "key.permissions-too-open")
    assert "Now mend it" in ran.out
    assert progress.rows().get("open-key", progress.Row()).solved == 0
    assert sshwizard("lab", "open-key", "--answer", "moon").code == 2


def test_a_broken_progress_file_is_an_empty_one() -> None:
    for text in ("", "[]", '{"exercises": {"x": 3}}', '{"exercises": {"x": {"solved": "many", "odd": 1}}}', "\x00"):
        progress.file().write_text(text)
        assert set(progress.rows()) <= {"x"}
    progress.solved("x", 12.4)
    again = progress.solved("x", 30)
    assert (again.best, again.seconds, again.points, again.solved) == (12, 30, progress.FULL, 2)
    progress.reset()
    assert progress.rows() == {}


@given(st.integers(0, 50), st.integers(0, 50))
def test_points_never_grow_by_help(hints: int, missed: int) -> None:
    assert 0 < progress.points(hints + 1, missed) <= progress.points(hints, missed) <= progress.FULL


# ---------------------------------------------------------------- by hand


@pytest.mark.requires("ssh", "ssh-keygen")
def test_a_shell_in_which_plain_ssh_meets_the_fault() -> None:
    script = b"ssh -o BatchMode=yes lab-web whoami\nchmod 600 ssh/id_ed25519\nssh lab-web whoami\nexit\n"
    ran = sshwizard("lab", "open-key", "--try", feed=script, env={"SHELL": "/bin/sh"})
    assert ran.code == 0, ran.text
    assert "bad permissions" in ran.err
    assert "dana" in ran.out
    assert "Solved: open-key. 10 points." in ran.out
    progress.reset()


@pytest.mark.requires("ssh", "ssh-keygen")
def test_what_is_not_mended_is_not_solved() -> None:
    ran = sshwizard("lab", "refused-port", "--try", feed=b"exit\n", env={"SHELL": "/bin/sh"})
    assert (ran.code, "Not solved yet: ssh does not get in" in ran.out) == (1, True), ran.text
    assert progress.rows()["refused-port"].solved == 0
    progress.reset()
