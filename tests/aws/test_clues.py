"""On what ground AWS is asked; a plain host is none."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from sshwizard.cloud.aws import clues, ranges
from sshwizard.cloud.aws.clues import Clue, Question, Wish, clue, read_name
from sshwizard.cloud.ranges import Table

NAMES = {
    "ec2-54-229-17-20.eu-west-1.compute.amazonaws.com": ("54.229.17.20", "", "eu-west-1"),
    "ec2-3-80-1-2.compute-1.amazonaws.com": ("3.80.1.2", "", "us-east-1"),
    "ec2-54-222-1-1.cn-north-1.compute.amazonaws.com.cn": ("54.222.1.1", "", "cn-north-1"),
    "ip-10-0-1-20.ec2.internal": ("10.0.1.20", "", "us-east-1"),
    "ip-10-0-1-20.us-gov-west-1.compute.internal": ("10.0.1.20", "", "us-gov-west-1"),
    "i-0123456789abcdef0.eu-west-1.compute.internal": ("", "i-0123456789abcdef0", "eu-west-1"),
}
NO_NAMES = (
    "web-1", "i-am-a-host", "i-0123", "i-0123456789abcdeg0", "ec2-1-2-3-400.compute-1.amazonaws.com",
    "ec2-1-2-3-4.compute-1.amazonaws.com.example.org", "s3.eu-west-1.amazonaws.com", "amazonaws.com", "",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_ec2_holds_the_address_and_the_region(name: str) -> None:
    address, id_, region = NAMES[name]
    assert read_name(name) == Clue("name", id_, (address,) if address else (), region=region)


@pytest.mark.parametrize("host", [*NO_NAMES, "example.org", "192.168.1.5", "10.0.0.1", "127.0.0.1", "8.8.8.8", "::1"])
def test_a_plain_host_is_no_ground(host: str) -> None:
    assert clue(Question(host, host), Wish()) is None


def test_an_instance_id_is_a_ground_also_in_the_config() -> None:
    id_ = "i-0123456789abcdef0"
    assert clue(Question(id_, id_), Wish()) == Clue("id", id_)
    assert clue(Question("web", "i-01234567"), Wish()) == Clue("id", "i-01234567")


def test_an_address_of_the_table_is_a_ground_typed_or_resolved() -> None:
    found = Clue("range", addresses=("54.229.17.20",), region="eu-west-1")
    assert clue(Question("54.229.17.20", "54.229.17.20"), Wish()) == found
    assert clue(Question("web-1", "54.229.17.20"), Wish()) == found
    assert clue(Question("www.example.org", "www.example.org", ("54.229.17.20",)), Wish()) == found


def test_the_name_that_dns_gives_an_address_is_a_ground() -> None:
    asked = Question("h", "8.8.8.8", reverse=("ec2-8-8-8-8.eu-west-1.compute.amazonaws.com.",))
    assert clue(asked, Wish()) == Clue("reverse-name", addresses=("8.8.8.8",), region="eu-west-1")


def test_behind_an_instance_of_ours_a_private_address_is_its_neighbour() -> None:
    asked = Question("db", "10.0.2.30", hop_region="eu-west-1", hop_vpc="vpc-1")
    assert clue(asked, Wish()) == Clue("hop", addresses=("10.0.2.30",), region="eu-west-1")


def test_the_persons_own_word_is_a_ground() -> None:
    assert clue(Question("10.0.0.9", "10.0.0.9"), Wish(("work",))) == Clue("wish", addresses=("10.0.0.9",))
    assert clue(Question("web-1", "web-1"), Wish(region="eu-west-1")) == Clue("wish", tag="web-1")


def test_the_table_of_ranges_is_whole() -> None:
    assert ranges.date() >= "2026-08-22"
    assert ranges.region_of("54.229.17.20") == "eu-west-1"
    assert ranges.region_of("2600:1f18::1") == "us-east-1"
    assert not ranges.region_of("8.8.8.8")
    assert not ranges.region_of("10.0.0.1")
    assert not ranges.region_of("web-1")
    prefixes = ranges._TABLE._read[1]
    assert len(prefixes) > 3000
    assert all(ipaddress.ip_network(prefix) for prefix in prefixes)


def test_the_narrowest_range_decides(tmp_path: Path) -> None:
    (tmp_path / "ranges.txt").write_text("# 2026-01-01 somewhere\na 54.0.0.0/8\nb 54.229.0.0/16\n", "utf-8")
    table = Table(tmp_path / "ranges.txt")
    assert (table.region_of("54.229.1.1"), table.region_of("54.1.1.1"), table.date) == ("b", "a", "2026-01-01")


def test_an_alias_is_what_was_typed_and_not_dialled() -> None:
    assert Question("web-1", "54.229.17.20").alias == "web-1"
    assert Question("54.229.17.20", "54.229.17.20").alias == ""
    assert clues.is_private("10.0.0.1")
