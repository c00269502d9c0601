"""Every look at Google: its name and its outcomes. What makes it is loaded when it is made: for a plain host, never."""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.probes import serverlines
from sshwizard.probes.later import later
from sshwizard.probes.scene import Probe

_ROOM = "sshwizard.probes.gcp"

CODES = serverlines.codes()
"""Every cause that a serial console can speak for."""

console: Probe[str] = Probe(
    "gcp.console",
    (*CODES, *(f"{code}?" for code in CODES), "other-port", "nothing", "empty"),
    later(_ROOM, "console"),
    waits="the VM's serial console",
)
"""other-port: sshd wrote that it listens on another port than the one that ssh dials."""

Named = Literal["found", "stopped", "nobody", "malformed", "locked-out", "denied"]
"""malformed: `gce:` with a name behind it that no VM can have."""

machine: Probe[Named] = Probe(
    "gcp.machine", get_args(Named), later(_ROOM, "named"), waits="Google to say which VM it is"
)

Who = Literal[
    "instance", "several", "load-balancer", "free-address", "moved", "unaddressed", "nobody", "locked-out", "denied",
    "serial-console", "not-asked",
]  # fmt: skip
"""free-address: a reserved address that leads to nothing; moved: the VM that is meant has another address than
the one that ssh dials; unaddressed: it has no external address any more; locked-out: no valid credentials;
serial-console: Google's own server, which leads to the console of a VM."""

NO_MACHINE: frozenset[Who] = frozenset({"load-balancer", "free-address", "moved", "unaddressed"})
"""Nothing that could answer has the address."""

identity: Probe[Who] = Probe(
    "gcp.identity", get_args(Who), later(_ROOM, "identity"), reads_log=True, waits="Google (gives up in 10 s)"
)

Path = Literal[
    "open", "some-exits", "uncertain", "likely-denied", "no-rule", "firewall-denies", "policy-denies", "other-port",
    "no-default-route", "other-route", "no-external-ip", "external-forbidden", "iap-closed", "iap-forbidden",
    "private-from-outside",
]  # fmt: skip
"""some-exits: this network leaves by several addresses, and not all of them are let in; uncertain: a rule may match,
which cannot be told from here; likely-denied: the VPC rules keep us out, and policies were not seen; other-port: sshd
listens on another port by its own word; iap-closed, iap-forbidden: no external address, and no way through IAP."""

BLOCKED = frozenset(get_args(Path)) - {"open", "some-exits", "uncertain", "likely-denied"}
"""Outcomes that no packet survives."""

path: Probe[Path] = Probe(
    "gcp.path", get_args(Path), later(_ROOM, "path"), waits="the project's rules (gives up in 10 s)"
)

HostKeys = Literal["confirms", "contradicts", "silent"]

host_keys: Probe[HostKeys] = Probe("gcp.host_keys", get_args(HostKeys), later(_ROOM, "hostkeys"))

Strain = Literal["fine", "busy", "no-memory", "disk-full", "no-data"]

strain: Probe[Strain] = Probe("gcp.strain", get_args(Strain), later(_ROOM, "strain"))

Hop = Literal["admits", "blocks", "no-hop"]
"""Asked at a VM about the one behind it."""

hop: Probe[Hop] = Probe("gcp.hop", get_args(Hop), later(_ROOM, "hop"), waits="the project's rules (gives up in 10 s)")

State = Literal["running", "starting", "stopped", "suspended", "repairing", "not-asked"]
"""stopped: also on the way there; suspended: its memory is kept; repairing: Google mends what is under it."""

state: Probe[State] = Probe("gcp.state", get_args(State), later(_ROOM, "state"))

Serial = Literal["allowed", "off", "forbidden", "not-running"]
"""Of the interactive serial console, where the host is Google's own server for it; forbidden: by an organization."""

serial: Probe[Serial] = Probe("gcp.serial", get_args(Serial), later(_ROOM, "serial"))

Tunnel = Literal["admits", "forbidden", "range-closed", "stopped", "not-asked"]
"""Of a ProxyCommand with gcloud's start-iap-tunnel: may I open it, does the firewall admit it, does the VM run?"""

tunnel: Probe[Tunnel] = Probe(
    "gcp.tunnel", get_args(Tunnel), later(_ROOM, "tunnel"), waits="what Google says of the tunnel (gives up in 10 s)"
)

Standing = Literal["known", "none"]

standing: Probe[Standing] = Probe(
    "gcp.standing", get_args(Standing), later(_ROOM, "standing"), waits="what the project says about the VM"
)
"""Everything about a VM that a change in its project must know; no question of the tree."""

Changes = Literal["changed", "nothing"]

changes: Probe[Changes] = Probe(
    "gcp.changes", get_args(Changes), later(_ROOM, "changes"), waits="the audit log (gives up in 3 s)"
)
