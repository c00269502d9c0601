"""How a VM stands in its project, as a change there must know it: read over HTTP, and what nobody told is None."""

from __future__ import annotations

from typing import Any

import pytest
from fixes.googleplans import STANDING

from sshwizard.cloud.gcp.access import Access
from sshwizard.cloud.gcp.clues import Question, Wish
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.pool import Pool
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp
from sshwizard.probes.gcp.standing import calls, read

GROUP = f"projects/415104041262/zones/{ZONE}/instanceGroupManagers/shop"


async def stands(google: Gcp, denied: str = "") -> dict[str, Any]:
    inquiry = Inquiry(Wish(), Access(Pool("setup", 1), Pool("work", 4)), Question(f"gce:{PROJECT}/{ZONE}/web-1", ""))
    who = await inquiry.identity()
    disk = await inquiry.part("disk")
    if denied:
        google.deny(denied)
    lists = [await inquiry.ask(name, call) for name, call in calls(who).items()]
    return read(who, disk, *lists)


async def test_what_a_vm_says(google: Gcp) -> None:
    google.instance("web-1", disks=[{"name": "boot-1", "size": 20}], metadata={"created-by": GROUP})
    google.project(snapshots={
        name: {"name": name, "status": "READY", "sourceDisk": f"x/disks/{disk}", "creationTimestamp": f"2026-11-{day}"}
        for name, disk, day in (("old", "boot-1", "19"), ("new", "boot-1", "21"), ("other", "boot-2", "22"))
    })  # fmt: skip
    found = await stands(google)
    assert set(found) | {"source", "port", "login", "publics", "mark"} == set(STANDING)
    assert (found["disk"], found["disk_gb"], found["going"], found["snapshot"]) == ("boot-1", 20, ["boot-1"], "new")
    assert (found["group"], found["regional"], found["windows"]) == ("shop", False, False)


@pytest.mark.parametrize(("nic", "reserved"), [({"static": True}, True), ({}, False), ({"public": False}, False)])
async def test_whether_its_address_stays(google: Gcp, nic: dict[str, Any], reserved: bool) -> None:
    google.instance("web-1", nics=[nic])
    assert (await stands(google))["reserved"] is reserved


async def test_what_nobody_told_is_none(google: Gcp) -> None:
    google.instance("web-1")
    found = await stands(google, "compute.*.list")
    assert (found["reserved"], found["snapshot"]) == (None, None)


async def test_a_regional_group_is_told_apart(google: Gcp) -> None:
    google.instance("web-1", metadata={"created-by": GROUP.replace(f"zones/{ZONE}", "regions/europe-west1")})
    found = await stands(google)
    assert (found["group"], found["regional"]) == ("", True)
