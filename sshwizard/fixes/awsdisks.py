"""What is done with the root disk of an instance, and what has to be before a stop: a snapshot, a larger volume, a
helper, standby. Planned from how the instance stands in its account.

EBS User Guide (snapshots, Elastic Volumes), EC2 User Guide (rescue instance), EC2 Auto Scaling User Guide (standby).
"""

from __future__ import annotations

from sshwizard import clean
from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.fixes.account import Data, Made, placed, with_standing
from sshwizard.fixes.aws import note
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.offline import cannot_stop, cautions
from sshwizard.probes.aws.looks import standing

LARGEST = 16384
"""GiB of a general purpose volume (EBS User Guide, Constraints on the size)."""
_NO_DISK = "its root is no EBS volume"


def disk(data: Data) -> tuple[str, str, str, str]:
    """Profile, region, instance and root volume."""
    return (*placed(data), str(data["instance"]), str(data["volume"]))


def _snapshot(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import MakeSnapshot

    if not data.get("volume"):
        return Refusal(_NO_DISK)
    return (MakeSnapshot(*disk(data), f"snapshot-{data['mark']}", note()),)


def _bigger(data: Data, at: Situation) -> Made:
    """Half as much again where no size was typed."""
    from sshwizard.effects.aws import GrowVolume

    if not data.get("volume") or not data.get("size"):
        return Refusal(
            _NO_DISK if not data.get("volume") else "the size of the volume is not known (ec2:DescribeVolumes)"
        )
    was, wish = int(data["size"]), at.answer.strip()
    if not wish.isdecimal():
        return Refusal(f"type the new size in GiB: it has {was}, so for instance {was + was // 2 + 1}")
    if not was < (size := int(wish)) <= LARGEST:
        return Refusal(f"it has {was} GiB, and can have up to {LARGEST}; no volume can be made smaller")
    return (GrowVolume(*disk(data), was, size),)


def _swap(data: Data, at: Situation) -> Made:
    """A snapshot of this very volume, the newest where none was typed, in the place of the root disk."""
    from sshwizard.effects.aws import SwapRoot

    if why := _cannot(data):
        return Refusal(why)
    known = [str(one) for one in data.get("snapshots") or ()]
    if not known:
        return Refusal("there is no complete snapshot of its root volume in this account")
    wish = at.answer.strip()
    chosen = str(data["snapshot"]) if wish in {"", "newest"} else wish
    if chosen not in known:
        return Refusal(f"type one of its snapshots, or newest: {', '.join(known[:8])}")
    made = f" of {data['snapshot_at']}" if chosen == data["snapshot"] else ""
    return (SwapRoot(*disk(data), str(data["root"]), chosen, f"restore-{data['mark']}", str(data["zone"]),
                     str(data["kind"] or "gp3"), (f"the snapshot is {chosen}{made}", *cautions(data))),)  # fmt: skip


def _lend(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import LendRoot

    if why := lendable(data, at.answer.strip()):
        return Refusal(why)
    return (LendRoot(*disk(data), str(data["root"]), at.answer.strip(), cautions(data)),)


def _copy(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import LendCopy

    if not data.get("volume"):
        return Refusal(_NO_DISK)
    if why := _no_helper(data, at.answer.strip()):
        return Refusal(why)
    return (LendCopy(*disk(data), str(data["root"]), f"copy-{data['mark']}", note(), at.answer.strip(),
                     str(data["zone"]), str(data["kind"] or "gp3")),)  # fmt: skip


def _cannot(data: Data) -> str:
    if not data.get("volume"):
        return _NO_DISK
    return cannot_stop(data)


def lendable(data: Data, helper: str) -> str:
    """Why its root disk cannot be lent to this helper; empty when it may."""
    return _cannot(data) or _no_helper(data, helper)


def _no_helper(data: Data, helper: str) -> str:
    """Why what was typed is no helper; empty when it may be one."""
    if not is_instance_id(helper):
        zone = data.get("zone") or "the same zone"
        return f"type the id of a running instance of yours in {zone}, as i-0123456789abcdef0"
    return "the helper is another instance than this one" if helper == data["instance"] else ""


def _standby(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import EnterStandby

    group = clean.line(str(data.get("scaling", "")), 255)
    if not group:
        return Refusal("it is in no Auto Scaling group")
    if data.get("standby"):
        return Refusal(f"it is in standby already in {group}")
    return (EnterStandby(*placed(data), str(data["instance"]), group),)


FIXES = tuple(
    Fix(id_, with_standing(plan), standing, asks, around=around, account=True)
    for id_, plan, asks, around in (
        ("snapshot-root-volume", _snapshot, "", True),
        ("grow-volume", _bigger, "The new size in GiB", False),
        ("guide-restore-snapshot", _swap, "A snapshot of its root volume, or newest", False),
        ("guide-rescue-volume", _lend, "The helper: the id of a running instance in the same zone", True),
        ("guide-debug-clone", _copy, "The helper: the id of a running instance in the same zone", True),
        ("auto-scaling-standby", _standby, "", True),
    )
)
