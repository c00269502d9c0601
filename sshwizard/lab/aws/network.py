"""EC2: interfaces, network ACLs, routes, prefix lists, Block Public Access."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from sshwizard.lab.aws.errors import ApiError, missing
from sshwizard.lab.aws.instances import associations, interface_values
from sshwizard.lab.aws.overlay import Call, after, before
from sshwizard.lab.aws.state import now

_CONSOLE_CLIENTS = {"IPv4": ("", "18.202.216.48/29"), "IPv6": (".ipv6", "2a05:d018:2000::/48")}
"""Where the browser client of Instance Connect comes from: the list's name ending, and one range of it."""


@before("ec2", "DescribeNetworkInterfaces")
def _interface_filters(call: Call) -> None:
    call.take_filters("association.*", "addresses.*", "ipv6-addresses.*", "private-dns-name", "owner-id")


@after("ec2", "DescribeNetworkInterfaces")
def _interfaces(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    interfaces = result.get("NetworkInterfaces", [])
    gateways = {one["networkInterfaceId"]: nat.id for nat in call.ec2.nat_gateways.values() for one in nat.address_set}
    for interface in interfaces:
        associations(call, interface)
        if nat := gateways.get(interface["NetworkInterfaceId"]):
            interface |= {"InterfaceType": "nat_gateway", "Description": f"Interface for NAT Gateway {nat}"}
    return {**result, "NetworkInterfaces": call.keep(interfaces, interface_values)}


@after("ec2", "DescribeNetworkAcls")
def _acls(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    """The rules that no ACL is without: the final deny, for IPv6 too where the VPC has it."""
    with_v6 = {one.id for one in call.ec2.vpcs.values() if one.get_cidr_block_association_set(ipv6=True)}
    for acl in result.get("NetworkAcls", []):
        there = {(one["Egress"], one["RuleNumber"]) for one in acl["Entries"]}
        for egress in (True, False):
            rules = [(32767, "deny", {"CidrBlock": "0.0.0.0/0"})]
            if acl["VpcId"] in with_v6:
                rules.append((32768, "deny", {"Ipv6CidrBlock": "::/0"}))
                if acl["IsDefault"]:
                    rules.append((101, "allow", {"Ipv6CidrBlock": "::/0"}))
            acl["Entries"] += [
                {"Egress": egress, "RuleNumber": number, "Protocol": "-1", "RuleAction": action, **block}
                for number, action, block in rules
                if (egress, number) not in there
            ]
    return result


@before("ec2", "UpdateSecurityGroupRuleDescriptionsIngress")
def _no_description(call: Call) -> None:
    """One that is left out is taken away (EC2 API reference); moto would let it stand."""
    for permission in call.params.get("IpPermissions") or []:
        for name in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs"):
            for row in permission.get(name) or []:
                row.setdefault("Description", "")


@after("ec2", "AuthorizeSecurityGroupIngress")
def _of_a_list(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    """The description of a rule for a prefix list, which moto does not keep."""
    for permission in call.params.get("IpPermissions") or []:
        for row in permission.get("PrefixListIds") or []:
            call.here.list_notes[call.params["GroupId"], row["PrefixListId"]] = row.get("Description", "")
    return result


@after("ec2", "DescribeSecurityGroupRules")
def _with_descriptions(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for row in result.get("SecurityGroupRules", []):
        if note := call.here.list_notes.get((row["GroupId"], row.get("PrefixListId", ""))):
            row["Description"] = note
    return result


@before("ec2", "DescribeRouteTables")
def _route_filters(call: Call) -> None:
    call.take_filters("route.state")


@after("ec2", "DescribeRouteTables")
def _routes(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    tables = result.get("RouteTables", [])
    for table in tables:
        for route in table["Routes"]:
            if _leads_nowhere(call, table["VpcId"], route):
                route["State"] = "blackhole"
    kept = call.keep(tables, lambda table, _: [route.get("State") for route in table["Routes"]])
    return {**result, "RouteTables": kept}


def _leads_nowhere(call: Call, vpc: str, route: dict[str, Any]) -> bool:
    """Whether a route's target is gone or detached (VPC user guide, "Route table concepts")."""
    gateway = route.get("GatewayId") or ""
    if gateway.startswith("igw-"):
        found = call.ec2.internet_gateways.get(gateway)
        return found is None or found.vpc is None or found.vpc.id != vpc
    if nat := route.get("NatGatewayId"):
        found = call.ec2.nat_gateways.get(nat)
        return found is None or found.state in ("deleting", "deleted", "failed")
    if peering := route.get("VpcPeeringConnectionId"):
        found = call.ec2.vpc_pcxs.get(peering)
        return found is None or found._status.code != "active"
    if interface := route.get("NetworkInterfaceId"):
        return interface not in call.ec2.enis
    return False


def _console_client_lists(call: Call) -> dict[str, dict[str, Any]]:
    lists = {}
    for family, (ending, _) in _CONSOLE_CLIENTS.items():
        name = f"com.amazonaws.{call.region}{ending}.ec2-instance-connect"
        id_ = "pl-0" + hashlib.sha256(name.encode()).hexdigest()[:16]
        lists[id_] = {
            "PrefixListId": id_,
            "AddressFamily": family,
            "State": "create-complete",
            "PrefixListName": name,
            "PrefixListArn": f"arn:aws:ec2:{call.region}:aws:prefix-list/{id_}",
            "OwnerId": "AWS",
            "Version": 1,
            "Tags": [],
        }
    return lists


@before("ec2", "DescribeManagedPrefixLists")
def _prefix_lists(call: Call) -> dict[str, Any] | None:
    """moto refuses ids that it does not know: AWS's own lists are answered here when asked for alone."""
    wanted, ours = call.params.get("PrefixListIds") or [], _console_client_lists(call)
    if wanted and all(one in ours for one in wanted):
        return {"PrefixLists": [ours[one] for one in wanted]}
    return None


@after("ec2", "DescribeManagedPrefixLists")
def _more_prefix_lists(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    lists, wanted = result["PrefixLists"], call.params.get("PrefixListIds")
    there = {one["PrefixListId"] for one in lists}
    for id_, one in _console_client_lists(call).items():
        named = {"prefix-list-name": one["PrefixListName"], "prefix-list-id": id_, "owner-id": "AWS"}
        passes = all(named.get(name) in values for name, values in call.filters().items())
        if id_ not in there and passes and (not wanted or id_ in wanted):
            lists.append(one)
    return result


@before("ec2", "GetManagedPrefixListEntries")
def _prefix_entries(call: Call) -> dict[str, Any] | None:
    found = _console_client_lists(call).get(call.params["PrefixListId"])
    return {"Entries": [{"Cidr": _CONSOLE_CLIENTS[found["AddressFamily"]][1]}]} if found else None


@before("ec2", "DescribeVpcBlockPublicAccessOptions")
def _block_public_access(call: Call) -> dict[str, Any]:
    return _options(call)


def _options(call: Call) -> dict[str, Any]:
    mode = call.here.block_public_access
    return {
        "VpcBlockPublicAccessOptions": {
            "AwsAccountId": call.account,
            "AwsRegion": call.region,
            "State": "default-state" if mode == "off" else "update-complete",
            "InternetGatewayBlockMode": mode,
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
    }


@before("ec2", "ModifyVpcBlockPublicAccessOptions")
def _set_block_public_access(call: Call) -> dict[str, Any]:
    mode = call.params["InternetGatewayBlockMode"]
    if mode not in ("off", "block-bidirectional", "block-ingress"):
        raise ApiError("InvalidParameterValue", f"Value ({mode}) for parameter InternetGatewayBlockMode is invalid.")
    call.here.block_public_access = mode
    return _options(call)


@before("ec2", "DescribeVpcBlockPublicAccessExclusions")
def _exclusions(call: Call) -> dict[str, Any]:
    wanted = call.params.get("ExclusionIds")
    shown = [one for id_, one in call.here.exclusions.items() if not wanted or id_ in wanted]
    call.take_filters("*")
    names = {"state": "State", "internet-gateway-exclusion-mode": "InternetGatewayExclusionMode"}
    kept = call.keep(shown, lambda one, name: [one.get(names.get(name, ""))])
    return {"VpcBlockPublicAccessExclusions": kept}


@before("ec2", "CreateVpcBlockPublicAccessExclusion")
def _exclude(call: Call) -> dict[str, Any]:
    kind, id_ = (
        ("subnet", call.params.get("SubnetId")) if call.params.get("SubnetId") else ("vpc", call.params["VpcId"])
    )
    if kind == "vpc" and id_ not in call.ec2.vpcs:
        raise missing("InvalidVpcID.NotFound", "vpc ID", str(id_))
    exclusion = {
        "ExclusionId": f"vpcbpa-exclude-{uuid.uuid4().hex[:17]}",
        "InternetGatewayExclusionMode": call.params["InternetGatewayExclusionMode"],
        "ResourceArn": f"arn:aws:ec2:{call.region}:{call.account}:{kind}/{id_}",
        "State": "create-complete",
        "CreationTimestamp": now(),
        "LastUpdateTimestamp": now(),
        "Tags": [],
    }
    call.here.exclusions[exclusion["ExclusionId"]] = exclusion
    return {"VpcBlockPublicAccessExclusion": exclusion}


@before("ec2", "DeleteVpcBlockPublicAccessExclusion")
def _include(call: Call) -> dict[str, Any]:
    id_ = call.params["ExclusionId"]
    gone = call.here.exclusions.pop(id_, None)
    if gone is None:
        raise missing("InvalidVpcBlockPublicAccessExclusionId.NotFound", "exclusion ID", id_)
    return {"VpcBlockPublicAccessExclusion": {**gone, "State": "delete-complete"}}
