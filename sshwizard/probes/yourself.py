"""What a person could type to see the same, for a look that named no command of its own. Nothing here is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.probes.names import literal
from sshwizard.probes.process import spell
from sshwizard.probes.scene import Scene

NOBODY_ASKED = {"not-asked", "no-hop"}
"""Outcomes of a look that asked nobody."""

Command = Callable[[Scene, Mapping[str, Any]], tuple[str, ...]]


def command(name: str, scene: Scene, fact: Fact[Any]) -> str:
    """The command for the look of this name on this leg; empty where there was nothing to look at."""
    if fact.outcome in NOBODY_ASKED:
        return ""
    made = _OF.get(name) or _OF.get(name.partition(".")[0])
    return clean.line(spell(made(scene, fact.data)), 400) if made else ""


def _ssh(*options: str) -> Command:
    return lambda scene, _: ("ssh", *options, *scene.target.ssh_args)


def _at(*words: str) -> Command:
    """About the machine that ssh dials."""
    return lambda scene, _: (*words, scene.leg.host.lstrip("-"))


def _scan(scene: Scene, _: Mapping[str, Any]) -> tuple[str, ...]:
    return ("ssh-keyscan", "-T", "5", "-p", str(scene.leg.port), scene.leg.host.lstrip("-"))


def _aws(*words: str, by: str = "--instance-ids") -> Command:
    """About the instance, or what has the address where there is none."""

    def made(scene: Scene, told: Mapping[str, Any]) -> tuple[str, ...]:
        region = ("--region", str(told["region"])) if told.get("region") else ()
        id_ = str(told.get("instance", ""))
        if id_.startswith("i-"):
            return ("aws", *words, *region, by, f"Name=InstanceId,Value={id_}" if by == "--dimensions" else id_)
        return ("aws", "ec2", "describe-instances", *region, *_address(scene))

    return made


def _address(scene: Scene) -> tuple[str, ...]:
    key = "ip-address" if literal(scene.leg.host) else "tag:Name"
    return ("--filters", f"Name={key},Values={scene.leg.host}")


def _rules(scene: Scene, told: Mapping[str, Any]) -> tuple[str, ...]:
    region = ("--region", str(told["region"])) if told.get("region") else ()
    vpc = ("--filters", f"Name=vpc-id,Values={told['vpc']}") if told.get("vpc") else ()
    return ("aws", "ec2", "describe-security-groups", *region, *vpc)


def _events(scene: Scene, told: Mapping[str, Any]) -> tuple[str, ...]:
    return ("aws", "cloudtrail", "lookup-events", "--lookup-attributes",
            "AttributeKey=EventName,AttributeValue=SendSSHPublicKey")  # fmt: skip


def _gcloud(*words: str) -> Command:
    def made(scene: Scene, told: Mapping[str, Any]) -> tuple[str, ...]:
        project = ("--project", str(told["project"])) if told.get("project") else ()
        if not (vm := str(told.get("vm", "")).lstrip("-")):
            return ("gcloud", "compute", "instances", "list", *project)
        zone = ("--zone", str(told["zone"])) if told.get("zone") else ()
        return ("gcloud", "compute", *words, vm, *zone, *project)

    return made


def _firewall(scene: Scene, told: Mapping[str, Any]) -> tuple[str, ...]:
    project = ("--project", str(told["project"])) if told.get("project") else ()
    return ("gcloud", "compute", "firewall-rules", "list", *project)


def _other_keys(scene: Scene, _: Mapping[str, Any]) -> tuple[str, ...]:
    """Each key of this computer by itself, as the look tries them; the name is the person's to fill in."""
    return ("ssh", "-o", "IdentitiesOnly=yes", "-i", "KEY", *scene.target.ssh_args)


_OF: Mapping[str, Command] = {
    "typed": _ssh(),
    "run": _ssh("-vvv"),
    "client": _ssh("-G"),
    "config": _ssh("-G"),
    "proxy": _ssh("-G"),
    "config.terminal": _ssh("-tt"),
    "session": _ssh("-vvv"),
    "kex": _ssh("-vvv"),
    "agent": lambda *_: ("ssh-add", "-l"),
    "keys": _other_keys,
    "files": lambda *_: ("ls", "-la", str(paths.ssh_dir())),
    "files.known_hosts": _at("ssh-keygen", "-F"),
    "dns": _at("getent", "ahosts"),
    "network": _scan,
    "port": _scan,
    "path": _at("ping", "-c", "3"),
    "path.marks": _ssh("-vvv", "-o", "IPQoS=none"),
    "path.mtu": _at("ping", "-c", "3", "-M", "do", "-s", "1472"),
    "route": _at("ip", "route", "get"),
    "inside": lambda scene, _: ("sshwizard", "inside", *scene.target.ssh_args),
    "aws": _aws("ec2", "describe-instances"),
    "aws.path": _rules,
    "aws.hop": _rules,
    "aws.endpoint": lambda *_: ("aws", "ec2", "describe-instance-connect-endpoints"),
    "aws.pushed": _events,
    "aws.processor": _aws("cloudwatch", "list-metrics", "--namespace", "AWS/EC2", by="--dimensions"),
    "gcp": _gcloud("instances", "describe"),
    "gcp.path": _firewall,
    "gcp.hop": _firewall,
}
"""By the name of a look, else by its family."""
