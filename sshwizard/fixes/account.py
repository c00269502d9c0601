"""Other ways in, and switches, of an AWS account, planned from how the instance stands there.

Nothing wider than it has to be: one rule from one group, one route to one address, one instance.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard.effects import Effect
from sshwizard.fixes.aws import note, own_sources
from sshwizard.fixes.fix import Fix, Plan, Refusal, Situation
from sshwizard.probes.aws.looks import standing

Data = Mapping[str, Any]
Made = tuple[Effect, ...] | Refusal
ROLE = "arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"


def with_standing(plan: Callable[[Data, Situation], Made]) -> Plan:
    """A plan that reads how the instance stands, once that was looked up."""

    def planned(at: Situation) -> Made:
        seen = at.facts.get(standing.name)
        if seen is None:
            return Refusal("how the instance stands in its account is looked up first")
        if seen.outcome != "known":
            return Refusal(seen.says)
        inside = at.facts.get("inside")
        return plan({**seen.data, "listens": inside.data.get("listens", ())} if inside else seen.data, at)

    return planned


def placed(data: Data) -> tuple[str, str]:
    """The profile and the region."""
    return str(data.get("profile", "")), str(data["region"])


# ------------------------------------------------------------------ the ways around the network


def _create_endpoint(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import OpenEndpoint

    if there := data.get("endpoints"):
        return Refusal(f"the VPC has an endpoint already: {there[0]}")
    if int(data["port"]) not in {22, 3389}:
        return Refusal(f"an endpoint leads to the ports 22 and 3389 only, not to {data['port']}")
    stops = [code for code in data.get("endpoint_stops", ()) if code.startswith("nacl.")]
    if stops:
        return Refusal(f"a network ACL would stop it: {', '.join(stops)}")
    group = str(data["groups"][0]) if data.get("endpoint_needs_rule") and data.get("groups") else ""
    return (OpenEndpoint(*placed(data), str(data["vpc"]), str(data["subnet"]), group, int(data["port"]),
                         f"sshwizard-{data['mark']}", note()),)  # fmt: skip


def _allow_endpoint(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import AllowSource

    sources = [one for id_ in data.get("endpoints", ()) for one in data.get("endpoint_groups", {}).get(id_, ())]
    if not data.get("endpoints"):
        return Refusal("the VPC has no Instance Connect Endpoint")
    if not sources or not data.get("groups"):
        return Refusal("the security groups of the endpoint or of the instance are not known")
    return (AllowSource(*placed(data), str(data["groups"][0]), int(data["port"]), str(sources[0]), note()),)


def _allow_browser(data: Data, at: Situation) -> Made:
    """AWS's own list of the addresses from which the browser console comes."""
    from sshwizard.effects.aws import AllowSource

    if not data.get("browser") or not data.get("groups"):
        return Refusal("AWS told no range of its browser console here (ec2:DescribeManagedPrefixLists)")
    return (AllowSource(*placed(data), str(data["groups"][0]), int(data["port"]), str(data["browser"]), note()),)


def _allow_hop(at: Situation) -> Made:
    from sshwizard.effects.aws import AllowSource

    found = at.found.data
    sources, group = found.get("hop_groups") or own_sources([found.get("source", "")]), str(found.get("group", ""))
    if not sources or not group:
        return Refusal("the security group of the jump host or of the target is not known")
    place = str(found.get("profile", "")), str(found["region"])
    return (AllowSource(*place, group, int(found["port"]), str(sources[0]), note()),)


EVERYBODY = {4: "0.0.0.0/0", 6: "::/0"}


def blast(data: Data) -> tuple[str, ...]:
    """Who else is reached from the internet once everybody's replies find their way; unknown is said as that."""
    reached = data.get("reached")
    table = data.get("table") or "its route table"
    if reached is None:
        return (f"which other instances use {table} is not known (ec2:DescribeInstances)",)
    rows = [f"every subnet that uses {table} becomes public; instances with a public address there: {len(reached)}"]
    rows += [
        f"{id_} {name} at {public}: {'a rule of its groups admits everybody' if wide else 'its groups admit some only'}"
        for id_, name, public, wide in reached[:MOST_NAMED]
    ]
    return (*rows, f"and {len(reached) - MOST_NAMED} more") if len(reached) > MOST_NAMED else tuple(rows)


MOST_NAMED = 12
"""Instances that a preview names."""


def _gateway(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import OpenGateway

    if there := data.get("gateway"):
        return Refusal(f"{data['vpc']} has an internet gateway already: {there}")
    return (OpenGateway(*placed(data), str(data["vpc"]), f"gateway-{data['mark']}"),)


def _route(at: Situation) -> Made:
    """The replies to exactly this address; to the whole internet only where that was typed."""
    from sshwizard.effects.aws import AddRoute

    found = at.found.data
    seen = at.facts.get(standing.name)
    if seen is None or seen.outcome != "known":
        return Refusal(seen.says if seen else "how the instance stands in its account is looked up first")
    data, wish = seen.data, at.answer.strip()
    table, gateway = str(found.get("table") or data.get("table", "")), str(data.get("gateway", ""))
    try:
        source = ipaddress.ip_address(str(found.get("source") or data.get("source", "")))
    except ValueError:
        return Refusal("the address under which AWS sees you is not known")
    if not table or not gateway:
        return Refusal("the network has no internet gateway" if table else "the route table is not known")
    alone, everybody = f"{source}/{source.max_prefixlen}", EVERYBODY[source.version]
    if wish == everybody:
        return (AddRoute(*placed(data), table, everybody, gateway, blast(data)),)
    if wish not in {"", "mine", str(source), alone}:
        return Refusal(f"type {alone} for your address alone, or {everybody} for the whole internet")
    return (AddRoute(*placed(data), table, alone, gateway),)


def _address(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import GiveAddress

    if data.get("elastic"):
        return Refusal(f"it has a fixed address already: {data['public']}")
    return (GiveAddress(*placed(data), str(data["instance"]), f"ssh-{data['mark']}", str(data.get("public", ""))),)


# ------------------------------------------------------------------ switches


def _serial(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import SerialConsole

    if data.get("serial"):
        return Refusal("the serial console is switched on already")
    return (SerialConsole(*placed(data), True),)


def _metadata(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import Metadata

    was = str(data.get("metadata", "")), str(data.get("metadata_tokens", ""))
    if was[0] == "enabled":
        return Refusal("the metadata service is switched on already")
    if not all(was):
        return Refusal("how the metadata service is set is not known")
    return (Metadata(*placed(data), str(data["instance"]), "enabled", "required", *was),)


def _role(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import AttachRole

    if has := data.get("profile_arn"):
        policy = ROLE.format(partition=data.get("partition", "aws"))
        return Refusal(f"it has a role already, {has}; attach the policy {policy} to it")
    name = at.answer.strip()
    if not name or not all(letter.isalnum() or letter in "+=,.@-_" for letter in name):
        return Refusal("type the name of an instance profile with the policy AmazonSSMManagedInstanceCore")
    return (AttachRole(*placed(data), str(data["instance"]), name),)


def _profile(at: Situation) -> Made:
    """A profile of this computer that was not asked, or another region."""
    from sshwizard.cloud import cloud
    from sshwizard.effects.aws import AskAs

    others = [str(name) for name in at.found.data.get("profiles", ())]
    words = at.answer.split() or (others if len(others) == 1 else [])
    regions = [word for word in words if _REGION.fullmatch(word) and word not in others]
    names = [word for word in words if word not in regions]
    if not words or len(names) > 1 or len(regions) > 1:
        known = f": {', '.join(others)}" if others else ""
        return Refusal(f"type a profile that was not asked{known}; or a region, as eu-west-1")
    was = os.environ.get(cloud.PROFILE, ""), os.environ.get(cloud.REGION, "")
    return (AskAs(names[0] if names else was[0], regions[0] if regions else was[1], *was),)


_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}", re.ASCII)

_PLANS: Mapping[str, tuple[Callable[[Data, Situation], Made], str]] = {
    "create-instance-connect-endpoint": (_create_endpoint, ""),
    "allow-endpoint-in-security-group": (_allow_endpoint, ""),
    "allow-instance-connect-range": (_allow_browser, ""),
    "associate-elastic-ip": (_address, ""),
    "enable-serial-console": (_serial, ""),
    "enable-instance-metadata": (_metadata, ""),
    "guide-attach-internet-gateway": (_gateway, ""),
    "attach-ssm-role": (_role, "The name of an instance profile with AmazonSSMManagedInstanceCore"),
}

AROUND = {"create-instance-connect-endpoint", "allow-endpoint-in-security-group", "allow-instance-connect-range",
          "enable-serial-console",
          "enable-instance-metadata", "attach-ssm-role"}  # fmt: skip
"""They open another way in, and leave what was found as it is."""

FIXES = (
    *(
        Fix(id_, with_standing(plan), standing, asks, around=id_ in AROUND, account=True)
        for id_, (plan, asks) in _PLANS.items()
    ),
    Fix(
        "add-internet-route",
        _route,
        standing,
        "For whom: your address alone (mine), or 0.0.0.0/0, which opens the subnet",
        account=True,
    ),
    Fix("use-found-profile", _profile, asks="A profile, or a region"),
    Fix("allow-jump-host-in-security-group", _allow_hop, account=True),
)
