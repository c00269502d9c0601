"""The saved questions with known answers, and what is said beside the codes."""

from __future__ import annotations

from typing import Any

import pytest

from reach.worlds import VECTORS, question, told
from sshwizard.reach.aws import World, evaluate
from sshwizard.reach.aws.document import answers

SETS = ("blockers", "unknown", "partial", "warnings")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['id']} {vector['title']}")
def test_a_saved_question_gets_its_known_answer(vector: dict[str, Any]) -> None:
    said = told(evaluate(World(vector["world"]), question(vector)))
    for name, wanted in vector["expect"].items():
        assert getattr(said, name) == (set(wanted) if name in SETS else wanted), name


def test_the_file_of_them_is_a_document() -> None:
    rows = answers({"format": "sshwizard-reachability-vectors/1", "vectors": VECTORS})
    assert [row["id"] for row in rows] == [vector["id"] for vector in VECTORS]
    for row, vector in zip(rows, VECTORS, strict=True):
        assert list(row) == ["id", "verdict", *SETS, "endpoint"]
        for name, wanted in vector["expect"].items():
            assert row[name] == (sorted(wanted) if name in SETS else wanted)
