"""By what a paid step is billed, and the vendor's page that has the figure. No figure stands here: they change."""

from __future__ import annotations

from collections.abc import Mapping

_VPC = "https://aws.amazon.com/vpc/pricing/"
_EBS = "https://aws.amazon.com/ebs/pricing/"
_EC2 = "https://aws.amazon.com/ec2/pricing/on-demand/"
_GCE = "https://cloud.google.com/compute/all-pricing"

PRICES: Mapping[str, tuple[str, str]] = {
    "associate-elastic-ip": ("by the hour for each public IPv4 address, also while it is not used", _VPC),
    "run-reachability-analyzer": ("for each analysis", _VPC),
    "create-instance-connect-endpoint": ("nothing for the endpoint, by the GB for data between zones", _EC2),
    "open-emergency-endpoint": ("nothing for the endpoint, by the GB for data between zones", _EC2),
    "connect-instance-connect-endpoint": ("nothing for the tunnel, by the GB for data between zones", _EC2),
    "start-instance": ("by the second while the instance runs", _EC2),
    "snapshot-root-volume": ("by the GB and month for what the snapshot holds", _EBS),
    "grow-volume": ("by the GB and month for the size of the volume", _EBS),
    "create-status-alarm": ("by the alarm and month, beyond the free ones",
                            "https://aws.amazon.com/cloudwatch/pricing/"),
    "create-login-alarm": ("by the alarm and the metric and month, beyond the free ones",
                           "https://aws.amazon.com/cloudwatch/pricing/"),
    "ship-auth-log": ("by the GB that is sent, and by the GB and month that is kept",
                      "https://aws.amazon.com/cloudwatch/pricing/"),
    "guide-ssm-endpoints": ("by the hour for each endpoint and zone, and by the GB",
                            "https://aws.amazon.com/privatelink/pricing/"),
    "guide-rescue-volume": ("by the second for the rescue machine, by the GB and month for its disks", _EC2),
    "guide-previous-kernel": ("by the second for the helper machine", _EC2),
    "guide-bigger-machine": ("by the second for the larger machine", _EC2),
    "guide-debug-clone": ("by the second for the copy of the VM, by the GB and month for its disk", _GCE),
    "guide-recreate-vm": ("by the second for the new VM, by the GB and month for disks that are kept", _GCE),
    "guide-restore-snapshot": ("by the GB and month for the new disk", _GCE),
    "connect-over-iap": ("nothing for the tunnel, by the GB for traffic out of the VPC", _GCE),
}  # fmt: skip
"""What is not named here is not billed by itself (the vendors' pages, 2026)."""


def said(id_: str) -> str:
    """The basis and the page, in words; empty where nothing is billed."""
    if id_ not in PRICES:
        return ""
    basis, page = PRICES[id_]
    return f"Billed {basis}; the figure for your region: {page}" if not basis.startswith("nothing") else (
        f"Costs {basis}; the figure for your region: {page}"
    )  # fmt: skip
