"""The external address ranges of Google Cloud as Google published them on a day: which region an address belongs to."""

from __future__ import annotations

from pathlib import Path

from sshwizard.cloud.ranges import Table

_TABLE = Table(Path(__file__).parents[2] / "data" / "gcp-ranges.txt")


def region_of(address: str) -> str:
    """The region whose narrowest prefix holds `address`; empty for one that is not Google's, as far as we know."""
    return _TABLE.region_of(address)
