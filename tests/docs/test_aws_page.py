"""docs/aws.md names every permission that a diagnosis uses, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sshwizard.cloud.aws import parts

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "aws.md").read_text()


def calls() -> set[str]:
    """Every call that the code spells out, and those of the parts."""
    found = {parts.permission(name) for name in parts.PARTS}
    for file in (HOME / "sshwizard" / "cloud" / "aws").glob("*.py"):
        for service, operation in re.findall(r'Call\(\s*"([\w-]+)",\s*"(\w+)"', file.read_text()):
            found.add(f"{service}:{''.join(word.capitalize() for word in operation.split('_'))}")
    return found


def test_the_policy_allows_what_is_asked() -> None:
    policy = json.loads(PAGE.split("```json")[1].split("```")[0])
    assert set(policy["Statement"][0]["Action"]) == calls() - {"ec2:"}


def test_the_fixes_name_their_permissions() -> None:
    used = set()
    for file in (HOME / "sshwizard" / "effects" / "aws").glob("*.py"):
        calls = re.findall(r'(?:asked|tried|answer)\(\s*self, "(\w+)"(?:, of="(\w+)")?', file.read_text())
        for operation, service in calls:
            used.add(f"{service or 'ec2'}:{''.join(word.capitalize() for word in operation.split('_'))}")
    assert sorted(one for one in used if f"`{one}`" not in PAGE and f'"{one}"' not in PAGE) == []
