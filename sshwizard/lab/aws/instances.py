"""EC2: instances, their addresses, console and user data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, timedelta
from typing import Any

from sshwizard.lab.aws import boots
from sshwizard.lab.aws.errors import ApiError, missing
from sshwizard.lab.aws.overlay import Call, after, before
from sshwizard.lab.aws.state import now

_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
_CONSOLE_BYTES = 65536
"""How much EC2 keeps (GetConsoleOutput, API reference)."""
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_OWN_FILTERS = (
    "network-interface.*",
    "ipv6-address",
    "platform",
    "platform-details",
    "iam-instance-profile.*",
    "instance.group-*",
)
"""Which moto lacks, or (the groups) compares with what was not given per interface."""
_DETAILS = {"windows": "Windows", "": "Linux/UNIX"}


def public_name(address: str, region: str) -> str:
    """The DNS name that EC2 gives to a public address."""
    zone = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{zone}.amazonaws.com"


def find(call: Call, id_: str) -> Any:
    """moto's instance. Raises ApiError as EC2 does."""
    if not _ID.fullmatch(id_):
        raise ApiError("InvalidInstanceID.Malformed", f'Invalid id: "{id_}"')
    for instance in call.ec2.all_instances():
        if instance.id == id_:
            return instance
    raise missing("InvalidInstanceID.NotFound", "instance ID", id_)


def state(call: Call, instance: Any) -> str:
    """The state that is shown: moto's, or one that it passes through at once."""
    return call.here.states.get(instance.id) or str(instance.state)


@before("ec2", "DescribeInstances", "StartInstances", "StopInstances", "RebootInstances", "TerminateInstances")
def _well_formed(call: Call) -> None:
    for id_ in call.params.get("InstanceIds") or []:
        if not _ID.fullmatch(id_):
            raise ApiError("InvalidInstanceID.Malformed", f'Invalid id: "{id_}"')
    if call.action == "DescribeInstances":
        call.take_filters(*_OWN_FILTERS)


@after("ec2", "DescribeInstances")
def _describe(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    reservations = []
    for reservation in result.get("Reservations", []):
        shown = [_correct(call, instance) for instance in reservation["Instances"]]
        if kept := call.keep(shown, _values):
            reservations.append({**reservation, "Instances": kept})
    return {**result, "Reservations": reservations}


@before("ec2", "RunInstances")
def _six(call: Call) -> None:
    """IPv6 addresses of the first interface, which moto counts only for the whole instance."""
    interfaces = call.params.get("NetworkInterfaces") or [{}]
    if wanted := interfaces[0].get("Ipv6AddressCount"):
        call.params["Ipv6AddressCount"] = wanted


@after("ec2", "RunInstances")
def _run(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "Instances": [_correct(call, instance) for instance in result["Instances"]]}


@after("ec2", "StartInstances")
def _start(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for one in result["StartingInstances"]:
        call.here.states.pop(one["InstanceId"], None)
        instance = find(call, one["InstanceId"])
        # A launch time has whole seconds, in which nothing real stops and starts again.
        instance.launch_time = max(now(), instance.launch_time.replace(tzinfo=UTC) + timedelta(seconds=1))
        boots.boot(call.here, instance)
    return result


@after("ec2", "StopInstances", "TerminateInstances")
def _stop(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    for one in result.get("StoppingInstances") or result.get("TerminatingInstances") or []:
        call.here.states.pop(one["InstanceId"], None)
        call.here.agents.pop(one["InstanceId"], None) if call.action == "TerminateInstances" else None
    return result


def associations(call: Call, interface: dict[str, Any]) -> None:
    """The public address of an interface, which stands with its primary private address as well."""
    for one in interface.get("PrivateIpAddresses", []):
        if one.get("Primary") and interface.get("Association"):
            one.setdefault("Association", dict(interface["Association"]))
        _association(call, one)
    _association(call, interface)


def _association(call: Call, holder: dict[str, Any]) -> None:
    """A public address as EC2 shows it: with its DNS name and owner; no key where there is none."""
    found = holder.get("Association")
    if found and found.get("PublicIp"):
        found["PublicDnsName"] = public_name(found["PublicIp"], call.region)
        elastic = any(one.public_ip == found["PublicIp"] for one in call.ec2.addresses)
        found["IpOwnerId"] = call.account if elastic else "amazon"
    else:
        holder.pop("Association", None)


def _correct(call: Call, instance: dict[str, Any]) -> dict[str, Any]:
    """What moto lacks in one described instance."""
    interfaces = instance.get("NetworkInterfaces", [])
    for interface in interfaces:
        associations(call, interface)
    v6 = [one["Ipv6Address"] for interface in interfaces for one in interface.get("Ipv6Addresses", [])]
    if v6:
        instance["Ipv6Address"] = v6[0]
    first = min(interfaces, key=lambda one: one.get("Attachment", {}).get("DeviceIndex", 0), default=None)
    if first:
        instance["SecurityGroups"] = first["Groups"]
    address = instance.get("PublicIpAddress")
    instance["PublicDnsName"] = public_name(address, call.region) if address else ""
    if not instance.get("StateReason", {}).get("Code"):
        instance.pop("StateReason", None)
    if held := call.here.states.get(instance["InstanceId"]):
        instance["State"] = {"Name": held, "Code": CODES[held]}
    instance["PlatformDetails"] = _DETAILS.get(instance.get("Platform", ""), "Linux/UNIX")
    instance["EnaSupport"] = True
    disks = [one["DeviceName"] for one in instance.get("BlockDeviceMappings", ())]
    if disks and instance.get("RootDeviceName") not in disks:
        instance["RootDeviceName"] = disks[0]
    if profile := instance.get("IamInstanceProfile"):
        profile["Id"] = "AIPA" + hashlib.sha256(profile["Arn"].encode()).hexdigest()[:17].upper()
    return instance


def _values(instance: dict[str, Any], name: str) -> list[Any]:
    """What a filter that moto does not know compares with (DescribeInstances, API reference)."""
    if name == "ipv6-address":
        name = "network-interface.ipv6-addresses.ipv6-address"
    if name.startswith("network-interface."):
        return [
            v for one in instance.get("NetworkInterfaces", []) for v in interface_values(one, name.partition(".")[2])
        ]
    profile = instance.get("IamInstanceProfile", {})
    return {
        "platform": [instance.get("Platform")],
        "platform-details": [instance.get("PlatformDetails")],
        "iam-instance-profile.arn": [profile.get("Arn")],
        "iam-instance-profile.id": [profile.get("Id")],
        "instance.group-id": [one["GroupId"] for one in instance.get("SecurityGroups", [])],
        "instance.group-name": [one["GroupName"] for one in instance.get("SecurityGroups", [])],
    }.get(name, [])


def interface_values(interface: dict[str, Any], name: str) -> list[Any]:
    """What a filter on a network interface compares with."""
    privates = interface.get("PrivateIpAddresses", [])
    publics = [one.get("Association", {}) for one in privates]
    plain = {
        "network-interface-id": "NetworkInterfaceId",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
        "status": "Status",
        "owner-id": "OwnerId",
        "private-dns-name": "PrivateDnsName",
    }
    if name in plain:
        return [interface.get(plain[name])]
    return {
        "addresses.association.public-ip": [one.get("PublicIp") for one in publics],
        "association.public-ip": [interface.get("Association", {}).get("PublicIp")],
        "association.allocation-id": [interface.get("Association", {}).get("AllocationId")],
        "addresses.private-ip-address": [one.get("PrivateIpAddress") for one in privates],
        "private-ip-address": [one.get("PrivateIpAddress") for one in privates],
        "ipv6-addresses.ipv6-address": [one.get("Ipv6Address") for one in interface.get("Ipv6Addresses", [])],
        "group-id": [one.get("GroupId") for one in interface.get("Groups", [])],
        "group-name": [one.get("GroupName") for one in interface.get("Groups", [])],
    }.get(name, [])


@after("ec2", "AssociateAddress")
def _elastic(call: Call, result: dict[str, Any]) -> dict[str, Any]:
    """An elastic address takes the place of the automatic one, and stands in one place.

    moto would drop it when the instance stops, and leaves it where it was before, too.
    """
    holders: dict[str, Any] = {one.public_ip: one.eni for one in call.ec2.addresses if one.eni is not None}
    for interface in call.ec2.enis.values():
        holder = holders.get(interface.public_ip)
        if holder is None:
            continue
        if holder is interface:
            interface.public_ip_auto_assign = False
        else:
            interface.public_ip = None
    return result


@before("ec2", "GetConsoleOutput")
def _console(call: Call) -> dict[str, Any]:
    instance = find(call, call.params["InstanceId"])
    text = call.here.console.get(instance.id)
    answer: dict[str, Any] = {"InstanceId": instance.id, "Timestamp": now()}
    if text is None:
        # EC2 leaves Output away until the buffer was posted for the first time.
        return answer
    return {**answer, "Output": base64.b64encode(text.encode()[-_CONSOLE_BYTES:]).decode()}


@before("ec2", "ModifyInstanceAttribute")
def _user_data(call: Call) -> dict[str, Any] | None:
    """New user data, which moto takes only when encoded twice and while the instance runs."""
    if "UserData" not in call.params:
        return None
    instance = find(call, call.params["InstanceId"])
    if state(call, instance) != "stopped":
        text = f"The instance '{instance.id}' is not in the 'stopped' state."
        raise ApiError("IncorrectInstanceState", text)
    value = call.params["UserData"]
    value = value.get("Value", b"") if isinstance(value, dict) else value
    raw = value if isinstance(value, bytes) else str(value).encode()
    try:
        base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raw = base64.b64encode(raw)
    instance.user_data = raw.decode()
    return {}
