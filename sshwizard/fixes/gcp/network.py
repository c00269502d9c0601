"""What can be done about the way to a VM: one firewall rule for one address, a start, the serial port.

Every plan reads the fact that decided the verdict: the path, or the state of the VM.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard import clean, paths
from sshwizard.effects import Effect
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.gcp.guides import IAP
from sshwizard.fixes.gcp.place import place

MOST_SOURCES = 3
"""Addresses of a network that leaves by several; more of them are no person's own."""
USUAL_PRIORITY = 1000
_NETWORK = re.compile(r"projects/(?P<project>[a-z0-9.:-]+)/global/networks/[a-z0-9-]+$", re.ASCII)


def _sources(data: Mapping[str, Any]) -> list[str]:
    """My public addresses, each as a block of exactly one. A session file may hold anything: what is no single
    address of the internet is left out."""
    found = []
    for text in data.get("sources") or ():
        try:
            address = ipaddress.ip_address(str(text))
        except ValueError:
            continue
        if address.is_global:
            found.append(f"{address}/{address.max_prefixlen}")
    return list(dict.fromkeys(found))


def _allow(at: Situation) -> tuple[Effect, ...] | Refusal:
    sources = _sources(at.found.data)
    if not sources:
        return Refusal("the address under which Google sees you is not known")
    if len(sources) > MOST_SOURCES:
        return Refusal(f"your network leaves by {len(sources)} addresses; ask for a rule that holds them all")
    return _rules(at, sources, "ssh")


def _allow_iap(at: Situation) -> tuple[Effect, ...] | Refusal:
    return _rules(at, [IAP], "iap")


def _rules(at: Situation, sources: list[str], kind: str) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.gcp import AllowInFirewall

    data = at.found.data
    network = _NETWORK.search(str(data.get("network", "")))
    if network is None:
        return Refusal("the network of the VM is not known")
    room = data.get("priority")
    if room is None:
        held = clean.line(str(data.get("held_by", "")), 80) or "what stands above the VPC rules"
        return Refusal(f"no rule of the network wins against {held}; whoever owns that one can change it")
    priority = min(int(room), USUAL_PRIORITY)
    tags, accounts = list(data.get("tags") or ()), list(data.get("accounts") or ())
    tag, account = (str(tags[0]), "") if tags else ("", str(accounts[0]) if accounts else "")
    port, vm = int(data["port"]), re.sub(r"[^a-z0-9-]", "", str(data.get("vm", "")))[:24]
    return tuple(
        AllowInFirewall(network["project"], network[0], _name(kind, vm, source, port), port, source, priority, tag,
                        account, _note(kind))
        for source in sources
    )  # fmt: skip


def _name(kind: str, vm: str, source: str, port: int) -> str:
    """A name that says what it is, and that no other rule of ours has."""
    import hashlib

    mark = hashlib.sha256(f"{source} {port}".encode()).hexdigest()[:8]
    return f"sshwizard-{kind}-{vm}-{mark}".replace("--", "-")


def _note(kind: str) -> str:
    """Who, with what, when, for those who find the rule a year later."""
    who = "".join(letter for letter in paths.me() if letter.isascii() and letter.isprintable())[:40]
    what = "ssh through IAP" if kind == "iap" else "ssh"
    return f"{what} for {who} (sshwizard {datetime.datetime.now().astimezone().date()})"


def start(at: Situation) -> tuple[Effect, ...] | Refusal:
    """Start it, or wake it from its suspension."""
    from sshwizard.effects.gcp.power import FROM, PowerVm

    where, status = place(at), str(at.found.data.get("status", ""))
    verb = next((one for one, states in FROM.items() if status in states and one in {"start", "resume"}), None)
    if where is None or verb is None:
        return Refusal(f"it is {clean.line(status, 40) or 'not stopped'}: wait until it has stopped")
    return (PowerVm(*where, verb),)


def _serial(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.gcp import SetValue

    where = place(at)
    if where is None:
        return Refusal("it is no VM of Google Cloud")
    if at.found.outcome == "forbidden":
        return Refusal("an organization policy forbids it (constraints/compute.disableSerialPortAccess)")
    was = at.found.data.get("serial_port_enable")
    return (SetValue(*where, "serial-port-enable", "TRUE", str(was) if was is not None else None),)


def terraform(at: Situation) -> tuple[str, ...]:
    """The rule as HCL (registry.terraform.io, google_compute_firewall)."""
    plan = _allow(at)
    if isinstance(plan, Refusal):
        return ()
    return tuple(line for number, one in enumerate(plan) for line in _block(one, number))


def _block(one: Effect, number: int) -> Iterator[str]:
    from sshwizard.effects.gcp import AllowInFirewall

    if not isinstance(one, AllowInFirewall):
        return
    yield f'resource "google_compute_firewall" "ssh_{number + 1}" {{'
    rows = {"project": one.project, "name": one.name, "network": one.network, "description": one.note}
    for key, value in rows.items():
        yield f"  {key} = {json.dumps(clean.line(value, 200))}"
    yield f"  priority = {one.priority}"
    yield f"  source_ranges = {json.dumps([one.source])}"
    if one.tag:
        yield f"  target_tags = {json.dumps([one.tag])}"
    elif one.account:
        yield f"  target_service_accounts = {json.dumps([one.account])}"
    yield f'  allow {{\n    protocol = "tcp"\n    ports = ["{one.port}"]\n  }}'
    yield "}"


FIXES = (
    Fix("allow-my-ip-in-gcp-firewall", _allow),
    Fix("allow-iap-in-gcp-firewall", _allow_iap),
    Fix("enable-gcp-serial-port", _serial),
)
