"""Practice worlds with real faults on this machine: no root, no cloud, only loopback, no trace in ~/.ssh.

    with open_world("open-key") as world:
        subprocess.run(["ssh", *world.target_args])

A world is a private directory (an ssh config, keys, known_hosts) and a small real SSH server in a child
process. Nothing here imports paramiko: only that child does.
"""

from __future__ import annotations

from sshwizard.lab.bench import LabError
from sshwizard.lab.cloud import AWS_EXERCISES, OPEN_ACCOUNT
from sshwizard.lab.exercises import EXERCISES, Exercise
from sshwizard.lab.gce import GCE_EXERCISES, OPEN_PROJECT
from sshwizard.lab.world import World, open_world

__all__ = [
    "AWS_EXERCISES",
    "EXERCISES",
    "GCE_EXERCISES",
    "OPEN_ACCOUNT",
    "OPEN_PROJECT",
    "Exercise",
    "LabError",
    "World",
    "open_world",
]
