"""By what a paid step is billed stands beside it, with the vendor's own page; no figure is made up."""

from __future__ import annotations

import re

import pytest
from told import saw, story, way

from sshwizard import prices, vocabulary
from sshwizard.fronts.plain import tell
from sshwizard.fronts.report import report
from sshwizard.session import fold, walk
from sshwizard.verdict import judge


@pytest.mark.parametrize("id_", sorted(prices.PRICES))
def test_a_price_names_its_basis_and_the_vendor_s_page(id_: str) -> None:
    told = vocabulary.actions()[id_].price
    basis, page = prices.PRICES[id_]
    assert basis in told
    assert re.fullmatch(r"https://(?:aws\.amazon\.com|cloud\.google\.com)/\S+", page)
    assert not re.search(r"\d", basis.replace("IPv4", "")), "a figure is the vendor's to say"


def test_what_costs_nothing_says_nothing() -> None:
    assert vocabulary.actions()["chmod-key"].price == ""


def test_it_stands_beside_the_step() -> None:
    """A stopped instance: to start it is billed by the second."""
    stopped = {"instance": "i-0123456789abcdef0", "region": "eu-west-1", "state": "stopped"}
    events = [
        *(
            row
            for row in story(
                *way(0, proxy="direct", name="ok", address="ok", tcp="silent", timed_out="same"),
                saw(0, "cloud", "instance"),
                saw(0, "cloud-state", "stopped", stopped),
            )
        )
    ]
    state = fold(events)
    found = judge(state)
    if found is None or found.root is None:
        pytest.fail(f"the story ends before its cause: {walk(state).next}")
    fixes = {row["id"]: row for row in report(state, found)["findings"][0]["fixes"]}
    assert fixes["start-instance"]["price"].startswith("Billed by the second")
    assert "Billed by the second" in tell(state, found)
