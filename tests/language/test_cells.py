"""Japanese in a terminal: letters of two cells, lines that break between letters, marks that begin or end no line."""

from __future__ import annotations

import pytest

from sshwizard.language.cells import is_wide, width, wrap


def test_width() -> None:
    assert width("ssh は") == 6
    assert width("web-1") == 5
    assert is_wide("は")
    assert not is_wide("é…")


@pytest.mark.parametrize("room", range(8, 40))
def test_no_line_begins_with_a_closing_mark_or_is_too_wide(room: int) -> None:
    text = "ssh は、ほかの人が読める秘密鍵を無視します（chmod 600 で直せます）。「鍵」を確認してください。"
    lines = wrap(text, room, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert width(line) <= room
        assert line[0] not in "、。）」"
        assert line[-1] not in "（「"


def test_a_word_stays_whole() -> None:
    assert wrap("鍵は /home/me/.ssh/id にあります", 20, 20) == ["鍵は", "/home/me/.ssh/id に", "あります"]
