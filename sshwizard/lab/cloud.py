"""The exercises on the embedded AWS, in the order of the screen; what breaks the account stands in `aws/worlds.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sshwizard.lab.aws import REGION, Aws
from sshwizard.lab.bench import HOST, Account, Bench, LabError
from sshwizard.lab.exercises import Exercise

_UBUNTU = "ami-0b20000000000b224"

_exercises = (
    Exercise(
        "closed-security-group",
        "It worked from home yesterday. Today ssh just sits there.",
        "You are Dana, with a web server in the cloud, and you moved to another flat last night. "
        "You want to look at its logs. ssh waits and then gives up.",
        "aws.security-group-other-source",
        (
            "Nothing answers, not even a refusal: who drops packets without a word?",
            "Read the inbound rules of the server's security group. Is that still your address?",
        ),
        "first day",
    ),
    Exercise(
        "stopped-instance",
        "The test server does not answer this morning.",
        "You are Dana and the team saves money at night. "
        "You want to run the tests on the cloud server. ssh waits and then gives up.",
        "aws.instance-stopped",
        ("Before you look at the network: is there a machine at all?", "Ask AWS for the instance's state."),
        "first day",
    ),
    Exercise(
        "network-acl-denies",
        "The security group lets me in, I checked twice. Still nothing.",
        "You are Dana, and the security team worked on the network at the weekend. "
        "You want to deploy to the web server. ssh waits and then gives up.",
        "aws.network-acl-inbound-blocks",
        (
            "A security group is not the only filter on the way into a subnet.",
            "A subnet's ACL is read from the lowest number on; the first rule that fits decides.",
        ),
        "practice",
    ),
    Exercise(
        "no-internet-route",
        "Somebody tidied up the VPC, and now the server is gone.",
        "You are Dana, and a colleague removed what nobody seemed to need. "
        "You want to log in to the web server, which runs and has its address. ssh waits and then gives up.",
        "aws.no-internet-route",
        (
            "Your packets may well arrive. Which way would the answers take?",
            "Look at the route table of the server's subnet: where does 0.0.0.0/0 lead?",
        ),
        "practice",
    ),
    Exercise(
        "sshd-down",
        "The cloud console shows everything green, and I get connection refused.",
        "You are Dana and updated packages on the server before lunch. "
        "You want to go on after lunch. ssh says at once that the connection was refused.",
        "server.sshd-not-running",
        (
            "A security group that blocks is silent. Who says no at once?",
            "The machine itself refuses: nothing listens where you knock, though the account lets you through.",
        ),
        "practice",
    ),
    Exercise(
        "wrong-image-user",
        "New server, right key, and I may not come in.",
        "You are Dana and rebuilt the server from another image. "
        "You want to log in as on the old one. ssh says permission denied.",
        "auth.wrong-user",
        (
            "The key is the one that the instance was launched with. What else did you bring from the old server?",
            "Each image has a login name of its own. Which image is it?",
        ),
        "first day",
    ),
)

AWS_EXERCISES: Mapping[str, Exercise] = MappingProxyType({one.id: one for one in _exercises})
"""Every exercise by its id, in display order. They need Linux and the extra `lab`."""

OPEN_ACCOUNT = Exercise(
    "aws",
    "An account of your own to play with.",
    "You are Dana and have a small account with one web server. Nothing is wrong with it.",
    "none",
    ("Break it yourself, with the aws command line.",),
    "practice",
)
"""To leave running: no exercise."""


def break_(id_: str, bench: Bench, aws: Aws) -> Bench:
    """Make the account behind the server of a healthy bench, and break what the exercise breaks.

    Returns the bench at the address that AWS gave to the server. Raises LabError.
    """
    if not aws.port:
        raise LabError("The exercises on AWS need addresses of 127.77.0.0/16, which only Linux has.")
    plan = {
        "key": bench.public_key(),
        "host_key": bench.host_key,
        "fingerprint": bench.fingerprint(),
        "server": bench.port,
        "region": REGION,
    }
    if id_ == "wrong-image-user":
        plan["image"] = _UBUNTU
    told = aws.tell("world", name=id_, plan=plan)
    hosts = (told["instance"], told["name"], HOST)
    bench = replace(bench, hosts=hosts, address=told["address"], port=told["port"])
    bench.config(user="ec2-user")
    bench.known_hosts(bench.host_key)
    bench.accounts(**{told["user"]: Account((bench.public_key(),))})
    return bench
