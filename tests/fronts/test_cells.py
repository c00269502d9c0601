"""Text is laid out in cells: Japanese, emoji, combining and hidden marks, in every helper and at every width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.look import Look, Sheet, made

PIECES = (
    "web-1", "東京", "データベース", "踏み台", "「本番」", "。", "é", "e\u0301", "\u0301", "\u200b", "\u200d", "\ufe0f",
    "👍", "👨\u200d👩\u200d👧", "☁\ufe0f", "한글", "שלום", "مرحبا", "\u202e", "\u2066", " ", "  ", "a" * 30,
    "界" * 30, "ﾊﾝｶｸ", "ก็", "…",
)  # fmt: skip
TEXT = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=60)).map(look.outside)
"""What comes to a pane has passed the border."""
ROOM = st.integers(min_value=0, max_value=70)


@pytest.fixture(autouse=True)
def unicode_terminal() -> Iterator[None]:
    before, Look.ascii_only = Look.ascii_only, False
    yield
    Look.ascii_only = before


def letters(text: str) -> str:
    return "".join(text.split())


@given(TEXT, ROOM)
@settings(max_examples=300, deadline=None)
@example("界", 1)
@example("界界", 3)
@example("a\u0301b", 1)
def test_what_is_cut_fits_and_no_letter_is_split(text: str, room: int) -> None:
    shown = look.cut(text, room)
    assert cell_len(shown) <= room
    if shown != text and room:
        kept = shown.removesuffix("…")
        assert text.startswith(kept)
        rest = text[len(kept) :]
        assert cell_len(rest[:1]) or not kept or kept == text, "a mark was torn from its letter"


@given(TEXT, ROOM)
@settings(max_examples=200, deadline=None)
def test_padding_fills_the_cells_exactly(text: str, room: int) -> None:
    assert cell_len(look.pad(text, room)) == room


@given(TEXT, st.integers(min_value=2, max_value=70), st.integers(min_value=2, max_value=70))
@settings(max_examples=400, deadline=None)
def test_wrapped_lines_fit_and_lose_nothing(text: str, first: int, rest: int) -> None:
    lines = look.wrap(text, first, rest)
    for number, line in enumerate(lines):
        assert cell_len(line) <= (first if number == 0 else max(first, rest)) or cell_len(line[:1]) > rest
    assert letters("".join(lines)) == letters(text)


@given(TEXT, TEXT, st.integers(min_value=0, max_value=90), st.integers(min_value=0, max_value=40))
@settings(max_examples=400, deadline=None)
def test_no_line_of_a_sheet_is_wider_than_its_pane(text: str, other: str, width: int, indent: int) -> None:
    sheet = Sheet(width)
    sheet.say(text, "bold", indent=indent)
    sheet.say(text, indent=indent, lead=other, lead_style="bold")
    sheet.pair(Content(text), other, "bold")
    sheet.heading(text or other)
    sheet.blank()
    sheet.quote([text, other], "bold", indent=indent)
    for line in map(made, sheet.lines):
        assert line.cell_length <= sheet.width, line.plain


@given(TEXT, TEXT)
@settings(max_examples=200, deadline=None)
def test_a_pair_ends_at_the_right_edge(left: str, right: str) -> None:
    sheet = Sheet(40)
    sheet.pair(Content(left), right, "")
    assert made(sheet.lines[-1]).cell_length == 40


@pytest.mark.parametrize(
    ("text", "cells"),
    [("☁\ufe0f", 1), ("👨\u200d👩", 5), ("e\u0301", 1), ("\u202eabc\u202c", 4), ("データ", 6), ("ﾊﾟ", 2)],
)
def test_the_border_leaves_only_letters_whose_width_every_terminal_knows(text: str, cells: int) -> None:
    assert cell_len(look.outside(text)) == cells


def test_japanese_is_broken_between_letters_but_not_before_a_full_stop() -> None:
    text = "この鍵は他の人にも読めるので、sshは使いません。「本番」の鍵です。"
    lines = look.wrap(text, 20, 20)
    assert all(18 <= cell_len(line) <= 20 for line in lines[:-1]), lines
    assert not any(line[0] in "。、」" or line[-1] == "「" for line in lines)
    assert "".join(lines) == text
    assert any("ssh" in line for line in lines), "a Latin word stays whole"


def test_a_short_word_shares_its_line_with_japanese() -> None:
    assert look.wrap("web-1 は東京にあるサーバです", 16, 16)[0].startswith("web-1 は")
