"""Silences in a log that grows: where they were, whom they are blamed on, and when they are worth a word."""

from __future__ import annotations

import pytest

from sshwizard.model import Fact
from sshwizard.probes import silence, transport
from sshwizard.probes.login import read_closing
from sshwizard.probes.run import Run
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log, waits_for_agent
from sshwizard.probes.waiting import read_pauses

BEFORE = b"debug1: Local version string SSH-2.0-OpenSSH_9.2p1\r\n"
GREETED = b"debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1\r\n"
KEYED = b"debug1: SSH2_MSG_NEWKEYS received\r\n"
ASKED = b"debug1: Next authentication method: publickey\r\ndebug3: send packet: type 50\r\n"
WAITING = b"debug2: we sent a publickey packet, wait for reply\r\n"
ACCEPTED = b"debug1: Server accepts key: /k ED25519 SHA256:abc\r\n"
GSSAPI = b"debug1: Next authentication method: gssapi-with-mic\r\n"
IN = b'Authenticated to box ([192.0.2.1]:22) using "publickey".\r\n'
SENT = b"debug1: Sending command: echo x\r\n"
ENDS = b"debug1: Exit status 0\r\n"
CLOSED = b"Connection closed by 192.0.2.1 port 22\r\n"


def heard(*parts: tuple[float, bytes]) -> Log:
    """A log that came in pieces, each at its second."""
    log = Log()
    for at, raw in parts:
        log.feed(raw, at)
    log.close()
    return log


def test_a_pause_knows_its_place() -> None:
    log = heard((0.0, BEFORE), (0.2, GREETED), (2.5, KEYED), (2.6, ASKED + WAITING), (5.0, ACCEPTED))
    assert [(round(one.seconds, 1), one.stage, one.number) for one in log.pauses] == [
        (2.3, Stage.KEX, 2),
        (2.4, Stage.LOGIN, 6),
    ]
    assert log.pauses[1].after == "debug2: we sent a publickey packet, wait for reply"


def test_a_text_has_no_times() -> None:
    log = Log()
    log.feed(BEFORE + GREETED + KEYED)
    log.feed(ASKED)
    assert log.pauses == []


@pytest.mark.parametrize(
    ("parts", "blamed"),
    [
        pytest.param([(0, BEFORE), (7, GREETED), (7.1, KEYED + ASKED + IN + ENDS)], "greeting", id="the greeting"),
        pytest.param([(0, BEFORE + GREETED + KEYED + ASKED), (6, ACCEPTED + IN + ENDS)], "login", id="the login"),
        pytest.param(
            [(0, KEYED + ASKED + WAITING), (3, ACCEPTED + ASKED), (6, IN + ENDS)], "login", id="the login, in two parts"
        ),
        pytest.param([(0, KEYED + GSSAPI), (11, ASKED), (11.1, IN + ENDS)], "gssapi", id="Kerberos"),
        pytest.param([(0, KEYED + ASKED + IN + SENT), (6, ENDS)], "session", id="a login script"),
        pytest.param([(0, KEYED + ASKED + WAITING), (4.8, IN + ENDS)], "", id="not long enough"),
        pytest.param([(0, KEYED + ASKED), (3, ACCEPTED + IN + SENT), (6, ENDS)], "", id="two short waits of two kinds"),
        pytest.param([(0, KEYED), (9, ASKED), (9.1, IN + ENDS)], "", id="the agent was asked"),
        pytest.param([(0, KEYED + ASKED + ACCEPTED), (9, IN + ENDS)], "", id="the key waited for a touch"),
    ],
)
def test_only_the_server_s_silence_is_its_fault(parts: list[tuple[float, bytes]], blamed: str) -> None:
    found = read_pauses(heard(*parts), "box")
    assert (found.outcome if found else "") == blamed
    if found:
        assert float(found.data["seconds"]) >= 5
        assert "silence" in found.lines[0]


def test_a_greeting_through_another_program_is_not_the_host_s_fault() -> None:
    log = heard((0, BEFORE), (7, GREETED), (7.1, KEYED + ASKED + IN + ENDS))
    assert read_pauses(log, "box", through=True) is None


@pytest.mark.parametrize(
    ("seconds", "words", "outcome"),
    [(0.1, b"", "during"), (8.0, b"", "after-wait"), (8.0, b"Too late, dana.\r\n", "during")],
)
def test_a_hang_up_after_a_wait_is_a_limit(seconds: float, words: bytes, outcome: str) -> None:
    log = heard((0.0, KEYED + ASKED + WAITING), (seconds, words + CLOSED))
    assert read_closing(log).outcome == outcome


SERVICE = b"debug1: SSH2_MSG_SERVICE_ACCEPT received\r\n"
METHODS = b"debug1: Authentications that can continue: publickey\r\n"
TURN = b"debug1: Next authentication method: publickey\r\n"
LISTED = b"debug1: get_agent_identities: agent returned 1 keys\r\n"


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        pytest.param(KEYED, True, id="up to 9.x"),
        pytest.param(KEYED + SERVICE + METHODS + TURN, True, id="10.0 and later"),
        pytest.param(KEYED + SERVICE + METHODS + TURN + LISTED, False, id="it answered"),
        pytest.param(KEYED + SERVICE + METHODS + ASKED, False, id="the server's turn"),
        pytest.param(KEYED + SERVICE, False, id="the methods are awaited"),
        pytest.param(BEFORE + GREETED, False, id="before the login"),
    ],
)
def test_when_it_is_the_agent_s_turn(raw: bytes, asked: bool) -> None:
    assert waits_for_agent(heard((0.0, raw))) is asked


@pytest.mark.parametrize(("outcome", "waits"), [("ipv4-lost", True), ("address-lost", True), ("nothing", False)])
def test_an_address_that_answers_is_waited_for(outcome: silence.Silence, waits: bool) -> None:
    run = Run()
    assert not run.several
    run.expect(2)
    assert run.several
    assert transport.others_answer(Fact(outcome, "")) is waits
