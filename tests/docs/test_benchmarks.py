"""docs/benchmarks.md and its pictures are what was measured, and the table says what is missed and what broke."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
BENCHMARKS = HOME / "benchmarks"


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Some lines beside the benchmarks' own modules."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False, timeout=60)


def test_the_page_is_what_was_measured() -> None:
    command = [sys.executable, str(BENCHMARKS / "page.py"), "--check"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", sorted((HOME / "docs" / "curves").glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_is_whole_and_says_what_it_is(path: Path) -> None:
    picture = ElementTree.fromstring(path.read_text("utf-8"))
    words = "".join(picture.itertext())
    assert picture.get("aria-label")
    assert "prefers-color-scheme:dark" in words
    _, _, width, height = map(float, picture.get("viewBox", "").split())
    for text in picture.iter("{http://www.w3.org/2000/svg}text"):
        if text.get("x"):
            assert 0 <= float(text.get("x", "")) <= width
            assert 0 <= float(text.get("y", "")) <= height


ROWS = """
from figures import Figure
for one in (
    Figure("ratio", 3.0, "s", "it", 2.0, 1.5), Figure("ratio", 3.1, "s", "it", 2.0, 1.5),
    Figure("more", 2.1, "s", "it", 2.0, 0.15, "more"), Figure("more", 2.2, "s", "it", 2.0, 0.15, "more"),
    Figure("most", 250, "MB", limit=250, of="most"), Figure("most", 251, "MB", limit=250, of="most"),
    Figure("least", 25, "MB/s", limit=25, of="least"), Figure("least", 24.9, "MB/s", limit=25, of="least"),
    Figure("no limit", 9, "s"), Figure("not there", None, "ms", "no browser", limit=1, of="most"),
):
    print(one.cells()[-1], one.held)
"""


def test_a_limit_is_held_or_missed() -> None:
    told = python(ROWS).stdout.split("\n")[:-1]
    assert told == ["ok True", "MISSED False"] * 4 + ["- True"] * 2


def test_a_benchmark_that_breaks_is_a_row_that_says_so(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from table import run; print(run('nothing', (), Path(sys.argv[1])))"
    told = python(code, str(tmp_path / "kept.json")).stdout
    assert "nothing FAILED" in told
    assert "can't open file" in told


def test_a_whole_benchmark_gives_rows_that_are_kept(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from table import run; print(run('plan', ('200',), Path(sys.argv[1])))"
    )
    ran = python(code, str(tmp_path / "kept.json"))
    kept = json.loads((tmp_path / "kept.json").read_text())
    assert "plan of 200 instances" in ran.stdout, ran.stderr
    assert [count for count, _ in kept["curves"][0]["series"]["sshwizard"]] == [2, 20, 200]
