"""The rows of the tree in view: what stays folded, and what waits so that nothing moves above the cursor."""

from __future__ import annotations

import os
import threading
import time

import pytest
from textual import constants
from textual.content import Content

from sshwizard.fronts.tui.folding import Folding
from sshwizard.fronts.tui.listening import Listening
from sshwizard.fronts.tui.look import Quoted, Sheet, made
from sshwizard.fronts.tui.row import Row


def row(name: str, *under: Row, opened: bool = False, text: str = "") -> Row:
    return Row((name,), text or name, foldable=bool(under), open=opened, under=under)


def names(tree: Folding) -> list[str]:
    return ["  " * branch.depth + branch.row.text for branch in tree.lines]


def test_what_is_open_shows_what_is_under_it() -> None:
    tree = Folding()
    tree.take([row("a", row("a1"), opened=True), row("b", row("b1")), row("c")], (), None)
    assert names(tree) == ["a", "  a1", "b", "c"]
    assert [branch.line for branch in tree.lines] == [0, 1, 2, 3]


def test_a_row_keeps_its_fold_until_the_walk_opens_or_shuts_it() -> None:
    tree = Folding()
    rows = [row("a", row("a1"), opened=True), row("b", row("b1"))]
    tree.take(rows, (), None)
    for branch in tree.lines:
        branch.open = not branch.open
    tree.take(rows, (), None)
    assert names(tree) == ["a", "b", "  b1"]
    tree.take([row("a", row("a1")), row("b", row("b1"), opened=True)], (), None)
    tree.take([row("a", row("a1"), opened=True), row("b", row("b1"))], (), None)
    assert names(tree) == ["a", "  a1", "b"]
    tree.take([row("a", row("a1"))], {("a",)}, None)
    assert names(tree) == ["a", "  a1"], "the person had opened it"


def test_nothing_comes_in_or_folds_above_the_row_that_is_held() -> None:
    tree = Folding()
    tree.take([row("a", row("a1"), opened=True), row("b", row("b1")), row("c", row("c1"), opened=True)], (), None)
    held = tree.find(("c",))
    later = [
        row("a", row("a0"), row("a1", text="a1 known"), opened=True),
        row("b", row("b1"), opened=True),
        row("c", row("c1"), row("c2"), opened=True),
    ]
    tree.take(later, (), held)
    assert names(tree) == ["a", "  a1 known", "b", "c", "  c1", "  c2"]
    assert tree.owes
    tree.take(later, (), None)
    assert names(tree) == ["a", "  a0", "  a1 known", "b", "  b1", "c", "  c1", "  c2"]
    assert not tree.owes
    assert tree.find(("c",)) is held


def test_lines_are_made_only_when_they_come_into_view() -> None:
    sheet = Sheet(30)
    sheet.quote(["fits", "x" * 40, "日本語" * 4], "bold", indent=2)
    lazy = [isinstance(line, Quoted) for line in sheet.lines]
    assert lazy == [True, False, False, True]
    plainly = Sheet(30)
    for text in ("fits", "x" * 40, "日本語" * 4):
        plainly.show(text, "bold", indent=2)
    assert [made(line) for line in sheet.lines] == plainly.lines
    assert sheet.content() == Content("\n").join(map(made, plainly.lines))


def _told(*typed: bytes) -> list[str]:
    """The keys that the thread at the keyboard tells of what is typed, the pieces one right after the other."""
    reads, writes = os.pipe()
    driver = object.__new__(Listening)
    driver._debug, driver.fileno, driver.exit_event = False, reads, threading.Event()
    told: list[str] = []
    driver.process_message = lambda message: told.append(message.key)  # type: ignore[method-assign,attr-defined]
    reader = threading.Thread(target=driver.run_input_thread, daemon=True)
    reader.start()
    for piece in typed:
        os.write(writes, piece)
    time.sleep(constants.ESCAPE_DELAY + 0.05)
    os.close(writes)
    reader.join(5)
    os.close(reads)
    return told


def test_esc_is_told_when_its_wait_is_over_and_begins_sequences_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.02)  # Textual's poll every 100 ms would come too late
    assert _told(b"\x1b") == ["escape"]
    assert _told(b"\x1b[A", "é".encode()) == ["up", "é"]
    assert _told(b"\x1b", b"[A") == ["up"]
    assert _told(b"a\x1b") == ["a", "escape"]
