"""A target that is given by its instance id: the address and the login name that ssh needs."""

from __future__ import annotations

from dataclasses import replace

from sshwizard import clean
from sshwizard.cloud.aws.clues import Question
from sshwizard.cloud.aws.identify import Row, state
from sshwizard.model import Fact
from sshwizard.probes import client, doorways
from sshwizard.probes.aws import identity, images, looks
from sshwizard.probes.aws.asked import NAMED
from sshwizard.probes.aws.looks import Named
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Named]:
    typed = scene.target.args[-1].rpartition("@")[2]
    asked = scene.cloud.aws.about(NAMED, Question(typed, typed))
    who = await asked.identity()
    fact = read(identity.read(who), who.instance)
    if fact.outcome != "found":
        return fact
    said = await _said(scene)
    if doorways.TOOL.search(said.get("proxycommand", "")):  # it takes the id as it was typed
        fact = replace(fact, data={**fact.data, "dial": ""})
    if "user" in said:
        return fact
    image = images.read_user(await asked.part("image"))
    return replace(fact, data={**fact.data, "user_found": str(image.data.get("user", ""))})


async def _said(scene: Scene) -> dict[str, str]:
    """What the person set, on the command line or in the ssh config."""
    answer = await client.answer_of(scene.target.args)
    return {} if isinstance(answer, Fact) else {line.keyword: line.value for line in reversed(answer[2])}


def read(who: Fact[looks.Who], instance: Row) -> Fact[Named]:
    """Where it can be reached, or why it cannot."""
    outcome: Named
    if who.outcome in {"instance", "elsewhere", "other-instance"}:
        outcome = "stopped" if state(instance) in {"stopped", "stopping"} else "found"
    elif who.outcome in {"terminated", "replaced", "nobody", "locked-out", "denied"}:
        outcome = who.outcome
    else:
        return replace(who, outcome="unknown", why=who.why or who.says)  # type: ignore[return-value]
    address = _address(instance)
    says = f"{who.says}; it is reached at {address}" if outcome == "found" else who.says
    successor = next((one["instance"] for one in who.data.get("others", ())), "")
    data = {**who.data, "dial": address, "state": state(instance), "successor": successor}
    return Fact(outcome, says, who.lines, who.command, data)


def _address(instance: Row) -> str:
    """Where an instance is reached: by its public address, else by what it has inside its network."""
    six = [one.get("Ipv6Address", "") for nic in instance.get("NetworkInterfaces", ()) for one in nic["Ipv6Addresses"]]
    found = (instance.get("PublicIpAddress"), *six, instance.get("PrivateIpAddress"))
    return next((clean.line(str(one)) for one in found if one), "")
