"""Whom a sweep is about."""

from __future__ import annotations

import pytest

from sshwizard.exits import UsageError
from sshwizard.fleet import hosts


def test_each_host_is_named_once_with_the_same_options() -> None:
    made = hosts.targets(["web-1", "me@web-2", "web-1"], ["-i", "key", "-p", "2222"])
    assert [target.args for target in made] == [
        ("-i", "key", "-p", "2222", "web-1"),
        ("-i", "key", "-p", "2222", "me@web-2"),
    ]


@pytest.mark.parametrize("name", ["10.0.0.0/24", "10.0.0.1-9", "2001:db8::/64"])
def test_a_range_is_no_host(name: str) -> None:
    with pytest.raises(UsageError, match="range of addresses"):
        hosts.targets([name], [])


@pytest.mark.parametrize("name", ["-oProxyCommand=id", "web\x1b[2J", "https://web-1/"])
def test_a_name_that_is_none_is_told_with_its_place(name: str) -> None:
    with pytest.raises(UsageError, match="host 2 of the sweep"):
        hosts.targets(["web-1", name], [])


def test_a_list_has_comments_and_blank_lines() -> None:
    assert hosts.listed("# all\nweb-1 web-2\n\n db # the old one\n") == ["web-1", "web-2", "db"]


def test_a_pattern_is_one_of_ssh_config() -> None:
    names = ["web-1", "web-2", "db.web", "web-10"]
    assert hosts.matching(names, "web-?") == ["web-1", "web-2"]
    assert hosts.matching(names, "*") == names
    assert hosts.matching(names, "web[12]") == []
