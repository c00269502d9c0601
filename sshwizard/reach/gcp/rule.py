"""One rule against one question: which part of the source it takes, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sshwizard.reach.blocks import Block, address, block, blocks
from sshwizard.reach.gcp.request import WITH_PORTS, Request, protocol_number
from sshwizard.reach.gcp.spans import EVERY, Spans, common, joined, of, without

Kind = Literal["hierarchy", "system", "vpc", "network", "unknown"]
"""Where a rule stands: a policy of the organization or a folder, one of Google's own, a VPC firewall rule, a network's
policy, or a policy of a type that we do not know."""

Action = Literal["allow", "deny", "goto_next", "apply_security_profile_group", "unknown"]

Why = Literal[
    "disabled", "egress", "target-tags", "target-service-accounts", "target-secure-tags", "target-network",
    "target-type", "protocol", "port", "source", "source-tags", "source-service-accounts", "source-secure-tags",
    "destination",
    "fqdns", "region", "threat-intelligence", "address-groups", "network-type", "condition", "action", "policy-type",
    "unreadable", "order", "address",
]  # fmt: skip
"""Why a rule does not match, or why it cannot be told whether it does."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason with what the rule wants."""

    why: Why
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is read for one question."""

    by: str
    """`firewall:NAME` or `policy:POLICY/RULE`."""
    kind: Kind
    policy: str
    """The policy's name; empty for a VPC rule."""
    name: str
    """The rule's name, or its priority as text."""
    priority: int
    """The lowest number comes first."""
    action: Action
    sure: Spans
    """The part of the source that its sources surely hold."""
    may: Spans
    """The part that they may hold besides: it depends on what cannot be seen from here."""
    misses: tuple[Reason, ...] = ()
    """Why it does not match at all, source apart; with any of them it takes nothing."""
    doubts: tuple[Reason, ...] = ()
    """What `may` depends on."""

    @property
    def admits(self) -> bool:
        """Its packets get in, or are inspected on the way."""
        return self.action in {"allow", "apply_security_profile_group"}

    @property
    def effects(self) -> tuple[Literal["allow", "deny"], ...]:
        """What becomes of packets that it takes; empty for goto_next."""
        if self.action == "goto_next":
            return ()
        if self.action == "unknown":
            return ("deny", "allow")
        return ("allow",) if self.admits else ("deny",)


class Reader:
    """Reads the fields of a row. A wrong one is noted, and reads as missing."""

    def __init__(self, row: Mapping[str, Any], where: str = "") -> None:
        self.row, self.where = row, where
        self.flaws: list[str] = []

    def flaw(self, name: str, says: str) -> None:
        """Note what is wrong with a field."""
        self.flaws.append(f"{self.where}{name} {says}")

    def text(self, name: str, missing: str = "") -> str:
        """A text."""
        value = self.row.get(name)
        if value is None or isinstance(value, str):
            return value or missing
        self.flaw(name, "is not a text")
        return missing

    def number(self, name: str, missing: int | None = None) -> int:
        """A whole number that is not negative. A missing one is a flaw, unless `missing` says what it is then."""
        value = self.row.get(name, missing)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.flaw(name, "is not a number" if value is not None else "is missing")
        return missing or 0

    def flag(self, name: str) -> bool:
        """True or false; false when missing."""
        value = self.row.get(name)
        if not isinstance(value, bool | None):
            self.flaw(name, "is neither true nor false")
        return value is True

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.row.get(name)
        if value is None:
            return ()
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.flaw(name, "is not a list of texts")
        return ()

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        """A list of objects."""
        value = self.row.get(name)
        if value is None:
            return []
        if isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value):
            return list(value)
        self.flaw(name, "is not a list of objects")
        return []

    def ranges(self, name: str, family: int) -> tuple[tuple[str, ...], Spans]:
        """Address blocks, as written and as the set of those of one family."""
        texts = self.texts(name)
        found = []
        for text in texts:
            one = block(text)
            if one is None:
                self.flaw(name, f"has {text!r}, which is no address and no block")
            elif one.family == family:
                found.append((one.first, one.last))
        return texts, joined(found) if len(found) > 1 else tuple(found)

    def layer4(self, rows: Iterable[Mapping[str, Any]], protocol: str, request: Request) -> Reason | None:
        """None when some row has the protocol (under this key) and the port."""
        asked = protocol_number(request.protocol)
        protocols: list[str] = []
        ports: list[str] = []
        for row in rows:
            inner = Reader(row)
            value = row.get(protocol)
            if not isinstance(value, str | int) or isinstance(value, bool):
                self.flaw(protocol, "is missing" if value is None else "is not a protocol")
                continue
            protocols.append(str(value))
            if str(value).lower() != "all" and (asked is None or protocol_number(value) != asked):
                continue
            written = inner.texts("ports")
            if (not written and not inner.flaws) or asked not in WITH_PORTS:
                return None
            self.flaws += inner.flaws
            ports += written
            if any(self._holds(text, request.port) for text in written):
                return None
        return Reason("port", tuple(ports)) if ports else Reason("protocol", tuple(protocols))

    def _holds(self, ports: str, port: int) -> bool:
        first, dash, last = ports.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(ports) > 11:
            self.flaw("ports", f"has {ports!r}, which is no port and no range of ports")
            return False
        return int(first) <= port <= int(last if dash else first)


INSIDE = {
    4: of(
        blocks(
            (
                "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24",
                "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
            )
        ),
        4,
    ),
    6: EVERY[6],
}  # fmt: skip
"""Addresses that a VM can have inside a VPC: the IPv4 ranges that a subnet may have and that are not routed in the
internet, and any IPv6 address, since a VM uses its external one inside, too. Source tags hold nothing else: an external
IPv4 address never carries a tag."""

ROUTED = {
    4: without(EVERY[4], of(blocks(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")), 4)),
    6: without(EVERY[6], of(blocks(("fc00::/7",)), 6)),
}
"""Addresses that the internet knows, which may have a country or a reputation: those of RFC 1918, RFC 6598 and RFC 4193
have none."""


def out_of_force(reader: Reader) -> Reason | None:
    """A rule for packets that leave, or one that is switched off, decides nothing here."""
    if reader.text("direction", "INGRESS") == "EGRESS":
        return Reason("egress")
    return Reason("disabled") if reader.flag("disabled") else None


def destined(reader: Reader, name: str, request: Request, family: int) -> tuple[Reason | None, Reason | None]:
    """A miss or a doubt for the destination of a rule: the address of the interface itself."""
    texts, spans = reader.ranges(name, family)
    if not texts or spans == EVERY[family]:
        return None, None
    own: Block | None = address(request.dst)
    if not spans or (own and own.family == family and not common(spans, ((own.first, own.last),))):
        return Reason("destination", texts), None
    return None, None if own and own.family == family else Reason("destination", texts)


def cut(rule: Rule, reader: Reader, source: Spans, unheld: Reason, *, off: bool) -> Rule:
    """The rule for this source, with `unheld` as a miss when it holds nothing of it.

    What cannot be read may mean anything, unless the rule is out of force anyway.
    """
    if reader.flaws and not off:
        doubt = Reason("unreadable", tuple(dict.fromkeys(reader.flaws)))
        return replace(rule, action="unknown", sure=(), may=source, misses=(), doubts=(doubt,))
    sure = common(source, rule.sure)
    may = without(common(source, rule.may), sure)
    misses = rule.misses if sure or may else (*rule.misses, unheld)
    return replace(rule, sure=sure, may=may, misses=misses, doubts=rule.doubts if may else ())
