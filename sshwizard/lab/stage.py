"""What an open world is made of, as a fault finds it: the person's side, and the cloud above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sshwizard.lab.aws import Aws
from sshwizard.lab.bench import USER, Bench
from sshwizard.lab.gcp import Gcp


@dataclass
class Stage:
    """One world. A fault changes it with these tools, and with nothing else."""

    bench: Bench
    aws: Aws | None = None
    google: Gcp | None = None
    image: str = "amazon"
    """Of the instance on AWS."""
    project: str = "gcp"
    """What breaks the project on Google Cloud."""
    knows: str = ""
    """The public key that the server was made with; empty: the person's."""
    user: str = USER
    """Who has an account on the server."""
    gates: dict[str, Callable[[str], None]] = field(default_factory=dict)
    """What sets the port of the server."""
