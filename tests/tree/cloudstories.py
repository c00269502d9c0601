"""Stories about AWS: for each leaf that an account can decide, the answers on the way to it.

tests/aws has live worlds of most of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from told import REACHED

from sshwizard.model import Confidence
from sshwizard.tree.consoles import MUTE, REFUSING

from .stories import ENTERED, NO_KEY_FITS, TO_TCP, Story

SILENT = {**TO_TCP, "tcp": "silent", "timed_out": "same"}
RUNNING = {**SILENT, "cloud": "instance", "cloud_state": "running"}
OPEN = {**RUNNING, "cloud_path": "open"}
MUTE_SYSTEM = {**OPEN, "cloud_status": "instance-failed"}
PASSING = {**OPEN, "cloud_status": "ok"}
LET_IN = {**PASSING, "cloud_console": "nothing", "cloud_admits": "open"}
ADMITTED = {**LET_IN, "cloud_busy": "fine"}
REFUSED = {**TO_TCP, "tcp": "refused", "refused": "same", "refuser": "reset"}
REFUSED_OURS = {**REFUSED, "cloud_refused": "instance"}
REFUSED_ADMITTED = {**REFUSED_OURS, "cloud_refused_status": "ok", "cloud_refused_console": "nothing",
                    "cloud_refused_admits": "open"}  # fmt: skip
CHANGED = {**REACHED, "hostkey": "changed", "known_changed": "other-key"}
KEY_REFUSED = {**NO_KEY_FITS, "other_key": "no-other", "cloud_login": "instance"}

Leads = Mapping[str, tuple[str, Confidence]]
"""Answers to the last question, and what each must come to."""

STALE, WRONG, GONE = "target.stale-address", "target.wrong-address", "aws.instance-terminated"
OWNERS: Leads = {
    "other-instance": (STALE, "certain"), "terminated": (GONE, "certain"), "replaced": (GONE, "certain"),
    "load-balancer": (WRONG, "certain"), "nat-gateway": (WRONG, "certain"), "interface": (WRONG, "certain"),
    "free-address": (STALE, "certain"), "moved": (STALE, "certain"),
}  # fmt: skip
CHECKS: Leads = {
    "initializing": ("server.booting", "likely"),
    "system-failed": ("aws.system-status-failed", "certain"),
    "event": ("aws.system-status-failed", "likely"),
}
NAMED: Leads = {
    "stopped": ("aws.instance-stopped", "certain"),
    "terminated": (GONE, "certain"),
    "replaced": (GONE, "certain"),
    "nobody": ("iam.wrong-account-or-region", "likely"),
    "locked-out": ("iam.credentials-missing", "certain"),
    "denied": ("iam.read-denied", "certain"),
}
WAY: Leads = {
    "partial": ("aws.network-acl-outbound-blocks", "likely"),
    "some-exits": ("aws.security-group-other-source", "likely"),
    "sg-closed": ("aws.security-group-blocks", "certain"),
    "sg-other-source": ("aws.security-group-other-source", "certain"),
    "sg-other-port": ("aws.security-group-other-port", "certain"),
    "acl-inbound": ("aws.network-acl-inbound-blocks", "certain"),
    "acl-outbound": ("aws.network-acl-outbound-blocks", "certain"),
    "no-route": ("aws.no-internet-route", "certain"),
    "no-gateway": ("aws.no-internet-gateway", "certain"),
    "transit": ("aws.transit-path-blocks", "certain"),
    "public-access-blocked": ("aws.vpc-block-public-access", "certain"),
    "no-public-address": ("aws.no-public-ip", "certain"),
    "not-running": ("aws.instance-stopped", "certain"),
}
ALIVE: Leads = {
    "ipv6-lost": ("network.ipv6-broken", "certain"),
    "ipv4-lost": ("network.address-family-mismatch", "certain"),
    "address-lost": ("dns.wrong-address", "likely"),
    "blocked-here": ("client.local-firewall-blocks", "certain"),
    "no-neighbour": ("network.host-unreachable", "certain"),
    "loop": ("network.router-no-route", "certain"),
}
LET_OUT: Leads = {
    "port-blocked": ("network.egress-port-blocked", "certain"),
    "cut": ("network.middlebox-blocks-ssh", "likely"),
    "proxy-unused": ("network.proxy-required", "likely"),
    **dict.fromkeys(("nothing-out", "open", "not-asked", "unknown"), ("server.host-firewall-blocks", "likely")),
}


def _told(way: dict[str, str], node: str, leads: Leads, symptom: str = "timeout") -> Iterator[Story]:
    for outcome, (code, confidence) in leads.items():
        yield Story(code, confidence, symptom, {**way, node: outcome}, at_start="machine" in (*way, node))


def _console(codes: frozenset[str], otherwise: str = "") -> Leads:
    """A console proves a cause, or speaks for it; about another one it says nothing."""
    told: dict[str, tuple[str, Confidence]] = {}
    for code in sorted(codes):
        told |= {code: (code, "certain"), f"{code}?": (code, "likely")}
    if otherwise:
        told |= dict.fromkeys(("nothing", "empty", "auth.user-unknown"), (otherwise, "certain"))
        told["unknown"] = (otherwise, "likely")
    return told


def _busy(otherwise: str) -> Leads:
    """A machine that has time for others: what it was called before."""
    calm: Leads = dict.fromkeys(("fine", "no-data", "unknown"), (otherwise, "likely"))
    return {**BUSY, **calm}


BUSY: Leads = dict.fromkeys(("busy", "no-credits"), ("server.overloaded", "likely"))
BREATHLESS = {
    ("cloud_banner", "kex.no-banner"): {**TO_TCP, "tcp": "open", "banner": "silent", "speaks_silent": "nothing"},
    ("cloud_hung", "server.slow-login"): {**REACHED, "login": "hung"},
}
"""Where the port answers and nothing follows."""


def _breathless(place: str, otherwise: str, way: dict[str, str]) -> Iterator[Story]:
    ours = {**way, place: "instance"}
    yield from _told(ours, f"{place}_status", CHECKS)
    mute = {**ours, f"{place}_status": "instance-failed"}
    yield from _told(mute, f"{place}_mute", _console(MUTE, "aws.instance-status-failed"))
    passing = {**ours, f"{place}_status": "ok"}
    yield from _told(passing, f"{place}_console", _console(MUTE))
    yield from _told({**passing, f"{place}_console": "nothing"}, f"{place}_busy", _busy(otherwise))


CLOUD_STORIES = (
    *_told({"typed": "instance"}, "machine", NAMED, "cloud"),
    *_told(SILENT, "cloud", OWNERS),
    *_told({**SILENT, "cloud": "instance"}, "cloud_state", {
        "pending": ("server.booting", "likely"), "stopped": ("aws.instance-stopped", "certain"),
        "terminated": (GONE, "certain")}),
    *_told({**SILENT, "cloud": "elsewhere"}, "cloud_state", {"stopped": ("aws.instance-stopped", "certain")}),
    *_told(RUNNING, "cloud_path", WAY),
    *_told({**RUNNING, "cloud_path": "private-from-outside"}, "cloud_public", {
        "has-one": ("target.private-address", "certain"), "has-none": ("aws.no-public-ip", "certain")}),
    *_told(OPEN, "cloud_status", CHECKS),
    *_told(MUTE_SYSTEM, "cloud_console_mute", _console(MUTE, "aws.instance-status-failed")),
    *_told(PASSING, "cloud_console", _console(MUTE)),
    *_told(LET_IN, "cloud_busy", BUSY),
    *_told(ADMITTED, "silence_admitted", ALIVE),
    *(story for at, way in BREATHLESS.items() for story in _breathless(*at, way)),
    *(Story(code, "certain", "proxy", {**ENTERED, "forward": passed, node: outcome}, hop=True)
      for passed, node in (("unreachable", "cloud_behind"), ("silent", "cloud_behind_silent"))
      for code, outcome in (("aws.security-group-blocks-jump-host", "group-blocks"),)),
    *(Story("aws.security-group-blocks-jump-host", "likely", "proxy",
            {**ENTERED, "forward": passed, node: "address-blocks"}, hop=True)
      for passed, node in (("unreachable", "cloud_behind"), ("silent", "cloud_behind_silent"))),
    *_told({**ADMITTED, "silence_admitted": "nothing"}, "egress_admitted", LET_OUT),
    *_told(REFUSED, "cloud_refused", OWNERS, "refused"),
    *_told(REFUSED_OURS, "cloud_refused_status", CHECKS, "refused"),
    *_told({**REFUSED_OURS, "cloud_refused_status": "ok"}, "cloud_refused_console", _console(REFUSING), "refused"),
    *_told(REFUSED_ADMITTED, "family_admitted", {
        "other-greets": ("network.address-family-mismatch", "certain")}, "refused"),
    *_told({**REFUSED_ADMITTED, "family_admitted": "none"}, "other_port_admitted", {
        "found": ("target.wrong-port", "certain"), "found-config": ("config.wrong-port", "certain"),
        "none": ("server.sshd-not-running", "likely"), "unknown": ("network.port-refused", "likely")}, "refused"),
    *_told(CHANGED, "cloud_hostkey", {"other-instance": ("hostkey.changed-address-reused", "certain")}, "hostkey"),
    *_told({**CHANGED, "cloud_hostkey": "instance"}, "cloud_hostkey_console", {
        "confirms": ("hostkey.changed-rebuilt", "certain"), "contradicts": ("hostkey.changed", "certain"),
        "silent": ("hostkey.changed", "certain"), "unknown": ("hostkey.changed", "likely")}, "hostkey"),
    *_told(KEY_REFUSED, "cloud_user", {
        "other": ("auth.wrong-user", "likely"), "windows": ("auth.wrong-user", "certain")}, "denied"),
    *_told({**KEY_REFUSED, "cloud_user": "same", "cloud_pushed": "none"}, "cloud_key", {
        "other-local": ("key.wrong-key", "certain"), "none-local": ("key.lost", "likely"),
        "no-key-pair": ("aws.launched-without-key-pair", "likely")}, "denied"),
)  # fmt: skip
