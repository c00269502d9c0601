"""Who may log in to the VMs of a project: keys in metadata, OS Login, the serial port.

Compute Engine: Add SSH keys to VMs, Set up OS Login, Troubleshooting using the serial console.
"""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard import clean
from sshwizard.advice import Advice
from sshwizard.advice.gcp.project import Project, called
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.gcp.metadata import Metadata
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row, is_windows
from sshwizard.cloud.gcp.sshkeys import Entry, entries
from sshwizard.probes.gcp.serial import KEY

_ON = {"true", "y", "yes", "1", "t", "on"}
"""Words that switch the serial port on (Compute Engine, Troubleshooting using the serial console)."""


def _linux(project: Project) -> tuple[Row, ...]:
    return tuple(row for row in project.running if not is_windows(row))


def _counting(project: Project) -> tuple[Row, ...]:
    """VMs that read keys of metadata."""
    return tuple(row for row in _linux(project) if not project.metadata(row).oslogin.on)


def _shown(one: Entry) -> str:
    ends = f", until {one.expires.date()}" if one.expires else ", without an end"
    return clean.line(f"{one.user}: {one.type} {one.print}{ends}", 160)


def shared_keys(project: Project) -> Iterator[Advice]:
    own = [one for one in entries(Metadata({}, project.shared), project.now) if not one.trouble]
    opens = [row for row in _counting(project) if not project.metadata(row).blocked]
    if not own or not opens:
        return
    yield Advice(
        "advice.project-keys", "SSH keys in the project's metadata open every VM",
        "Who is let in to one machine is let in to all, as an account with sudo. Keys of one VM, or OS Login, "
        "can be given and taken one by one.",
        (*some(_shown(one) for one in own), *some((f"opens {called(row)}" for row in opens), 8)),
        f"project {project.id}", "soon" if len(opens) > 1 and len({one.user for one in own}) > 1 else "note", "",
        (("gcloud: a VM that does not take them", "\n".join(
            _metadata(project, row, "block-project-ssh-keys=TRUE") for row in opens[:20])),),
    )  # fmt: skip


def _metadata(project: Project, row: Row, value: str) -> str:
    return project.gcloud("compute", "instances", "add-metadata", str(row.get("name", "")), "--zone",
                          last(str(row.get("zone", ""))), f"--metadata={value}")  # fmt: skip


def endless_keys(project: Project) -> Iterator[Advice]:
    told: dict[str, str] = {}
    for row in _counting(project):
        for one in entries(project.metadata(row), project.now):
            if not one.trouble and one.expires is None:
                where = f"project {project.id}" if one.where == "project" else called(row)
                told.setdefault(f"{where} {one.line}", f"{where}: {_shown(one)}")
    if told:
        yield Advice(
            "advice.key-no-expiry", "SSH keys in metadata that never end",
            "Keys of people who have left let them in for ever; gcloud compute ssh --ssh-key-expire-after sets an end.",
            some(told.values()), f"project {project.id}", "note", "",
            (("gcloud: a key that ends", "gcloud compute ssh VM --zone ZONE --ssh-key-expire-after=30d"),),
        )  # fmt: skip


def without_oslogin(project: Project) -> Iterator[Advice]:
    found = _counting(project)
    if not found:
        return
    yield Advice(
        "advice.oslogin-off", "VMs that take keys of metadata instead of OS Login",
        "With OS Login a person's key hangs on the account: who leaves loses every VM at once, and each login is "
        "known by name. Keys in metadata stop counting then, so give the role roles/compute.osLogin first.",
        some(called(row) for row in found), f"project {project.id}", "note", "",
        (("gcloud: for one VM, then for all", "\n".join((
            _metadata(project, found[0], "enable-oslogin=TRUE"),
            project.gcloud("compute", "project-info", "add-metadata", "--metadata=enable-oslogin=TRUE"),
        ))),),
    )  # fmt: skip


def _takes_connections(project: Project, row: Row) -> bool:
    """The VM's own value stands before the project's."""
    found = project.metadata(row)
    return (found.instance.get(KEY) or (found.shared or {}).get(KEY, "")).lower() in _ON


def serial(project: Project) -> Iterator[Advice]:
    found = [row for row in project.running if _takes_connections(project, row)]
    if found:
        yield Advice(
            "advice.serial-port", "VMs whose serial port takes connections",
            "It has no firewall: whoever has a key in metadata and a password of an account gets in from anywhere. "
            "Switch it on for the hour that needs it.",
            some(called(row) for row in found), f"VMs in {project.id}", "soon", "",
            (("gcloud: switch it off", "\n".join(_metadata(project, row, f"{KEY}=FALSE") for row in found[:20])),),
        )  # fmt: skip


_NEEDS = ("instances", "project")
JUDGES = (
    Judge("advice.project-keys", "which keys open every VM", _NEEDS, shared_keys),
    Judge("advice.key-no-expiry", "which keys never end", _NEEDS, endless_keys),
    Judge("advice.oslogin-off", "which VMs use OS Login", _NEEDS, without_oslogin),
    Judge("advice.serial-port", "which VMs have an open serial port", _NEEDS, serial, "soon"),
)
