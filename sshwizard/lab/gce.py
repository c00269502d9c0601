"""The exercises on the embedded Google Cloud, in the order of the screen; what breaks it stands in `gcp/worlds.py`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sshwizard.lab.bench import HOST, Bench, LabError
from sshwizard.lab.exercises import Exercise
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp
from sshwizard.lab.gcp.site import NAME, Plan
from sshwizard.lab.gcp.worlds import build

_exercises = {
    "other-source": Exercise(
        "firewall-other-source",
        "It works from the office, and from home it just hangs.",
        "You are Dana, with a web server on Google Cloud, and today you work from home. "
        "You want to look at its logs. ssh waits and then gives up.",
        "gcp.firewall-blocks",
        (
            "Nothing answers, not even a refusal: who drops packets without a word?",
            "Which source ranges do the VPC's firewall rules for SSH have? Is yours among them?",
        ),
        "first day",
    ),
    "wrong-tag": Exercise(
        "wrong-network-tag",
        "The firewall rule names my address, and still nothing comes back.",
        "You are Dana and rebuilt the web server from its image this morning. "
        "You want to check that it is well. ssh waits and then gives up.",
        "gcp.firewall-blocks",
        (
            "A rule of the VPC is not for every VM. For which ones is this one?",
            "Compare the target tags of the rule with the network tags of the VM.",
        ),
        "practice",
    ),
    "deny-wins": Exercise(
        "deny-rule-wins",
        "There is a rule that lets me in. I wrote it myself.",
        "You are Dana, and there was an incident at the weekend that others took care of. "
        "You want to deploy to the web server. ssh waits and then gives up.",
        "gcp.firewall-denies",
        (
            "More than one rule can fit your packets. Which one counts?",
            "The lowest priority number decides. Read all rules in that order, not only yours.",
        ),
        "practice",
    ),
    "oslogin-in-project": Exercise(
        "os-login-on",
        "My key is in the metadata, I can see it there. Permission denied.",
        "You are Dana, and the platform team tidied up who may log in where. "
        "You want to restart the shop. ssh says permission denied.",
        "gcp.oslogin-ignores-metadata-key",
        (
            "Who decides whether the keys in the metadata are read at all?",
            "Look for enable-oslogin: on the VM, and then on the project.",
        ),
        "practice",
    ),
    "key-expired": Exercise(
        "metadata-key-expired",
        "Yesterday the browser's SSH button worked, today my terminal does not.",
        "You are Dana and used a key for a quick look yesterday. You want to look again. ssh says permission denied.",
        "gcp.metadata-key-expired",
        (
            "A key in the metadata can say more than who may come in.",
            "Read the comment behind the key: what does expireOn say?",
        ),
        "first day",
    ),
    "agent-down": Exercise(
        "guest-agent-down",
        "I added my key an hour ago. How long can that take?",
        "You are Dana and new in the team: your key was added to the VM an hour ago. "
        "You want to log in for the first time. ssh says permission denied.",
        "gcp.guest-agent-down",
        (
            "Metadata is only text. Which program on the VM makes a login of it?",
            "Read the serial port: did everything start that should?",
        ),
        "practice",
    ),
}

GCE_EXERCISES: Mapping[str, Exercise] = MappingProxyType({one.id: one for one in _exercises.values()})
"""Every exercise by its id, in display order. They need Linux."""

WORLD_OF: Mapping[str, str] = MappingProxyType({exercise.id: world for world, exercise in _exercises.items()})
"""What breaks the project of each."""

OPEN_PROJECT = Exercise(
    "gcp",
    "A Google Cloud project of your own to play with.",
    "You are Dana and have a small project with one web server. Nothing is wrong with it.",
    "none",
    ("Break it yourself, with gcloud.",),
    "practice",
)
"""To leave running: no exercise."""


def break_(id_: str, bench: Bench, gcp: Gcp) -> Bench:
    """Make the project behind the server of a healthy bench, and break what the exercise breaks.

    Returns the bench at the address that the VM has. Raises LabError.
    """
    if importlib.util.find_spec("urllib3") is None:
        raise LabError("The wizard asks Google Cloud by urllib3. Install the extra: pip install 'sshwizard[gcp]'")
    if not gcp.port:
        raise LabError("The exercises on Google Cloud need addresses of 127.78.0.0/16, which only Linux has.")
    return lay(WORLD_OF.get(id_, OPEN_PROJECT.id), bench, gcp)


def lay(world: str, bench: Bench, gcp: Gcp) -> Bench:
    """The same for any world of `gcp/worlds.py`."""
    told = build(world, gcp, Plan(bench.public_key(), bench.host_key, bench.port))
    # As `gcloud compute config-ssh` names a VM; and any that is typed as gce:PROJECT/ZONE/NAME, for the port.
    hosts = (f"{NAME}.{ZONE}.{PROJECT}", HOST, told["address"], "gce:*")
    bench = replace(bench, hosts=hosts, address=told["address"], port=gcp.port)
    bench.config(user=told["user"])
    bench.known_hosts(bench.host_key)
    # Whoever may come in is the guest's to say: the server itself knows nobody.
    bench.accounts()
    return bench
