"""Has the instance any breath left: processor load of the last hour, and burst credits (CloudWatch, metrics of EC2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.looks import Processor
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene

FULL = 95.0
"""Percent from which a processor has nothing to spare."""
LAST = 3
"""Values of five minutes each that must agree."""


def read(metrics: Answer, credits_: Answer, kind: str) -> Fact[Processor]:
    """`kind`: the instance type; only a type with credits, and no leave to go on without them, is slowed down."""
    if isinstance(metrics, Unseen):
        return blind(metrics)
    values = {str(row.get("Id", "")): _newest(row) for row in metrics.get("MetricDataResults", ())}
    load, balance = values.get("cpuutilization", []), values.get("cpucreditbalance", [])
    data: dict[str, Any] = {"load": load[:LAST], "credits": balance[:1], "type": kind}
    if not load:
        return Fact("no-data", "CloudWatch has no values of the last hour", data=data)
    left = tuple(f"CPUCreditBalance {one:.1f}" for one in balance[:1])
    lines = (f"CPUUtilization {', '.join(f'{one:.0f} %' for one in load[:LAST])} (newest first, 5 minutes each)", *left)
    if balance and balance[0] < 1 and _standard(credits_, kind):
        return Fact("no-credits", f"its CPU credits are used up, so {kind} runs at its baseline", lines, data=data)
    if len(load) >= LAST and min(load[:LAST]) >= FULL:
        return Fact("busy", f"its processor has been at {load[0]:.0f} % for a quarter of an hour", lines, data=data)
    return Fact("fine", f"its processor is at {load[0]:.0f} %", lines, data=data)


def _newest(row: Mapping[str, Any]) -> list[float]:
    """The values, the newest first."""
    pairs = sorted(zip(row.get("Timestamps", ()), row.get("Values", ()), strict=False), reverse=True)
    return [float(value) for _, value in pairs]


def _standard(answer: Answer, kind: str) -> bool:
    """True when it may not go on without credits; t2 is launched so, the later types are not."""
    rows = () if isinstance(answer, Unseen) else answer.get("InstanceCreditSpecifications", ())
    said = next((str(row.get("CpuCredits", "")) for row in rows), "")
    return said == "standard" if said else kind.startswith("t2.")


async def look(scene: Scene) -> Fact[Processor]:
    asked = await inquiry(scene)
    who = await asked.identity()
    kind = str(who.instance.get("InstanceType", ""))
    return read(await asked.part("processor"), await asked.part("credits"), kind)
