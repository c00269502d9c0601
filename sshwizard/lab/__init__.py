"""Practice worlds with real faults on this machine: no root, no cloud, only loopback, no trace in ~/.ssh.

    with open_world("open-key") as world:
        subprocess.run(["ssh", *world.target_args])

A world is a private directory (an ssh config, keys, known_hosts) and a small real SSH server in a child
process. Nothing here imports paramiko: only that child does.
"""

from __future__ import annotations

from sshwizard.lab.bench import LabError
from sshwizard.lab.course import CHAPTERS, EXERCISES, OPEN, Chapter
from sshwizard.lab.exercise import BadExercise, Exercise
from sshwizard.lab.world import World, open_world

__all__ = [
    "CHAPTERS",
    "EXERCISES",
    "OPEN",
    "BadExercise",
    "Chapter",
    "Exercise",
    "LabError",
    "World",
    "open_world",
]
