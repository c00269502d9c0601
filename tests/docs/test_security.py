"""Each promise of docs/security.md names a test, and the test exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
TEXT = (HOME / "docs" / "security.md").read_text("utf-8")
ROWS = [row for row in TEXT.splitlines() if row.startswith("| ") and not row.endswith("held by |")]
SHOWN = sorted(set(re.findall(r"`(tests/[^`]+::[^`]+)`", TEXT)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:42])
def test_a_promise_names_its_test(row: str) -> None:
    assert re.search(r"`tests/[^`]+::test_[^`]+` \|$", row)


@pytest.mark.parametrize("shown", SHOWN)
def test_what_holds_it_exists(shown: str) -> None:
    path, _, test = shown.partition("::")
    tree = ast.parse((HOME / path).read_text("utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_adversary_has_a_section() -> None:
    heads = set(re.findall(r"^## (.*)$", TEXT, re.M))
    assert len(heads) == 11
    assert len(ROWS) > 30
