"""What an embedded project holds beside machines: people, their keys and rights, and changes under way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass
class Key:
    """A key in an OS Login profile. `expires`: microseconds since the epoch; 0: never."""

    key: str
    expires: int = 0

    @property
    def current(self) -> bool:
        return not self.expires or self.expires > time.time() * 1e6


@dataclass
class Person:
    """Somebody with an OS Login profile."""

    email: str
    posix: str
    keys: dict[str, Key] = field(default_factory=dict)
    """By fingerprint (SHA-256, hexadecimal)."""


@dataclass
class Grant:
    """Permissions (patterns) of a member on a resource and what is below it; empty: on all."""

    member: str
    permissions: tuple[str, ...]
    resource: str = ""
    role: str = "roles/owner"


@dataclass
class Operation:
    """A change under way."""

    name: str
    project: str
    place: str
    """global, zones/ZONE or regions/REGION."""
    kind: str
    target: str
    target_id: str
    user: str
    began: float
    started: str = field(default_factory=now)
    ended: str = ""
    error: dict[str, Any] | None = None
