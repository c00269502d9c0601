"""The agent, and the versions of the programs: only what this computer itself knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sshwizard.advice import Advice, Weight
from sshwizard.advice.seen import Reading
from sshwizard.effects.spelling import spelled
from sshwizard.fixes import updating
from sshwizard.paths import short
from sshwizard.probes.tools import Program


def judge(seen: Reading) -> Iterator[Advice]:
    """The agent first."""
    yield from _agent(seen)
    for program in seen.programs:
        yield from _program(program, seen)


def _agent(seen: Reading) -> Iterator[Advice]:
    fact = seen.agent
    locked = [key for key in seen.keys if key.file.encrypted]
    if fact is None:
        return
    if not fact.known:
        yield Advice("advice.agent", "The agent could not be asked", "", subject="ssh-agent", unknown=fact.why)
    elif fact.outcome in {"none", "empty"} and locked:
        yield Advice(
            "advice.agent",
            "Keys with a passphrase, and no agent that holds one",
            "Each ssh asks for the passphrase again, and a program without a terminal does not get in at all.",
            (fact.says, *(short(key.file.path) for key in locked[:4])),
            "ssh-agent",
            "note",
            texts=(
                ("start one in this session", 'eval "$(ssh-agent -s)"'),
                ("hand a key to it for a working day", f"ssh-add -t 8h {spelled(locked[0].file.path)}"),
                ("let ssh do that by itself, in the ssh config", "AddKeysToAgent 8h"),
            ),
        )
    elif fact.outcome in {"unreachable", "hung"}:
        yield Advice(
            "agent.unreachable",
            "No ssh agent answers",
            "SSH_AUTH_SOCK names one, so every ssh waits for it or goes without.",
            (fact.says, *fact.lines),
            "ssh-agent",
            "soon",
            texts=(("start another", 'eval "$(ssh-agent -s)"'),),
        )
    elif fact.outcome == "has-keys" and not any(line.keyword == "addkeystoagent" for line in seen.lines):
        yield Advice(
            "advice.agent-lifetime",
            "For how long the agent keeps its keys is not known",
            "An agent does not tell. Without a lifetime it keeps them until it ends.",
            fact.lines[:8],
            "ssh-agent",
            "note",
            texts=(
                ("hand them over for a working day", "ssh-add -D && ssh-add -t 8h"),
                ("let ssh do that by itself, in the ssh config", "AddKeysToAgent 8h"),
            ),
            unknown="ssh-agent has no way to say the lifetime of a key",
        )


@dataclass(frozen=True, slots=True)
class Since:
    """What a version brought."""

    version: tuple[int, ...]
    title: str
    why: str
    weight: Weight = "note"


KNOWN: dict[str, tuple[Since, ...]] = {
    "ssh": (
        Since(
            (9, 3),
            "This ssh is older than 9.3p2",
            "A forwarded agent could be made to load a library (CVE-2023-38408). "
            "A distribution may have mended it under the same number.",
        ),
        Since(
            (8, 5),
            "This ssh is older than 8.5",
            "It prefers algorithms that servers give up now, and does not follow a "
            "server that renews its host keys (UpdateHostKeys).",
            "soon",
        ),
    ),
    "aws": (
        Since(
            (2,),
            "The AWS CLI is of version 1",
            "It has no `aws ec2-instance-connect ssh`, and is updated until July 2027 only.",
            "soon",
        ),
        Since((2, 12), "The AWS CLI is older than 2.12", "It cannot open a tunnel of an Instance Connect Endpoint."),
    ),
    "session-manager-plugin": (
        Since(
            (1, 1, 23),
            "The Session Manager plugin is older than 1.1.23",
            "ssh over Session Manager needs that version.",
            "soon",
        ),
    ),
}
"""What each version lacks, the nearest demand first. The net is not asked what is current."""

_CALLED = {
    "apt-get": "Debian, Ubuntu", "dnf": "Fedora, Amazon Linux", "zypper": "SUSE", "pacman": "Arch", "apk": "Alpine",
    "brew": "macOS", "linux": "Linux", "everywhere": "everywhere",
}  # fmt: skip
UPDATE = {
    program: tuple((_CALLED[manager], command) for manager, command in known.items())
    for program, known in updating.COMMANDS.items()
}
"""How each is installed or brought up to date."""

_WANTED_BY = {"aws": "aws ", "session-manager-plugin": "ssm start-session", "gcloud": "gcloud "}
"""What stands in a ProxyCommand or Match exec that needs the program."""


def _program(program: Program, seen: Reading) -> Iterator[Advice]:
    word = _WANTED_BY.get(program.name, "")
    lines = [line for line in seen.lines if word and line.keyword in {"proxycommand", "match"} and word in line.value]
    if not program.path:
        if lines or program.name == "ssh":
            yield Advice(
                "client.tool-missing-or-outdated",
                f"{program.name} is not installed, and the ssh config needs it",
                "The lines below start it.",
                tuple(line.place for line in lines[:4]),
                program.name,
                "soon",
                texts=UPDATE[program.name],
            )
        return
    if program.broken:
        yield Advice(
            "client.tool-missing-or-outdated",
            f"{program.name} does not run",
            "Asked for its version, it ends with an error.",
            (program.path, program.says),
            program.name,
            "soon",
            texts=UPDATE[program.name],
        )
        return
    if not program.version:
        yield Advice(
            "advice.update",
            f"{program.name} does not tell its version",
            "So nobody can say whether it is current.",
            (program.path,),
            program.name,
            unknown=program.says or "it printed nothing within 5 s",
        )
        return
    for since in KNOWN.get(program.name, ()):
        if program.version < since.version:
            yield Advice(
                "advice.update",
                since.title,
                since.why,
                (program.says,),
                program.name,
                since.weight,
                texts=UPDATE[program.name],
            )
            return
