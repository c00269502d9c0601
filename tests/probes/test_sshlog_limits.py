"""What is kept of a log: how many lines, how long, in which order, and nothing of a secret."""

from __future__ import annotations

import pytest

from sshwizard.probes import sshlog
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import LONGEST, MOST_HITS, Log, waits_for_agent

OFFER = "debug1: Offering public key: /k/{} ED25519 SHA256:abc\n"
METHODS = "debug1: Authentications that can continue: publickey\n"


def test_of_one_kind_the_first_lines_and_the_newest_are_kept() -> None:
    assert MOST_HITS == 60
    log = sshlog.read("".join(OFFER.format(number) for number in range(MOST_HITS + 2)))
    kept = [hit["key"].split()[0] for hit in log.all("auth.offer")]
    assert kept == [*(f"/k/{number}" for number in range(MOST_HITS - 1)), f"/k/{MOST_HITS + 1}"]
    words = sshlog.read("".join(f"a word {number}\n" for number in range(MOST_HITS + 9))).words
    assert len(words) == MOST_HITS
    assert [hit.number for hit in words[:2]] == [1, 2]


def test_hits_of_several_kinds_come_in_the_order_of_lines() -> None:
    log = sshlog.read(OFFER.format(1) + METHODS + OFFER.format(2))
    assert [hit.number for hit in log.all("auth.methods", "auth.offer")] == [1, 2, 3]
    assert [hit.number for hit in log.all("auth.offer")] == [1, 3]
    newest, first = log.newest("auth.methods", "auth.offer"), log.first("auth.methods", "auth.offer")
    assert (newest and newest.number, first and first.number) == (3, 1)
    assert log.first("tcp.fail") is None


def test_a_line_is_kept_as_long_as_it_may_be_and_no_longer() -> None:
    for more in (0, 1):
        text = sshlog.read("a b." * (LONGEST // 4) + "." * more + "\n").last[-1].text
        assert len(text) == LONGEST
        assert text.endswith("…") is bool(more)


@pytest.mark.parametrize("said", ["password=hunter2", "key b3BlbnNzaC1rZXktdjEAAAAA"])
def test_a_recognised_line_holds_no_secret(said: str) -> None:
    log = sshlog.read(f"debug1: Sending command: run {said}\n")
    hit = log.first("session.command")
    assert hit
    assert "[secret]" in hit.text
    assert said.split()[-1] not in hit.text + hit["command"]


def test_a_plain_line_makes_no_verbose_log() -> None:
    assert sshlog.read("Permission denied, please try again.\n").verbose is False
    assert sshlog.read("debug1: no such words\n").verbose is True


def test_a_line_without_an_end_is_read_when_it_is_too_long() -> None:
    log = Log()
    log.feed(b"x" * 65_536)
    assert log.count == 0
    log.feed(b"x")
    assert log.count == 1


def test_a_pause_is_one_second() -> None:
    log = Log()
    for at in (0.0, 1.0, 1.5):
        log.feed(b"a\n", at)
    assert [(one.seconds, one.number) for one in log.pauses] == [(1.0, 1)]
    log.feed(b"")
    assert len(log.pauses) == 1


def test_the_agent_is_waited_for_at_its_turn_only() -> None:
    log = Log()
    assert waits_for_agent(log) is False
    log.feed(b"debug1: SSH2_MSG_NEWKEYS received\n")
    assert log.stage is Stage.LOGIN
    assert waits_for_agent(log) is True
    log.feed(METHODS.encode())
    assert waits_for_agent(log) is False
    log.feed(b"debug1: SSH2_MSG_SERVICE_ACCEPT received\ndebug1: Next authentication method: publickey\n")
    assert waits_for_agent(log) is True
    log.feed(OFFER.format(1).encode())
    assert waits_for_agent(log) is False


KEY = "-----BEGIN OPENSSH PRIVATE KEY-----", "c2VjcmV0", "-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize("rows", [KEY, (" ".join(KEY),), (KEY[2],)], ids=["rows", "one row", "only its end"])
def test_what_follows_a_key_is_read_again(rows: tuple[str, ...]) -> None:
    log = sshlog.read("\n".join((*rows, "a word", METHODS)))
    assert [hit.text for hit in log.words] == ["[secret]"] * (len(rows) - (len(rows) > 1)) + ["a word"]
    assert log.first("auth.methods")
    assert log.count == len(rows) + 2


def test_a_line_that_ssh_did_not_know_yet_is_its_own_all_the_same() -> None:
    log = sshlog.read("debug1: no such words\nno such words\n")
    assert [hit.number for hit in log.words] == [2]
    assert [hit.text for hit in log.last] == ["debug1: no such words", "no such words"]


def test_somebody_elses_line_proves_nothing_and_counts_where_it_may() -> None:
    log = Log()
    for row in ("", "debug1: Authentication succeeded (publickey).", "Permission denied, please try again.",
                "ssh: connect to host inner port 22: Connection refused"):  # fmt: skip
        log.hear(row)
    assert (log.stage, log.verbose, log.ids) == (Stage.START, False, ("tcp.fail",))
    assert [hit.number for hit in log.words] == [2, 3, 4]
    assert log.all("tcp.fail")[0].number == 4
    found = log.said("PLEASE try")
    assert found
    assert (found.number, log.said("not there")) == (3, None)


def test_a_line_that_the_caller_knows_for_no_message_is_only_a_word() -> None:
    log = Log()
    log.hear("ssh: connect to host inner port 22: Connection refused", known=False)
    assert (log.ids, len(log.words)) == ((), 1)


def test_evidence_is_one_line_a_number_and_no_more_than_asked_for() -> None:
    hits = sshlog.read("".join(OFFER.format(number) for number in range(9))).all("auth.offer")
    assert [row.partition(":")[0] for row in sshlog.quote([hits[4], None, *hits])] == ["5", "1", "2", "3", "4", "6"]
    assert len(sshlog.quote(hits, 2)) == 2


def test_bytes_that_bring_nothing_end_no_silence() -> None:
    log = Log()
    log.feed(b"debug1: a\n", at=10.0)
    log.feed(b"", at=10.5)
    log.feed(b"debug1: b\n")
    log.feed(b"debug1: c\n", at=11.0)
    log.feed(b"debug1: d\n", at=11.9)
    assert [(pause.seconds, pause.number, pause.after) for pause in log.pauses] == [(1.0, 2, "debug1: b")]
