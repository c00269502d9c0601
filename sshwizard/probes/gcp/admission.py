"""The looks at whom a VM lets in: where its keys come from, whether ours is there, our roles, and its guest agent.
Loaded when they are made, like all that ask Google."""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.probes.later import later
from sshwizard.probes.scene import Probe

_ROOM = "sshwizard.probes.gcp"

Source = Literal["oslogin", "metadata", "windows", "not-asked"]

source: Probe[Source] = Probe(
    "gcp.key-source", get_args(Source), later(_ROOM, "keysource"), waits="Google (gives up in 10 s)"
)

InProfile = Literal[
    "fits", "other-user", "only-in-metadata", "expired", "none", "other-local", "certificates", "no-account"
]
"""certificates: the VM takes certificates of OS Login only; no-account: the profile has no POSIX user name."""

profile: Probe[InProfile] = Probe("gcp.login-profile", get_args(InProfile), later(_ROOM, "profile"))

Right = Literal["may", "may-not", "may-not-act"]
"""may-not-act: the VM has a service account, and we may not act as it."""

right: Probe[Right] = Probe("gcp.login-right", get_args(Right), later(_ROOM, "rights"))

InMetadata = Literal[
    "fits", "other-user", "expired", "blocked", "rejected", "broken", "full", "vm-full", "may-not-add",
    "only-in-profile", "none", "other-local", "manager-off",
]  # fmt: skip
"""blocked: in the project, whose keys the VM does not read; rejected: an entry that the agent leaves out; broken: cut
off; full: not there, and no room; vm-full: not there, and only the VM's own value has no room; may-not-add: not there,
and we may not put it there; manager-off: there, and the agent is told to leave keys alone."""

metadata: Probe[InMetadata] = Probe("gcp.metadata-keys", get_args(InMetadata), later(_ROOM, "metakeys"))

Windows = Literal["on", "off", "not-windows"]

windows: Probe[Windows] = Probe("gcp.windows-ssh", get_args(Windows), later(_ROOM, "windows"))

Package = Literal["missing", "too-old", "down", "unclear"]
"""What the serial port of a Windows VM says about its SSH package."""

package: Probe[Package] = Probe("gcp.windows-package", get_args(Package), later(_ROOM, "windows", "look_at_package"))

Guest = Literal[
    "fine", "agent-down", "agent-down?", "disk-full", "disk-full?", "read-only", "modes", "modes?", "not-allowed",
    "locked", "root-refused", "role-denied", "accounts-fail",
]  # fmt: skip
"""What the guest wrote on its serial port; with a question mark where it does not name this login."""

guest: Probe[Guest] = Probe("gcp.guest", get_args(Guest), later(_ROOM, "guest"))

Fresh = Literal["fresh", "old"]
"""fresh: the metadata were changed a few minutes ago."""

fresh: Probe[Fresh] = Probe("gcp.fresh-key", get_args(Fresh), later(_ROOM, "fresh"))
