"""The decision tree: every question, put together and checked when it is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sshwizard import vocabulary
from sshwizard.model import UNKNOWN, Cause, Lead
from sshwizard.tree import handshake, hostkey, inside, keys, leftout, login, name, network, session, silence, start
from sshwizard.tree.aws import doorway
from sshwizard.tree.aws import login as aws_login
from sshwizard.tree.aws import network as aws_network
from sshwizard.tree.gcp import login as gcp_login
from sshwizard.tree.gcp import network as gcp_network
from sshwizard.tree.node import Node

START = "typed"
INSIDE = inside.INSIDE
"""The question that follows a likely cause, once the person had somebody look inside."""
LEG_START = "proxy"
"""The first question about each leg; what stands before it is asked once."""


class TreeError(Exception):
    """The tree is not whole: a mistake in the code, found when it is loaded."""


def _assemble() -> dict[str, Node[Any]]:
    stretches = (
        (start.STRETCH, start.NODES),
        (name.STRETCH, (*name.NODES, *doorway.NODES)),
        (network.STRETCH, (*network.NODES, *silence.NODES, *aws_network.NODES, *gcp_network.NODES)),
        (handshake.STRETCH, handshake.NODES),
        (hostkey.STRETCH, hostkey.NODES),
        (login.STRETCH, (*login.NODES, *keys.NODES, *aws_login.NODES, *gcp_login.NODES, *inside.NODES)),
        (session.STRETCH, (*session.NODES, *leftout.NODES)),
    )
    tree: dict[str, Node[Any]] = {}
    for stretch, nodes in stretches:
        for node in nodes:
            if node.id in tree:
                raise TreeError(f"two questions are named {node.id}")
            tree[node.id] = replace(node, stretch=stretch)
    return tree


def leads(node: Node[Any]) -> Iterator[Lead]:
    """Everywhere a question may lead."""
    yield from node.leads.values()
    yield from node.at_hop.values()


def causes(tree: Mapping[str, Node[Any]]) -> Iterator[tuple[Node[Any], str, Cause]]:
    """Every leaf: its question, the outcome that leads to it, and the cause."""
    for node in tree.values():
        for outcome, lead in node.leads.items():
            if isinstance(lead, Cause):
                yield node, outcome, lead


def check(tree: Mapping[str, Node[Any]]) -> None:
    """Raise TreeError unless every outcome leads somewhere, every lead exists, and every code is known."""
    known = vocabulary.causes()
    for node in tree.values():
        wanted, given = {*node.via.outcomes, UNKNOWN}, set(node.leads)
        if wanted != given:
            raise TreeError(f"{node.id}: outcomes {sorted(wanted ^ given)} do not match the leads of {node.via.name}")
        if not set(node.words) <= set(node.via.outcomes):
            raise TreeError(f"{node.id}: words for outcomes it cannot have")
        for lead in leads(node):
            if isinstance(lead, str) and lead not in tree:
                raise TreeError(f"{node.id} leads to {lead}, which does not exist")
            if isinstance(lead, Cause):
                for code in (lead.code, *lead.also):
                    if code not in known:
                        raise TreeError(f"{node.id} names {code}, which is not in the vocabulary")


TREE = _assemble()
check(TREE)
