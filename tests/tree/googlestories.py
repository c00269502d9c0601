"""Stories about Google Cloud: for each leaf on the network's side that a project can decide, the answers on the way.

tests/gcp has worlds of most of them.
"""

from __future__ import annotations

from sshwizard.tree.consoles import MUTE, REFUSING

from .cloudstories import ALIVE, CHANGED, LET_OUT, REFUSED, SILENT, Leads, _console, _told
from .stories import ENTERED, Story

ASKED = {**SILENT, "cloud": "not-asked"}
OURS = {**ASKED, "google": "instance"}
RUNNING = {**OURS, "google_state": "running"}
OPEN = {**RUNNING, "google_path": "open", "google_windows": "not-windows"}
LET_IN = {**OPEN, "google_console": "nothing", "google_admits": "open"}
ADMITTED = {**LET_IN, "google_strain": "fine"}
NOT_AMAZON = {**REFUSED, "cloud_refused": "not-asked"}
REFUSED_OURS = {**NOT_AMAZON, "google_refused": "instance"}
REFUSED_UP = {**REFUSED_OURS, "google_refused_state": "running", "google_refused_windows": "not-windows"}
REFUSED_ADMITTED = {**REFUSED_UP, "google_refused_console": "nothing", "google_refused_admits": "open"}

STOPPED = "gcp.instance-stopped"
STATES: Leads = {
    "starting": ("server.booting", "likely"), "stopped": (STOPPED, "certain"), "suspended": (STOPPED, "certain"),
    "repairing": (STOPPED, "certain"),
}  # fmt: skip
OWNERS: Leads = {
    "load-balancer": ("target.wrong-address", "certain"), "free-address": ("target.stale-address", "certain"),
    "moved": ("target.stale-address", "certain"), "unaddressed": ("gcp.no-external-ip", "certain"),
}  # fmt: skip
WAY: Leads = {
    "some-exits": ("gcp.firewall-blocks", "likely"),
    "likely-denied": ("gcp.firewall-blocks", "likely"),
    "no-rule": ("gcp.firewall-blocks", "certain"),
    "firewall-denies": ("gcp.firewall-denies", "certain"),
    "policy-denies": ("gcp.firewall-denies", "certain"),
    "other-port": ("target.wrong-port", "certain"),
    "no-default-route": ("gcp.no-default-route", "certain"),
    "other-route": ("gcp.no-default-route", "certain"),
    "no-external-ip": ("gcp.no-external-ip", "certain"),
    "external-forbidden": ("gcp.no-external-ip", "certain"),
    "iap-closed": ("gcp.iap-range-blocked", "certain"),
    "iap-forbidden": ("gcp.iap-permission-missing", "certain"),
    "private-from-outside": ("target.private-address", "certain"),
}
TUNNEL: Leads = {
    "forbidden": ("gcp.iap-permission-missing", "certain"), "range-closed": ("gcp.iap-range-blocked", "certain"),
    "stopped": (STOPPED, "certain"),
}  # fmt: skip
STRAIN: Leads = {
    "busy": ("server.overloaded", "likely"), "no-memory": ("server.out-of-memory", "likely"),
    "disk-full": ("server.disk-full", "likely"),
}  # fmt: skip
WINDOWS: Leads = {"off": ("gcp.windows-ssh-off", "certain")}
PORT: Leads = {"other-port": ("target.wrong-port", "certain")}

GOOGLE_STORIES: tuple[Story, ...] = (
    *_told(ASKED, "google", OWNERS),
    *_told(OURS, "google_state", STATES),
    *_told(RUNNING, "google_path", WAY),
    *_told(OPEN, "google_console", {**_console(MUTE), **PORT}),
    Story("gcp.firewall-blocks", "likely", "timeout",
          {**RUNNING, "google_path": "uncertain", "google_console_unsure": "nothing"}),
    *_told(LET_IN, "google_strain", STRAIN),
    *_told(ADMITTED, "silence_google", ALIVE),
    *_told({**ADMITTED, "silence_google": "nothing"}, "egress_google", LET_OUT),
    *_told(NOT_AMAZON, "google_refused", OWNERS, "refused"),
    *_told(REFUSED_OURS, "google_refused_state", STATES, "refused"),
    *_told(REFUSED_UP, "google_refused_console", {**_console(REFUSING), **PORT}, "refused"),
    *_told(REFUSED_ADMITTED, "family_google", {
        "other-greets": ("network.address-family-mismatch", "certain")}, "refused"),
    *_told({**REFUSED_ADMITTED, "family_google": "none"}, "other_port_google", {
        "found": ("target.wrong-port", "certain"), "found-config": ("config.wrong-port", "certain"),
        "none": ("server.sshd-not-running", "likely"), "unknown": ("network.port-refused", "likely")}, "refused"),
    *_told({**CHANGED, "cloud_hostkey": "not-asked", "google_hostkey": "instance"}, "google_hostkey_vm", {
        "confirms": ("hostkey.changed-rebuilt", "certain"), "contradicts": ("hostkey.changed", "certain"),
        "silent": ("hostkey.changed", "certain"), "unknown": ("hostkey.changed", "likely")}, "hostkey"),
    *_told({"proxy": "hangs", "tools": "none"}, "google_tunnel", TUNNEL, "proxy"),
    Story("gcp.firewall-blocks", "certain", "proxy", {**ENTERED, "forward": "unreachable", "cloud_behind": "no-hop",
                                                     "google_behind": "blocks"}, hop=True),
)  # fmt: skip
