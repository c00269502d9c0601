"""EC2 Instance Connect in the browser: its packets come from addresses of AWS, which the rules have to let in (EC2 User
Guide, Connect using the Amazon EC2 console; VPC User Guide, AWS-managed prefix lists: com.amazonaws.REGION.
ec2-instance-connect). Nothing is opened: the list and the rules are read."""

from __future__ import annotations

import ipaddress

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors.allowed import PUSH
from sshwizard.doors.door import DoorFact
from sshwizard.doors.instance_connect import read
from sshwizard.doors.machine import Machine, machine, opened_by, reached
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws import Query, World, evaluate


async def judge(scene: Scene) -> DoorFact:
    """The package and the instance as for any pushed key; the way from AWS's range instead of ours."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    ready = read(found, await found.asked.part("image"), "login", "")
    if ready.state == "shut":
        return ready
    how_far, says = reached(scene)
    tcp = scene.facts.get("tcp")
    if how_far == "before" and tcp and tcp.known and tcp.outcome != "silent":
        return DoorFact("shut", f"what stops ssh is the machine itself, which answers the browser no other way: {says}")
    ranges = await service_ranges(found)
    if isinstance(ranges, Unseen):
        return DoorFact("unknown", f"AWS's range for it was not told: {ranges.why}", (ranges.unblock,))
    list_, blocks = ranges
    if not blocks:
        return DoorFact("unknown", "AWS told no range of its browser console for this region")
    world = await found.asked.world()
    if not found.row.get("PublicIpAddress"):
        return DoorFact("shut", "the instance has no public address, to which the browser console connects")
    ways = [evaluate(World(world.rows), Query(found.id, _first(block), scene.leg.port)) for block in blocks]
    if all(way.verdict == "reachable" for way in ways):
        return DoorFact(ready.state, f"the rules let {list_} in; {ready.why}", (PUSH, *ready.needs),
                        commands=(_console(found),))  # fmt: skip
    if any(way.verdict == "blocked" for way in ways):
        allow = opened_by(scene, "allow-instance-connect-range", "--yes=confirm")
        why = f"the rules do not let AWS's range in, from which the browser connects ({list_}: {', '.join(blocks[:3])})"
        return DoorFact("shut", clean.line(why, 300), commands=(allow,), code="eic.service-range-blocked")
    return DoorFact("unknown", f"the rules leave open whether {list_} gets through")


async def service_ranges(found: Machine) -> tuple[str, list[str]] | Unseen:
    """The prefix list of the region, and its IPv4 ranges; empty ones where there is none."""
    name = f"com.amazonaws.{found.who.region}.ec2-instance-connect"
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    lists = await found.asked.ask("eic-list", Call("ec2", "describe_managed_prefix_lists", {"Filters": filters}))
    if isinstance(lists, Unseen):
        return lists
    id_ = next((str(one["PrefixListId"]) for one in lists.get("PrefixLists", ())
                if one.get("PrefixListName") == name), "")  # fmt: skip
    if not id_:
        return "", []
    call = Call("ec2", "get_managed_prefix_list_entries", {"PrefixListId": id_})
    told: Answer = await found.asked.ask("eic-range", call)
    return told if isinstance(told, Unseen) else (id_, [str(one["Cidr"]) for one in told.get("Entries", ())])


def _first(block: str) -> str:
    """An address of a block, which stands for it: a rule that covers less than the block is no way in."""
    return str(ipaddress.ip_network(block, strict=False)[0])


def _console(found: Machine) -> str:
    """Where the button is."""
    region = found.who.region
    return f"# in the browser: https://{region}.console.aws.amazon.com/ec2/home?region={region}#ConnectToInstance:instanceId={found.id}"
