"""Sets of addresses of one family, as sorted intervals of integers that neither overlap nor touch."""

from __future__ import annotations

import ipaddress
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

from sshwizard.reach.blocks import BITS, Block

Span = tuple[int, int]
"""From the first address to the last, both included."""

Spans = tuple[Span, ...]

_first, _last = itemgetter(0), itemgetter(1)

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
    """What is in both. The work grows with the shorter of the two, for the longer is only cut."""
    if len(one) < len(other):
        one, other = other, one
    found: list[Span] = []
    for first, last in other:
        low = bisect_left(one, first, key=_last)
        high = bisect_right(one, last, low, key=_first)
        if low < high:
            middle = list(one[low:high])
            middle[0] = (max(first, middle[0][0]), middle[0][1])
            middle[-1] = (middle[-1][0], min(last, middle[-1][1]))
            found += middle
    return tuple(found)


def without(one: Spans, other: Spans) -> Spans:
    """What is in the first and not in the second."""
    if not one or not other:
        return one
    gaps = [(last + 1, first - 1) for (_, last), (first, _) in itertools.pairwise(other)]
    before, after = (-1, other[0][0] - 1), (other[-1][1] + 1, max(one[-1][1], other[-1][1]) + 1)
    return common(one, (before, *gaps, after))


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
