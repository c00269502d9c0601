"""Whom a server admits: lists of users and addresses, the options of a key line, packet filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshwizard.probes.inside.firewall import Packet, decide, iptables, nftables
from sshwizard.probes.inside.patterns import from_allows, group_listed, key_lines, user_listed

from .inside_states import KEY


@pytest.mark.parametrize(("patterns", "expected"), [
    (("dana",), True), (("da?a",), True), (("!dana", "*"), False), (("erin",), False), (("dana@192.0.2.*",), True),
    (("dana@10.0.0.0/8",), False), (("*@192.0.2.0/24",), True),
])  # fmt: skip
def test_a_list_of_users(patterns: tuple[str, ...], expected: bool) -> None:
    assert user_listed(patterns, "dana", "192.0.2.10") is expected


def test_a_list_that_hangs_on_an_unknown_address_stays_open() -> None:
    assert user_listed(("dana@10.0.0.1",), "dana", "") is None
    assert group_listed(("w*", "!wheel"), ("wheel",)) is False


@pytest.mark.parametrize(("value", "expected"), [
    ("192.0.2.0/24", True), ("10.*", False), ("!192.0.2.10,*", False), ("*.example.com", None),
    ("2001:db8::/32", False),
])  # fmt: skip
def test_from(value: str, expected: bool | None) -> None:
    assert from_allows(value, "192.0.2.10") is expected


def test_options_of_a_key_line_are_parted_as_sshd_does() -> None:
    found = list(key_lines(f'command="echo \\"a b\\"",from="10.0.0.1,10.0.0.2",no-pty {KEY}\n# x\nssh-rsa AAAA\n{KEY}'))
    assert [line.number for line in found] == [1, 4]
    assert found[0].options["from"] == "10.0.0.1,10.0.0.2"
    assert "no-pty" in found[0].options


ME = Packet("192.0.2.10", 22)
TABLES = {
    "policy": (":INPUT DROP [0:0]\n-A INPUT -p tcp --dport 443 -j ACCEPT", "drop"),
    "accepted before": (":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "accept"),
    "for others": (":INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.0/8 -p tcp --dport 22 -j DROP", "accept"),
    "negated": (":INPUT ACCEPT [0:0]\n-A INPUT ! -s 10.0.0.0/8 -p tcp --dport 22 -j DROP", "drop"),
    "established only": (":INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "drop"),
    "not understood": (":INPUT DROP [0:0]\n-A INPUT -m set --match-set mine src -j ACCEPT", "open"),
    "a chain returns": (":INPUT ACCEPT [0:0]\n:c - [0:0]\n-A INPUT -j c\n-A c -j RETURN\n-A c -j DROP", "accept"),
    "limited": (":INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -m limit --limit 3/min -j ACCEPT", "open"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_iptables(name: str) -> None:
    text, expected = TABLES[name]
    assert decide(iptables(text, ME)).verdict == expected


NFT = "table inet t {{\n chain in {{\n  type filter hook input priority filter; policy {policy};\n  {rule}\n }}\n}}\n"
RULESETS = {
    "policy": ("drop", 'iif "lo" accept', "drop"),
    "a port of several": ("accept", "tcp dport { 22, 80 } counter packets 1 bytes 2 drop", "drop"),
    "another source": ("drop", "ip saddr 10.0.0.0/8 accept", "drop"),
    "my source": ("drop", "ip saddr { 10.0.0.1, 192.0.2.0/24 } tcp dport 22 accept", "accept"),
    "state": ("drop", "ct state established,related accept", "drop"),
    "not understood": ("drop", "fib daddr type local accept", "open"),
    "icmp": ("accept", "icmp type echo-request drop", "accept"),
}


@pytest.mark.parametrize("name", RULESETS)
def test_nftables(name: str) -> None:
    policy, rule, expected = RULESETS[name]
    assert decide(nftables(NFT.format(policy=policy, rule=rule), ME)).verdict == expected


@given(st.text(max_size=500))
def test_no_rule_list_breaks_the_reader(text: str) -> None:
    decide(iptables(f":INPUT DROP [0:0]\n-A INPUT {text}", ME))
    decide(nftables(NFT.format(policy="drop", rule=text.replace("{", "").replace("}", "")), ME))
