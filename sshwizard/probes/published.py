"""Host keys that their operators publish: a bundled, dated table; nobody is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sshwizard.model import Fact


@dataclass(frozen=True, slots=True)
class Published:
    """Who published a fingerprint, where, and when we read it."""

    operator: str
    source: str
    read: str


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        Path(__file__).parents[1].joinpath("data", "published_host_keys.json").read_text("utf-8")
    )
    return found


def published(host: str, seen: Fact[Any] | None) -> Published | None:
    """The publication that vouches for the key that was seen as one of exactly the name `host`, if there is one."""
    row = _table()["hosts"].get(host.lower().rstrip("."))
    if row is None or seen is None or seen.data.get("fingerprint") not in row["fingerprints"]:
        return None
    return Published(row["operator"], row["source"], _table()["read"])
