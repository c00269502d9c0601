"""Rows as EC2 gives them, for the pure judges: a healthy account, of which a test breaks one thing."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sshwizard.advice import Advice
from sshwizard.advice.aws.account import Account
from sshwizard.advice.aws.judges import judged

Row = dict[str, Any]
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
VPC, SUBNET, GATEWAY, GROUP, ENDPOINT = "vpc-1", "subnet-1", "igw-1", "sg-1", "eice-1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"
EVERYBODY = "0.0.0.0/0"
OFFICE = "198.20.30.40/32"


def rule(*sources: str, low: int = 22, high: int = 0, protocol: str = "tcp", note: str = "office, kim, 2026") -> Row:
    """An IpPermission; a source is a block of either family, a group or a prefix list."""
    row: Row = {"IpProtocol": protocol, "IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": []}
    if protocol != "-1":
        row |= {"FromPort": low, "ToPort": high or low}
    for one in sources:
        name, key = {"sg-": ("UserIdGroupPairs", "GroupId"), "pl-": ("PrefixListIds", "PrefixListId")}.get(
            one[:3], ("Ipv6Ranges", "CidrIpv6") if ":" in one else ("IpRanges", "CidrIp")
        )
        row[name].append({key: one, **({"Description": note} if note else {})})
    return row


def group(id_: str = GROUP, *rules: Row, name: str = "web", **more: Any) -> Row:
    out = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYBODY}]}
    return {"GroupId": id_, "GroupName": name, "Description": name, "VpcId": VPC, "IpPermissions": list(rules),
            "IpPermissionsEgress": [out], **more}  # fmt: skip


def instance(number: int = 1, *groups: str, public: bool = True, **more: Any) -> Row:
    id_, private = f"i-{number:017x}", f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    own = [{"GroupId": one} for one in groups or (GROUP,)]
    address: Row = {"PrivateIpAddress": private, "Primary": True}
    if public:
        address["Association"] = {"PublicIp": f"54.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
    nic = {"NetworkInterfaceId": f"eni-{number}", "VpcId": VPC, "SubnetId": SUBNET, "Groups": own,
           "Attachment": {"DeviceIndex": 0}, "PrivateIpAddresses": [address]}  # fmt: skip
    tags = [{"Key": "Name", "Value": f"web-{number}"}, {"Key": "env", "Value": "prod"}]
    return {
        "InstanceId": id_, "State": {"Name": "running"}, "VpcId": VPC, "SubnetId": SUBNET, "Tags": tags,
        "PrivateIpAddress": private, "PublicIpAddress": address.get("Association", {}).get("PublicIp", ""),
        "SecurityGroups": own, "NetworkInterfaces": [nic], "ImageId": "ami-1", "KeyName": f"kim-prod-{number}",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"}, "OwnerId": "123456789012", **more,
    }  # fmt: skip


def alarm(number: int = 1, topic: str = TOPIC, **more: Any) -> Row:
    return {"AlarmName": f"check-{number}", "Namespace": "AWS/EC2", "MetricName": "StatusCheckFailed",
            "Dimensions": [{"Name": "InstanceId", "Value": f"i-{number:017x}"}], "ActionsEnabled": True,
            "AlarmActions": [topic] if topic else [], **more}  # fmt: skip


def lists(instances: Sequence[Row] = (), groups: Sequence[Row] = ()) -> dict[str, Sequence[Row]]:
    """Everything in order."""
    rows = list(instances) or [instance()]
    ids = [str(row["InstanceId"]) for row in rows]
    route = {"DestinationCidrBlock": EVERYBODY, "GatewayId": GATEWAY, "State": "active"}
    local = {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"}
    passes = [{"RuleNumber": 100, "RuleAction": "allow", "Egress": out, "CidrBlock": EVERYBODY, "Protocol": "-1"}
              for out in (True, False)]  # fmt: skip
    return {
        "instances": rows,
        "groups": list(groups) or [group(GROUP, rule(OFFICE), rule("sg-e"))],
        "interfaces": [nic for row in rows for nic in row["NetworkInterfaces"]],
        "pairs": [{"KeyName": "kim-prod-1", "CreateTime": "2026-08-01T10:00:00+00:00"}],
        "routes": [{"RouteTableId": "rtb-1", "VpcId": VPC, "Routes": [local, route],
                    "Associations": [{"SubnetId": SUBNET, "Main": True}]}],
        "acls": [{"NetworkAclId": "acl-1", "VpcId": VPC, "IsDefault": True, "Entries": passes,
                  "Associations": [{"SubnetId": SUBNET}]}],
        "subnets": [{"SubnetId": SUBNET, "VpcId": VPC, "CidrBlock": "10.0.0.0/8"}],
        "vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/8"}],
        "gateways": [{"InternetGatewayId": GATEWAY, "Attachments": [{"VpcId": VPC, "State": "available"}]}],
        "bpa": [{"InternetGatewayBlockMode": "off"}],
        "endpoints": [{"InstanceConnectEndpointId": ENDPOINT, "State": "create-complete", "VpcId": VPC,
                       "SubnetId": SUBNET, "SecurityGroupIds": ["sg-e"], "NetworkInterfaceIds": []}],
        "rules": [],
        "agents": [{"InstanceId": id_, "PingStatus": "Online", "IsLatestVersion": True} for id_ in ids],
        "alarms": [alarm(int(id_[2:], 16)) for id_ in ids]
        + [{"Namespace": "ssh", "MetricName": "Failed", "AlarmActions": [TOPIC], "ActionsEnabled": True}],
        "filters": [{"filterName": "f", "logGroupName": "/var/log/secure", "filterPattern": '"Failed password"',
                     "metricTransformations": [{"metricName": "Failed", "metricNamespace": "ssh"}]}],
        "logs": [{"logGroupName": "/var/log/secure"}],
        "streams": [{"log": "/var/log/secure", "streams": ids, "more": False}],
        "images": [{"ImageId": "ami-1", "Name": "al2023-ami-2023.6-x86_64", "OwnerId": "137112412989"}],
    }  # fmt: skip


def account(found: Mapping[str, Sequence[Row]] | None = None, **more: Any) -> Account:
    """A healthy account, or this one."""
    return Account("prod", "eu-west-1", lists() if found is None else found, sources=("198.20.30.40",), now=NOW, **more)


def told(found: Mapping[str, Sequence[Row]], code: str) -> list[Advice]:
    """What is said under a code."""
    return [one for one in judged(account(found)) if one.code == code]
