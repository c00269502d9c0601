"""Stories about doors of AWS that the person's own ssh walks through: what they say, and what the account says then."""

from __future__ import annotations

from sshwizard.probes import doorways

from .cloudstories import KEY_REFUSED, Leads, _told

SHUT = {"proxy": "door"}
UNREACHED = {**SHUT, "door": "unreached", "door_state": "running"}
UNCONNECTED = {**SHUT, "door": "not-connected", "door_unconnected": "running"}
SILENT = {**SHUT, "door": "session-silent", "door_session_tools": "fine", "door_session_state": "running"}
ASKED = {**KEY_REFUSED, "cloud_user": "same"}
CONSOLE = {**KEY_REFUSED, "cloud_login": "serial-console"}

STATES: Leads = {
    "pending": ("server.booting", "likely"),
    "stopped": ("aws.instance-stopped", "certain"),
    "terminated": ("aws.instance-terminated", "certain"),
}
ENDPOINT: Leads = {
    "none": ("eic.endpoint-missing", "certain"),
    "not-ready": ("eic.endpoint-not-usable", "certain"),
    "blocked": ("eic.endpoint-blocked", "certain"),
}
AGENT: Leads = {
    "offline": ("ssm.agent-offline", "certain"),
    "no-role": ("ssm.instance-role-missing", "certain"),
    "no-way": ("ssm.no-endpoint-route", "certain"),
    "not-managed": ("ssm.not-managed", "certain"),
    "unknown": ("ssm.not-managed", "likely"),
}
SAID: Leads = {
    outcome: (outcome.rstrip("?"), "likely" if outcome.endswith("?") else "certain")
    for outcome in doorways.OUTCOMES
    if "." in outcome
}


def _pushed(code: str, fresh: str = "eic.pushed-key-refused", denied: str = "eic.permission-missing") -> Leads:
    """`code`: what it is called where nothing is known of a pushed key."""
    return {
        "expired": ("eic.key-expired", "certain"), "fresh": (fresh, "likely"), "refused": (denied, "certain"),
        "none": (code, "likely"), "unknown": (code, "likely"),
    }  # fmt: skip


TOOLS: Leads = dict.fromkeys(("missing", "broken", "old"), ("client.tool-missing-or-outdated", "certain"))
NO_TROUBLE: Leads = dict.fromkeys(("fine", "none", "unknown"), ("proxy.command-failed", "likely"))

DOOR_STORIES = (
    *_told(SHUT, "door", {**SAID, "port-refused": ("network.port-refused", "likely"),
                            }, "proxy | cloud"),
    *(row for start, door in (("door_tools", "unknown"), ("door_endpoint_tools", "endpoint-silent"),
                              ("door_session_tools", "session-silent"))
      for row in _told({**SHUT, "door": door}, start, TOOLS, "proxy | cloud")),
    *_told({**SHUT, "door": "unknown"}, "door_tools", NO_TROUBLE, "proxy | cloud"),
    *_told({**SHUT, "door": "no-endpoint"}, "door_no_endpoint", {
        **ENDPOINT, **dict.fromkeys(("usable", "unknown"), ("eic.endpoint-missing", "likely"))}, "proxy | cloud"),
    *_told({**SHUT, "door": "endpoint-silent", "door_endpoint_tools": "fine"}, "door_state", STATES, "proxy | cloud"),
    *_told(UNREACHED, "door_endpoint", {
        **ENDPOINT, "usable": ("proxy.inner-unreachable", "likely"),
        "unknown": ("eic.endpoint-blocked", "likely")}, "proxy | cloud"),
    *_told({**SHUT, "door": "not-connected"}, "door_unconnected", STATES, "proxy | cloud"),
    *_told(UNCONNECTED, "door_agent", {**AGENT, "online": ("ssm.agent-offline", "likely")}, "proxy | cloud"),
    *_told({**SHUT, "door": "session-silent", "door_session_tools": "fine"}, "door_session_state", STATES,
           "proxy | cloud"),
    *_told(SILENT, "door_session_agent", {**AGENT, "online": ("proxy.command-failed", "likely")}, "proxy | cloud"),
    *_told(ASKED, "cloud_pushed", {key: row for key, row in _pushed("").items() if row[0]}, "denied"),
    *_told(CONSOLE, "serial_console", {
        "off": ("serial.account-access-off", "certain"), "not-supported": ("serial.not-supported", "certain"),
        "not-running": ("serial.not-supported", "certain")}, "denied"),
    *_told({**CONSOLE, "serial_console": "allowed"}, "serial_pushed",
           _pushed("eic.key-expired", "serial.session-busy", "serial.access-denied"), "denied"),
)  # fmt: skip
