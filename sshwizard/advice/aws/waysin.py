"""Instances: is there a second way in when ssh fails, is the agent current, and who may read the role's credentials?

Systems Manager User Guide, Session Manager; EC2 User Guide, EC2 Instance Connect Endpoint, Use IMDSv2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sshwizard.advice import Advice, Weight
from sshwizard.advice.aws.account import Account
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.aws.identify import Row
from sshwizard.doors.instance_connect import shipped
from sshwizard.reach.aws import Query, evaluate
from sshwizard.reach.aws.connect_endpoint import USABLE

_STRANGER = "203.0.113.1"


def agents(account: Account) -> Mapping[str, Row]:
    """What each Systems Manager agent reports."""
    return {str(row.get("InstanceId", "")): row for row in account.rows("agents")}


def online(account: Account) -> frozenset[str]:
    """The instances whose agent is connected now."""
    return frozenset(id_ for id_, row in agents(account).items() if row.get("PingStatus") == "Online")


def without_agent(account: Account) -> Iterator[Advice]:
    known, there = agents(account), online(account)
    found = [row for row in account.running if str(row["InstanceId"]) not in there]
    if not found:
        return
    lost = [f"{account.called(id_)}: the agent was seen last {known[id_].get('LastPingDateTime', 'some time ago')}"
            for row in found if (id_ := str(row["InstanceId"])) in known]  # fmt: skip
    none = [f"{account.called(id_)}: no agent has registered" for row in found
            if (id_ := str(row["InstanceId"])) not in known]  # fmt: skip
    yield Advice(
        "advice.no-ssm", "Instances that Session Manager does not reach",
        "Session Manager needs no open port and no key: the way in when sshd, the network or the key is broken.",
        some((*lost, *none)), f"instances in {account.region}", "soon" if lost else "note", "",
        (("AWS CLI: a role for the agent", _role(account, found)),),
    )  # fmt: skip


def _role(account: Account, found: list[Row]) -> str:
    bare = [str(row["InstanceId"]) for row in found if not row.get("IamInstanceProfile")]
    lines = ["# the agent (on Amazon Linux and Ubuntu from the start) needs an instance profile whose role has",
             "# the policy AmazonSSMManagedInstanceCore, and a way to port 443 of the region's endpoints"]  # fmt: skip
    lines += [account.aws("ec2", "associate-iam-instance-profile", "--instance-id", id_, "--iam-instance-profile",
                          "Name=PROFILE") for id_ in bare[:20]]  # fmt: skip
    lines += [f"# {row['InstanceId']} has a role: add the policy to that one" for row in found[:20]
              if row.get("IamInstanceProfile")]  # fmt: skip
    return "\n".join(lines)


def token_free(account: Account) -> Iterator[Advice]:
    found = [row for row in account.running
             if (options := row.get("MetadataOptions") or {}).get("HttpTokens") == "optional"
             and options.get("HttpEndpoint") != "disabled"]  # fmt: skip
    if found:
        lines = [account.aws("ec2", "modify-instance-metadata-options", "--instance-id", str(row["InstanceId"]),
                             "--http-tokens", "required") for row in found[:40]]  # fmt: skip
        yield Advice(
            "advice.imds-v1", "Instances whose metadata service answers without a token (IMDSv1)",
            "A web server that fetches foreign addresses can be made to hand out the credentials of its role. "
            "Programs from before 2019 may not know tokens: look at the metric MetadataNoToken first.",
            some(account.called(str(row["InstanceId"])) for row in found), f"instances in {account.region}", "note", "",
            (("AWS CLI: tokens required", "\n".join(lines)),),
        )  # fmt: skip


def old_agents(account: Account) -> Iterator[Advice]:
    known = agents(account)
    found = [row for row in account.running if known.get(str(row["InstanceId"]), {}).get("IsLatestVersion") is False]
    if found:
        ids = [str(row["InstanceId"]) for row in found]
        lines = [account.aws("ssm", "send-command", "--document-name", "AWS-UpdateSSMAgent", "--instance-ids",
                             *ids[at : at + 50]) for at in range(0, len(ids), 50)]  # fmt: skip
        there = [id_ for id_ in ids if id_ in online(account)]
        yield Advice(
            "advice.update", "Systems Manager agents that are not the newest version",
            "Sessions and commands of newer tools may fail with an old agent.",
            some(f"{account.called(id_)}: {known[id_].get('AgentVersion', '')}" for id_ in ids),
            f"instances in {account.region}", "note", "update-ssm-agents" if there else "",
            (("AWS CLI: update them", "\n".join(lines)),), (*account.place, ("instances", " ".join(there[:50]))),
        )  # fmt: skip


def emergency(account: Account) -> Iterator[Advice]:
    """Per VPC: no endpoint, and machines that have no other way in beside ssh itself."""
    ends = {account.world.subnets.get(str(row.get("SubnetId", "")), {}).get("VpcId") or row.get("VpcId")
            for row in account.rows("endpoints") if row.get("State") in USABLE}  # fmt: skip
    there = online(account)
    for vpc, rows in _by_vpc(account).items():
        if vpc in ends:
            yield from _not_through(account, vpc, rows)
            continue
        lost = [row for row in rows if str(row["InstanceId"]) not in there]
        bare = [row for row in lost if not _ships(account, row)]
        weight: Weight = "soon" if lost else "note"
        first = (lost or rows)[0]
        groups = [str(one.get("GroupId", "")) for one in first.get("SecurityGroups", ())]
        yield Advice(
            "advice.emergency-way", f"The network {vpc} has no Instance Connect Endpoint",
            "With one, a login needs no public address, no open port from outside and no key of yours: "
            "the way in when everything else is shut. It costs nothing by the hour.",
            (*some(f"{account.called(str(row['InstanceId']))}: no Session Manager either" for row in lost),
             *some((f"{account.called(str(row['InstanceId']))}: the package ec2-instance-connect may be missing"
                    for row in bare), 6)),
            vpc, weight, "open-emergency-endpoint", (("instance-connect-endpoint.tf", _endpoint_tf(first)),),
            (*account.place, ("vpc", vpc), ("subnet", str(first.get("SubnetId", ""))),
             ("group", groups[0] if groups else ""), ("mark", vpc.removeprefix("vpc-"))),
        )  # fmt: skip


def _not_through(account: Account, vpc: str, rows: list[Row]) -> Iterator[Advice]:
    """There is an endpoint; do the rules let it through? A machine that Session Manager reaches has a way in."""
    there, shut = online(account), []
    for row in rows:
        id_ = str(row["InstanceId"])
        if id_ not in there and evaluate(account.world, Query(id_, _STRANGER, kind="eice")).verdict == "blocked":
            shut.append(f"{account.called(id_)}: rules stop the endpoint on its way to port 22")
    if shut:
        yield Advice(
            "advice.emergency-way", f"The Instance Connect Endpoint of {vpc} does not reach every instance",
            "Its security group must be let in on port 22 by the instance's; until then it is no way in.",
            some(shut), vpc, "soon",
        )  # fmt: skip


def _by_vpc(account: Account) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in account.running:
        if row.get("VpcId") and str(row.get("Platform", "")).lower() != "windows":
            found.setdefault(str(row["VpcId"]), []).append(row)
    return found


def _ships(account: Account, row: Row) -> bool:
    image = next((one for one in account.rows("images") if one.get("ImageId") == row.get("ImageId")), None)
    return bool(image and shipped({"Images": [image]})[0])


def _endpoint_tf(row: Row) -> str:
    from sshwizard.doors.policies import Place
    from sshwizard.doors.terraform import endpoint

    groups = tuple(str(one.get("GroupId")) for one in row.get("SecurityGroups", ()))
    return endpoint(Place(str(row.get("OwnerId", "")), "", str(row["InstanceId"]), "", vpc=str(row.get("VpcId", "")),
                          subnet=str(row.get("SubnetId", "")), groups=groups))  # fmt: skip


JUDGES = (
    Judge("advice.no-ssm", "which instances Session Manager reaches", ("instances", "agents"), without_agent),
    Judge("advice.imds-v1", "which instances hand out metadata without a token", ("instances",), token_free),
    Judge("advice.update", "which agents are old", ("instances", "agents"), old_agents),
    Judge("advice.emergency-way", "which networks have an Instance Connect Endpoint",
          ("instances", "endpoints", "agents", "groups", "acls", "subnets"), emergency),
)  # fmt: skip
