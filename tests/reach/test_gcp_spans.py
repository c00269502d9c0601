"""Sets of addresses as intervals, against sets of numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.reach.blocks import BITS, block
from sshwizard.reach.gcp.spans import EVERY, Spans, common, joined, told, union, without

numbers = st.sets(st.integers(0, 40)).map(frozenset)


def spans(addresses: frozenset[int]) -> Spans:
    return joined((one, one) for one in addresses)


def held(found: Spans) -> set[int]:
    """The addresses, after a look at the form: sorted, and no two overlap or touch."""
    assert all(first <= last for first, last in found)
    assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(found))
    return {one for first, last in found for one in range(first, last + 1)}


@settings(max_examples=200, deadline=None)
@given(numbers, numbers)
def test_they_are_sets(one: frozenset[int], other: frozenset[int]) -> None:
    assert held(spans(one)) == one
    assert held(union(spans(one), spans(other))) == one | other
    assert held(common(spans(one), spans(other))) == one & other
    assert held(without(spans(one), spans(other))) == one - other


@pytest.mark.parametrize("family", BITS)
def test_the_ends_of_the_address_space(family: int) -> None:
    last = (1 << BITS[family]) - 1
    assert without(EVERY[family], ((0, 0), (last, last))) == ((1, last - 1),)
    assert without(EVERY[family], EVERY[family]) == ()
    assert told(family, (0, last)) == ("0.0.0.0/0" if family == 4 else "::/0")


@pytest.mark.parametrize(
    "text",
    ["198.51.100.7", "198.51.100.0/24", "2001:db8::/64", "2001:db8::1", "0.0.0.0 to 0.0.0.2", "0.0.0.1 to 0.0.0.2"],
)
def test_as_people_write_it(text: str) -> None:
    first, _, last = text.partition(" to ")
    one, other = block(first), block(last or first)
    assert one
    assert other
    assert told(one.family, (one.first, other.last)) == text
