"""The packages around logins on a server, as a look inside saw them: old, the newest known there, or not known."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard.advice import Advice
from sshwizard.fixes.packages import by_hand
from sshwizard.probes.inside.packages import Package, Packages

UPDATE = "update-ssm-agents"
"""The action that brings them up to date."""

_WHY = {
    "ec2-instance-connect": "It takes the keys that EC2 Instance Connect pushes: a door that may be the last one.",
    "openssh-server": "It is what answers every login; updates of it close holes that are known to everybody.",
    "amazon-ssm-agent": "Sessions and commands of newer tools may fail with an old agent.",
    "google-guest-agent": "It brings the keys of the metadata to the accounts of this server.",
    "google-compute-engine-oslogin": "It asks Google who may log in here.",
}


def sentences(seen: Packages) -> Iterator[str]:
    """One for each package, or why none is known."""
    if seen.why:
        yield f"Whether packages on the server are old is not known: {seen.why}"
    for one in seen.found:
        yield _says(one)


def _says(one: Package) -> str:
    if one.standing == "old":
        return f"{one.name} {one.version} is old: {one.newest} waits"
    if one.standing == "newest":
        if not (days := one.days):
            return f"{one.name} {one.version} is the newest known there, by lists fetched today"
        return f"{one.name} {one.version} is the newest known there, by lists fetched {days} day{'s' * (days != 1)} ago"
    return f"{one.name} {one.version}: whether a newer one waits is not known: {one.why}"


def judge(seen: Packages, host: str) -> Iterator[Advice]:
    """What is old, and what nobody can tell. What is the newest needs no advice."""
    if seen.why:
        yield Advice("advice.update", "Whether packages on the server are old is not known", "", subject=host,
                     weight="soon", unknown=seen.why)  # fmt: skip
    for one in seen.found:
        if one.standing == "newest":
            continue
        line = by_hand(one)
        texts = (("on the server", line),) if line else ()
        subject = f"{one.name} on {host}"
        if one.standing == "unknown":
            yield Advice(
                "advice.update",
                f"Whether {one.name} {one.version} is old is not known",
                _WHY[one.name],
                subject=subject,
                weight="soon",
                fix=UPDATE if one.newest else "",
                texts=texts,
                unknown=f"{one.why}. On the server: {line}" if line else one.why,
            )
            continue
        held = ("somebody told the package manager to hold it at this version",) if one.held else ()
        yield Advice(
            "advice.update",
            f"{one.name} on the server is old: a newer version waits",
            _WHY[one.name],
            (f"installed: {one.version}", f"waits: {one.newest}", *held),
            subject,
            "soon",
            UPDATE,
            texts,
        )
