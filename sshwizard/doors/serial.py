"""The EC2 Serial Console: the instance's ttyS0 through a regional SSH server of AWS (EC2 User Guide, EC2 Serial
Console). It needs no network of the instance, and a user with a password to log in."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors import vouch
from sshwizard.doors.door import DoorFact
from sshwizard.doors.instance_connect import SECONDS, cause_of, only, push
from sshwizard.doors.keys import temporary_key
from sshwizard.doors.machine import Machine, machine, opened_by, wanted
from sshwizard.doors.way import Shut, Way
from sshwizard.probes.scene import Scene

PUSH = "ec2-instance-connect:SendSerialConsoleSSHPublicKey"
_NEEDS = (PUSH, "a user of the instance who has a password")
_LEAVE = "enter, then ~. leaves; one session at a time, and the next one waits 30 s"


@dataclass(frozen=True, slots=True)
class Console:
    """The SSH server of a region."""

    host: str
    fingerprint: str
    """Of its only host key, as AWS publishes it."""


@functools.cache
def consoles() -> Mapping[str, Console]:
    """The regional servers by region."""
    text = Path(__file__).parents[1].joinpath("data", "serial-console.txt").read_text("ascii")
    rows = (row.split() for row in text.splitlines() if not row.startswith("#"))
    return {region: Console(host, fingerprint) for region, host, fingerprint in rows}


async def judge(scene: Scene) -> DoorFact:
    """From the account's switch, the instance's state and type; nobody is asked about the type of a shut door."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    fact = read(found, await found.asked.part("serial"))
    if fact.state == "open":
        fact = read_type(await found.asked.part("type"), fact)
    inside = scene.facts.get("inside")
    if fact.state == "open" and inside and inside.data.get("passwords") == 0:
        why = "the console asks for a password, and no account on this server has one, as the look inside saw"
        set_ = opened_by(scene, "set-serial-password", "--with", "USER", "--dry-run")
        return DoorFact("shut", why, fact.needs, code="serial.no-password-user", commands=(set_,))
    if fact.code == "serial.account-access-off":
        return replace(fact, commands=(opened_by(scene, "enable-serial-console", "--dry-run"), *fact.commands))
    return fact


def read(found: Machine, access: Answer) -> DoorFact:
    """What the instance and the account say."""
    server = consoles().get(found.who.region)
    push_line = found.typed("ec2-instance-connect", "send-serial-console-ssh-public-key", "--instance-id", found.id,
                            "--ssh-public-key", "file://KEY.pub")  # fmt: skip
    commands = (push_line, f"ssh -i KEY {found.id}.port0@{server.host}") if server else ()
    if not found.running:
        return DoorFact("shut", "the instance does not run", _NEEDS, code="serial.not-supported")
    if server is None:
        why = f"the host key of the serial console in {found.who.region} is not published to us, and it is not guessed"
        return DoorFact("unknown", why, _NEEDS)
    if isinstance(access, Unseen):
        return DoorFact("unknown", access.why, (access.unblock, *_NEEDS) if access.unblock else _NEEDS)
    if not access.get("SerialConsoleAccessEnabled"):
        on = found.typed("ec2", "enable-serial-console-access")
        why = f"the serial console is switched off for the account in {found.who.region}"
        return DoorFact("shut", why, ("ec2:EnableSerialConsoleAccess", *_NEEDS), commands=(on,),
                        code="serial.account-access-off")  # fmt: skip
    why = f"the account allows it, and the instance runs. Only who has a password there can log in; {_LEAVE}"
    return DoorFact("open", why, _NEEDS, commands=commands)


def read_type(answer: Answer, fact: DoorFact) -> DoorFact:
    """Only Nitro instances have one (EC2 User Guide, prerequisites), and a few without a hypervisor."""
    if isinstance(answer, Unseen):
        return DoorFact("unknown", f"whether its type has a serial console: {answer.why}", fact.needs,
                        commands=fact.commands)  # fmt: skip
    row: Row = next(iter(answer.get("InstanceTypes", ())), {})
    kind = str(row.get("InstanceType", "its type"))
    if row.get("Hypervisor") == "nitro":
        return fact
    if row.get("Hypervisor") == "xen":
        return DoorFact("shut", f"{kind} is not built on Nitro, so it has no serial console", fact.needs,
                        code="serial.not-supported")  # fmt: skip
    return DoorFact("unknown", f"AWS does not say whether {kind} has a serial console", fact.needs,
                    commands=fact.commands)  # fmt: skip


@asynccontextmanager
async def walk(scene: Scene) -> AsyncIterator[Way]:
    """Push a key to the serial console, and lead ssh to its server with the published host key pinned. Raises Shut."""
    found = await wanted(scene)
    server = consoles().get(found.who.region)
    if server is None:
        raise Shut(f"the host key of the serial console in {found.who.region} is not published to us")
    async with temporary_key() as key:
        params = {"InstanceId": found.id, "SerialPort": 0, "SSHPublicKey": key.public}
        until = time.monotonic() + SECONDS
        answer = await push(scene, found, Call("ec2-instance-connect", "send_serial_console_ssh_public_key", params))
        if isinstance(answer, Unseen):
            code = "serial.access-denied" if answer.kind == "denied" else cause_of(answer)
            raise Shut(f"the key was not pushed: {answer.why}", code, answer.unblock)
        options = ("-F", "none", *only(key), *pinned(server), "-o", "EscapeChar=~")
        target = ("-l", f"{found.id}.port0", server.host)
        yield Way("serial", options, says=f"a temporary key opens {server.host}; {_LEAVE}", until=until, target=target)


def pinned(server: Console) -> tuple[str, ...]:
    """ssh's options that let exactly the published host key pass (KnownHostsCommand: OpenSSH 8.5 and later)."""
    words = (sys.executable, "-I", str(Path(vouch.__file__)), server.fingerprint)
    quoted = " ".join('"' + word.replace("%", "%%") + '"' for word in words)
    options = (f"KnownHostsCommand={quoted} %H %t %K", "UserKnownHostsFile=none", "GlobalKnownHostsFile=none",
               "StrictHostKeyChecking=yes", "UpdateHostKeys=no")  # fmt: skip
    return tuple(word for option in options for word in ("-o", option))
