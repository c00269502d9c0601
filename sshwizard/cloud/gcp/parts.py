"""What is asked about one VM: each part is one call, most of which need only its name (Compute Engine REST API, v1)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import Place, last

Row = Mapping[str, Any]

SERIAL = 1_000_000
"""Bytes of console text that are asked for: the last ones (getSerialPortOutput, start)."""

ON_INSTANCE = tuple(
    f"compute.instances.{verb}"
    for verb in ("get", "use", "setMetadata", "osLogin", "osAdminLogin", "start", "reset", "getSerialPortOutput",
                 "getGuestAttributes", "setTags")
)  # fmt: skip
ON_PROJECT = (
    "compute.projects.get", "compute.projects.setCommonInstanceMetadata", "compute.firewalls.create",
    "compute.networks.updatePolicy", "compute.routes.list",
)  # fmt: skip
TUNNEL = "iap.tunnelInstances.accessViaIAP"
ACT_AS = "iam.serviceAccounts.actAs"
POLICIES = ("requireOsLogin", "disableSerialPortAccess", "disableSshInBrowser", "vmExternalIpAccess")


def instance(place: Place, *more: str) -> str:
    """The path of a VM, and of what is under it."""
    return path("projects", place.project, "zones", place.zone, "instances", place.name, *more)


def _instance_get(place: Place) -> Call:
    return Call("compute", instance(place), "compute.instances.get")


def _project(place: Place) -> Call:
    return Call("compute", path("projects", place.project), "compute.projects.get")


def _settings(place: Place) -> Call:
    where = path("projects", place.project, "zones", place.zone, "instanceSettings")
    return Call("compute", where, "compute.instanceSettings.get")


def _serial(port: int) -> Callable[[Place], Call]:
    query = {"port": str(port), "start": str(-SERIAL)}
    return lambda place: Call("compute", instance(place, "serialPort"), "compute.instances.getSerialPortOutput", query)


def _firewall(place: Place) -> Call:
    query = {"networkInterface": place.nic or "nic0"}
    where = instance(place, "getEffectiveFirewalls")
    return Call("compute", where, "compute.instances.getEffectiveFirewalls", query)


def _may(service: str, where: Callable[[Place], str], *permissions: str) -> Callable[[Place], Call]:
    """testIamPermissions: which of these the caller has. Everybody may ask."""
    return lambda place: Call(service, where(place), body={"permissions": list(permissions)})


def _host_keys(place: Place) -> Call:
    where = instance(place, "getGuestAttributes")
    return Call("compute", where, "compute.instances.getGuestAttributes", {"queryPath": "hostkeys/"})


def _of_network(kind: str) -> Callable[[Row, Place], Call]:
    """A list of the project that has the VM's network: with Shared VPC that is another one."""

    def made(row: Row, place: Place) -> Call:
        project = network_of(row, place.nic).partition("projects/")[2].partition("/")[0] or place.project
        where = path("projects", project, "global", kind)
        return Call("compute", where, f"compute.{kind}.list", pages="items")

    return made


def network_of(row: Row, nic: str = "") -> str:
    """The link of the network that the interface is in; of the first one without a name."""
    nics = [one for one in row.get("networkInterfaces") or () if isinstance(one, dict)]
    chosen = [one for one in nics if one.get("name") == nic] or nics
    return str(chosen[0].get("network", "")) if chosen else ""


def _policy(name: str) -> Callable[[Place], Call]:
    def made(place: Place) -> Call:
        where = f"v1/{path('projects', place.project)}:getEffectiveOrgPolicy"
        return Call("cloudresourcemanager", where, "orgpolicy.policy.get",
                    body={"constraint": f"constraints/compute.{name}"})  # fmt: skip

    return made


BY_PLACE: Mapping[str, Callable[[Place], Call]] = {
    "instance": _instance_get,
    "project": _project,
    "settings": _settings,
    "serial": _serial(1),
    "serial-windows": _serial(2),
    "firewall": _firewall,
    "may-instance": _may("compute", lambda at: instance(at, "testIamPermissions"), *ON_INSTANCE),
    "may-project": _may("cloudresourcemanager",
                        lambda at: f"v3/{path('projects', at.project)}:testIamPermissions", *ON_PROJECT),
    "may-tunnel": _may("iap", lambda at: "v1/" + path("projects", at.project, "iap_tunnel", "zones", at.zone,
                                                      "instances", at.name) + ":testIamPermissions", TUNNEL),
    "host-keys": _host_keys,
    **{f"policy-{name}": _policy(name) for name in POLICIES},
}  # fmt: skip
"""Needs the VM's name, zone and project only: asked all at once."""


def _act_as(row: Row, place: Place) -> Call | None:
    accounts = row.get("serviceAccounts") or ()
    if not accounts:
        return None
    where = f"v1/{path('projects', '-', 'serviceAccounts', str(accounts[0].get('email', '')))}:testIamPermissions"
    return Call("iam", where, body={"permissions": [ACT_AS]})


def _network(row: Row, place: Place) -> Call | None:
    link = network_of(row, place.nic)
    where = link[link.index("projects/") :] if "projects/" in link else ""
    return Call("compute", path(*where.split("/")), "compute.networks.get") if where else None


def _disk(row: Row, place: Place) -> Call | None:
    boot = next((one for one in row.get("disks") or () if one.get("boot")), None)
    if boot is None or not boot.get("source"):
        return None
    where = path("projects", place.project, "zones", place.zone, "disks", last(str(boot["source"])))
    return Call("compute", where, "compute.disks.get")


def _series(metric: str, window: int = 900) -> Callable[[Row, Place], Call | None]:
    """Points of the last quarter of an hour (Cloud Monitoring, projects.timeSeries.list)."""

    def made(row: Row, place: Place) -> Call | None:
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        start = now - datetime.timedelta(seconds=window)
        query = {
            "filter": f'metric.type = "{metric}" AND resource.labels.instance_id = "{row.get("id", "")}"',
            "interval.startTime": start.isoformat().replace("+00:00", "Z"),
            "interval.endTime": now.isoformat().replace("+00:00", "Z"),
        }
        where = f"v3/{path('projects', place.project)}/timeSeries"
        return Call("monitoring", where, "monitoring.timeSeries.list", query)

    return made


def is_windows(row: Row) -> bool:
    """True for a VM whose boot disk says that it is Windows (instances.get, disks[].guestOsFeatures)."""
    features = (one for disk in row.get("disks") or () for one in disk.get("guestOsFeatures") or ())
    return any(one.get("type") == "WINDOWS" for one in features)


BY_ROW: Mapping[str, Callable[[Row, Place], Call | None]] = {
    "may-act-as": _act_as,
    "network": _network,
    "routes": _of_network("routes"),
    "firewalls": _of_network("firewalls"),
    "disk": _disk,
    "cpu": _series("compute.googleapis.com/instance/cpu/utilization"),
    "memory": _series("agent.googleapis.com/memory/percent_used"),
    "disk-used": _series("agent.googleapis.com/disk/percent_used"),
}
"""Needs what instances.get says."""

FIRST = (
    "project", "settings", "serial", "firewall", "host-keys", "may-instance", "may-project", "may-tunnel", "routes",
    "network",
)  # fmt: skip
"""Asked as soon as something failed; the others when a look wants them."""


def permission(name: str) -> str:
    """What a part needs, or the call's name where everybody may make it."""
    place = Place("vm", "zone", "project")
    if name in BY_PLACE:
        return BY_PLACE[name](place).name
    call = BY_ROW[name]({"id": "1", "serviceAccounts": [{"email": "a"}], "networkInterfaces":
                         [{"network": "projects/p/global/networks/n"}], "disks": [{"boot": True, "source": "d"}]},
                        place)  # fmt: skip
    return call.name if call else name
