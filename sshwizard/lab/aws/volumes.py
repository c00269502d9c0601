"""EBS: snapshots and larger volumes take their time, and the root of a running instance stays where it is."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.instances import state
from sshwizard.lab.aws.overlay import Call, after, before


@after("ec2", "DescribeSnapshots")
def _snapshots(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for one in result["Snapshots"]:
        if not call.ours and call.lab.faults.disk_looks > 0:
            call.lab.faults.disk_looks -= 1
            one |= {"State": "pending", "Progress": "40%"}
    return result


@after("ec2", "DescribeVolumesModifications")
def _modifications(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for one in result["VolumesModifications"]:
        one["ModificationState"], one["Progress"] = "optimizing", 0
        if call.lab.faults.disk_looks > 0:
            call.lab.faults.disk_looks -= 1
            one["ModificationState"] = "modifying"
    return result


@before("ec2", "DetachVolume")
def _root(call: Call) -> None:
    """Without an instance it is taken from whoever has it."""
    id_ = call.params["VolumeId"]
    attached = getattr(call.ec2.volumes.get(id_), "attachment", None)
    if attached is not None:
        call.params.setdefault("InstanceId", attached.instance.id)
    for instance in call.ec2.all_instances():
        for device, one in instance.block_device_mapping.items():
            if one.volume_id == id_ and device == instance.root_device_name and state(call, instance) != "stopped":
                raise ApiError("IncorrectState", f"Unable to detach root volume '{id_}' from instance '{instance.id}'")
