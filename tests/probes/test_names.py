"""Names: what this computer's resolver says, in a child that can be ended, and what counts as an address."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.model import Target
from sshwizard.probes import names
from sshwizard.probes.addresses import address, hosts_file
from sshwizard.probes.names import Answer, literal, lookup
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene


@pytest.mark.parametrize(
    ("host", "is_address"),
    [("192.0.2.1", True), ("2001:db8::1", True), ("fe80::1%eth0", True), ("::ffff:192.0.2.1", True), ("box", False),
     ("192.0.2", False), ("192.0.2.1.", False), ("[::1]", False), ("", False), ("1", False)],
)  # fmt: skip
def test_an_address_is_no_name(host: str, is_address: bool) -> None:
    assert literal(host) is is_address


async def test_an_address_is_looked_up_nowhere() -> None:
    assert await lookup("192.0.2.1") == Answer(("192.0.2.1",))


async def test_the_system_s_resolver_is_asked() -> None:
    found = await lookup("localhost")
    assert set(found.addresses) & {"127.0.0.1", "::1"}
    assert found.error == ""


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a..b", "x" * 300, "a b", "-x", "\u2603.invalid"])
async def test_a_name_that_is_none_is_an_answer(host: str) -> None:
    found = await lookup(host)
    assert found.addresses == ()
    assert found.error


def test_the_hosts_file_is_read_as_the_system_does() -> None:
    text = Path("/etc/hosts").read_text("utf-8", "replace")
    assert ("127.0.0.1" in hosts_file("LOCALHOST")) is ("127.0.0.1" in text and "localhost" in text)
    assert hosts_file("no-such-name.invalid") == ()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=20))
def test_no_text_breaks_the_judgement_of_addresses(text: str) -> None:
    literal(text)


async def test_an_address_that_was_typed_has_no_other() -> None:
    leg = Leg("192.0.2.1", {"hostname": ("192.0.2.1",)})
    fact = await address.look(Scene(Target("x", ("192.0.2.1",)), (leg,), 0, {}, Run()))
    assert fact.outcome == "only-one"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("All nameservers failed to answer the query x. IN A: Server 192.0.2.1 answered SERVFAIL", "servfail"),
        ("Server 192.0.2.1 answered REFUSED", "refused"),
        ("[Errno 101] Network is unreachable", "no-route"),
        ("Server 192.0.2.1 answered SERVFAIL; Server 192.0.2.2 Network is unreachable", "servfail"),
    ],
)
def test_what_the_servers_said(text: str, status: str) -> None:
    assert names._servers_said(text, "unknown") == status


def test_silence_is_told_apart() -> None:
    assert names._servers_said("The DNS operation timed out.", "silent") == "silent"
    assert names._servers_said("Server answered SERVFAIL; timed out", "silent") == "servfail"
