"""Sets of addresses of one family, as sorted intervals of integers that neither overlap nor touch."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from sshwizard.reach.blocks import BITS, Block

Span = tuple[int, int]
"""From the first address to the last, both included."""

Spans = tuple[Span, ...]

EVERY: dict[int, Spans] = {family: ((0, (1 << bits) - 1),) for family, bits in BITS.items()}
"""All addresses of a family."""


def joined(spans: Iterable[Span]) -> Spans:
    """The set of all addresses in any of the intervals."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def union(one: Spans, other: Spans) -> Spans:
    """What is in either."""
    return joined(one + other) if one and other else one or other


def common(one: Spans, other: Spans) -> Spans:
    """What is in both."""
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(one: Spans, other: Spans) -> Spans:
    """What is in the first and not in the second."""
    found, j = [], 0
    for first, last in one:
        while j < len(other) and other[j][1] < first:
            j += 1
        k = j
        while k < len(other) and other[k][0] <= last:
            if first < other[k][0]:
                found.append((first, other[k][0] - 1))
            first = other[k][1] + 1
            k += 1
        if first <= last:
            found.append((first, last))
    return tuple(found)


def of(blocks: Iterable[Block], family: int) -> Spans:
    """The addresses of the blocks that are of this family."""
    return joined((block.first, block.last) for block in blocks if block.family == family)


def told(family: int, span: Span) -> str:
    """As people write it: an address, a block, or `first to last` where it is no block."""
    kind = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    first, last = span
    size = last - first + 1
    if size == 1:
        return str(kind(first))
    if size & (size - 1) or first % size:
        return f"{kind(first)} to {kind(last)}"
    return f"{kind(first)}/{BITS[family] - size.bit_length() + 1}"
