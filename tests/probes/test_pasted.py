"""Texts as people paste them: whatever stands around a message, it is the same; no imitation is believed."""

from __future__ import annotations

import asyncio
import codecs
import json
import random
from pathlib import Path

import pytest
from tree.serverwords import SERVER_LOGS

from sshwizard.model import Attempt
from sshwizard.probes import pasted, sshlines
from sshwizard.probes.run import Run
from sshwizard.runner import Runner
from sshwizard.verdict import Verdict

from .messages import MESSAGES
from .pastes import DRESSES, LINES

LOGS = Path(__file__).parents[1] / "data" / "logs"
REFUSED = "auth-shell-missing"
WORKED = "ok--ssh-9.2deb12u10"


def log(name: str) -> bytes:
    return (LOGS / f"{name}.log").read_bytes()


def explained(raw: bytes) -> tuple[Verdict, tuple[Attempt, ...]]:
    """What is said about a text, and the attempts in it."""

    async def both() -> tuple[Verdict, tuple[Attempt, ...]]:
        runner = Runner.of_text(raw, "text")
        return await runner.walk(), await runner.attempts()

    return asyncio.run(both())


def cause(raw: bytes | str) -> str:
    found, _ = explained(raw.encode() if isinstance(raw, str) else raw)
    return found.root.cause if found.root else found.outcome


# ------------------------------------------------------------------ one text, one cause


@pytest.mark.parametrize("text", LINES, ids=lambda text: text[-40:])
def test_a_pasted_text_has_its_cause(text: str) -> None:
    assert cause(text) == LINES[text]


def test_every_message_has_a_sample() -> None:
    assert set(MESSAGES) == {id_ for id_, _ in sshlines.plain().rows}


@pytest.mark.parametrize("id_", MESSAGES)
def test_a_message_alone_leads_to_its_cause(id_: str) -> None:
    text, wanted = MESSAGES[id_]
    found, _ = explained(f"{text}\n".encode())
    assert (found.root.cause if found.root else "") == wanted


ALONE = {
    "ssh: connect to host web port 22: Connection refused": "network.port-refused",
    "me@web: Permission denied (publickey).": "auth.key-rejected",
    "Host key verification failed.": "hostkey.unknown",
    "ssh: Could not resolve hostname web: Name or service not known": "dns.name-not-found",
    "kex_exchange_identification: Connection closed by remote host": "kex.closed-before-banner",
}


@pytest.mark.parametrize("dress", DRESSES)
def test_what_stands_around_a_line_does_not_matter(dress: str) -> None:
    for text, wanted in ALONE.items():
        assert cause(DRESSES[dress].format(text) + "\n") == wanted, text


ENCODED = {
    "UTF-16": codecs.BOM_UTF16_LE + log(REFUSED).decode().encode("utf-16-le"),
    "UTF-16, the other order": codecs.BOM_UTF16_BE + log(REFUSED).decode().encode("utf-16-be"),
    "UTF-16 without a mark": log(REFUSED).decode().encode("utf-16-le"),
    "UTF-8 with a mark": codecs.BOM_UTF8 + log(REFUSED),
    "lone carriage returns": log(REFUSED).replace(b"\r\n", b"\r"),
    "line feeds": log(REFUSED).replace(b"\r\n", b"\n"),
    "a fence in a ticket": b"Hello, it fails:\n```\n" + log(REFUSED).replace(b"\r", b"") + b"```\nThanks\n",
    "JSON": b"fatal: [web]: UNREACHABLE! => "
    + json.dumps({"msg": "Failed to connect to the host via ssh: " + log(REFUSED).decode()}).encode(),
}


@pytest.mark.parametrize("form", ENCODED)
def test_a_log_in_another_form_reads_the_same(form: str) -> None:
    found, attempts = explained(ENCODED[form])
    assert found.root is not None
    assert found.root.cause == "auth.key-rejected"
    assert len(attempts) == 1
    assert attempts[0].host


PREFIXES = [form for form in DRESSES.values() if form.endswith("{}")]


@pytest.mark.parametrize("form", PREFIXES)
def test_a_log_whose_every_line_is_prefixed_reads_the_same(form: str) -> None:
    for name in (REFUSED, "kex-no-common-cipher", "proxy-jump-auth-failed", "banner-silent", "auth-keyfile-crlf"):
        rows = log(name).decode().splitlines()
        assert cause("\n".join(form.format(row) for row in rows) + "\n") == cause(log(name)), name


# ------------------------------------------------------------------ imitations


def test_a_line_in_another_dress_is_a_stranger_s() -> None:
    """A server's banner may say anything; ssh's own lines end with a carriage return, and wear what all wear."""
    proof = b"debug1: Authentication succeeded (publickey)."
    rows = log(REFUSED).split(b"\n")
    endings = b"\n".join((*rows[:-4], proof, b'Authenticated to web ([192.0.2.1]:22) using "none".', *rows[-4:]))
    assert cause(endings) == "auth.key-rejected"
    quoted = [b"> " + row.rstrip(b"\r") for row in rows]
    assert cause(b"\n".join((*quoted[:-4], proof, *quoted[-4:]))) == "auth.key-rejected"
    assert cause(b"\n".join((*quoted[:-4], b"motd: " + proof, *quoted[-4:]))) == "auth.key-rejected"


@pytest.mark.parametrize(
    "text",
    [
        "He wrote: Permission denied (publickey).",
        "the box printed Host key verification failed. yesterday",
        "kernel panic=10",
        "Mar  4 09:15:02 web operator: Out of memory: Killed process 42 on user request",
        "Mar  4 09:15:02 web operator: time reset",
        "killed process 42 on user request",
        "hello",
        "bash: frobnicate: command not found",
    ],
)
def test_words_in_a_sentence_are_no_evidence(text: str) -> None:
    assert cause(f"{text}\n") == "inconclusive"


# ------------------------------------------------------------------ several attempts


def test_a_later_success_of_the_same_host_is_what_counts() -> None:
    found, attempts = explained(log(REFUSED) + log(WORKED))
    assert found.outcome == "healthy"
    assert [one.outcome for one in attempts] == ["failed", "healthy"]
    assert [one.judged for one in attempts] == [False, True]
    assert attempts[0].cause == "auth.key-rejected"


def test_the_last_failing_attempt_is_judged() -> None:
    raw = (
        b"ssh: connect to host web-1 port 22: Connection refused\r\n"
        b"ssh: connect to host web-2 port 22: Connection timed out\r\n"
        b"me@web-3: Permission denied (publickey).\r\n"
    )
    found, attempts = explained(raw)
    assert found.root is not None
    assert found.root.cause == "auth.key-rejected"
    assert [(one.host, one.cause, one.line) for one in attempts] == [
        ("web-1", "network.port-refused", 1),
        ("web-2", "network.no-answer", 2),
        ("web-3", "auth.key-rejected", 3),
    ]


def test_prompts_part_attempts() -> None:
    raw = (
        b"$ ssh web-1\nssh: connect to host web-1 port 22: Connection refused\n"
        b"dana@laptop:~$ ssh -p 2222 me@web-2\nme@web-2: Permission denied (publickey).\n"
        b"$ ssh web-1\nLast login: Mon\nConnection to web-1 closed.\n"
    )
    found, attempts = explained(raw)
    assert [(one.host, one.outcome) for one in attempts] == [
        ("web-1", "failed"), ("web-2", "failed"), ("web-1", "healthy"),
    ]  # fmt: skip
    assert found.root is not None
    assert found.root.cause == "auth.key-rejected"
    assert [one.host for one in attempts if one.judged] == ["web-2"]


def test_a_jump_host_is_a_hop_and_no_attempt() -> None:
    for name in ("proxy-jump-auth-failed", "proxy-jump-target-auth-failed", "proxy-jump-nodns"):
        _, attempts = explained(log(name))
        assert len(attempts) == 1, name
    plain = b"ssh: connect to host jump port 22: Connection refused\nConnection closed by UNKNOWN port 65535\n"
    found, attempts = explained(plain)
    assert len(attempts) == 1
    assert found.root is not None
    assert found.root.cause == "proxy.jump-unreachable"


def test_any_two_logs_are_two_attempts() -> None:
    names = [path.stem for path in sorted(LOGS.glob("*.log"))]
    alone = {name: cause(log(name)) for name in names}
    chance = random.Random(7)
    failing = [name for name in names if alone[name] not in {"healthy", "inconclusive"}]
    for _ in range(60):
        first, second = chance.choice(names), chance.choice(failing)
        assert cause(log(first) + log(second)) == alone[second], (first, second)


def test_ten_thousand_attempts_are_listed_as_the_newest_hundred() -> None:
    rows = b"".join(b"ssh: connect to host h%d port 22: Connection refused\r\n" % n for n in range(10_000))
    found, attempts = explained(rows)
    assert found.outcome == "failed"
    assert len(attempts) == 100
    assert attempts[-1].host == "h9999"
    assert attempts[-1].judged


def test_no_text_no_attempts() -> None:
    assert explained(b"")[1] == ()
    assert explained(SERVER_LOGS["auth.user-unknown"].encode())[1] == ()


# ------------------------------------------------------------------ client and server together

SERVER = (
    "Mar  4 09:15:02 web-1 sshd[901]: Connection from 192.0.2.7 port 50122 on 198.51.100.4 port 22\n"
    "Mar  4 09:15:02 web-1 sshd[901]: User dana from 192.0.2.7 not allowed because not listed in AllowUsers\n"
    "Mar  4 09:16:02 web-1 sshd[902]: Invalid user admin from 203.0.113.9 port 40000\n"
)
CLIENT = "dana@web-1: Permission denied (publickey).\n"


@pytest.mark.parametrize("text", [CLIENT + SERVER, SERVER + "\n" + CLIENT], ids=["client first", "server first"])
def test_the_server_s_words_decide_between_look_alikes(text: str) -> None:
    found, _ = explained(text.encode())
    assert found.root is not None
    assert (found.root.cause, found.root.confidence) == ("auth.user-not-allowed", "certain")
    lines = " ".join(line for seen in found.root.evidence for line in seen.lines)
    assert "AllowUsers" in lines
    assert "Permission denied" in lines


def test_another_account_s_trouble_decides_nothing() -> None:
    assert cause(CLIENT.replace("dana", "sam") + SERVER) == "auth.key-rejected"


def test_a_server_s_noise_does_not_spoil_a_success() -> None:
    assert cause(log(WORKED) + SERVER.encode()) == "healthy"


# ------------------------------------------------------------------ what is no text


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"", "empty"), (b"\x1f\x8b\x08" + b"x" * 90, "compressed"), (b"\x00\x01\x02\x03" * 500, "binary")],
    ids=["empty", "gzip", "binary"],
)
def test_what_is_no_text_is_called_so(raw: bytes, words: str) -> None:
    assert words in Run.of_text(raw).odd
    assert cause(raw) == "inconclusive"


@pytest.mark.parametrize("size", [1, 7, 4096, 100_000])
def test_any_pieces_read_the_same(size: int) -> None:
    for raw in (log(REFUSED), log("proxy-jump-auth-failed"), SERVER.encode(), ENCODED["UTF-16"], ENCODED["JSON"]):
        whole, cut = pasted.read(raw), pasted.read(raw[at : at + size] for at in range(0, len(raw), size))
        assert cut.number == whole.number
        assert cut.server.words() == whole.server.words()
        assert cut.attempts.count == whole.attempts.count


@pytest.mark.parametrize("said", ["read from master failed: Broken pipe", "master alive request failed"])
def test_a_shared_connection_that_hangs_up_is_trouble(said: str) -> None:
    text = f"mux_client_request_session: {said}"
    assert cause(text) == "config.control-socket-stale"
    assert cause(log(WORKED).replace(b"\n", f"\n{text}\r\n".encode(), 1)) == "healthy"  # ssh connected by itself


NOISE = b"".join(
    b"Mar  4 09:15:02 web-1 app[%d]: request %x of worker %d took %d ms\n" % (n, n**9, n % 7, n) for n in range(1200)
)


@pytest.mark.parametrize("text", LINES, ids=lambda text: text[-40:])
def test_in_a_large_log_no_message_is_passed_over(text: str) -> None:
    whole = pasted.read(NOISE + text.encode() + b"\n" + NOISE)
    alone = pasted.read(text.encode() + b"\n")
    assert whole.number == alone.number + 2 * NOISE.count(b"\n")
    assert [word.code for word in whole.server.words()] == [word.code for word in alone.server.words()]
    assert set(whole.named) == set(alone.named)
    kept = [paste.attempts.chosen() for paste in (whole, alone)]
    assert len({one and (one.host, one.how, one.log.ids) for one in kept}) == 1
