"""What many hosts have in common."""

from __future__ import annotations

import random

import pytest

from sshwizard.fleet.groups import CANNOT_TELL, summary
from sshwizard.fleet.rows import Row, from_json, to_json
from sshwizard.fronts import fleet, fleetpage

OPEN = "key.permissions-too-open"
GROUP = "aws.security-group-other-source"


def failed(host: str, cause: str, *mends: str) -> Row:
    return Row(
        host, "failed", cause, f"a title for {host}", "certain", "allow-my-ip-in-security-group" if mends else "", mends
    )


ROWS = [
    *(failed(f"web-{n}", GROUP, "+ sg-1: tcp 22 from 192.0.2.7/32") for n in range(120)),
    *(failed(f"db-{n}", GROUP, "+ sg-2: tcp 22 from 192.0.2.7/32") for n in range(80)),
    *(failed(f"key-{n}", OPEN) for n in range(12)),
    Row("dark", "inconclusive", why="no look could be made"),
    Row("slow", "degraded", "server.slow-login", "the login is slow"),
    *(Row(f"fine-{n}", "healthy") for n in range(26)),
]


def test_the_largest_group_stands_first_and_what_nobody_can_tell_last() -> None:
    told = summary(random.Random(1).sample(ROWS, len(ROWS)))
    assert (told.hosts, told.works, told.fails, told.unclear) == (240, 27, 212, 1)
    assert [(group.cause, len(group.rows)) for group in told.groups] == [
        (GROUP, 200),
        (OPEN, 12),
        ("server.slow-login", 1),
        ("", 1),
    ]
    assert told.groups[-1].title == CANNOT_TELL


def test_one_change_that_mends_many_is_told_once() -> None:
    changes = summary(ROWS).groups[0].changes
    assert [(change.preview, len(change.hosts)) for change in changes] == [
        (("+ sg-1: tcp 22 from 192.0.2.7/32",), 120),
        (("+ sg-2: tcp 22 from 192.0.2.7/32",), 80),
    ]
    said = fleet.tell(summary(ROWS))
    assert "one change mends 120 of them" in said
    assert said.count("+ sg-1: tcp 22 from 192.0.2.7/32") == 1
    assert "and 192 more" in said


def test_the_same_rule_in_several_groups_is_one_action() -> None:
    (action,) = summary(ROWS).actions
    assert (action.hosts, action.places, action.causes) == (200, ("sg-1", "sg-2"), (GROUP,))
    said = fleet.tell(summary(ROWS)).splitlines()
    assert "The same change in 2 places mends 200: Allow my address in the security group" in said[2]
    other = failed("odd", GROUP, "+ sg-3: tcp 2222 from 192.0.2.7/32")
    assert len(summary([*ROWS, other]).actions[0].changes) == 2  # another rule is another change


def test_what_stops_at_one_jump_host_is_told_together() -> None:
    rows = [Row(f"in-{n}", "failed", "proxy.jump-auth-failed", "t", "likely", jump="gate") for n in range(3)]
    assert summary(rows).groups[0].behind == (("gate", 3),)
    assert "3 of 3 stop at the jump host gate" in fleet.tell(summary(rows))


@pytest.mark.parametrize("form", ["html", "md"])
def test_a_report_masks_names_unless_told_otherwise(form: str) -> None:
    rows = [
        failed("web-0", GROUP, "+ sg-0a1b2c3d: tcp 22 from 192.0.2.7/32"),
        Row("me@in-1.corp.example", "failed", OPEN, "The key of me@in-1.corp.example", jump="gate-7"),
    ]
    shown, named = (fleetpage.written(rows, form, redact=redact) for redact in (True, False))
    for name in ("web-0", "in-1.corp", "gate-7", "sg-0a1b", "192.0.2.7"):
        assert name not in shown
        assert name in named.replace("\\", "")
    assert OPEN in shown


def test_a_row_comes_back_from_its_line() -> None:
    assert [from_json(to_json(one)) for one in ROWS] == ROWS


def test_what_a_host_says_of_itself_is_cleaned() -> None:
    evil = Row("h\x1b]52;c;eA==\x07", "failed", OPEN, "\x1b[2Jgone\u202e", "certain")
    for text in (fleet.line(evil), fleet.tell(summary([evil]))):
        assert not set(text) & set("\x1b\x07\u202e")
