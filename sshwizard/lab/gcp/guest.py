"""Whom a guest lets in. Keys of the metadata are written by the guest agent; OS Login is asked at each login.

Sources: the guest agent (google_guest_agent: accounts, oslogin), and the documentation of OS Login.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sshwizard.lab.gcp.state import Instance, Lab

FOREVER = 4102444800.0
"""Seconds since the epoch, in the year 2100."""


@dataclass(frozen=True)
class Row:
    """One key of one account. `until`: seconds since the epoch."""

    user: str
    key: str
    until: float = FOREVER


@dataclass
class Guest:
    """What the disk of a VM has, as its agent left it."""

    rows: tuple[Row, ...] = ()
    oslogin: bool = False


def visit(lab: Lab, vm: Instance, guest: Guest) -> None:
    """The agent reads the metadata, and does what it says; one that is down or cannot write does nothing."""
    if vm.agent != "up" or vm.status != "RUNNING":
        return
    guest.oslogin = not vm.windows and lab.flag(vm, "enable-oslogin")
    if guest.oslogin or (vm.windows and not lab.flag(vm, "enable-windows-ssh")):
        guest.rows = ()
    elif not lab.flag(vm, "disable-account-manager"):
        guest.rows = tuple(row for line in lines(lab, vm) if (row := read(line)))


def lines(lab: Lab, vm: Instance) -> list[str]:
    """The lines that count: the instance's, and the project's where the instance does not shut them out."""
    project, levels = lab.projects[vm.project], [vm.metadata]
    blocked = vm.metadata.get("block-project-ssh-keys") in ("1", "t", "T", "TRUE", "true", "True")
    if not blocked and "sshKeys" not in vm.metadata:
        levels.append({**project.metadata, **project.zones.get(vm.zone, {})})
    return [line for level in levels for key in ("ssh-keys", "sshKeys") for line in level.get(key, "").splitlines()]


def read(line: str) -> Row | None:
    """One line; None where the agent refuses it."""
    user, _, key = line.strip().partition(":")
    words = key.split(maxsplit=2)
    if not user or len(words) < 2 or len(user.split()) != 1:
        return None
    bare, comment = " ".join(words[:2]), words[2] if len(words) > 2 else ""
    if not comment.startswith("google-ssh"):
        return Row(user, bare)
    try:
        told = json.loads(comment.removeprefix("google-ssh"))
        until = datetime.fromisoformat(told["expireOn"])
        return Row(user, bare, until.timestamp()) if told["userName"] and until.tzinfo else None
    except (ValueError, KeyError, TypeError):
        return None


def open_to(lab: Lab, vm: Instance, guest: Guest) -> list[Row]:
    """Every key that opens the door of a VM now, some until a certain time."""
    if not guest.oslogin:
        return list(guest.rows)
    rows = []
    for person in lab.people.values():
        roles = ("compute.instances.osLogin", "compute.instances.osAdminLogin")
        enters = any(lab.may(person.email, one, vm.path) for one in roles)
        account = f"projects/{vm.project}/serviceAccounts/"
        acts = all(lab.may(person.email, "iam.serviceAccounts.actAs", account + one) for one in vm.accounts)
        if enters and acts:
            rows += [
                Row(person.posix, " ".join(one.key.split()[:2]), one.expires / 1e6 if one.expires else FOREVER)
                for one in person.keys.values()
            ]
    return rows
