"""Two doors that the account opens or shuts: the serial console, and the metadata that Instance Connect needs."""

from __future__ import annotations

from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.aws.identify import state as state_of
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes.aws.asked import as_typed, blind, inquiry
from sshwizard.probes.aws.looks import Metadata, Serial
from sshwizard.probes.scene import Scene


def read(access: Answer, type_: Answer, instance: Row) -> Fact[Serial]:
    """Only Nitro types and bare metal have a serial console, and an account begins without it (EC2 User Guide)."""
    kind = str(instance.get("InstanceType", ""))
    command = as_typed("ec2", "get-serial-console-access-status")
    if state_of(instance) not in {"running", ""}:
        return Fact("not-running", "the serial console works only while the instance runs", command=command)
    if not isinstance(type_, Unseen):
        row: Row = next(iter(type_.get("InstanceTypes", ())), {})
        if row and row.get("Hypervisor", "nitro") != "nitro" and not row.get("BareMetal"):
            return Fact("not-supported", f"{kind} has no serial console: it is no Nitro type", (kind,), command)
    if isinstance(access, Unseen):
        return blind(access)
    if not access.get("SerialConsoleAccessEnabled"):
        return Fact("switched-off", "this account has not switched the serial console on", command=command)
    if isinstance(type_, Unseen):
        return blind(type_)
    return Fact("usable", f"the serial console is switched on, and {kind} has one", (kind,), command)


def read_metadata(instance: Row) -> Fact[Metadata]:
    """EC2 Instance Connect fetches the pushed key from the metadata service of the instance."""
    options = instance.get("MetadataOptions") or {}
    if not options.get("HttpEndpoint"):
        return unknown("AWS does not say whether the instance's metadata service is on")
    shown = (f"MetadataOptions: HttpEndpoint {options['HttpEndpoint']}, HttpTokens {options.get('HttpTokens', '?')}",)
    if options["HttpEndpoint"] == "disabled":
        return Fact("off", "the metadata service of the instance is switched off", shown)
    return Fact("on", "the metadata service of the instance is on", shown)


async def look(scene: Scene) -> Fact[Serial]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no instance of this account")
    return read(await asked.part("serial"), await asked.part("type"), who.instance)


async def look_metadata(scene: Scene) -> Fact[Metadata]:
    who = await (await inquiry(scene)).identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no instance of this account")
    return read_metadata(who.instance)
