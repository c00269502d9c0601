"""What is masked: nothing that names somebody is left in a report, and the same value always has the same mask."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from tree.serverwords import SERVER_LOGS

from sshwizard.fronts.reports import names
from sshwizard.fronts.reports.content import content
from sshwizard.fronts.reports.masks import Masks
from sshwizard.fronts.reports.writing import made
from sshwizard.runner import Runner

from .worlds import Names, everything, session

letters = st.text("bcdfghjklmnpqrstvwxz", min_size=4, max_size=9)
digits = st.text("0123456789abcdef", min_size=17, max_size=17)
dashed = st.tuples(letters, st.integers(1, 99)).map(lambda parts: f"{parts[0]}-{parts[1]}")
public = st.ip_addresses(v=4).filter(lambda address: address.is_global).map(str)
some_names = st.builds(
    Names,
    host=dashed,
    domain=st.tuples(dashed, letters, st.sampled_from(["com", "internal", "de"])).map(".".join),
    user=letters,
    address=public,
    private=st.integers(0, 2**24 - 1).map(lambda number: str(ipaddress.ip_address((10 << 24) + number))),
    address6=st.ip_addresses(v=6).filter(lambda address: address.is_global).map(str),
    instance=digits.map("i-{}".format),
    account=st.text("0123456789", min_size=12, max_size=12),
    comment=st.lists(letters, min_size=2, max_size=3).map(" ".join),
    fingerprint=st.text("ABCDEFGHabcdefgh0123456789+/", min_size=43, max_size=43).map("SHA256:{}".format),
    tag=dashed,
)
OURS = "\n".join(everything(content(session(Names(*["zzz"] * 11)), "20260102-030400")).values()).casefold()


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much],
)
@given(some_names)
def test_no_name_of_a_session_is_in_a_masked_report(one: Names) -> None:
    values = list(one.__dict__.values())
    assume(not any(value.casefold() in OURS for value in values))
    assume(all(names.names_somebody(value) and names.stands_out(value) for value in (one.host, one.user, one.tag)))
    told = content(session(one), "20260102-030400")
    assert told.masks is not None
    for name, text in everything(told).items():
        found = [value for value in values if value.casefold() in text.casefold()]
        assert found == [], name
    shown = "\n".join(everything(told).values())
    for mask in re.findall(r"\b(?:host|user|address|instance|account|comment|fingerprint)-\d+\b", shown):
        assert mask in told.masks.legend


def test_the_same_value_has_the_same_mask_and_keeps_its_kind() -> None:
    masks = Masks()
    masks.learn({"dana": "user", "web-1": "host"})
    told = masks.text(
        "dana@198.51.100.20 and DANA at web-1 [2001:db8::1], 198.51.100.20 is [2001:DB8:0:0::1] not 10.0.0.1"
    )
    assert told == (
        "user-1@address-1 and user-1 at host-1 [address6-1], address-1 is [address6-1] not private-address-1"
    )
    assert masks.legend["address-1"] == "198.51.100.20"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/dana/.ssh/id_rsa", "/home/user-1/.ssh/id_rsa"),
        (r"C:\Users\dana\.ssh", r"C:\Users\user-1\.ssh"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6xjxzZ her key", "ssh-ed25519 key-1 comment-1"),
        ("MD5:0f:1e:2d:3c:4b:5a:69:78:87:96:a5:b4:c3:d2:e1:f0", "fingerprint-1"),
        ("arn:aws:iam::123456789012:user/dana is denied", "arn-1 is denied"),
        ("AKIAIOSFODNN7EXAMPLE", "access-key-1"),
        ("sg-0abc eni-0123abcd", "security-group-1 interface-1"),
        ("tcp 22 from 203.0.113.9/32 (dana (home))", "tcp 22 from address-1/32 (comment-1)"),
        ("ip-10-0-1-4 and ec2-198-51-100-20.eu-west-1.compute.amazonaws.com", "host-1 and host-2"),
        ("*.corp.example.com,bücher.example", "*.host-1,host-2"),
        ("projects/shop-123/zones/x/instances/web", "projects/project-1/zones/x/instances/host-1"),
        ("global/firewalls/let-dana-in", "global/firewalls/firewall-1"),
        ("--profile work --region eu-west-1", "--profile profile-1 --region eu-west-1"),
        ("::ffff:192.0.2.7 is 192.0.2.7", "address-1 is address-1"),
        ("dana%x@[fe80::1%eth0]", "dana%user-1@[private-address6-1]"),
        ("curl --proxy-user dana:pw x", "curl --proxy-user [secret] x"),
    ],
)
def test_what_is_told_by_its_shape(text: str, shown: str) -> None:
    assert Masks().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "chacha20-poly1305@openssh.com,curve25519-sha256@libssh.org",
        "root@localhost as ec2-user from 127.0.0.1 and ::1",
        "0.0.0.0/0 and ::/0 at 10:55:42, OpenSSH_9.6p1, 1:2",
        "key.permissions-too-open run.tcp files.key id_ed25519.pub sshd_config.d",
        "no route to ssm.eu-west-1.amazonaws.com",
    ],
)
def test_what_is_nobody_s_stays(text: str) -> None:
    assert Masks().text(text) == text


@pytest.mark.parametrize("part", ["a.", "1.", "a-", "0:", "a@", "Offering public key: ", "projects/", "/1 ("])
def test_no_text_makes_masking_slow(part: str) -> None:
    began = time.process_time()
    Masks().text((part * 4000)[:4000])
    assert time.process_time() - began < 1


def test_a_mask_looks_like_no_name_of_the_session() -> None:
    masks = Masks(corpus="a host that is called host-1")
    masks.learn({"host-1": "host", "web": "host"})
    assert masks.text("host-1 web") == "host-2 host-3"


def test_a_name_that_is_a_word_of_ours_is_masked_where_it_is_a_name() -> None:
    masks = Masks()
    masks.learn(dict(names.typed(("-l", "key", "server"))))
    assert masks.text("the server has no key for key@server") == "the server has no key for user-1@host-1"
    assert masks.value({"hostname": ["server"]}) == {"hostname": ["host-1"]}


def test_names_are_learned_from_arguments() -> None:
    found = dict(names.typed(("-J", "eve@jump-1:2222,jump-2", "-lkim", "ssh://dana@web-1:22/")))
    assert found == {"kim": "user", "eve": "user", "jump-1": "host", "jump-2": "host", "dana": "user", "web-1": "host"}
    assert dict(names.typed(("gce:shop/europe-west1-b/web",))) == {"shop": "project", "web": "host"}


@pytest.mark.parametrize("code", SERVER_LOGS)
def test_who_is_named_in_a_server_s_log_is_masked(code: str) -> None:
    runner = Runner.of_text(SERVER_LOGS[code].encode(), "journal")
    asyncio.run(runner.walk())
    told = made(content(runner.events, "x"), "json").decode()
    assert not re.search(r"\bdana\b", told)
