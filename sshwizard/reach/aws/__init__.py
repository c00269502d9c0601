"""Can an address reach a TCP port of an EC2 instance? A pure function of the answers of the describe_* calls.

`evaluate(World(answers), Query(...))` judges every path whole: the person gets every needed change at once.
"""

from __future__ import annotations

from sshwizard.reach.aws import connect_endpoint, internet, private, session_manager
from sshwizard.reach.aws.answer import Answer, Findings, NearMiss, Path, Reason, Rule, Verdict
from sshwizard.reach.aws.checks import running
from sshwizard.reach.aws.fields import Row
from sshwizard.reach.aws.query import Query
from sshwizard.reach.aws.world import World
from sshwizard.reach.blocks import private as is_private

__all__ = ["Answer", "NearMiss", "Path", "Query", "Reason", "Rule", "Verdict", "World", "evaluate"]


def evaluate(world: World, query: Query) -> Answer:
    """The answer to one question; never raises, whatever the answers of the API look like."""
    instance = world.instances.get(query.instance)
    if instance is None:
        return _doubtful(
            "instance.not_found" if world.readable("Instances") else "unreadable.instances", query.instance
        )
    if not world.interfaces(instance)[0].vpc:
        return Answer((_without_interface(instance, query),))
    if query.kind == "ssm":
        return Answer((session_manager.path(world, instance),))
    origin = query.origin
    if origin is None:
        return _doubtful("source.no_address", query.instance)
    if query.kind == "eice":
        return Answer(tuple(connect_endpoint.paths(world, instance, query, origin)))
    if query.kind == "private" or is_private(origin):
        return Answer(tuple(private.paths(world, instance, query, origin)))
    return Answer(tuple(internet.paths(world, instance, query, origin)))


def _without_interface(instance: Row, query: Query) -> Path:
    """A terminated instance has none, and then nothing else can be judged."""
    found = Findings()
    running(found, instance)
    if query.kind == "internet":
        found.block("address.no_ipv6" if query.origin and query.origin.family == 6 else "address.no_public_ipv4")
    found.doubt("instance.no_network_interface", query.instance)
    return found.path(None)


def _doubtful(code: str, instance: str) -> Answer:
    found = Findings()
    found.doubt(code, instance)
    return Answer((found.path(None),))
