"""The account on the embedded AWS behind a practice world; what breaks it stands in `aws/worlds.py`."""

from __future__ import annotations

from dataclasses import replace

from sshwizard.lab.aws import REGION
from sshwizard.lab.bench import HOST, Missing
from sshwizard.lab.stage import Stage

_IMAGES = {"amazon": "ami-0a10000000000a123", "ubuntu": "ami-0b20000000000b224"}
USER = "ec2-user"
"""Whom the config logs in as, whatever image it is."""


def lay(stage: Stage) -> None:
    """Make the healthy account behind the server of a healthy bench; the bench is then met at the address that AWS
    gave to the server. Raises LabError.
    """
    aws, bench = stage.aws, stage.bench
    if aws is None:
        return
    if not aws.port:
        raise Missing("The exercises on AWS need addresses of 127.77.0.0/16, which only Linux has.")
    plan = {
        "key": stage.knows or bench.public_key(),
        "host_key": bench.host_key,
        "fingerprint": bench.fingerprint(),
        "server": bench.port,
        "region": REGION,
        "image": _IMAGES[stage.image],
    }
    told = aws.tell("world", plan=plan)
    hosts = (told["instance"], told["name"], HOST)
    stage.bench = replace(bench, hosts=hosts, address=told["address"], port=told["port"])
    stage.user = told["user"]
    stage.bench.config(user=USER)
    stage.bench.known_hosts(bench.host_key)
