"""docs/reach.md: its tables are those of the code, and its example says what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from command import sshwizard

from sshwizard.reach.aws.answer import Miss
from sshwizard.reach.aws.codes import KINDS, meaning
from sshwizard.reach.aws.query import EPHEMERAL
from sshwizard.reach.aws.world import OPTIONAL

PAGE = (Path(__file__).parents[2] / "docs" / "reach.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_every_code(kind: str) -> None:
    part = PAGE.partition(f"### {kind.capitalize()}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+) \|$", part, re.M)
    assert dict(rows) == KINDS[kind]
    assert len(rows) == len(KINDS[kind])


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_the_example_says_what_the_page_says(cloud: str, tmp_path: Path) -> None:
    before, _, after = PAGE.partition(f"$ sshwizard reach {cloud} question.json\n")
    (tmp_path / "question.json").write_text(re.findall(r"```json\n(.*?)```", before, re.S)[-1])
    ran = sshwizard("reach", cloud, tmp_path / "question.json")
    assert (ran.code, json.loads(ran.out)) == (0, json.loads(after.partition("\n")[0]))


def test_the_page_names_near_misses_ports_and_lists() -> None:
    for word in (*get_args(Miss), *EPHEMERAL, *OPTIONAL):
        assert f"`{word}`" in PAGE, word
    for low, high in EPHEMERAL.values():
        assert f"{low}-{high}" in PAGE


@pytest.mark.parametrize(
    ("kind", "code", "known"),
    [
        ("blockers", "instance.stopped", True),
        ("blockers", "vpce.ssmmessages_sg_denies_443", True),
        ("blockers", "bpa.block-ingress", True),
        ("blockers", "sg.prefix_list_unreadable", False),
        ("unknown", "unreadable.network_acls", True),
        ("unknown", "nonsense", False),
    ],
)
def test_a_code_has_a_meaning(kind: str, code: str, known: bool) -> None:
    assert bool(meaning(kind, code)) is known
