"""The plan of a sweep over an account's instances, from rows as EC2 gives them: which of them let this address in, what
stops it at the others, and which rule would mend how many.

    python benchmarks/plan.py [INSTANCES]

Nothing is asked and nothing connected to; so what is measured is the judging alone, beside `json.loads` of the same
rows. 10,000 instances within 10 s.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from figures import Curve, Figure, tell
from timing import best

from sshwizard.advice.aws.account import Account
from sshwizard.advice.aws.hosts import machines_of
from sshwizard.fleet.groups import summary
from sshwizard.fleet.plan import planned

MOST = 10.0


def account(count: int) -> Account:
    """An account as EC2 tells of it: 500 security groups, of which two thirds let others in, a tenth without a public
    address behind one bastion."""
    everybody, vpc = "0.0.0.0/0", "vpc-1"
    rows = []
    for number in range(1, count + 1):
        group = [{"GroupId": f"sg-{number % 500:08x}"}]
        name = "bastion" if number == 1 else f"web-{number}"
        spread = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        address: dict[str, Any] = {"PrivateIpAddress": f"10.{spread}", "Primary": True}
        if number % 10:
            address["Association"] = {"PublicIp": f"54.{spread}"}
        nic = {"NetworkInterfaceId": f"eni-{number:08x}", "VpcId": vpc, "SubnetId": "subnet-1", "Groups": group,
               "Attachment": {"DeviceIndex": 0}, "PrivateIpAddresses": [address]}  # fmt: skip
        rows.append({
            "InstanceId": f"i-{number:017x}", "State": {"Name": "running"}, "VpcId": vpc, "SubnetId": "subnet-1",
            "PrivateIpAddress": f"10.{spread}", "PublicIpAddress": f"54.{spread}" if number % 10 else "",
            "SecurityGroups": group, "NetworkInterfaces": [nic], "OwnerId": "1",
            "Tags": [{"Key": "Name", "Value": name}, {"Key": "env", "Value": "prod"}],
        })  # fmt: skip

    def permission(source: str) -> dict[str, Any]:
        return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": source}]}

    groups = [
        {"GroupId": f"sg-{number:08x}", "VpcId": vpc, "IpPermissionsEgress": [],
         "IpPermissions": [permission("5.6.7.8/32" if number % 3 else "198.20.30.40/32"), permission("10.0.0.0/8")]}
        for number in range(500)
    ]  # fmt: skip
    passes = [{"RuleNumber": 100, "RuleAction": "allow", "Egress": out, "CidrBlock": everybody, "Protocol": "-1"}
              for out in (True, False)]  # fmt: skip
    routes = [{"DestinationCidrBlock": everybody, "GatewayId": "igw-1", "State": "active"},
              {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"}]  # fmt: skip
    lists: dict[str, Any] = {
        "instances": rows, "groups": groups, "subnets": [{"SubnetId": "subnet-1", "VpcId": vpc,
                                                          "CidrBlock": "10.0.0.0/8"}],
        "vpcs": [{"VpcId": vpc, "CidrBlock": "10.0.0.0/8"}], "bpa": [{"InternetGatewayBlockMode": "off"}],
        "gateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": vpc, "State": "available"}]}],
        "routes": [{"RouteTableId": "rtb-1", "VpcId": vpc, "Routes": routes, "Associations": [{"Main": True}]}],
        "acls": [{"NetworkAclId": "acl-1", "VpcId": vpc, "IsDefault": True, "Entries": passes,
                  "Associations": [{"SubnetId": "subnet-1"}]}],
    }  # fmt: skip
    return Account("", "eu-west-1", lists, sources=("198.20.30.40",))


def plan(count: int) -> tuple[float, float]:
    """Seconds of CPU from tags to groups, and of json.loads of the same rows."""
    made = account(count)
    text = json.dumps(made.lists)
    loading = best(lambda: json.loads(text), 3)
    began = time.process_time()
    told = summary(planned(made, machines_of(made, ("env", "prod"))))
    took = time.process_time() - began
    (change,) = told.actions
    assert (told.hosts, told.unclear) == (count, 0), told
    assert change.hosts == told.fails, change
    return took, loading


def main() -> int:
    """Measure, and compare with what is promised."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ours, theirs = list[tuple[float, float]](), list[tuple[float, float]]()
    for count in (most // 100, most // 10, most):
        took, loading = plan(count)
        ours.append((count, took))
        theirs.append((count, loading))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    curve = Curve(
        "plan", "The plan of a sweep", "instances", "seconds of CPU", {"sshwizard": ours, "json.loads": theirs}
    )
    return tell(
        [
            Figure(f"plan of {most:,} instances", ours[-1][1], "s", "json.loads of them", theirs[-1][1], MOST, "most"),
            Figure("the same: peak memory, with the rows as text", peak, "MB"),
        ],
        [curve],
    )


if __name__ == "__main__":
    raise SystemExit(main())
