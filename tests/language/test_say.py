"""A rendered sentence is found again: as it stands, by its template, in parts; what is not ours stays."""

from __future__ import annotations

import time

import pytest

from sshwizard.language.catalogue import Catalogue, catalogue, pieces
from sshwizard.language.template import Template

MESSAGES = {
    "Does {host} answer on port {port}?": "{host} はポート {port} で応答しますか？",
    "{addr} port {port} accepted the connection": "{addr} ポート {port} が接続を受け付けました",
    "Not known: {step} {says}": "不明: {step} {says}",
    "the server": "サーバー",
    "client": "手元",
    "ssh works": "ssh は動作しています",
    "mode {mode}": "モード {mode}",
    "the answer is {word}": "答えは{word}",
    "{title}: proved": "{title}: 証明済み",
    "Look inside": "内部を調べる",
    "{a} of {b}": "{b} の {a}",
}


@pytest.fixture(scope="module")
def japanese() -> Catalogue:
    return Catalogue(MESSAGES)


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("ssh works", "ssh は動作しています"),
        ("ssh works.", "ssh は動作しています。"),
        ("  Ssh works.", "  ssh は動作しています。"),
        ("Does web-1 answer on port 22?", "web-1 はポート 22 で応答しますか？"),
        ("Does client answer on port 22?", "client はポート 22 で応答しますか？"),
        ("Does the server answer on port 22?", "サーバーはポート 22 で応答しますか？"),
        (
            "Not known: Does web-1 answer on port 22? 10.0.0.1 port 22 accepted the connection",
            "不明: web-1 はポート 22 で応答しますか？10.0.0.1 ポート 22 が接続を受け付けました",
        ),
        ("the answer is client", "答えは手元"),
        ("Look inside: proved", "内部を調べる: 証明済み"),
        ("/home/me/key: mode 0644 (ssh works)", "/home/me/key: モード 0644（ssh は動作しています）"),
        ("debug1: Offering public key: /home/me/.ssh/id", "debug1: Offering public key: /home/me/.ssh/id"),
        ("", ""),
    ],
)
def test_said(japanese: Catalogue, english: str, told: str) -> None:
    assert japanese.say(english) == told


def test_what_stands_in_a_gap_is_taken_along_to_the_letter() -> None:
    template = Template("{path}: mode {mode}, not {{x}}", "{mode} ({path}) {{x}}")
    assert template.match("/a{b}: mode 0644, not {x}") == ["/a{b}", "0644"]
    assert template.fill({"path": "/a{b}", "mode": "0644"}) == "0644 (/a{b}) {x}"
    assert template.match("/a: mode 0644") is None


def test_lines_that_only_the_width_broke_are_one_message() -> None:
    text = f"{'word ' * 14}and\nmore of it.\nexamples:\n  sshwizard web-1     the host"
    assert pieces(text) == [
        f"{'word ' * 14}and more of it.", "\n", "examples:", "\n", "  ", "sshwizard web-1", "     ", "the host",
    ]  # fmt: skip


def test_a_thousand_sentences_are_said_in_no_time() -> None:
    """Each is another one, and made from another template of the Japanese catalogue."""
    known = catalogue("ja")
    templates = [one for rows in known._by_word.values() for one in rows]
    sentences = [
        "".join(
            part for pair in zip(one.pieces, [f"web-{number}"] * len(one.names) + [""], strict=True) for part in pair
        )
        for number, one in enumerate((templates * 3)[:1000])
    ]
    known.say("warm")
    started = time.process_time()
    for sentence in sentences:
        known.say(sentence)
    assert time.process_time() - started < 0.4  # 0.05 s where nothing else runs
