"""The project on the embedded Google Cloud behind a practice world; what breaks it stands in `gcp/worlds.py`."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

from sshwizard.lab.bench import HOST, Bench, Missing
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp
from sshwizard.lab.gcp.site import NAME, Plan
from sshwizard.lab.gcp.worlds import build
from sshwizard.lab.stage import Stage


def lay_project(stage: Stage) -> None:
    """Make the project behind the server of a healthy bench, and break it as the stage says; the bench is then met at
    the address that the VM has. Raises LabError.
    """
    if importlib.util.find_spec("urllib3") is None:
        raise Missing("The wizard asks Google Cloud by urllib3. Install the extra: pip install 'sshwizard[gcp]'")
    assert stage.google is not None
    if not stage.google.port:
        raise Missing("The exercises on Google Cloud need addresses of 127.78.0.0/16, which only Linux has.")
    stage.bench = lay(stage.project, stage.bench, stage.google)


def lay(world: str, bench: Bench, gcp: Gcp) -> Bench:
    """Make any world of `gcp/worlds.py`; returns the bench at the address of the VM."""
    told = build(world, gcp, Plan(bench.public_key(), bench.host_key, bench.port))
    # As `gcloud compute config-ssh` names a VM; and any that is typed as gce:PROJECT/ZONE/NAME, for the port.
    hosts = (f"{NAME}.{ZONE}.{PROJECT}", HOST, told["address"], "gce:*")
    bench = replace(bench, hosts=hosts, address=told["address"], port=gcp.port)
    bench.config(user=told["user"])
    bench.known_hosts(bench.host_key)
    # Whoever may come in is the guest's to say: the server itself knows nobody.
    bench.accounts()
    return bench
