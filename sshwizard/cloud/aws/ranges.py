"""The address ranges of Amazon EC2 as AWS published them on a day: which region an address belongs to.

Addresses that a customer brought (BYOIP) are not in it.
"""

from __future__ import annotations

from pathlib import Path

from sshwizard.cloud.ranges import Table

_TABLE = Table(Path(__file__).parents[2] / "data" / "ec2-ranges.txt")


def date() -> str:
    """The day of the table, as 2026-09-08."""
    return _TABLE.date


def region_of(address: str) -> str:
    """The region whose narrowest prefix holds `address`; empty for one that is not EC2's, as far as we know."""
    return _TABLE.region_of(address)
