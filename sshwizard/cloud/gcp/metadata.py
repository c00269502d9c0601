"""What the metadata of a VM switch on and off, as the guest agent reads them (google-guest-agent, metadata.go).

The instance's value stands before the zone's, and the zone's before the project's (Compute Engine, About VM metadata).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_VALUE = 262_144
"""Characters of one value (Compute Engine, Limitations of custom metadata)."""
MOST_ALL = 512 * 1024
"""Bytes of all keys and values of one instance or project."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def parse_bool(text: str | None) -> bool | None:
    """Go's strconv.ParseBool, by which the agent reads a switch; None: as if it were not set."""
    return True if text in _TRUE else False if text in _FALSE else None


def items(metadata: Any) -> dict[str, str]:
    """The keys and values of a metadata object: a list of pairs, or (instanceSettings) a map."""
    rows = metadata.get("items") if isinstance(metadata, Mapping) else None
    if isinstance(rows, Mapping):
        return {str(key): str(value) for key, value in rows.items()}
    found = (row for row in rows or () if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    return {str(row.get("key", "")): str(row.get("value") or "") for row in found}


@dataclass(frozen=True)
class Switch:
    """One switch: what is in force, and whose value decided."""

    on: bool | None
    """None: it cannot be told, because the project's metadata were not seen."""
    place: str = ""
    """instance, zone or project; empty where none sets it."""
    text: str = ""
    """The value as it stands there."""
    split: str = ""
    """A value nearer by that the agent takes for unset, and gcloud for false: where, and what."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of one VM, by where they stand."""

    instance: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, str] | None = field(default_factory=dict)
    """None: they could not be read."""
    zone: Mapping[str, str] = field(default_factory=dict)
    """Of the project for one zone (instanceSettings); they reach the VM as the project's."""

    @property
    def shared(self) -> Mapping[str, str] | None:
        """What the VM sees as the project's."""
        return None if self.project is None else {**self.project, **self.zone}

    def switch(self, key: str) -> Switch:
        """A switch with a value for the instance and one for the project: the first that ParseBool knows counts."""
        split = ""
        for place, found in (("instance", self.instance), ("zone", self.zone), ("project", self.project)):
            if found is None:
                return Switch(None, split=split)
            value = parse_bool(found.get(key))
            if value is not None:
                return Switch(value, place, found[key], split)
            if found.get(key) and not split:
                split = f"{key}={found[key]} ({place})"
        return Switch(False, split=split)

    @property
    def oslogin(self) -> Switch:
        """Do logins come from OS Login? Then keys in metadata are ignored."""
        return self.switch("enable-oslogin")

    @property
    def manager_off(self) -> Switch:
        """Is the agent told to leave accounts and keys alone?"""
        return self.switch("disable-account-manager")

    @property
    def blocked(self) -> str:
        """Why the project's keys do not count for this VM; empty when they do. Only the instance can say so."""
        if parse_bool(self.instance.get("block-project-ssh-keys")):
            return f"block-project-ssh-keys={self.instance['block-project-ssh-keys']}"
        return "sshKeys, the old name of ssh-keys" if self.instance.get("sshKeys") else ""


def room(metadata: Mapping[str, str], key: str, line: str) -> bool:
    """True when one more line fits into a value, and into all of them."""
    value = metadata.get(key, "")
    more = len(line) + 1
    whole = sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())
    return len(value) + more <= MOST_VALUE and whole + more + (0 if key in metadata else len(key)) <= MOST_ALL
