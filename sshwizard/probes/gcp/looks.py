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

Who = Literal["instance", "several", "load-balancer", "free-address", "nobody", "locked-out", "denied", "not-asked"]
"""free-address: a reserved address that leads to nothing; locked-out: no valid credentials."""

identity: Probe[Who] = Probe(
    "gcp.identity", get_args(Who), later(_ROOM, "identity"), reads_log=True, waits="Google (gives up in 10 s)"
)

State = Literal["running", "starting", "stopped", "suspended", "repairing", "not-asked"]
"""stopped: also on the way there; suspended: its memory is kept; repairing: Google mends what is under it."""

state: Probe[State] = Probe("gcp.state", get_args(State), later(_ROOM, "state"))
