"""A cloud's table of address ranges: its date, then a line a region with its prefixes. Made by scripts/ranges.py."""

from __future__ import annotations

import ipaddress
from functools import cached_property
from pathlib import Path


class Table:
    """One file, read when somebody first asks."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _read(self) -> tuple[str, dict[str, str]]:
        first, *rows = self._file.read_text("utf-8").splitlines()
        regions = {prefix: region for region, *prefixes in map(str.split, rows) for prefix in prefixes}
        return first.split()[1], regions

    @property
    def date(self) -> str:
        """The day of the table, as 2026-09-08."""
        return self._read[0]

    def region_of(self, address: str) -> str:
        """The region whose narrowest prefix holds `address`; empty when none does."""
        try:
            number = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return ""
        if not number.is_global:
            return ""
        regions = self._read[1]
        for length in range(number.max_prefixlen, 7, -1):
            prefix = str(ipaddress.ip_network((number, length), strict=False))
            if prefix in regions:
                return regions[prefix]
        return ""
