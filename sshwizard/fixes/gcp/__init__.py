"""What can be done in a Google Cloud project, and the commands of Google's own tools, filled in."""

from collections.abc import Mapping

from sshwizard.fixes.fix import Lines, Plan
from sshwizard.fixes.gcp import boots, disks, guides, keys, machine, network, ways

FIXES = (*network.FIXES, *keys.FIXES, *boots.FIXES)

TWINS: Mapping[str, tuple[Plan, str]] = {
    id_: (machine.with_standing(plan), asks)
    for id_, plan, asks in (
        ("reboot-instance", machine.reset, ""),
        ("stop-start-instance", machine.stop_start, ""),
        ("snapshot-root-volume", disks.snapshot, ""),
        ("grow-volume", disks.grow, ""),
        ("guide-restore-snapshot", disks.restore, ""),
        ("guide-debug-clone", disks.clone, ""),
        ("guide-rescue-volume", disks.lend, "The helper: the name of a running VM in the same zone"),
        ("guide-recreate-vm", disks.recreate, ""),
    )
}
"""Actions of the vocabulary that AWS has, too, or may have: each with what it asks."""

PREPARING = frozenset({"snapshot-root-volume", "guide-debug-clone"})
"""Those of them that mend nothing by themselves."""

RESCUE = (*TWINS, *(fix.id for fix in boots.FIXES))
"""What can be done about a VM whatever the cause is."""

LINES: dict[str, Lines] = {**guides.LINES, **ways.LINES, "print-terraform": network.terraform}
