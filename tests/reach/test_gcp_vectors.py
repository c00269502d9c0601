"""The saved questions with known answers."""

from __future__ import annotations

from typing import Any

import pytest

from reach.gcp_worlds import DOCUMENT, VECTORS, question
from sshwizard.reach.gcp import evaluate
from sshwizard.reach.gcp.document import answers


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['id']}: {vector['why']}")
def test_a_saved_question_gets_its_known_answer(vector: dict[str, Any]) -> None:
    said = evaluate(vector["effective"], question({**DOCUMENT["defaults"], **vector["request"]}))
    for name, wanted in vector["expect"].items():
        assert getattr(said, name) == wanted, said


def test_the_file_of_them_is_a_document() -> None:
    rows = answers(DOCUMENT)
    assert [row["id"] for row in rows] == [vector["id"] for vector in VECTORS]
    for row, vector in zip(rows, VECTORS, strict=True):
        assert list(row) == ["id", "action", "by"]
        assert row == row | vector["expect"]
