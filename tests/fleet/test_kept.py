"""A sweep on disk."""

from __future__ import annotations

import pytest

from sshwizard import paths
from sshwizard.exits import UsageError
from sshwizard.fleet import kept
from sshwizard.fleet.rows import Row


def test_what_is_left_are_the_hosts_without_a_row() -> None:
    folder = kept.create(["a", "b", "c"], ["-p", "22"])
    kept.add(folder, Row("b", "healthy"))
    again = kept.load("last")
    assert (again.folder, again.options, again.left) == (folder, ("-p", "22"), ("a", "c"))
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "sweep.jsonl")] == [0o700, 0o600]


def test_a_torn_last_line_is_a_host_that_is_looked_at_again() -> None:
    folder = kept.create(["a", "b"], [])
    kept.add(folder, Row("a", "healthy"))
    with (folder / "sweep.jsonl").open("a") as stream:
        stream.write('{"host": "b", "outc')
    assert kept.load(folder.name).left == ("b",)


def test_rows_that_follow_a_torn_line_are_not_lost() -> None:
    folder = kept.create(["a", "b", "c"], [])
    with (folder / "sweep.jsonl").open("a") as stream:
        stream.write('{"host": "a", "outc')
    kept.add(folder, Row("b", "healthy"))
    kept.add(folder, Row("c", "healthy"))
    assert kept.load(folder.name).left == ("a",)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "other/1", "hosts": [], "options": []}', "\x00\xff"])
def test_a_file_that_is_none_is_said_to_be_none(text: str) -> None:
    folder = kept.create(["a"], [])
    (folder / "sweep.jsonl").write_text(text)
    with pytest.raises(UsageError, match="holds no sweep"):
        kept.load(folder.name)


def test_a_name_that_no_sweep_has() -> None:
    paths.sweeps_dir()
    with pytest.raises(UsageError, match="no sweep is named 'nine'"):
        kept.load("nine")
