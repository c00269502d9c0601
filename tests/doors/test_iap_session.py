"""The tunnel's half of the protocol without a socket: both streams stay whole, whatever is cut or said wrongly."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.cloud.gcp.iap import codes, frames, target
from sshwizard.cloud.gcp.iap.session import ACK_AFTER, LongClose, Odd, Session
from sshwizard.cloud.gcp.iap.target import Target

SID = struct.pack(">HI", 1, 3) + b"sid"


def begun() -> Session:
    session = Session()
    assert session.got(SID) == b""
    return session


@dataclass
class Far:
    """The relay, as the protocol describes it: what it holds, and what is on the way to and from it."""

    got: bytearray = field(default_factory=bytearray)
    stream: bytearray = field(default_factory=bytearray)
    """All that the VM has said; `sent` and `confirmed` count into it."""
    sent: int = 0
    confirmed: int = 0
    told: int = 0
    coming: list[bytes] = field(default_factory=list)
    going: list[bytes] = field(default_factory=list)

    def takes(self, message: bytes) -> None:
        (tag,) = struct.unpack_from(">H", message)
        if tag == 7:
            (count,) = struct.unpack_from(">Q", message, 2)
            assert self.confirmed <= count <= self.sent
            self.confirmed = count
            return
        assert tag == 4
        assert struct.unpack_from(">I", message, 2)[0] == len(message) - 6 <= 16_384
        self.got += message[6:]
        if len(self.got) - self.told > 32_768:
            self.told = len(self.got)
            self.going.append(struct.pack(">HQ", 7, self.told))

    def says(self, size: int) -> None:
        """Put the next bytes on the way."""
        chunk = bytes(self.stream[self.sent : self.sent + min(size, 16_384)])
        if chunk:
            self.sent += len(chunk)
            self.going.append(struct.pack(">HI", 4, len(chunk)) + chunk)

    def again(self, ack: int) -> None:
        assert self.confirmed <= ack <= self.sent
        self.confirmed = self.sent = ack
        self.coming.clear()
        self.told = len(self.got)
        self.going = [struct.pack(">HQ", 2, len(self.got))]


STEPS = st.one_of(
    st.tuples(st.sampled_from(["type", "say"]), st.integers(1, 50_000)),
    st.tuples(st.sampled_from(["up", "down"]), st.integers(1, 4)),
    st.tuples(st.just("cut"), st.integers(0, 3)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_both_streams_stay_whole(steps: list[tuple[str, int]]) -> None:
    session, far = begun(), Far()
    typed, read = bytearray(), bytearray()

    def up(count: int) -> None:
        far.coming += session.take()
        for _ in range(min(count, len(far.coming))):
            far.takes(far.coming.pop(0))

    def down(count: int) -> None:
        for _ in range(min(count, len(far.going))):
            read.extend(session.got(far.going.pop(0)))

    for number, (what, size) in enumerate(steps):
        chunk = bytes([number % 251]) * size
        match what:
            case "type":
                typed += chunk
                session.send(chunk)
            case "say":
                far.stream += chunk
                far.says(size)
            case "up":
                up(size)
            case "down":
                down(size)
            case "cut":
                down(size)  # so many of those on the way still come; the rest is lost with the websocket
                far.again(session.dropped())
                down(1)
    while session.pending or far.coming or far.going or far.sent < len(far.stream):
        up(100)
        far.says(16_384)
        down(100)
    assert bytes(far.got) == typed
    assert bytes(read) == far.stream
    assert session.received == len(far.stream)


def test_it_acknowledges_after_more_than_32_kib_and_not_before() -> None:
    session = begun()
    for _ in range(2):
        session.got(frames.data(b"x" * 16_384))
    assert session.take() == []
    session.got(frames.data(b"x"))
    assert session.take() == [frames.ack(ACK_AFTER + 1)]
    assert session.take() == []


def test_an_acknowledgement_neither_goes_back_nor_ahead() -> None:
    for number, words in ((4, "goes back from 5 to 4"), (7, "7 bytes are acknowledged, and 6 were sent")):
        session = begun()
        session.send(b"abcdef")
        session.take()
        session.got(frames.ack(5))
        with pytest.raises(Odd, match=words):
            session.got(frames.ack(number))


def test_what_was_never_sent_is_not_confirmed_by_a_reconnection() -> None:
    session = begun()
    session.send(b"abc")
    session.take()
    session.send(b"def")
    session.dropped()
    with pytest.raises(Odd, match="4 bytes are acknowledged, and 3 were sent"):
        session.got(struct.pack(">HQ", 2, 4))
    session.got(struct.pack(">HQ", 2, 1))
    assert session.take() == [frames.data(b"bcdef")]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\0", "too short"),
        (struct.pack(">HI", 4, 9) + b"abc", "promises 9 bytes and has 3"),
        (struct.pack(">HI", 1, 0), "not readable"),
        (frames.data(b"abc"), "before the connection stood"),
        (struct.pack(">HQ", 2, 0), "continued what had not been broken"),
    ],
)
def test_what_breaks_the_protocol_is_told(raw: bytes, words: str) -> None:
    with pytest.raises(Odd, match=words):
        Session().got(raw)


@given(st.binary(max_size=60))
def test_no_message_breaks_the_reader(raw: bytes) -> None:
    for session in (Session(), begun()):
        try:
            session.got(raw)
        except (Odd, LongClose):
            pass


def test_a_tag_that_nobody_knows_and_bytes_behind_a_message_are_left_out() -> None:
    session = begun()
    assert session.got(b"\x00\x63whatever") == b""
    assert session.got(frames.data(b"abc") + b"more") == b"abc"


def test_the_long_close_carries_code_and_reason() -> None:
    with pytest.raises(LongClose, match="not authorized") as caught:
        begun().got(struct.pack(">HII", 10, 4033, 14) + b"not authorized")
    assert caught.value.code == 4033


CAUSES = {
    4003: "gcp.iap-backend-unreachable",
    4033: "gcp.iap-permission-missing",
    4047: "iam.wrong-account-or-region",
    4004: "iam.credentials-missing",
}


@pytest.mark.parametrize("code", [*range(4000, 4014), 4033, 4047, 4051, 4074, 4999])
def test_every_code_has_a_sentence(code: int) -> None:
    end = codes.closed(code, "" if code % 2 else "so\x1b[2J it said")
    assert f"[{code}: '" in end.why
    assert "\x1b" not in end.why
    assert end.cause == CAUSES.get(code, "gcp.instance-stopped" if code == 4051 else "")
    assert end.resumes is (code == 4004)


def test_a_backend_that_is_not_reached_names_what_looks_the_same() -> None:
    assert codes.closed(4003).also == (
        "gcp.iap-range-blocked", "server.sshd-not-running", "server.host-firewall-blocks", "gcp.instance-stopped",
    )  # fmt: skip


def test_a_lost_websocket_and_a_busy_relay_are_tried_again_and_a_refusal_is_not() -> None:
    assert codes.closed(None).resumes
    assert codes.refused(502).resumes
    assert not codes.refused(403).resumes
    assert not codes.closed(1000).resumes


def test_the_addresses_are_those_of_googles_client(monkeypatch: pytest.MonkeyPatch) -> None:
    to = Target("p-1", "europe-west1-b", "web-1", "nic1", 2222)
    assert to.connect() == (
        "wss://tunnel.cloudproxy.app/v4/connect?project=p-1&port=2222&newWebsocket=True&zone=europe-west1-b"
        "&instance=web-1&interface=nic1"
    )
    assert to.reconnect("a b", 7) == (
        "wss://tunnel.cloudproxy.app/v4/reconnect?sid=a+b&ack=7&newWebsocket=True&zone=europe-west1-b"
    )
    monkeypatch.setenv(target.INSTEAD, "wss://127.0.0.1:8443/")
    assert to.connect().startswith("wss://127.0.0.1:8443/v4/connect?")
    for stranger in ("wss://stranger.example", "https://127.0.0.1"):
        monkeypatch.setenv(target.INSTEAD, stranger)
        with pytest.raises(ValueError, match="on this computer"):
            to.connect()
