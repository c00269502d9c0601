"""What was changed lately about the VM and the way to it, and by whom.

By Cloud Audit Logs (Admin Activity: it cannot be switched off, and is kept for 400 days); who may not read them has
Compute Engine's own list of operations.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row, network_of
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp import fresh
from sshwizard.probes.gcp.asked import as_typed, inquiry
from sshwizard.probes.gcp.looks import Changes
from sshwizard.probes.scene import Scene

DAYS = 7
MOST = 8
"""Lines that are told."""

WORDS: Mapping[str, str] = {
    "instances.insert": "made the VM", "instances.delete": "deleted the VM", "instances.start": "started the VM",
    "instances.stop": "stopped the VM", "instances.reset": "reset the VM", "instances.suspend": "suspended the VM",
    "instances.resume": "resumed the VM", "instances.setMetadata": "changed the VM's metadata",
    "instances.setTags": "changed the VM's network tags",
    "instances.setServiceAccount": "changed the VM's service account",
    "instances.addAccessConfig": "gave the VM an external address",
    "instances.deleteAccessConfig": "took the VM's external address",
    "instances.updateNetworkInterface": "changed the VM's network interface",
    "instances.attachDisk": "put a disk on the VM", "instances.detachDisk": "took a disk from the VM",
    "instances.setMachineType": "changed the VM's machine type",
    "instances.setIamPolicy": "changed who may do what with the VM",
    "firewalls.insert": "added a firewall rule", "firewalls.patch": "changed a firewall rule",
    "firewalls.update": "changed a firewall rule", "firewalls.delete": "deleted a firewall rule",
    "firewallPolicies.addRule": "added a rule to a firewall policy",
    "firewallPolicies.patchRule": "changed a rule of a firewall policy",
    "firewallPolicies.removeRule": "removed a rule of a firewall policy",
    "networkFirewallPolicies.addRule": "added a rule to a network's firewall policy",
    "networkFirewallPolicies.patchRule": "changed a rule of a network's firewall policy",
    "networkFirewallPolicies.removeRule": "removed a rule of a network's firewall policy",
    "routes.insert": "added a route", "routes.delete": "deleted a route",
    "projects.setCommonInstanceMetadata": "changed the project's metadata",
    "projects.setMetadata": "changed the project's metadata",
    "SetIamPolicy": "changed who may do what in the project",
}  # fmt: skip
"""Methods of the Compute Engine API, and one of Resource Manager, that change who gets in."""


def call(who: Identity, now: datetime.datetime) -> Call:
    """One call for the project of the VM and for that of its network (Logging API, entries.list)."""
    network = network_of(who.instance, who.place.nic).partition("projects/")[2].partition("/")[0]
    projects = dict.fromkeys(one for one in (who.place.project, network) if one)
    since = (now - datetime.timedelta(days=DAYS)).isoformat(timespec="seconds").replace("+00:00", "Z")
    about = " OR ".join((
        f'resource.labels.instance_id="{who.instance.get("id", "")}"', 'protoPayload.resourceName:"/firewalls/"',
        'protoPayload.resourceName:"irewallPolicies/"', 'protoPayload.resourceName:"/routes/"',
        'protoPayload.methodName:"setCommonInstanceMetadata"', 'protoPayload.methodName="SetIamPolicy"',
    ))  # fmt: skip
    wanted = f'log_id("cloudaudit.googleapis.com/activity") AND timestamp>="{since}" AND ({about})'
    body = {"resourceNames": [f"projects/{one}" for one in projects], "filter": wanted,
            "orderBy": "timestamp desc", "pageSize": 50}  # fmt: skip
    return Call("logging", "v2/entries:list", "logging.logEntries.list", body=body)


def read(
    logged: Answer, operations: tuple[Answer, ...], who: Identity, now: datetime.datetime | None = None
) -> Fact[Changes]:
    """The changes that worked, the newest first. Pure."""
    now = now or datetime.datetime.now(datetime.UTC)
    if not isinstance(logged, Unseen):
        found, source = list(_logged(logged, who)), "the audit log"
    else:
        seen = [one for one in operations if not isinstance(one, Unseen)]
        if not seen:
            return blind(logged)
        found, source = [row for one in seen for row in _operated(one, who)], "Compute Engine's list of operations"
    limit = (now - datetime.timedelta(days=DAYS)).isoformat(timespec="seconds")
    events = sorted((row for row in found if row["at"] >= limit), key=lambda row: row["at"], reverse=True)[:MOST]
    if not events:
        return Fact("nothing", f"{source} knows of no change in the last {DAYS} days")
    newest = events[0]
    says = f"{newest['who']} {newest['what']} {ago(newest['at'], now)} ago ({newest['resource']})"
    lines = tuple(f"{one['at']}  {one['who']} {one['what']}  {one['resource']}" for one in events)
    wanted = 'log_id("cloudaudit.googleapis.com/activity")'
    command = as_typed("logging", "read", wanted, "--freshness", f"{DAYS}d", "--project", who.place.project)
    return Fact("changed", clean.line(says, 300), lines, command, {"events": events})


def ago(at: str, now: datetime.datetime) -> str:
    """How long before `now`, in words."""
    try:
        seconds = max(0, int((now - datetime.datetime.fromisoformat(at)).total_seconds()))
    except (ValueError, TypeError):
        return "some time"
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} minutes"
    return f"{seconds // 3600} hours" if seconds < 172_800 else f"{seconds // 86_400} days"


def _event(method: str, at: object, who: object, resource: object, source: object = "") -> dict[str, str]:
    return {
        "at": _utc(str(at)), "who": clean.line(str(who) or "somebody", 80), "what": WORDS[method],
        "event": method, "resource": clean.line(last(str(resource)), 80), "from": clean.line(str(source), 60),
    }  # fmt: skip


def _utc(text: str) -> str:
    """An RFC 3339 time in UTC, so that texts sort by time; empty for what is none."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _logged(answer: Row, who: Identity) -> Iterator[dict[str, str]]:
    """Entries of the log; a change that lasts has two, at its begin and at its end (LogEntryOperation)."""
    known = set()
    for row in answer.get("entries") or ():
        told: Mapping[str, Any] = row.get("protoPayload") or {}
        method, id_ = _method(str(told.get("methodName", ""))), str((row.get("operation") or {}).get("id", ""))
        if method not in WORDS or (told.get("status") or {}).get("code") or (id_ and id_ in known):
            continue
        resource = str(told.get("resourceName", ""))
        if method.startswith("instances.") and last(resource) not in {who.place.name, str(who.instance.get("id", ""))}:
            continue
        known.add(id_)
        person = (told.get("authenticationInfo") or {}).get("principalEmail", "")
        caller = (told.get("requestMetadata") or {}).get("callerIp", "")
        yield _event(method, row.get("timestamp", ""), person, resource, caller)


def _method(name: str) -> str:
    """v1.compute.firewalls.insert -> firewalls.insert."""
    return name if name == "SetIamPolicy" else ".".join(name.split(".")[-2:])


def _operated(answer: Row, who: Identity) -> Iterator[dict[str, str]]:
    """Operations, which name the kind of change and what it was made on."""
    for row in answer.get("items") or ():
        words = str(row.get("targetLink", "")).split("/")
        method = f"{words[-2] if len(words) > 1 else ''}.{row.get('operationType', '')}"
        if method not in WORDS or row.get("error") or (words[-2] == "instances" and words[-1] != who.place.name):
            continue
        yield _event(method, row.get("insertTime", ""), row.get("user", ""), words[-1])


async def look(scene: Scene) -> Fact[Changes]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("nothing", "it is no VM of this project")
    now = datetime.datetime.now(datetime.UTC)
    logged = await asked.ask("audit-log", call(who, now))
    if not isinstance(logged, Unseen):
        return read(logged, (), who, now)
    operations = (asked.ask(name, one) for name, one in fresh.calls(who.place).items())
    return read(logged, tuple(await asyncio.gather(*operations)), who, now)
