"""What will matter next: a defect of this connection's own keys, while ssh stopped before it came to them.

Only local files are looked at, for milliseconds, and only once a diagnosis has failed.
"""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.model import Fact
from sshwizard.probes import agent, keys
from sshwizard.probes.scene import Probe, Scene

Ahead = Literal["keys", "none"]

_ALSO_BY_AGENT = {"missing", "public", "foreign"}
"""Where an agent holds the key, its file may be away, or only the public half."""


async def _look(scene: Scene) -> Fact[Ahead]:
    leg = scene.leg
    if leg.value("pubkeyauthentication", "yes") in {"no", "false"} or leg.value("pkcs11provider", "none") != "none":
        return Fact("none", "this connection needs no key file")
    by_agent = bool(agent.socket_of(leg))
    explicit = keys.explicit_files(leg, scene.target)
    here = [
        file for file in keys.examined(leg, scene.target, whole=False)
        if file.defect != "missing" or file.path in explicit
    ]  # fmt: skip
    here.sort(key=lambda file: file.path not in explicit)
    if not here or any(file.defect == "none" or set("%$") & set(file.path) for file in here):
        return Fact("none", "nothing is amiss with the key files")
    found = keys.defect(here[0])
    if by_agent and found.outcome in _ALSO_BY_AGENT:
        return Fact("none", "an agent may hold the key")
    data = {**found.data, "outcome": found.outcome, "by_agent": by_agent}
    return Fact("keys", found.says, found.lines, found.command, data)


ahead: Probe[Ahead] = Probe("files.ahead", get_args(Ahead), _look)
"""Stands beside the tree; no question leads to it."""
