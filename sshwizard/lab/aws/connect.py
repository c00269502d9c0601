"""EC2 Instance Connect: keys for a minute, endpoints, and the serial console."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from sshwizard.lab.aws.errors import ApiError, missing
from sshwizard.lab.aws.instances import find, state
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.state import Pushed, now

_PUBLIC_KEY = re.compile(r"(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=* ?.*", re.DOTALL)
_BEFORE_NITRO = re.compile(r"(t1|t2|m1|m2|m3|m4|c1|c3|c4|r3|r4|i2|i3|d2|g2|g3|p2|p3|x1|x1e|f1|h1)\.(?!.*metal)")


@before("ec2-instance-connect", "SendSSHPublicKey")
def _push(call: Call) -> dict[str, Any]:
    instance = _running(call)
    zone = call.params.get("AvailabilityZone")
    if zone and zone != instance.availability_zone:
        raise ApiError("EC2InstanceNotFoundException", "No instance found matching instance Id and Availability Zone")
    return _put(call, instance.id, call.params["InstanceOSUser"])


@before("ec2-instance-connect", "SendSerialConsoleSSHPublicKey")
def _push_serial(call: Call) -> dict[str, Any]:
    if not call.here.serial_console:
        text = "Your account is not authorized to use the EC2 Serial Console. Run EnableSerialConsoleAccess first."
        raise ApiError("SerialConsoleAccessDisabledException", text, 403)
    instance = _running(call)
    if _BEFORE_NITRO.match(instance.instance_type):
        text = f"The instance type {instance.instance_type} is not supported by the serial console."
        raise ApiError("EC2InstanceTypeInvalidException", text)
    return _put(call, instance.id, f"port{call.params.get('SerialPort', 0)}")


def _running(call: Call) -> Any:
    """The instance of the call, which must run. Raises ApiError as the service does."""
    if not _PUBLIC_KEY.fullmatch(call.params["SSHPublicKey"].strip()):
        raise ApiError("InvalidArgsException", "The SSH public key is not in a supported format")
    try:
        instance = find(call, call.params["InstanceId"])
    except ApiError:
        raise ApiError("EC2InstanceNotFoundException", "No instance found matching the instance Id") from None
    if (shown := state(call, instance)) != "running":
        raise ApiError("EC2InstanceStateInvalidException", f"The instance is in the state {shown}, not running")
    return instance


def _put(call: Call, instance: str, user: str) -> dict[str, Any]:
    line = " ".join(call.params["SSHPublicKey"].split()[:2])
    call.lab.pushed.append(Pushed(instance, user, line, time.time() + call.lab.faults.key_seconds))
    return {"RequestId": str(uuid.uuid4()), "Success": True}


@before("ec2", "CreateInstanceConnectEndpoint")
def _create(call: Call) -> dict[str, Any]:
    subnet = call.ec2.get_subnet(call.params["SubnetId"])
    id_, mark = f"eice-{uuid.uuid4().hex[:17]}", uuid.uuid4().hex[:8]
    default = [group.id for group in call.ec2.groups[subnet.vpc_id].values() if group.name == "default"]
    zone = f"ec2-instance-connect-endpoint.{call.region}.amazonaws.com"
    tags = [tag for one in call.params.get("TagSpecifications") or [] for tag in one.get("Tags", [])]
    endpoint = {
        "OwnerId": call.account,
        "InstanceConnectEndpointId": id_,
        "InstanceConnectEndpointArn": f"arn:aws:ec2:{call.region}:{call.account}:instance-connect-endpoint/{id_}",
        "State": _state_of_new(call),
        "StateMessage": "",
        "DnsName": f"{id_}.{mark}.{zone}",
        "FipsDnsName": f"{id_}.{mark}.fips.{zone}",
        "NetworkInterfaceIds": [f"eni-{uuid.uuid4().hex[:17]}"],
        "VpcId": subnet.vpc_id,
        "AvailabilityZone": subnet.availability_zone,
        "CreatedAt": now(),
        "SubnetId": subnet.id,
        "PreserveClientIp": call.flag("PreserveClientIp"),
        "SecurityGroupIds": call.params.get("SecurityGroupIds") or default,
        "Tags": tags,
        "IpAddressType": "ipv4",
    }
    call.here.endpoints[id_] = endpoint
    return {"InstanceConnectEndpoint": endpoint, "ClientToken": call.params.get("ClientToken", "")}


def _state_of_new(call: Call) -> str:
    return "create-in-progress" if call.lab.faults.endpoint_looks > 0 else "create-complete"


@before("ec2", "DescribeInstanceConnectEndpoints")
def _describe(call: Call) -> dict[str, Any]:
    wanted = call.params.get("InstanceConnectEndpointIds") or []
    for id_ in wanted:
        if id_ not in call.here.endpoints:
            raise missing("InvalidInstanceConnectEndpointId.NotFound", "instance connect endpoint ID", id_)
    shown = [one for id_, one in call.here.endpoints.items() if not wanted or id_ in wanted]
    for one in () if call.ours else shown:
        if one["State"] == "create-in-progress":
            call.lab.faults.endpoint_looks -= 1
            one["State"] = _state_of_new(call)
    names = {
        "instance-connect-endpoint-id": "InstanceConnectEndpointId",
        "availability-zone": "AvailabilityZone",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
        "state": "State",
    }
    call.take_filters("*")
    return {"InstanceConnectEndpoints": call.keep(shown, lambda one, name: [one.get(names.get(name, ""))])}


@before("ec2", "DeleteInstanceConnectEndpoint")
def _delete(call: Call) -> dict[str, Any]:
    id_ = call.params["InstanceConnectEndpointId"]
    gone = call.here.endpoints.pop(id_, None)
    if gone is None:
        raise missing("InvalidInstanceConnectEndpointId.NotFound", "instance connect endpoint ID", id_)
    return {"InstanceConnectEndpoint": {**gone, "State": "delete-complete"}}


@before("ec2", "GetSerialConsoleAccessStatus", "EnableSerialConsoleAccess", "DisableSerialConsoleAccess")
def _serial(call: Call) -> dict[str, Any]:
    if not call.action.startswith("Get"):
        call.here.serial_console = call.action.startswith("Enable")
        return {"SerialConsoleAccessEnabled": call.here.serial_console}
    return {"SerialConsoleAccessEnabled": call.here.serial_console, "ManagedBy": "account"}
