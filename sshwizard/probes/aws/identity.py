"""Whose machine it is, as AWS says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import AUTO_SCALING, Identity, Row, name_of, state, tag
from sshwizard.cloud.unseen import LOCKED_OUT
from sshwizard.model import Fact
from sshwizard.probes import doorways
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import Who
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Who]:
    if not scene.live:
        return Fact("not-asked", "a text was given, so no cloud is asked", source="log")
    instance, region = doorways.serial(scene.leg)
    if region:
        says = f"{scene.leg.host} is AWS's server for the serial console of {instance or 'an instance'} in {region}"
        return Fact("serial-console", says, data={"instance": instance, "region": region})
    asked = await inquiry(scene)
    asked.ahead()
    return read(await asked.identity())


def read(who: Identity) -> Fact[Who]:
    """One sentence for each outcome; the data name the instance and what else was found."""
    shown = _wanted(who)
    data: dict[str, Any] = {
        "instance": who.id, "name": clean.line(name_of(who.instance), 80), "region": who.region,
        "profile": clean.line(who.profile, 80), "account": who.account, "asked": shown,
        "address": str(who.instance.get("PublicIpAddress", "")),
        "others": [brief(row) for row in (*who.others, *who.namesakes)][:8],
        "profiles": [clean.line(name, 80) for name in who.profiles[:8]],
        **_stands(who.instance), **missing(who.unseen),
    }  # fmt: skip
    data |= _meant(who)
    lines = tuple(dict.fromkeys(line(row) for row in (who.instance, *who.others, *who.namesakes) if row))[:6]
    command = as_typed("ec2", "describe-instances", "--region", who.region, "--instance-ids", who.id) if who.id else ""

    def fact(outcome: Who, says: str) -> Fact[Who]:
        return Fact(outcome, says, lines, command, data)

    where = f"in {who.region}, account {who.account or 'unknown'}"
    if who.who == "not-asked":
        return fact("not-asked", f"AWS was not asked: {who.unseen[0].why}")
    if who.who == "unseen":
        first = who.unseen[0]
        if first.kind in LOCKED_OUT:
            return fact("locked-out", first.why)
        return fact("denied", first.why) if first.kind == "denied" else blind(*who.unseen)
    if who.who == "instance":
        if who.namesakes:
            other = who.namesakes[0]
            return fact("other-instance", f"{shown} is {_called(who.instance)}; the instance named "
                        f"{clean.line(name_of(other), 60)} is {other['InstanceId']}")  # fmt: skip
        if who.elsewhere:
            return fact("elsewhere", f"{_called(who.instance)} is in {who.region}, not in {who.elsewhere}")
        called = _called(who.instance) if shown != who.id else clean.line(name_of(who.instance), 60) or "an instance"
        return fact("instance", f"{shown} is {called} {where}")
    if who.who == "terminated":
        if who.others:
            return fact(
                "replaced", f"{_called(who.instance)} is terminated; {_called(who.others[0])} stands in its place"
            )
        return fact("terminated", f"{_called(who.instance)} is terminated")
    if who.who == "several":
        return fact("several", f"{len(who.others)} instances match {shown}")
    if who.who == "free-address":
        return fact("free-address", f"the Elastic IP {shown} belongs to this account and leads to no machine")
    if who.who == "nobody":
        if who.namesakes and not who.clue_is_id:
            return fact("moved", f"nothing has {shown}; {_called(who.namesakes[0])} has "
                        f"{who.namesakes[0].get('PublicIpAddress', 'no public address')}")  # fmt: skip
        names = ", ".join(clean.line(name, 40) for name in who.profiles[:4])
        more = f"; not searched: the profiles {names} (--profile)" if names else ""
        return fact("nobody", f"nothing in this account has {shown} ({_searched(who)} searched){more}")
    what = clean.line(str(who.interface.get("Description", "")), 100) or "no description"
    kinds: dict[str, tuple[Who, str]] = {
        "load-balancer": ("load-balancer", "a load balancer"),
        "nat-gateway": ("nat-gateway", "a NAT gateway"),
    }
    outcome, words = kinds.get(who.who, ("interface", "a network interface without an instance"))
    return fact(outcome, f"{shown} belongs to {words}: {what}")


def _meant(who: Identity) -> dict[str, str]:
    """Where the instance that was meant is now, where its Name tag is what was typed, and it is the only one."""
    if len(who.namesakes) != 1 or who.clue_is_id:
        return {}
    found = brief(who.namesakes[0])
    return {key: value for key, value in (("current", found["address"]), ("dns", found["dns"])) if value}


def _stands(row: Row) -> dict[str, str]:
    """What commands about it have to name."""
    root = row.get("RootDeviceName", "")
    disks = {one.get("DeviceName"): str((one.get("Ebs") or {}).get("VolumeId", ""))
             for one in row.get("BlockDeviceMappings", ())}  # fmt: skip
    told = {"volume": disks.get(root, ""), "scaling": tag(row, AUTO_SCALING), "vpc": str(row.get("VpcId", "")),
            "subnet": str(row.get("SubnetId", ""))}  # fmt: skip
    return {key: clean.line(value, 255) for key, value in told.items() if value}


def brief(row: Row) -> dict[str, str]:
    """What tells an instance apart, as facts carry it."""
    return {
        "instance": str(row.get("InstanceId", "")),
        "name": clean.line(name_of(row), 80),
        "state": state(row),
        "address": str(row.get("PublicIpAddress", "")),
        "dns": clean.line(str(row.get("PublicDnsName", "")), 120),
    }


def line(row: Row) -> str:
    """One instance as a line of evidence."""
    words = (row.get("InstanceId"), name_of(row), state(row), row.get("PublicIpAddress"), row.get("PrivateIpAddress"))
    return clean.line("  ".join(str(word) for word in words if word), 160)


def _called(row: Row) -> str:
    name = clean.line(name_of(row), 60)
    return f"{row.get('InstanceId', '')} ({name})" if name else str(row.get("InstanceId", ""))


def _wanted(who: Identity) -> str:
    found = who.clue
    if found is None:
        return ""
    return clean.line(found.id or ", ".join(found.addresses[:3]) or found.tag, 120)


def _searched(who: Identity) -> str:
    regions: Sequence[str] = list(dict.fromkeys(region for _, region in who.searched))
    return regions[0] if len(regions) == 1 else f"{len(regions)} regions"
