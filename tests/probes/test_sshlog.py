"""The log of ssh, line by line: each line known, any cut of the bytes the same, any size bounded."""

from __future__ import annotations

import pickle
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.probes import hops, sshlog
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log

LOGS = Path(__file__).parents[1] / "data" / "logs"

LINES: list[tuple[str, str, Stage, dict[str, str]]] = [
    ("debug1: Connecting to web [192.0.2.1] port 22.", "tcp.connecting", Stage.TCP, {"addr": "192.0.2.1",
                                                                                     "port": "22"}),
    ("debug1: Connecting to a.b [2001:db8::1] port 2222.\r", "tcp.connecting", Stage.TCP, {"addr": "2001:db8::1"}),
    ("debug1: Connection established.", "tcp.open", Stage.BANNER, {}),
    ("debug2: resolving \"web\" port 22", "name.resolving", Stage.NAME, {"host": "web"}),
    ("debug1: connect to address 192.0.2.1 port 22: Connection refused", "tcp.address_failed", Stage.TCP,
     {"err": "Connection refused"}),
    ("debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1", "banner.remote", Stage.KEX,
     {"proto": "2.0", "software": "OpenSSH_9.2p1"}),
    ("debug1: kex_exchange_identification: banner line 0: Exceeded MaxStartups", "banner.line", Stage.BANNER,
     {"text": "Exceeded MaxStartups"}),
    ("debug1: SSH2_MSG_KEXINIT sent", "kex.sent", Stage.KEX, {}),
    ("debug1: Server host key: ssh-ed25519 SHA256:abc", "hostkey.seen", Stage.HOSTKEY, {"fp": "SHA256:abc"}),
    ("debug1: Server host key: ecdsa-sha2-nistp256 MD5:aa:bb", "hostkey.seen", Stage.HOSTKEY, {"fp": "MD5:aa:bb"}),
    ("debug1: Host '[h]:22' is known and matches the ED25519 host key.", "hostkey.known", Stage.HOSTKEY,
     {"host": "[h]:22"}),
    ("debug1: SSH2_MSG_NEWKEYS received", "kex.newkeys", Stage.LOGIN, {}),
    ("debug1: Authentications that can continue: publickey,password", "auth.methods", Stage.LOGIN,
     {"methods": "publickey,password"}),
    ("debug1: Offering public key: /h/id ED25519 SHA256:x explicit", "auth.offer", Stage.LOGIN,
     {"key": "/h/id ED25519 SHA256:x explicit"}),
    ("debug1: Offering RSA public key: /h/id", "auth.offer", Stage.LOGIN, {"key": "/h/id"}),
    ("debug1: Server accepts key: /h/id ED25519 SHA256:x", "auth.accept", Stage.LOGIN, {}),
    ("debug1: Authentication succeeded (publickey).", "auth.succeeded", Stage.SESSION, {"method": "publickey"}),
    ("debug1: Exit status 142", "session.status", Stage.DONE, {"code": "142"}),
    ("debug1: Trying private key: /h/.ssh/id_rsa", "auth.trying", Stage.LOGIN, {"file": "/h/.ssh/id_rsa"}),
    ("debug3: no such identity: /h/k: No such file or directory", "id.missing", Stage.START, {"file": "/h/k"}),
    ("ssh: Could not resolve hostname web: Name or service not known", "dns.fail", Stage.NAME, {"host": "web"}),
    ("ssh: connect to host web port 22: No route to host", "tcp.fail", Stage.TCP, {"err": "No route to host"}),
    ("Connection timed out during banner exchange", "banner.timeout", Stage.BANNER, {}),
    ("kex_exchange_identification: Connection closed by remote host", "banner.closed", Stage.BANNER, {}),
    ("ssh_exchange_identification: read: Connection reset by peer", "banner.read", Stage.BANNER, {}),
    ("Unable to negotiate with 192.0.2.1 port 22: no matching cipher found. Their offer: 3des-cbc", "kex.nomatch",
     Stage.KEX,
     {"what": "cipher", "offer": "3des-cbc"}),
    ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", "hk.changed", Stage.HOSTKEY, {}),
    ("Offending ED25519 key in /h/.ssh/known_hosts:3", "hk.offending", Stage.START, {"line": "3"}),
    ("Host key verification failed.", "hk.failed", Stage.HOSTKEY, {}),
    ("me@web: Permission denied (publickey,password).", "au.denied", Stage.LOGIN,
     {"user": "me", "host": "web", "methods": "publickey,password"}),
    ("Permissions 0644 for '/h/my key' are too open.", "au.perms2", Stage.START, {"mode": "0644", "file": "/h/my key"}),
    ("Load key \"/h/id\": error in libcrypto", "au.loadkey", Stage.START, {"err": "error in libcrypto"}),
    ("Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures", "au.toomany", Stage.LOGIN, {}),
    ("This account is currently not available.", "se.nologin", Stage.START, {}),
    ("/h/.ssh/config: line 3: Bad configuration option: prot", "cfg.bad_option", Stage.START, {"line": "3"}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "id_", "stage", "groups"), LINES, ids=[row[1] for row in LINES])
def test_a_line_is_known(line: str, id_: str, stage: Stage, groups: dict[str, str]) -> None:
    log = sshlog.read(line + "\n")
    hit = log.first(id_)
    assert hit is not None, [found.text for found in log.words]
    assert {name: hit[name] for name in groups} == groups
    assert log.stage == stage


@pytest.mark.parametrize(
    "line",
    [
        "I said: debug was on",
        "Welcome! Connection established.",
        "SSH2_MSG_NEWKEYS received",
        "motd: Authentication succeeded (publickey).",
        "xx debug1 Connecting to web [192.0.2.1] port 22.",
        "He wrote: Permission denied (publickey).",
        "    Host key verification failed.",
    ],
)
def test_words_inside_a_stranger_s_sentence_prove_no_stage(line: str) -> None:
    assert sshlog.read(line + "\n").stage == Stage.START


def test_a_debug_line_begins_its_line() -> None:
    """ssh writes the level at the start of a line; a banner that quotes one proves nothing."""
    assert sshlog.read("motd: debug1: Authentication succeeded (publickey).\n").stage == Stage.START


def test_the_stage_is_the_furthest_anchor_not_the_last_line() -> None:
    log = sshlog.read("debug1: SSH2_MSG_NEWKEYS received\ndebug1: Connecting to h [192.0.2.1] port 22.\n")
    assert log.stage == Stage.LOGIN


def test_hits_are_numbered_by_their_line() -> None:
    log = sshlog.read("\n\nOpenSSH_9.2p1\n\ndebug1: Connection established.\n")
    hit = log.first("tcp.open")
    assert hit is not None
    assert hit.number == 5
    assert sshlog.quote((hit, hit, None)) == ("5: debug1: Connection established.",)


def state(log: Log) -> object:
    return (log.stage, log.count, [hit.text for hit in log.words], [hit.text for hit in log.last],
            {name: [hit.number for hit in log.all(name)] for name in (row[1] for row in LINES)})  # fmt: skip


SAMPLES = sorted(path.read_bytes() for path in LOGS.glob("*.log") if path.stat().st_size < 8000)[:12]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(SAMPLES), st.lists(st.integers(0, 8000), max_size=12))
def test_any_cut_of_the_bytes_reads_the_same(raw: bytes, cuts: list[int]) -> None:
    streamed = Log()
    places = [0, *sorted(cuts), len(raw)]
    for begin, end in pairwise(places):
        streamed.feed(raw[begin:end])
    streamed.close()
    assert state(streamed) == state(sshlog.read(raw))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=400), st.integers(1, 40))
def test_any_bytes_in_any_pieces_read_the_same(raw: bytes, size: int) -> None:
    streamed = Log()
    for begin in range(0, len(raw), size):
        streamed.feed(raw[begin : begin + size])
    streamed.close()
    assert state(streamed) == state(sshlog.read(raw))


NOISE: dict[str, bytes] = {
    "an endless line": b"x" * (5 << 20),
    "an endless debug line": b"debug1: Offering public key: " + b"k " * (5 << 19),
    "NUL bytes": b"\x00" * (5 << 20),
    "all bytes": bytes(range(256)) * (5 << 12),
    "ordinary lines": b"a program that says a word, and says it again: done\n" * 20_000 + b"far " * (1 << 20),
    "debug lines": (b"debug2: channel 0: window 1999 sent adjust 49153 " + b"of nothing " * 40 + b"\n") * 10_000,
    "escapes": b"\x1b[31m\x1b]0;" * (5 << 16),
    "beginnings of keys": (b"-----BEGIN RSA PRIVATE KEY-----" * 40 + b"\n") * 4000,
    "at signs": b"@" * 3000 + b"\n" + b"a@" * (5 << 19),
    "spaces": (b" " * 4000 + b"x\n") * 1300,
}


@pytest.mark.parametrize("name", NOISE)
def test_five_megabytes_of_noise_take_bounded_time_and_memory(name: str) -> None:
    log = Log()
    began = time.process_time()
    raw = NOISE[name]
    for begin in range(0, len(raw), 1 << 16):
        log.feed(raw[begin : begin + (1 << 16)])
    log.close()
    seconds = time.process_time() - began
    assert seconds < 15
    kept = [*log.words, *log.last]
    assert len(kept) <= sshlog.MOST_HITS + 8
    assert max((len(hit.text) for hit in kept), default=0) <= 4000
    assert len(pickle.dumps(log)) < 1 << 20


def test_one_kind_of_line_does_not_fill_the_memory() -> None:
    log = sshlog.read(b"debug1: Offering public key: k\n" * 5000 + b"debug1: Offering public key: last\n")
    found = log.all("auth.offer")
    assert len(found) == sshlog.MOST_HITS
    assert found[-1]["key"] == "last"


def test_a_log_with_windows_line_ends_reads_the_same() -> None:
    for raw in SAMPLES:
        plain = raw.replace(b"\r\n", b"\n")
        assert state(sshlog.read(plain.replace(b"\n", b"\r\n"))) == state(sshlog.read(plain))


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_key_between_the_lines_is_not_kept(kind: str, tmp_path: Path) -> None:
    """A person pastes what the terminal showed, and that may be a key: no row of it stays."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-m", "PEM", "-N", "", "-f", tmp_path / "id"], check=True, timeout=20
    )
    key = (tmp_path / "id").read_text()
    log = sshlog.read(f"debug1: Connection established.\n{key}bye\n")
    told = " ".join(hit.text for hit in (*log.words, *log.last))
    assert "bye" in told
    assert not [row for row in key.splitlines() if not row.startswith("-----") and row in told]


# ------------------------------------------------------------------ two runs in one text


def test_a_jump_host_s_lines_are_its_own() -> None:
    raw = (LOGS / "proxy-jump-target-auth-failed.log").read_bytes()
    hop, target = hops.split(raw)
    assert hop.stage >= Stage.SESSION
    assert not hop.has("au.denied")
    assert target.has("au.denied")
    assert target.stage == Stage.LOGIN


def test_a_hop_that_fails_leaves_the_target_without_a_banner() -> None:
    raw = (LOGS / "proxy-jump-auth-failed.log").read_bytes()
    hop, target = hops.split(raw)
    assert hop.has("au.denied")
    assert target.stage < Stage.KEX


@pytest.mark.parametrize("name", ["a single run", "two runs without a proxy", "no log", "nothing"])
def test_everything_else_is_one_log(name: str) -> None:
    raw = {
        "a single run": SAMPLES[0],
        "two runs without a proxy": b"OpenSSH_9.2p1, x\ndebug1: a\nOpenSSH_9.2p1, x\n",
        "no log": b"hello",
        "nothing": b"",
    }[name]
    assert len(hops.split(raw)) == 1


def test_the_numbers_of_two_logs_are_those_of_the_file() -> None:
    raw = (LOGS / "proxy-jump-target-auth-failed.log").read_bytes()
    rows = raw.decode().splitlines()
    for log in hops.split(raw):
        for hit in (*log.all("au.denied", "tcp.connecting", "auth.offer"), *log.words):
            assert hit.text.strip() == rows[hit.number - 1].strip()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([*SAMPLES[0].split(b"\n")[:20], b"OpenSSH_9.2p1, x", b"debug1: Executing proxy command: ssh"])
    )
)
def test_no_order_of_lines_breaks_the_split(rows: list[bytes]) -> None:
    heads = sum(row.startswith(b"OpenSSH_") for row in rows)
    assert 1 <= len(hops.split(b"\n".join(rows))) <= 1 + heads
