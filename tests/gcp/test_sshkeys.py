"""The keys of metadata, as the guest agent takes or leaves them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshwizard.cloud.gcp.metadata import MOST_VALUE, Metadata, parse_bool, room
from sshwizard.cloud.gcp.sshkeys import (
    Standing,
    broken,
    entries,
    fingerprint,
    judge,
    parse_time,
    read,
    spare,
    users,
    written,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAST, SOON = "2024-01-04T20:12:00+0000", "2026-11-22T13:00:00Z"


def public(number: int) -> str:
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number]) * 32
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def print_of(text: str) -> str:
    return fingerprint(base64.b64decode(text.split()[1]))


MINE, OTHER = public(1), public(2)
PRINT = print_of(MINE)


def ends(stamp: str, name: str = "expireOn") -> str:
    return f"google-ssh {json.dumps({'userName': 'dana@example.com', name: stamp})}"


def standing(user: str = "dana", project: dict[str, str] | None = None, **instance: str) -> Standing:
    named = {key.replace("_", "-"): value for key, value in instance.items()}
    return judge(Metadata(named, project or {}), {PRINT}, user, NOW)[0]


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        (f"dana:{MINE} dana@laptop", ""),
        (f"  dana: {MINE}", ""),
        (f"dana:{MINE} dana@laptop\r", ""),
        (f'dana:from="10.0.0.0/8",no-pty {MINE} x', ""),
        (f"dana:{MINE} {ends(SOON)}", ""),
        (f"dana:{MINE} {ends(SOON, 'expireon')}", ""),
        (f"dana:{MINE} {ends(PAST)}", "expired"),
        (f"dana:{MINE} {ends('2026-11-22T12:30:00+01:00')}", "expired"),
        (f"dana:{MINE} {ends('tomorrow')}", "bad-expiry"),
        (f"dana:{MINE} google-ssh", "bad-expiry"),
        (f"dana:{MINE} google-ssh {{}}", "bad-expiry"),
        (f"dana:{MINE} google-ssh {{'expireOn': 1}}", "bad-expiry"),
        (f"dana:{MINE} google-ssh [[\"expireOn\", \"{SOON}\"]]", "bad-expiry"),
        (f'dana:{MINE} google-ssh {{"userName":1,"expireOn":"{SOON}"}}', "bad-expiry"),
        (f"{MINE} dana@laptop", "no-user"),
        (f"{MINE} see http://wiki", "no-user"),
        (f":{MINE}", "no-user"),
        (f"dana smith:{MINE}", "bad-user"),
        ("dana smith:hello", "bad-user"),
        ("dana:ssh-ed25519", "no-key"),
        ("dana:ssh-ed25519 AAAA====", "no-key"),
        (f"dana:{MINE.replace('ssh-ed25519 ', 'ssh-rsa ')}", "no-key"),
    ],
)  # fmt: skip
def test_an_entry_is_read_as_the_agent_reads_it(line: str, trouble: str) -> None:
    entry = read(line, NOW)
    assert entry is not None
    assert entry.trouble == trouble


def test_the_comment_that_begins_otherwise_is_only_a_comment() -> None:
    entry = read(f"dana:{MINE} made by google-ssh {{}}", NOW)
    assert entry is not None
    assert (entry.trouble, entry.expires, entry.print) == ("", None, PRINT)


def test_what_becomes_of_a_key() -> None:
    line = f"dana:{MINE} dana"
    assert standing(ssh_keys=line) == "fits"
    assert standing(project={"ssh-keys": line}) == "fits"
    assert standing(project={"sshKeys": line}) == "fits"
    assert standing(project={"ssh-keys": line}, block_project_ssh_keys="TRUE") == "blocked"
    assert standing(project={"ssh-keys": line}, block_project_ssh_keys="yes") == "fits"
    assert standing(project={"ssh-keys": line, "block-project-ssh-keys": "TRUE"}) == "fits"
    assert standing(project={"ssh-keys": line}, sshKeys=f"ops:{OTHER}") == "blocked"
    assert standing(project={"ssh-keys": line}, ssh_keys=f"ops:{OTHER}") == "fits"
    assert standing(ssh_keys=f"dana:{MINE} {ends(PAST)}") == "expired"
    assert standing(ssh_keys=f"dana:{MINE} {ends(PAST)}\nweb:{MINE}") == "expired"
    assert standing(ssh_keys=f"web:{MINE} dana") == "other-user"
    assert standing(ssh_keys=f"{MINE} dana") == "rejected"
    assert standing(ssh_keys=f"dana:{MINE} google-ssh oops") == "rejected"
    assert standing(ssh_keys=f"dana:{OTHER} dana") == "none"
    assert standing() == "none"


def test_a_zone_stands_before_the_project() -> None:
    zonal = Metadata({}, {"ssh-keys": f"dana:{MINE}", "enable-oslogin": "TRUE"}, {"ssh-keys": f"dana:{OTHER}"})
    assert judge(zonal, {PRINT}, "dana", NOW)[0] == "none"
    assert zonal.oslogin.on is True
    assert Metadata({}, {"enable-oslogin": "TRUE"}, {"enable-oslogin": "FALSE"}).oslogin.place == "zone"


def test_a_switch_that_go_cannot_read_is_unset_for_the_agent() -> None:
    both = Metadata({"enable-oslogin": "yes"}, {"enable-oslogin": "TRUE"})
    assert (both.oslogin.on, both.oslogin.place, both.oslogin.split) == (
        True,
        "project",
        "enable-oslogin=yes (instance)",
    )
    assert Metadata({"enable-oslogin": "false"}, {"enable-oslogin": "TRUE"}).oslogin.on is False
    assert Metadata({}, None).oslogin.on is None
    assert Metadata({"enable-oslogin": "TRUE"}, None).oslogin.on is True
    assert [parse_bool(one) for one in ("1", "t", "True", "tRUE", "yes", "", "0", "F")] == [
        True, True, True, None, None, None, False, False,
    ]  # fmt: skip


def test_a_key_that_is_cut_off_is_found() -> None:
    half = Metadata({"ssh-keys": f"dana:{MINE[:70]}\n{MINE[70:]}"})
    assert judge(half, {PRINT}, "dana", NOW)[0] == "none"
    assert broken(half, [MINE], NOW) is not None
    assert broken(half, [OTHER], NOW) is None


def test_room_is_measured_in_characters_and_in_bytes() -> None:
    line = f"dana:{MINE}"
    assert room({}, "ssh-keys", line)
    assert room({"ssh-keys": "x" * (MOST_VALUE - len(line) - 1)}, "ssh-keys", line)
    assert not room({"ssh-keys": "x" * (MOST_VALUE - len(line))}, "ssh-keys", line)
    assert not room({"a": "x" * MOST_VALUE, "b": "é" * (MOST_VALUE // 2)}, "ssh-keys", line)


# ------------------------------------------------------------------ for any text

times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda one: one.replace(microsecond=0)
)
lines = st.one_of(
    st.text(max_size=80),
    st.builds(
        lambda user, number, end: written(user, public(number), end),
        st.sampled_from(("dana", "web", "ops")), st.integers(0, 4), st.one_of(st.none(), times),
    ),
)  # fmt: skip
values = st.lists(lines, max_size=12).map("\n".join)


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    entry = read(line, NOW)
    assert entry is None or entry.line == line


@given(values, values)
def test_no_metadata_break_the_judgement(instance: str, project: str) -> None:
    known = Metadata({"ssh-keys": instance}, {"sshKeys": project, "ssh-keys": instance})
    assert all(one.blob or one.trouble for one in entries(known, NOW))
    found = judge(known, {PRINT}, "dana", NOW)[0]
    assert (found == "fits") == any(
        one.user == "dana" and one.print == PRINT and not one.trouble for one in entries(known, NOW)
    )


@given(st.sampled_from(("dana", "web")), times)
def test_what_is_written_is_read_back(user: str, end: datetime) -> None:
    entry = read(written(user, MINE, end, "dana@example.com"), NOW)
    assert entry is not None
    assert (entry.user, entry.print, entry.expires) == (user, PRINT, end)
    assert entry.trouble == ("expired" if end < NOW else "")


@given(times, st.sampled_from((timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-8))))
def test_both_forms_of_a_time_mean_the_same(moment: datetime, away: timedelta) -> None:
    sign, total = ("-", -away) if away < timedelta(0) else ("+", away)
    hours, minutes = divmod(int(total.total_seconds()) // 60, 60)
    local = (moment + away).strftime("%Y-%m-%dT%H:%M:%S")
    assert parse_time(f"{local}{sign}{hours:02}:{minutes:02}") == moment
    assert parse_time(f"{local}{sign}{hours:02}{minutes:02}") == moment


@given(values)
def test_nobody_is_shut_out_by_pruning(value: str) -> None:
    gone = {one.at for one in spare(value, NOW)}
    rest = "\n".join(line for at, line in enumerate(value.split("\n")) if at not in gone)
    assert set(users(Metadata({"ssh-keys": rest}), NOW)) == set(users(Metadata({"ssh-keys": value}), NOW))
    for later in (NOW, NOW + timedelta(days=400)):
        before, after = (
            {(one.user, one.print) for one in entries(Metadata({"ssh-keys": text}), later) if not one.trouble}
            for text in (value, rest)
        )
        assert before == after
    assert spare(rest, NOW) == ()
