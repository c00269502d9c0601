"""An embedded Google Cloud: Compute Engine's REST APIs and what stands around them, in a child process.

    with open_gcp() as gcp:
        gcp.instance("web-1")

It needs nothing beside this package.
"""

from __future__ import annotations

from sshwizard.lab.gcp.embedded import EXAMPLE, HIDDEN, PERSON, PROJECT, TOKEN, ZONE, Gcp, open_gcp

__all__ = ["EXAMPLE", "HIDDEN", "PERSON", "PROJECT", "TOKEN", "ZONE", "Gcp", "open_gcp"]
