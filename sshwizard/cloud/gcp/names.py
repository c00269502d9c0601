"""The names of a VM of Compute Engine: project, zone and name, as they stand in commands, URLs and DNS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sshwizard.cloud.gcp.ids import is_console

_NAME = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"
_ZONE = r"[a-z]+-[a-z]+\d{1,2}-[a-z]"
_PROJECT = r"(?:[a-z][-a-z0-9.]{1,60}:)?[a-z][-a-z0-9]{4,28}[a-z0-9]|\d{6,19}"
_TYPED = re.compile(rf"gce:(?:(?P<project>{_PROJECT})/)?(?:(?P<zone>{_ZONE})/)?(?P<name>{_NAME}|\d{{10,20}})", re.ASCII)
_LINK = re.compile(rf".*projects/(?P<project>{_PROJECT})/zones/(?P<zone>{_ZONE})/instances/(?P<name>{_NAME})", re.ASCII)
_DNS = re.compile(
    rf"(?P<name>{_NAME})\.(?:(?P<zone>{_ZONE})\.)?c\.(?P<project>[-a-z0-9]+)(?:\.(?P<domain>[-a-z0-9.]+))?\.internal",
    re.ASCII,
)
_CONFIG_SSH = re.compile(rf"(?P<name>{_NAME})\.(?P<zone>{_ZONE})\.(?P<project>{_PROJECT})", re.ASCII)
_CONSOLE_USER = re.compile(
    rf"(?P<project>{_PROJECT})\.(?P<zone>{_ZONE})\.(?P<name>{_NAME})\.(?P<user>.+?)(?:\.\w+=\w+)*", re.ASCII
)
_KEY_ALIAS = re.compile(r"compute\.(\d{6,20})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a VM is; what is not known is empty."""

    name: str = ""
    zone: str = ""
    project: str = ""
    id: str = ""
    """The number of the instance, where only that is known."""
    nic: str = ""

    @property
    def full(self) -> bool:
        """True when one call finds it."""
        return bool(self.name and self.zone and self.project)

    @property
    def shown(self) -> str:
        """As it is typed for us: gce:PROJECT/ZONE/NAME."""
        return "gce:" + "/".join(word for word in (self.project, self.zone, self.name or self.id) if word)


NOWHERE = Place()


def typed(word: str) -> Place | None:
    """`gce:PROJECT/ZONE/NAME`, `gce:ZONE/NAME`, `gce:NAME`, or the URL of an instance."""
    if found := _TYPED.fullmatch(word):
        name = found["name"]
        place = Place(name, found["zone"] or "", found["project"] or "")
        return Place("", place.zone, place.project, name) if name.isdigit() else place
    if ("/instances/" in word) and (found := _LINK.fullmatch(word.rstrip("/"))):
        return Place(found["name"], found["zone"], found["project"])
    return None


def of_dns(name: str) -> Place | None:
    """An internal DNS name (Compute Engine, Internal DNS): VM.ZONE.c.PROJECT.internal, VM.c.PROJECT.internal."""
    found = _DNS.fullmatch(name.rstrip("."))
    if not found:
        return None
    project = f"{found['domain']}:{found['project']}" if found["domain"] else found["project"]
    return Place(found["name"], found["zone"] or "", project)


def of_config_ssh(name: str, key_alias: str) -> Place | None:
    """A host that `gcloud compute config-ssh` wrote: VM.ZONE.PROJECT, with the HostKeyAlias compute.ID."""
    alias, found = _KEY_ALIAS.fullmatch(key_alias), _CONFIG_SSH.fullmatch(name)
    if found and (alias or ":" not in found["project"]):
        return Place(found["name"], found["zone"], found["project"], alias[1] if alias else "")
    return Place(id=alias[1]) if alias else None


def of_tunnel(words: Sequence[str]) -> Place | None:
    """The VM that a ProxyCommand with gcloud's start-iap-tunnel names."""
    if "start-iap-tunnel" not in words:
        return None
    rest, given, plain = list(words[words.index("start-iap-tunnel") + 1 :]), dict[str, str](), list[str]()
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            key, equals, value = word.partition("=")
            if key in {"--zone", "--project", "--network-interface"}:
                given[key] = value if equals else (rest.pop(0) if rest else "")
        else:
            plain.append(word)
    name = plain[0] if plain else ""
    if not re.fullmatch(_NAME, name, re.ASCII):
        return None
    return Place(name, given.get("--zone", ""), given.get("--project", ""), nic=given.get("--network-interface", ""))


def of_console(host: str, user: str) -> Place | None:
    """The VM behind Google's own server for serial consoles, PROJECT.ZONE.VM.USER[.port=N]@HOST; NOWHERE where the
    login name holds none (Compute Engine, Troubleshooting using the serial console)."""
    if not is_console(host):
        return None
    found = _CONSOLE_USER.fullmatch(user)
    return Place(found["name"], found["zone"], found["project"]) if found else NOWHERE


def last(link: str) -> str:
    """The last word of a resource's URL: its name."""
    return link.rstrip("/").rpartition("/")[2]
