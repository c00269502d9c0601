"""A saved question about AWS: what of it is wrong, in a sentence, and the paths that an answer holds."""

from __future__ import annotations

from typing import Any

import pytest

from reach.worlds import healthy
from sshwizard.reach.aws.document import BadDocument, answers


def asked(**changes: Any) -> dict[str, Any]:
    query = {"instance": "i-1", "source": "203.0.113.7", "port": 22, "client": "nat", **changes}
    return {"query": query, "world": healthy()}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"port": 65536}, "query.port is 65536, and must be a number from 1 to 65535"),
        ({"port": 0}, "query.port is 0, and"),
        ({"port": True}, "query.port is true, and"),
        ({"port": []}, "query.port is a list, and"),
        ({"port": {}}, "query.port is an object, and"),
        ({"client": "x" * 200}, f'query.client is "{"x" * 79}, and'),
        ({"source": "here"}, 'query.source is "here", and must be one IPv4 or IPv6 address'),
        ({"source": "0.1.2.3"}, "query.source is 0.1.2.3, from where no packet reaches an instance"),
        ({"instance": ""}, "query.instance is not the id of an instance"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_question_is_said(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadDocument) as bad:
        answers(asked(**changes))
    assert says in str(bad.value)


@pytest.mark.parametrize("port", [1, 65535])
def test_the_first_and_the_last_port_are_ports(port: int) -> None:
    (row,) = answers(asked(port=port))
    assert row["verdict"]
    assert "paths" not in row


def test_each_path_comes_with_its_verdict_where_paths_are_asked_for() -> None:
    (row,) = answers(asked(), with_paths=True)
    assert row["paths"]
    assert row["verdict"] in {path["verdict"] for path in row["paths"]}


def test_session_manager_needs_no_source() -> None:
    (row,) = answers({**asked(source="0.1.2.3"), "kind": "ssm"})
    assert row["verdict"]
