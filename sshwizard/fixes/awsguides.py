"""Commands for an EC2 instance and its network, with everything filled in. Nothing of it is run by us.

EC2 User Guide: EBS snapshots, modify a volume, extend the file system; VPC User Guide: internet gateways, Reachability
Analyzer; EC2 Auto Scaling User Guide: standby; Systems Manager User Guide: VPC endpoints.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.fixes.fix import Lines, Situation


class _Place:
    """Which instance a verdict is about, and how it is asked about; of the facts the newest word of each counts."""

    def __init__(self, at: Situation) -> None:
        rows: tuple[Mapping[str, Any], ...] = (at.found.data, *(fact.data for fact in at.facts.values()))
        self._rows = rows
        id_ = next((str(row["instance"]) for row in rows if is_instance_id(str(row.get("instance", "")))), "")
        self.id = id_ if self.word("region") else ""

    def word(self, key: str) -> str:
        """What a fact names so; empty where none does."""
        return next((clean.line(str(row[key]), 80) for row in self._rows if row.get(key)), "")

    def aws(self, *words: str) -> str:
        """A line to copy."""
        profile = ("--profile", self.word("profile")) if self.word("profile") else ()
        return shlex.join(("aws", *words, "--region", self.word("region"), *profile))

    def given(self, query: str, *words: str) -> str:
        """A command within a line: what it prints is used there."""
        return f"$({self.aws(*words, '--query', query, '--output', 'text')})"


def _snapshot(at: Situation) -> tuple[str, ...]:
    place = _Place(at)
    volume = place.word("volume")
    if not place.id or not volume:
        return ()
    told = f"root volume of {place.id} before it is repaired"
    made = place.given("SnapshotId", "ec2", "create-snapshot", "--volume-id", volume, "--description", told)
    return (
        "# billed by the GB that are in use, until it is deleted",
        f"snapshot={made}",
        f'{place.aws("ec2", "wait", "snapshot-completed")} --snapshot-ids "$snapshot"',
    )


def _bigger(at: Situation) -> tuple[str, ...]:
    """Half as much again: a volume cannot be made smaller, nor be changed again for some hours."""
    place = _Place(at)
    volume = place.word("volume")
    if not place.id or not volume:
        return ()
    size = place.given("Volumes[0].Size", "ec2", "describe-volumes", "--volume-ids", volume)
    return (
        f"size={size}",
        f"{place.aws('ec2', 'modify-volume', '--volume-id', volume)} --size $((size + size / 2 + 1))",
        "# on the server, once its state is optimizing (most images do it by themselves at a boot):",
        'part=$(findmnt -no SOURCE /); disk=/dev/$(lsblk -no PKNAME "$part")',
        'sudo growpart "$disk" "$(cat /sys/class/block/"${part#/dev/}"/partition)"',
        'case $(findmnt -no FSTYPE /) in xfs) sudo xfs_growfs / ;; *) sudo resize2fs "$part" ;; esac',
        "# where nobody can log in, a restart instead:",
        place.aws("ec2", "reboot-instances", "--instance-ids", place.id),
    )


def _standby(at: Situation) -> tuple[str, ...]:
    """A stop in standby is no failure to the group, so nothing is put in the instance's place."""
    place = _Place(at)
    group = place.word("scaling")
    if not place.id or not group:
        return ()
    of = ("--instance-ids", place.id, "--auto-scaling-group-name", group)
    one = ("--instance-ids", place.id)
    return (
        place.aws("autoscaling", "enter-standby", *of, "--should-decrement-desired-capacity"),
        place.aws("ec2", "stop-instances", *one),
        place.aws("ec2", "wait", "instance-stopped", *one),
        place.aws("ec2", "start-instances", *one),
        place.aws("ec2", "wait", "instance-status-ok", *one),
        place.aws("autoscaling", "exit-standby", *of),
    )


def _gateway(at: Situation) -> tuple[str, ...]:
    """A gateway opens nothing by itself; the route lets the replies to one address out, where that is known."""
    place = _Place(at)
    vpc, subnet, source = place.word("vpc"), place.word("subnet"), place.word("source")
    if not place.id or not vpc or not subnet:
        return ()
    block = f"{source}/{128 if ':' in source else 32}" if source else "YOUR-ADDRESS/32"
    family = "--destination-ipv6-cidr-block" if ":" in source else "--destination-cidr-block"
    table, tables = "RouteTables[0].RouteTableId", ("ec2", "describe-route-tables", "--filters")
    own = place.given(table, *tables, f"Name=association.subnet-id,Values={subnet}")
    main = place.given(table, *tables, f"Name=vpc-id,Values={vpc}", "Name=association.main,Values=true")
    return (
        f"gateway={place.given('InternetGateway.InternetGatewayId', 'ec2', 'create-internet-gateway')}",
        f'{place.aws("ec2", "attach-internet-gateway", "--vpc-id", vpc)} --internet-gateway-id "$gateway"',
        f"table={own}",
        f'[ "$table" != None ] || table={main}',
        f'{place.aws("ec2", "create-route", family, block)} --route-table-id "$table" --gateway-id "$gateway"',
        f"# whatever uses that route table and has a public address can now be reached from {block}",
    )


def _endpoints(at: Situation) -> tuple[str, ...]:
    """The two that a session needs; each is billed by the hour. Its group must let the instance in on port 443."""
    place = _Place(at)
    vpc, subnet, region = place.word("vpc"), place.word("subnet"), place.word("region")
    if not place.id or not vpc or not subnet:
        return ()
    rows = tuple(
        place.aws("ec2", "create-vpc-endpoint", "--vpc-endpoint-type", "Interface", "--vpc-id", vpc, "--subnet-ids",
                  subnet, "--service-name", f"com.amazonaws.{region}.{name}", "--private-dns-enabled",
                  "--security-group-ids", "GROUP")
        for name in ("ssm", "ssmmessages")
    )  # fmt: skip
    return ("# GROUP: a security group that lets the instance in on port 443; billed by the hour", *rows)


def _analyzer(at: Situation) -> tuple[str, ...]:
    """AWS's own verdict about the way from the internet gateway; 0.10 US dollars for each analysis."""
    place = _Place(at)
    vpc, port = place.word("vpc"), place.word("port") or "22"
    if not place.id or not vpc:
        return ()
    gateways = ("ec2", "describe-internet-gateways", "--filters", f"Name=attachment.vpc-id,Values={vpc}")
    path = place.given("NetworkInsightsPath.NetworkInsightsPathId", "ec2", "create-network-insights-path", "--protocol",
                       "tcp", "--destination", place.id, "--destination-port", port)  # fmt: skip
    begun = place.given("NetworkInsightsAnalysis.NetworkInsightsAnalysisId", "ec2", "start-network-insights-analysis")
    shown = place.aws("ec2", "describe-network-insights-analyses", "--query",
                      "NetworkInsightsAnalyses[0].[Status,NetworkPathFound,Explanations]")  # fmt: skip
    return (
        "# an analysis costs 0.10 US dollars",
        f"gateway={place.given('InternetGateways[0].InternetGatewayId', *gateways)}",
        f'path={path[:-1]} --source "$gateway")',
        f'analysis={begun[:-1]} --network-insights-path-id "$path")',
        f'{shown} --network-insights-analysis-ids "$analysis"',
        "# that again until it says succeeded; afterwards:",
        f'{place.aws("ec2", "delete-network-insights-analysis")} --network-insights-analysis-id "$analysis"',
        f'{place.aws("ec2", "delete-network-insights-path")} --network-insights-path-id "$path"',
    )


def _restore(at: Situation) -> tuple[str, ...]:
    """The newest snapshot of the root volume takes its place; what was written since is lost."""
    place = _Place(at)
    volume = place.word("volume")
    if not place.id or not volume:
        return ()
    newest = "sort_by(Snapshots,&StartTime)[-1].SnapshotId"
    asked = ("ec2", "describe-snapshots", "--owner-ids", "self", "--filters", f"Name=volume-id,Values={volume}")
    return (
        f"snapshot={place.given(newest, *asked)}",
        f'{place.aws("ec2", "create-replace-root-volume-task", "--instance-id", place.id)} --snapshot-id "$snapshot"',
        f"# what was written since is on {volume} alone, which stays, detached",
    )


def _by_name(at: Situation) -> tuple[str, ...]:
    """The name that the instance has now, asked for at each login: an address that changed does not matter."""
    place = _Place(at)
    if not place.id or not at.target.args:
        return ()
    name = place.given("Reservations[0].Instances[0].PublicDnsName", "ec2", "describe-instances", "--instance-ids",
                       place.id)  # fmt: skip
    return (f'ssh -o HostName="{name}" {shlex.join(at.target.args)}',)


LINES: dict[str, Lines] = {
    "snapshot-root-volume": _snapshot,
    "grow-volume": _bigger,
    "auto-scaling-standby": _standby,
    "guide-attach-internet-gateway": _gateway,
    "guide-ssm-endpoints": _endpoints,
    "run-reachability-analyzer": _analyzer,
    "guide-restore-snapshot": _restore,
    "guide-use-hostname": _by_name,
}
"""Where the verdict is about no instance of an account they give nothing, and the vocabulary's words stand."""
