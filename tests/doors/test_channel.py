"""The data channel without a socket: bytes as AWS's own programs write them, and streams that survive a bad line."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import struct
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.doors import message
from sshwizard.doors.channel import Channel, opening
from sshwizard.doors.message import Garbled, Message
from sshwizard.doors.sealed import Sealed
from sshwizard.doors.stream import AHEAD, TRIES, WINDOW, Incoming, Outgoing

ID = uuid.UUID("01234567-89ab-cdef-fedc-ba9876543210")

messages = st.builds(
    Message,
    type=st.sampled_from([message.INPUT, message.OUTPUT, message.ACKNOWLEDGE]),
    number=st.integers(0, 2**63 - 1),
    payload=st.binary(max_size=2000),
    payload_type=st.integers(0, 10),
    flags=st.integers(0, 3),
    id=st.uuids(),
    created=st.integers(0, 2**63),
)


def test_the_layout_is_that_of_aws() -> None:
    raw = Message(message.INPUT, 7, b"ls\n", message.DATA, 1, ID, 1234).encode()
    assert raw[:4] == struct.pack(">I", 116)
    assert raw[4:36] == b"input_stream_data" + b" " * 15
    assert raw[36:64] == struct.pack(">IQqQ", 1, 1234, 7, 1)
    assert raw[64:80].hex() == "fedcba98765432100123456789abcdef"
    assert raw[80:112] == hashlib.sha256(b"ls\n").digest()
    assert raw[112:] == struct.pack(">II", 1, 3) + b"ls\n"
    closed = Message(message.CLOSED, payload=b'{"Output": "bye"}').encode()
    assert closed[:4] == struct.pack(">I", 112)
    assert closed[112:] == struct.pack(">I", 17) + b'{"Output": "bye"}'


@given(messages)
def test_a_message_comes_back(one: Message) -> None:
    assert message.decode(one.encode()) == one


@given(st.binary(max_size=300))
def test_other_bytes_are_no_message(raw: bytes) -> None:
    with pytest.raises(Garbled):
        message.decode(raw)


@given(messages, st.data())
def test_a_message_that_was_cut_or_changed_is_none(one: Message, data: st.DataObject) -> None:
    raw = one.encode()
    with pytest.raises(Garbled):
        message.decode(raw[: data.draw(st.integers(0, len(raw) - 1))])
    if one.payload:
        place = data.draw(st.integers(120, len(raw) - 1))
        with pytest.raises(Garbled):
            message.decode(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])


def output(number: int, payload: bytes, kind: int = message.DATA) -> bytes:
    return Message(message.OUTPUT, number, payload, kind, 0, ID).encode()


def ready() -> Channel:
    channel = Channel()
    asked = {"AgentVersion": "3", "RequestedClientActions": [{"ActionType": "SessionType", "ActionParameters": {}}]}
    assert channel.received(output(0, json.dumps(asked).encode(), message.HANDSHAKE_REQUEST), 1) == []
    assert channel.room == 0
    (event,) = channel.received(output(1, b'{"CustomerMessage": "hello"}', message.HANDSHAKE_COMPLETE), 1)
    assert (event.kind, event.data) == ("ready", b"hello")
    return channel


def told(raw: bytes) -> dict[str, object]:
    return message.told(message.decode(raw))


def test_the_handshake() -> None:
    first = json.loads(opening("secret", "client", "request"))
    assert first["TokenValue"] == "secret"
    channel = ready()
    acknowledged, answer, again = channel.drain()
    assert told(acknowledged) == {
        "AcknowledgedMessageType": "output_stream_data",
        "AcknowledgedMessageId": str(ID),
        "AcknowledgedMessageSequenceNumber": 0,
        "IsSequentialMessage": True,
    }
    assert message.decode(acknowledged).flags == 3
    response = message.decode(answer)
    assert (response.type, response.number, response.payload_type) == (message.INPUT, 0, message.HANDSHAKE_RESPONSE)
    assert message.told(response)["ProcessedClientActions"] == [
        {"ActionType": "SessionType", "ActionStatus": 1, "ActionResult": None, "Error": ""}
    ]
    assert told(again)["AcknowledgedMessageSequenceNumber"] == 1


def test_a_key_of_kms_is_refused_to_the_agent_and_told() -> None:
    channel = Channel()
    asked = json.dumps({"RequestedClientActions": [{"ActionType": "KMSEncryption"}]}).encode()
    (event,) = channel.received(output(0, asked, message.HANDSHAKE_REQUEST), 1)
    assert event.kind == "encrypted"
    _, answer = channel.drain()
    assert '"ActionStatus": 3' in message.decode(answer).payload.decode()


KEY = bytes(range(64))


def sealed() -> tuple[Channel, Sealed]:
    """A channel whose session is encrypted, and the agent's end of its key."""
    channel = Channel(new_key=lambda key: (f"copy for {key}".encode(), KEY))
    wanted = {"RequestedClientActions": [{"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": "k"}}]}
    assert channel.received(output(0, json.dumps(wanted).encode(), message.HANDSHAKE_REQUEST), 1) == []
    return channel, Sealed(KEY[32:], KEY[:32])


def test_a_session_is_sealed_with_a_key_of_kms() -> None:
    channel, agent = sealed()
    answer = json.loads(message.decode(channel.drain()[1]).payload)
    (done,) = answer["ProcessedClientActions"]
    assert done["ActionStatus"] == 1
    assert base64.b64decode(done["ActionResult"]["KMSCipherTextKey"]) == b"copy for k"
    asked = json.dumps({"Challenge": base64.b64encode(agent.seal(b"prove it")).decode()}).encode()
    channel.received(output(1, asked, message.CHALLENGE), 1)
    proof = channel.drain()[1]
    assert message.decode(proof).payload_type == message.CHALLENGE_ANSWER
    assert agent.open(base64.b64decode(str(told(proof)["Challenge"]))) == b"prove it"
    channel.received(output(2, b"{}", message.HANDSHAKE_COMPLETE), 1)
    (event,) = channel.received(output(3, agent.seal(b"SSH-2.0")), 1)
    assert (event.kind, event.data) == ("data", b"SSH-2.0")
    channel.drain()
    channel.send(b"typed", 1)
    (raw,) = channel.drain()
    assert agent.open(message.decode(raw).payload) == b"typed"


@pytest.mark.parametrize("payload", [b"", b"plain", bytes(40)])
def test_what_is_not_sealed_with_its_key_ends_the_session(payload: bytes) -> None:
    channel, _ = sealed()
    (event,) = channel.received(output(1, payload), 1)
    assert event.kind == "encrypted"
    assert channel.over


def test_why_kms_gives_no_key_is_told_to_both_sides() -> None:
    channel = Channel(new_key=lambda key: f"you may not use {key}")
    wanted = {"RequestedClientActions": [{"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": "k"}}]}
    (event,) = channel.received(output(0, json.dumps(wanted).encode(), message.HANDSHAKE_REQUEST), 1)
    assert (event.kind, event.data) == ("encrypted", b"you may not use k")
    assert '"ActionStatus": 2' in message.decode(channel.drain()[1]).payload.decode()


def test_an_agent_that_shakes_no_hands() -> None:
    kinds = [(one.kind, one.data) for one in Channel().received(output(0, b"hi"), 1)]
    assert kinds == [("ready", b""), ("data", b"hi")]


def test_input_goes_out_in_pieces_and_waits_while_it_is_told_to() -> None:
    channel = ready()
    channel.drain()
    channel.send(b"x" * 2500, 1)
    sent = [message.decode(raw) for raw in channel.drain()]
    assert [(one.number, len(one.payload)) for one in sent] == [(1, 1024), (2, 1024), (3, 452)]
    channel.received(Message(message.PAUSE).encode(), 1)
    assert channel.room == 0
    assert channel.tick(9) == []
    assert channel.drain() == []
    channel.received(Message(message.START).encode(), 1)
    assert channel.room == 1024 * (WINDOW - 4)
    channel.tick(9)
    assert message.decode(channel.drain()[0]).number == 0


def test_every_end_has_its_event() -> None:
    refused = output(2, message.u32(message.PORT_REFUSED), message.FLAG)
    closed = Message(message.CLOSED, payload=b'{"Output": "by the administrator"}').encode()
    garbled = Message(message.CLOSED, payload=b"[").encode()
    for raw, kind, data in (
        (refused, "refused", b""),
        (closed, "closed", b"by the administrator"),
        (garbled, "closed", b""),
    ):
        channel = ready()
        assert [(one.kind, one.data) for one in channel.received(raw, 2)] == [(kind, data)]
        assert channel.over
        assert channel.room == 0
    channel = ready()
    channel.drain()
    channel.end(2)
    flag = message.decode(channel.drain()[0])
    assert (flag.payload_type, message.flag(flag)) == (message.FLAG, message.TERMINATE)


def test_nobody_is_asked_for_ever() -> None:
    channel, now = ready(), 1.0
    for _ in range(TRIES):
        now += 1.1
        assert channel.tick(now) == []
    assert [one.kind for one in channel.tick(now + 1.1)] == ["lost"]


def test_a_resend_waits_as_long_as_answers_take() -> None:
    out = Outgoing()
    out.sent(b"a", 0.0)
    assert out.due(0.19) is None
    assert out.due(0.2) == b"a"
    assert out.due(0.3) is None
    out.acknowledged(0, 0.5)
    assert not out.clock.mean  # Karn: nobody knows which of the two it answers
    for number in range(1, 50):
        out.sent(b"b", number)
        out.acknowledged(number, number + 0.05)
    assert 0.05 < out.clock.patience < 0.08
    out.acknowledged(7, 60)


def test_what_is_far_ahead_is_not_kept() -> None:
    incoming: Incoming[Message] = Incoming()
    assert incoming.takes(AHEAD - 1)
    assert not incoming.takes(AHEAD)
    assert not incoming.takes(-1)
    assert incoming.arrived(Message(message.OUTPUT, AHEAD)) == []
    assert not incoming.early


@given(st.lists(messages, max_size=8), st.floats(0, 1e9))
def test_whatever_comes_nothing_is_raised(ones: list[Message], now: float) -> None:
    channel = Channel()
    for one in ones:
        channel.received(one.encode(), now)
        channel.tick(now)
        assert channel.room >= 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.sampled_from([message.HANDSHAKE_REQUEST, message.HANDSHAKE_COMPLETE, message.FLAG]))
def test_no_json_of_the_agent_breaks_it(value: object, kind: int) -> None:
    for told_ in (value, {"RequestedClientActions": value, "CustomerMessage": value}):
        Channel().received(output(0, json.dumps(told_).encode(), kind), 1)
    Channel().received(Message(message.ACKNOWLEDGE, payload=json.dumps(value).encode()).encode(), 1)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 60), st.floats(0, 0.5))
def test_a_bad_line_loses_nothing(seed: int, count: int, loss: float) -> None:
    """Messages and acknowledgements are lost, doubled and late; time is only a number."""
    chance, sender, now = random.Random(seed), Outgoing(), 0.0
    receiver: Incoming[Message] = Incoming()
    arrived: list[int] = []
    line: list[tuple[float, str, bytes]] = []

    def put(kind: str, raw: bytes) -> None:
        for _ in range(1 + (chance.random() < 0.1)):
            if chance.random() >= loss:
                line.append((now + chance.uniform(0.01, 0.2), kind, raw))

    for _ in range(20_000):
        if sender.number == count and not sender.held:
            break
        if sender.number < count and sender.room:
            raw = Message(message.OUTPUT, sender.number, b"%d" % sender.number).encode()
            sender.sent(raw, now)
            put("data", raw)
        if again := sender.due(now):
            put("data", again)
        for when, kind, raw in [one for one in line if one[0] <= now]:
            line.remove((when, kind, raw))
            came = message.decode(raw)
            if kind == "ack":
                sender.acknowledged(came.number, now)
            elif receiver.takes(came.number):
                put("ack", Message(message.ACKNOWLEDGE, came.number).encode())
                arrived += [one.number for one in receiver.arrived(came)]
        now += 0.02
    assert arrived == list(range(count))
