"""Does the server's own firewall let a new connection in? iptables-save(8) and `nft -nn list ruleset`. Pure.

A rule that is not fully understood is neither a match nor none: what would hang on it stays open.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["accept", "drop", "open"]


@dataclass(frozen=True, slots=True)
class Packet:
    """A first packet to the SSH port."""

    source: str
    port: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether it is about the packet (None: cannot tell), what it does then, and its own words."""

    about: bool | None
    target: str
    """accept, drop, return, next, or `jump NAME`."""
    text: str
    to_sources: str = ""
    """The addresses that it names; empty: any."""


@dataclass
class Chain:
    """Its rules in order; `policy` of a base chain."""

    rules: list[Rule] = field(default_factory=list)
    policy: str = "return"
    base: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the packet, and the rule that decides."""

    verdict: Verdict
    rule: str = ""
    chain: str = ""
    single: bool = False
    """True when the rule is about this address (or a list that holds it) and not about all."""


def decide(chains: Mapping[str, Chain]) -> Decision:
    """Every base chain has to let it pass."""
    found = Decision("accept")
    for name, chain in chains.items():
        if chain.base:
            one = _walk(chains, name, 0) or _policy(chain, name)
            if one.verdict == "drop":
                return one
            if one.verdict == "open":
                found = one
    return found


def _policy(chain: Chain, name: str) -> Decision:
    return Decision("drop" if chain.policy == "drop" else "accept", f"policy {chain.policy}", name)


def _walk(chains: Mapping[str, Chain], name: str, depth: int) -> Decision | None:
    """None: the end of the chain was reached."""
    unsure: Decision | None = None
    for rule in chains[name].rules if depth < 16 and name in chains else ():
        if rule.about is False or rule.target == "next":
            continue
        word, _, to = rule.target.partition(" ")
        if word == "jump":
            inner = _walk(chains, to, depth + 1)
            if inner is None:
                continue
        elif word == "return":
            if rule.about:
                return unsure
            unsure = Decision("open", rule.text, name)
            continue
        else:
            verdict: Verdict = "drop" if word == "drop" else "accept" if word == "accept" else "open"
            inner = Decision(verdict, rule.text, name, bool(rule.to_sources))
        if rule.about is None or inner.verdict == "open":
            unsure = unsure or Decision("open", rule.text, name)
            continue
        if unsure and inner.verdict == "drop":
            return unsure
        return unsure if unsure else inner
    return unsure


def _source(words: str, packet: Packet, sets: Mapping[str, tuple[str, ...]]) -> bool | None:
    listed = [one.strip() for one in words.strip("{} ").split(",") if one.strip()]
    if words.startswith("@"):
        if words[1:] not in sets:
            return None
        listed = list(sets[words[1:]])
    if not packet.source:
        return None
    try:
        address = ipaddress.ip_address(packet.source)
        for one in listed:
            low, dash, high = one.partition("-")
            if dash:
                first, last = ipaddress.ip_address(low), ipaddress.ip_address(high)
                if first.version == address.version and int(first) <= int(address) <= int(last):
                    return True
            elif address in ipaddress.ip_network(low.split(" ")[0], strict=False):
                return True
    except ValueError:
        return None
    return False


def _port(words: str, packet: Packet) -> bool | None:
    for one in words.strip("{} ").replace(":", "-").split(","):
        low, dash, high = one.strip().partition("-")
        if not low.isdigit() or (dash and not high.isdigit()):
            return None
        if int(low) <= packet.port <= int(high or low):
            return True
    return False


def iptables(text: str, packet: Packet) -> dict[str, Chain]:
    """The chains of `iptables-save -t filter`."""
    chains: dict[str, Chain] = {}
    for line in text.splitlines():
        if line.startswith(":"):
            name, _, policy = line[1:].partition(" ")
            policy = policy.partition(" ")[0]
            chains[name] = Chain(policy=policy.lower() if policy != "-" else "return", base=name == "INPUT")
        elif line.startswith("-A "):
            try:
                words = shlex.split(line)
            except ValueError:
                continue
            if len(words) > 1 and words[1] in chains:
                chains[words[1]].rules.append(_xtables(words[2:], packet, line))
    return chains


_TARGETS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return", "LOG": "next"}
_HARMLESS = {"-m", "--comment", "--reject-with", "--log-prefix", "--log-level"}


def _xtables(words: Sequence[str], packet: Packet, line: str) -> Rule:
    parts: list[bool | None] = []
    target, sources, negated = "next", "", False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "!":
            negated = True
            continue
        value = rest.pop(0) if rest and not rest[0].startswith("-") and rest[0] != "!" else ""
        part: bool | None = True
        if word in {"-j", "-g"}:
            target = _TARGETS.get(value, f"jump {value}")
            continue
        if word in _HARMLESS:
            continue
        if word == "-p":
            part = value in {"tcp", "all"}
        elif word in {"-s", "--source"}:
            part, sources = _source(value, packet, {}), value
        elif word in {"--dport", "--dports"}:
            part = _port(value, packet)
        elif word in {"--ctstate", "--state"}:
            part = "NEW" in value.split(",")
        elif word == "-i":
            part = False if value == "lo" else None
        elif word in {"--tcp-flags", "--syn"}:
            rest = rest[1:] if rest and not rest[0].startswith("-") else rest
            part = None if word == "--tcp-flags" else True
        else:
            part = None
        parts.append(part if part is None else part != negated)
        negated = False
    about = False if False in parts else None if None in parts else True
    return Rule(about, target, line, sources)


def nftables(text: str, packet: Packet, *, without: str = "") -> dict[str, Chain]:
    """The chains of `nft -nn list ruleset`, by table and name; `without` leaves a table out."""
    chains: dict[str, Chain] = {}
    sets: dict[str, tuple[str, ...]] = {}
    rows: dict[str, list[str]] = {}
    table, block, name = "", "", ""
    whole = text.replace("\t", " ")
    for raw in _joined(whole.splitlines()):
        line = raw.strip()
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "table" and len(words) > 2:
            table = f"{words[1]} {words[2]}"
        elif words[0] in {"chain", "set", "map", "flowtable"} and line.endswith("{"):
            block, name = words[0], f"{table} {words[1]}"
            if block == "chain":
                chains[name] = Chain()
        elif line == "}":
            block = ""
        elif block == "set" and words[0] == "elements":
            inner = line.partition("{")[2].rpartition("}")[0]
            sets[name] = tuple(one.strip() for one in inner.split(",") if one.strip())
        elif block == "chain" and words[0] == "type" and "hook" in words:
            chains[name].base = "hook input" in line and words[1] == "filter"
            chains[name].policy = "drop" if "policy drop" in line else "accept"
        elif block == "chain":
            rows.setdefault(name, []).append(line)
    for chain, lines in rows.items():
        where = chain.rpartition(" ")[0]
        mine = {key.rpartition(" ")[2]: value for key, value in sets.items() if key.rpartition(" ")[0] == where}
        chains[chain].rules = [_nft(line, packet, mine, where) for line in lines]
    return {key: chain for key, chain in chains.items() if not without or not key.startswith(f"{without} ")}


def _joined(lines: Sequence[str]) -> list[str]:
    """Element lists go over several lines; each as one."""
    out: list[str] = []
    for line in lines:
        if out and "elements = {" in out[-1] and "}" not in out[-1]:
            out[-1] += " " + line.strip()
        else:
            out.append(line)
    return out


def _nft(line: str, packet: Packet, sets: Mapping[str, tuple[str, ...]], table: str) -> Rule:
    parts: list[bool | None] = []
    target, sources = "next", ""
    try:
        words = shlex.split(line.replace("{ ", "{").replace(" }", "}").replace(", ", ","), posix=False)
    except ValueError:
        return Rule(None, "open", line)
    four = ":" not in packet.source
    while words:
        word = words.pop(0)
        if word in {"accept", "drop", "return"}:
            target = word
        elif word == "reject":
            target, words = "drop", []
        elif word in {"jump", "goto"} and words:
            target = f"jump {table} {words.pop(0)}"
        elif word == "counter":
            words = words[4:] if words[:1] == ["packets"] else words
        elif word == "comment":
            words = words[1:]
        elif word == "log":
            words = [w for w in words if w in {"accept", "drop", "return"}]
        elif word in {"ip", "ip6"} and words[:1] == ["saddr"]:
            value = words[2] if words[1:2] == ["!="] else words[1] if len(words) > 1 else ""
            found = _source(value, packet, sets) if (word == "ip") == four else False
            negated = words[1:2] == ["!="]
            parts.append(found if found is None else found != negated)
            sources, words = value, words[3 if negated else 2 :]
        elif word == "tcp" and words[:1] == ["dport"] and len(words) > 1 and words[1] != "!=":
            parts.append(_port(words[1], packet))
            words = words[2:]
        elif word in {"meta", "ip"} and words[:1] in (["l4proto"], ["protocol"]) and len(words) > 1:
            parts.append(bool({"tcp", "6"} & set(words[1].strip("{}").split(","))))
            words = words[2:]
        elif word == "ct" and words[:1] == ["state"] and len(words) > 1:
            parts.append(bool({"new", "0x8"} & set(words[1].strip("{}").split(","))))
            words = words[2:]
        elif word in {"udp", "icmp", "icmpv6"}:
            parts.append(False)
            words = [w for w in words if w in {"accept", "drop", "return"}]
        elif word in {"iif", "iifname"} and words:
            parts.append(False if words.pop(0).strip('"') in {"lo", "1"} else None)
        else:
            parts.append(None)
    about = False if False in parts else None if None in parts else True
    return Rule(about, target, line, sources)
