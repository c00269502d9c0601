"""Commands for an administrator or for Google's own tools, with everything filled in. Nothing of it is run by us."""

from __future__ import annotations

import re
import shlex

from sshwizard import clean
from sshwizard.fixes.fix import Lines, Situation
from sshwizard.fixes.gcp.place import place as _place

IAP = "35.235.240.0/20"
"""From where Google's tunnels come (IAP, TCP forwarding)."""


def gcloud(*words: str) -> str:
    """A line to copy."""
    return shlex.join(("gcloud", *words))


def _grant(at: Situation) -> tuple[str, ...]:
    """The least role, on the smallest thing that it can be given on."""
    place, data = _place(at), at.found.data
    role, robot = str(data.get("role", "")), clean.line(str(data.get("service_account", "")), 120)
    if place is None or not role:
        return ()
    project, zone, vm = place
    account = clean.line(str(data.get("account", "")), 120) or "YOUR-ACCOUNT"
    kind = "serviceAccount" if account.endswith(".gserviceaccount.com") else "user"
    who = ("--member", f"{kind}:{account}", "--role", role)
    if role == "roles/iam.serviceAccountUser" and robot:
        return (gcloud("iam", "service-accounts", "add-iam-policy-binding", robot, *who, "--project", project),)
    if role.startswith("roles/iap."):
        return (gcloud("projects", "add-iam-policy-binding", project, *who),)
    where = ("--zone", zone, "--project", project)
    return (gcloud("compute", "instances", "add-iam-policy-binding", vm, *where, *who),)


def _clone(at: Situation) -> tuple[str, ...]:
    """A copy of the disk in a network of its own, looked at from a small VM without an address: the broken one runs on.
    That VM is reached by IAP only, which needs its own firewall rule."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    name = re.sub(r"[^a-z0-9-]", "", vm)[:40].strip("-") or "vm"
    net, snap, disk, box = f"{name}-look", f"{name}-look", f"{name}-look-disk", f"{name}-look-vm"
    region = zone.rpartition("-")[0]
    at_zone, here = ("--zone", zone, "--project", project), ("--project", project)
    return (
        gcloud("compute", "networks", "create", net, "--subnet-mode", "custom", *here),
        gcloud("compute", "networks", "subnets", "create", net, "--network", net, "--region", region, "--range",
               "10.240.0.0/28", *here),
        gcloud("compute", "firewall-rules", "create", f"{net}-iap", "--network", net, "--direction", "INGRESS",
               "--allow", "tcp:22", "--source-ranges", IAP, *here),
        gcloud("compute", "disks", "snapshot", vm, "--snapshot-names", snap, *at_zone),
        gcloud("compute", "disks", "create", disk, "--source-snapshot", snap, *at_zone),
        gcloud("compute", "instances", "create", box, "--subnet", net, "--no-address", "--machine-type", "e2-small",
               "--disk", f"name={disk},device-name=look,mode=rw,boot=no", *at_zone),
        gcloud("compute", "ssh", box, "--tunnel-through-iap", *at_zone, "--command",
               "sudo mount -o ro,noload /dev/disk/by-id/google-look-part1 /mnt && sudo journalctl -n 200 --no-pager -D "
               "/mnt/var/log/journal"),
        "# afterwards:",
        gcloud("compute", "instances", "delete", box, *at_zone),
        gcloud("compute", "disks", "delete", disk, *at_zone),
        gcloud("compute", "snapshots", "delete", snap, *here),
        gcloud("compute", "firewall-rules", "delete", f"{net}-iap", *here),
        gcloud("compute", "networks", "subnets", "delete", net, "--region", region, *here),
        gcloud("compute", "networks", "delete", net, *here),
    )  # fmt: skip


def _tools(at: Situation) -> tuple[str, ...]:
    """Google's own checks. The first leaves connectivity tests behind, which the next two lines find and delete."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    tunnel = ("--tunnel-through-iap",) if at.code.startswith("gcp.iap") else ()
    tests = ("network-management", "connectivity-tests")
    return (
        gcloud("compute", "ssh", vm, "--zone", zone, "--project", project, "--troubleshoot", *tunnel),
        gcloud(*tests, "list", "--project", project, "--filter", "name~ssh-troubleshoot"),
        f"{gcloud(*tests, 'delete', '--project', project)} TEST",
        shlex.join(("gcpdiag", "runbook", "gce/ssh", "--project", project, "--parameter", f"instance_name={vm}",
                    "--parameter", f"zone={zone}")),
        shlex.join(("gce-rescue", "diagnose", "--project", project, "--zone", zone, "--name", vm)),
    )  # fmt: skip


def _bigger(at: Situation) -> tuple[str, ...]:
    """More room on the boot disk: a disk cannot be made smaller again."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    size, disk = at.found.data.get("disk_gb"), clean.line(str(at.found.data.get("disk", "")), 80) or vm
    wanted = f"{int(size) + max(10, int(size) // 2)}GB" if isinstance(size, int) else "SIZE-IN-GB"
    at_zone = ("--zone", zone, "--project", project)
    return (
        gcloud("compute", "disks", "resize", disk, "--size", wanted, *at_zone),
        gcloud("compute", "instances", "reset", vm, *at_zone),
    )


def _windows(at: Situation) -> tuple[str, ...]:
    """Google's SSH package by a startup script, and the switch (Compute Engine, Enable SSH for Windows)."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    script = "sysprep-specialize-script-cmd=googet -noconfirm=true install google-compute-engine-ssh"
    add = ("compute", "instances", "add-metadata", vm, "--zone", zone, "--project", project)
    return (
        gcloud(
            *add, "--metadata", "windows-startup-script-cmd=googet -noconfirm=true install google-compute-engine-ssh"
        ),
        gcloud(*add, "--metadata", "enable-windows-ssh=TRUE"),
        gcloud("compute", "instances", "reset", vm, "--zone", zone, "--project", project),
        f"# of a VM that is made anew: --metadata '{script}'",
    )


def _oslogin(at: Situation) -> tuple[str, ...]:
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    return (
        gcloud("compute", "os-login", "ssh-keys", "add", "--key-file", "KEY.pub", "--project", project),
        gcloud("compute", "instances", "add-metadata", vm, "--zone", zone, "--project", project,
               "--metadata", "enable-oslogin=TRUE"),
    )  # fmt: skip


LINES: dict[str, Lines] = {
    "guide-grant-gcp-role": _grant,
    "guide-debug-clone": _clone,
    "run-google-tools": _tools,
    "grow-volume": _bigger,
    "guide-install-windows-ssh": _windows,
    "guide-use-oslogin": _oslogin,
}
"""Where the verdict is about no VM of Google's they give nothing, and the vocabulary's words stand."""
