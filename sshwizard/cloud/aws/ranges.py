"""The address ranges of Amazon EC2 as AWS published them on a day: which region an address belongs to.

The table is made by scripts/ranges.py. Addresses that a customer brought (BYOIP) are not in it.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parents[2] / "data" / "ec2-ranges.txt"


@lru_cache(maxsize=1)
def _table() -> tuple[str, dict[str, str]]:
    first, *rows = _FILE.read_text("utf-8").splitlines()
    regions = {prefix: region for region, *prefixes in map(str.split, rows) for prefix in prefixes}
    return first.split()[1], regions


def date() -> str:
    """The day of the table, as 2026-09-08."""
    return _table()[0]


def region_of(address: str) -> str:
    """The region whose narrowest prefix holds `address`; empty for one that is not EC2's, as far as we know."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if not number.is_global:
        return ""
    regions = _table()[1]
    for length in range(number.max_prefixlen, 7, -1):
        prefix = str(ipaddress.ip_network((number, length), strict=False))
        if prefix in regions:
            return regions[prefix]
    return ""
