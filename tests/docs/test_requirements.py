"""docs/requirements.md is whole, names only what exists, and counts right."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from sshwizard import vocabulary

HOME = Path(__file__).resolve().parents[2]
TEXT = (HOME / "docs" / "requirements.md").read_text("utf-8")
KINDS = ("cause", "remedy", "check", "practice")
STATES = ("works", "in part", "not yet")
BESIDE = ("check.", "feature.", "advice.", "report.")
"""Families of what the product does beside causes and actions."""
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One requirement."""

    number: int
    kind: str
    text: str
    codes: tuple[str, ...]
    state: str
    missing: str
    shown: tuple[str, ...]


def rows() -> list[Row]:
    """Every requirement, in the order of the page."""
    found = []
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[0].isdigit():
            number, kind, text, codes, told, shown = cells
            state, _, missing = told.partition(": ")
            row = Row(int(number), kind, text, tuple(CODE.findall(codes)), state, missing, tuple(CODE.findall(shown)))
            found.append(row)
    return found


ROWS = rows()


def test_two_hundred_rows_without_a_gap() -> None:
    assert [row.number for row in ROWS] == list(range(1, 201))


def test_every_row_is_complete() -> None:
    for row in ROWS:
        assert row.kind in KINDS, row
        assert row.state in STATES, row
        assert row.text, row
        assert row.codes, row
        assert bool(row.missing) or row.state != "in part", f"{row.number} does not say what is missing"
        assert bool(row.shown) == (row.state != "not yet"), row


def test_every_code_exists() -> None:
    known = {*vocabulary.causes(), *vocabulary.actions()}
    lost = {code for row in ROWS for code in row.codes if code not in known and not code.startswith(BESIDE)}
    assert not lost


def test_the_table_counts_right() -> None:
    counted = Counter((row.kind, row.state) for row in ROWS)
    table = [[counted[kind, state] for state in STATES] for kind in KINDS]
    table.append([sum(column) for column in zip(*table, strict=True)])
    for name, numbers in zip((*KINDS, "all"), table, strict=True):
        assert f"| {name} | {sum(numbers)} | {' | '.join(map(str, numbers))} |" in TEXT


SHOWN = sorted({shown for row in ROWS for shown in row.shown})


@pytest.mark.parametrize("shown", SHOWN)
def test_what_shows_it_exists(shown: str) -> None:
    path, _, test = shown.partition("::")
    file = HOME / path
    assert file.is_file()
    assert path.startswith(("tests/", "screenshots/", "docs/"))
    if path.startswith("tests/"):
        assert test.partition("[")[0] in functions(file)


def functions(file: Path) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_")}


def test_what_shows_it_is_collected() -> None:
    """A renamed scenario must not stay in the page: pytest itself says which tests there are."""
    wanted = {shown for shown in SHOWN if "::" in shown}
    files = sorted({shown.partition("::")[0] for shown in wanted})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(command, cwd=HOME, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert wanted <= set(ran.stdout.splitlines())
