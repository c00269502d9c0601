"""Nothing from outside passes the border with a control character, an invisible one, or a secret."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command import harmful
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard import clean

NASTY = (
    "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1b", "\x9b31m", "\r", "\n", "\t", "\x00", "\x7f",
    "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u2028", "\u00ad", "\u061c", "\u180e", "\U000e0041", "\ud800",
    "\udcff",
)  # fmt: skip

hostile = st.lists(st.one_of(st.sampled_from(NASTY), st.text(), st.characters())).map("".join)
bounded = settings(max_examples=150, deadline=None, derandomize=True)


@bounded
@given(hostile)
def test_a_line_holds_no_harmful_character(text: str) -> None:
    assert harmful(clean.line(text)) == []


@pytest.mark.parametrize("piece", NASTY, ids=ascii)
def test_each_harmful_piece_is_taken_out(piece: str) -> None:
    assert harmful(clean.line(f"before{piece}after")) == []


@bounded
@given(hostile, st.integers(2, 60))
def test_a_line_is_no_longer_than_asked(text: str, longest: int) -> None:
    assert len(clean.line(text, longest)) <= longest


@bounded
@given(hostile)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean.line(text)
    assert clean.line(once) == once


@bounded
@given(hostile, st.integers(1, 10))
def test_many_lines_are_each_harmless_and_few(text: str, most: int) -> None:
    kept = clean.lines(text, most)
    assert len(kept) <= most
    assert all(kept)
    assert [harmful(row) for row in kept] == [[] for _ in kept]


@bounded
@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S"))))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    told = clean.line(text)
    assert told == text.strip() or "[secret]" in told or len(text) > clean.LONGEST


def test_letters_of_every_language_stay() -> None:
    assert clean.line("Schlüssel für приложение 鍵 مفتاح 🔑") == "Schlüssel für приложение 鍵 مفتاح 🔑"


SECRETS = {
    "a presigned address": ("https://b.example/k?X-Amz-Signature=abc123def&X-Amz-Date=1", "abc123def"),
    "a session token": ("?X-Amz-Security-Token=FQoGZXIvYXdz%2F", "FQoGZXIvYXdz"),
    "a credential": ("X-Amz-Credential=AKIAEXAMPLE/2026/eu-west-1", "AKIAEXAMPLE"),
    "a password": ("proxy --user x --password=hunter2 host", "hunter2"),
    "a passphrase": ("PASSPHRASE=correct-horse ssh-add", "correct-horse"),
    "a token": ("GET /?token=s3cr3t HTTP/1.1", "s3cr3t"),
    "an escape inside the word": ("pass\x1b[0mword=hunter2", "hunter2"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_does_not_pass(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret not in clean.line(text)
    assert secret not in " ".join(clean.lines(text))


@pytest.fixture(scope="module", params=["ed25519", "pem"])
def private_key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("key") / "id"
    kind = ("-t", "ed25519") if request.param == "ed25519" else ("-t", "rsa", "-b", "2048", "-m", "PEM")
    subprocess.run(["ssh-keygen", "-q", *kind, "-N", "", "-f", path], check=True, timeout=20)
    return path.read_text()


def body(key: str) -> list[str]:
    """The lines of a private key that nobody may see."""
    return [row for row in key.splitlines() if not row.startswith("-----")]


def test_a_private_key_in_one_text_is_gone(private_key: str) -> None:
    told = clean.secrets(f"before\n{private_key}after")
    assert "before" in told
    assert "after" in told
    assert not [row for row in body(private_key) if row in told]


def test_a_private_key_read_line_by_line_is_gone(private_key: str) -> None:
    told = " ".join(clean.lines(f"before\n{private_key}after\n", 200))
    assert "before" in told
    assert not [row for row in body(private_key) if row in told]


def test_a_private_key_that_was_cut_off_is_gone(private_key: str) -> None:
    cut = private_key[: len(private_key) // 2]
    told = clean.secrets(cut)
    assert not [row for row in body(cut) if row in told]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (rb"debug1: \303\244pfel", "debug1: äpfel"),
        (rb"\360\237\224\221 key", "🔑 key"),
        (rb"plain", "plain"),
        (rb"\303 alone", "\ufffd alone"),
        (rb"\999 is no escape", r"\999 is no escape"),
        (rb"C:\057", "C:/"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_octal_escapes_become_letters(raw: bytes, text: str) -> None:
    assert clean.decode(raw) == text


@bounded
@given(st.binary())
def test_any_bytes_become_text(raw: bytes) -> None:
    assert harmful(clean.line(clean.decode(raw))) == []


def test_an_escape_that_octal_hid_is_taken_out(tmp_path: Path) -> None:
    assert harmful(clean.line(clean.decode(rb"\033[31mred\007"))) == []
