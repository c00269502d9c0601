"""What is done with a VM as a whole: power, and Google's own checks of it.

Every plan reads how the VM stands in its project (probes/gcp/standing), which is looked up first.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.effects import Effect
from sshwizard.fixes.fix import Plan, Refusal, Situation
from sshwizard.probes import standing as both
from sshwizard.probes.gcp.looks import standing

Data = Mapping[str, Any]
Made = tuple[Effect, ...] | Refusal

_PLAIN = re.compile(r"[^a-z0-9-]")


def with_standing(plan: Callable[[Data, Situation], Made]) -> Plan:
    """A plan that reads how the VM stands, once that was looked up."""

    def planned(at: Situation) -> Made:
        seen = at.facts.get(both.standing.name) or at.facts.get(standing.name)
        if seen is None:
            return Refusal("how the VM stands in its project is looked up first")
        if seen.outcome != "known" or not seen.data.get("zone"):
            return Refusal(seen.says)
        return plan(seen.data, at)

    return planned


def placed(data: Data) -> tuple[str, str, str]:
    """Project, zone and name."""
    return str(data["project"]), str(data["zone"]), str(data["vm"])


def named(data: Data, end: str) -> str:
    """A name for something new, which nothing else has; at most 62 letters of those that Google takes."""
    return f"{_PLAIN.sub('', str(data['vm']))[:30].strip('-') or 'vm'}-{end}-{str(data['mark'])[:8]}"


def noted(data: Data, what: str) -> str:
    """By which it is known again."""
    return f"{what} {data['vm']} (sshwizard {str(data['mark'])[:8]})"


# ------------------------------------------------------------------ power


def cautions(data: Data) -> tuple[str, ...]:
    """What a stop and a start change for this VM; unknown is said as that."""
    rows = ["everything that runs on it ends, and begins again with the boot"]
    if data.get("scratch"):
        rows.append("what is on its local SSD is lost")
    if data.get("public") and data.get("reserved") is False:
        rows.append(f"its external address {data['public']} is lost, and it gets another one; the internal one stays")
    elif data.get("public") and data.get("reserved") is None:
        rows.append(f"whether its external address {data['public']} stays is not known")
    if data.get("spot"):
        rows.append("it is a Spot VM, which Google may refuse to start again for want of room")
    return tuple(rows)


def cannot_stop(data: Data) -> str:
    """Why it must not be stopped; empty when it may."""
    if data.get("regional"):
        return "a regional instance group replaces it when it stops; stop it with the group's own command"
    if data.get("scratch"):
        return "what is on its local SSD would be lost"
    return ""


def reset(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import PowerVm

    if data.get("status") != "RUNNING":
        return Refusal(f"it is {data.get('status')}, not RUNNING")
    told = ("running work is interrupted; addresses and disks stay",)
    return (PowerVm(*placed(data), "reset", "", told),)


def stop_start(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import StopStartVm

    if why := cannot_stop(data):
        return Refusal(why)
    if data.get("status") != "RUNNING":
        return Refusal(f"it is {data.get('status')}, not RUNNING")
    return (StopStartVm(*placed(data), str(data.get("group", "")), cautions(data)),)


# ------------------------------------------------------------------ Google's own checks


def tools(data: Data, at: Situation) -> Made:
    """A connectivity test from my own address, and gcloud's troubleshooting where gcloud is."""
    from sshwizard.effects.gcp import RunTool, TestConnectivity

    project, zone, vm = placed(data)
    plan: tuple[Effect, ...] = ()
    if source := str(data.get("source", "")):
        body = {
            "description": noted(data, "a look at the way to"), "protocol": "TCP", "source": {"ipAddress": source},
            "destination": {"instance": f"projects/{project}/zones/{zone}/instances/{vm}", "port": int(data["port"])},
        }  # fmt: skip
        plan += (TestConnectivity(project, f"sshwizard-{str(data['mark'])[:8]}", json.dumps(body)),)
    if shutil.which("gcloud"):
        iap = ("--tunnel-through-iap",) if at.code.startswith("gcp.iap") else ()
        words = ("gcloud", "compute", "ssh", vm, "--zone", zone, "--project", project, "--troubleshoot", "--quiet")
        plan += (RunTool(project, (*words, *iap)),)
    return plan or Refusal("gcloud is not here, and your own address is not known")
