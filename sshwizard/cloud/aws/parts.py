"""What is asked about one instance: each part is one call, made from what DescribeInstances said."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import AUTO_SCALING, Row, tag
from sshwizard.cloud.unseen import Answer, Unseen


def _in_vpc(operation: str, key: str = "vpc-id") -> Callable[[Row], Call]:
    def made(instance: Row) -> Call:
        return Call("ec2", operation, {"Filters": [{"Name": key, "Values": [instance.get("VpcId", "")]}]})

    return made


def _by(operation: str, key: str, wanted: str, **more: Any) -> Callable[[Row], Call | None]:
    """A filter and not an id: what was deleted is then an empty list and not an error."""

    def made(instance: Row) -> Call | None:
        value = instance.get(wanted)
        return Call("ec2", operation, {"Filters": [{"Name": key, "Values": [value]}], **more}) if value else None

    return made


def _plain(service: str, operation: str) -> Callable[[Row], Call]:
    return lambda _instance: Call(service, operation)


def _of(service: str, operation: str, key: str, *, listed: bool = False, **more: Any) -> Callable[[Row], Call]:
    def made(instance: Row) -> Call:
        id_ = instance["InstanceId"]
        return Call(service, operation, {key: [id_] if listed else id_, **more})

    return made


def _processor(instance: Row) -> Call:
    """CPU and burst credits of the last hour (CloudWatch, metrics of EC2), in one call."""
    now = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    names = ("CPUUtilization", "CPUCreditBalance")
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/EC2",
                    "MetricName": name,
                    "Dimensions": [{"Name": "InstanceId", "Value": instance["InstanceId"]}],
                },
                "Period": 300,
                "Stat": "Average",
            },
        }
        for name in names
    ]
    start = now - datetime.timedelta(hours=1)
    return Call("cloudwatch", "get_metric_data", {"MetricDataQueries": queries, "StartTime": start, "EndTime": now})


def _agent(instance: Row) -> Call:
    wanted = [{"Key": "InstanceIds", "Values": [instance["InstanceId"]]}]
    return Call("ssm", "describe_instance_information", {"Filters": wanted})


def _credits(instance: Row) -> Call | None:
    """Only burstable types have credits (EC2 User Guide, Burstable performance instances)."""
    if not str(instance.get("InstanceType", "")).startswith(("t2.", "t3.", "t3a.", "t4g.")):
        return None
    return Call("ec2", "describe_instance_credit_specifications", {"InstanceIds": [instance["InstanceId"]]})


def root_volume(instance: Row) -> str:
    """The id of the volume that it boots from; empty where the root is none."""
    device = instance.get("RootDeviceName")
    found = (one.get("Ebs") or {} for one in instance.get("BlockDeviceMappings", ()) if one.get("DeviceName") == device)
    return str(next(found, {}).get("VolumeId", ""))


def _of_root(operation: str, **more: Any) -> Callable[[Row], Call | None]:
    def made(instance: Row) -> Call | None:
        id_ = root_volume(instance)
        return Call("ec2", operation, {"Filters": [{"Name": "volume-id", "Values": [id_]}], **more}) if id_ else None

    return made


def _scaling(instance: Row) -> Call | None:
    """In service, or in standby, where a group has it."""
    if not tag(instance, AUTO_SCALING):
        return None
    return Call("autoscaling", "describe_auto_scaling_instances", {"InstanceIds": [instance["InstanceId"]]})


def _inventory(instance: Row) -> Call:
    """The programs that its agent reported, where State Manager collects them (AWS:Application)."""
    return Call("ssm", "list_inventory_entries", {"InstanceId": instance["InstanceId"], "TypeName": "AWS:Application"})


PARTS: Mapping[str, Callable[[Row], Call | None]] = {
    "status": _of("ec2", "describe_instance_status", "InstanceIds", listed=True, IncludeAllInstances=True),
    "groups": _in_vpc("describe_security_groups"),
    "acls": _in_vpc("describe_network_acls"),
    "routes": _in_vpc("describe_route_tables"),
    "subnets": _in_vpc("describe_subnets"),
    "vpcs": _in_vpc("describe_vpcs"),
    "gateways": _in_vpc("describe_internet_gateways", "attachment.vpc-id"),
    "bpa": _plain("ec2", "describe_vpc_block_public_access_options"),
    "connect-endpoints": _in_vpc("describe_instance_connect_endpoints"),
    "vpc-endpoints": _in_vpc("describe_vpc_endpoints"),
    "console": _of("ec2", "get_console_output", "InstanceId"),
    "image": _by("describe_images", "image-id", "ImageId", IncludeDeprecated=True),
    "key-pair": _by("describe_key_pairs", "key-name", "KeyName", IncludePublicKey=True),
    "user-data": _of("ec2", "describe_instance_attribute", "InstanceId", Attribute="userData"),
    "shutdown": _of("ec2", "describe_instance_attribute", "InstanceId", Attribute="instanceInitiatedShutdownBehavior"),
    "serial": _plain("ec2", "get_serial_console_access_status"),
    "type": _by("describe_instance_types", "instance-type", "InstanceType"),
    "agent": _agent,
    "volume": _of_root("describe_volumes"),
    "snapshots": _of_root("describe_snapshots", OwnerIds=["self"]),
    "neighbours": _in_vpc("describe_instances"),
    "scaling": _scaling,
    "inventory": _inventory,
    "processor": _processor,
    "credits": _credits,
}
"""Each part and its call; None where there is nothing to ask, which is an answer, too."""

FIRST = ("status", "groups", "acls", "routes", "subnets", "vpcs", "gateways", "bpa", "console", "image",
         "connect-endpoints", "vpc-endpoints")  # fmt: skip
"""Asked as soon as the instance is known; the others when a look wants them."""

WORLD: Mapping[str, tuple[str, str]] = {
    "groups": ("SecurityGroups", "SecurityGroups"),
    "acls": ("NetworkAcls", "NetworkAcls"),
    "routes": ("RouteTables", "RouteTables"),
    "subnets": ("Subnets", "Subnets"),
    "vpcs": ("Vpcs", "Vpcs"),
    "gateways": ("InternetGateways", "InternetGateways"),
    "connect-endpoints": ("InstanceConnectEndpoints", "InstanceConnectEndpoints"),
    "vpc-endpoints": ("VpcEndpoints", "VpcEndpoints"),
}
"""The parts that a packet path is judged by: the key in the answer, and in the world."""


_ANY: Row = {
    "InstanceId": "", "ImageId": "x", "KeyName": "x", "InstanceType": "t2.x", "RootDeviceName": "x",
    "BlockDeviceMappings": [{"DeviceName": "x", "Ebs": {"VolumeId": "x"}}],
    "Tags": [{"Key": AUTO_SCALING, "Value": "x"}],
}  # fmt: skip
"""An instance of which everything is asked."""


def permission(name: str) -> str:
    """The permission that a part needs, as ec2:DescribeVpcs."""
    call = PARTS[name](_ANY)
    return call.name if call else ""


def prefix_lists(rows: Mapping[str, Any]) -> list[str]:
    """The prefix lists that security groups and route tables name."""
    named: dict[str, None] = {}
    for group in rows.get("SecurityGroups", ()):
        for rule in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
            named |= dict.fromkeys(row["PrefixListId"] for row in rule.get("PrefixListIds", ()))
    for table in rows.get("RouteTables", ()):
        for row in table.get("Routes", ()):
            if row.get("DestinationPrefixListId"):
                named[row["DestinationPrefixListId"]] = None
    return list(named)


def peered(rows: Mapping[str, Any]) -> bool:
    """True when a route leads to another VPC, whose peering then matters."""
    routes = (row for table in rows.get("RouteTables", ()) for row in table.get("Routes", ()))
    return any(row.get("VpcPeeringConnectionId") for row in routes)


def blocked_mode(answer: Answer) -> str:
    """VPC Block Public Access: off, block-ingress, block-bidirectional; empty when it could not be read."""
    if isinstance(answer, Unseen):
        return ""
    options = answer.get("VpcBlockPublicAccessOptions") or {}
    return str(options.get("InternetGatewayBlockMode", "off"))
