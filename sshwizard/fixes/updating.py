"""How a program around ssh is installed or brought up to date: the exact command for this computer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping

from sshwizard.fixes.fix import Lines, Situation

_PLUGIN = "https://s3.amazonaws.com/session-manager-downloads/plugin/latest"
_AWS = 'curl -o awscliv2.zip "https://awscli.amazonaws.com/awscli-exe-linux-{}.zip" && unzip -qo awscliv2.zip '\
       "&& sudo ./aws/install --update"  # fmt: skip
COMMANDS: Mapping[str, Mapping[str, str]] = {
    "ssh": {
        "apt-get": "sudo apt-get update && sudo apt-get install openssh-client",
        "dnf": "sudo dnf install openssh-clients",
        "zypper": "sudo zypper install openssh-clients",
        "pacman": "sudo pacman -S openssh",
        "apk": "sudo apk add --upgrade openssh-client",
        "brew": "brew install openssh || brew upgrade openssh",
    },
    "aws": {"linux": _AWS.format("x86_64"), "brew": "brew install awscli || brew upgrade awscli"},
    "session-manager-plugin": {
        "apt-get": f'curl -o session-manager-plugin.deb "{_PLUGIN}/ubuntu_64bit/session-manager-plugin.deb" && '
        "sudo dpkg -i session-manager-plugin.deb",
        "dnf": f'sudo dnf install -y "{_PLUGIN}/linux_64bit/session-manager-plugin.rpm"',
        "brew": "brew install --cask session-manager-plugin",
    },
    "gcloud": {"everywhere": "gcloud components update"},
}
"""By program and package manager, as the makers' manuals have it (AWS CLI and Systems Manager User Guide, gcloud)."""
_MISSING_GCLOUD = {
    "everywhere": "curl https://sdk.cloud.google.com | bash",
    "brew": "brew install --cask google-cloud-sdk",
}


def meant(at: Situation) -> str:
    """The program that the finding is about: as the look named it, else by what was said."""
    if named := str(at.found.data.get("program", "")):
        return named
    said = f"{at.found.says} {' '.join(at.found.lines)}".lower()
    if "session" in said and "plugin" in said:
        return "session-manager-plugin"
    first = str(at.found.data.get("command", "")).split()[:1]
    name = first[0].rpartition("/")[2] if first else ""
    return name if name in COMMANDS else "aws" if "aws: " in said else "ssh"


def update(at: Situation) -> tuple[str, ...]:
    """The command for the package manager that is here; where none is known, one for each."""
    program = meant(at)
    known = COMMANDS.get(program, {})
    if program == "gcloud" and at.found.outcome in {"missing", "not-found"}:
        known = _MISSING_GCLOUD
    wanted = ("brew",) if sys.platform == "darwin" else ("apt-get", "dnf", "zypper", "pacman", "apk")
    here = next((name for name in wanted if name in known and shutil.which(name)), "")
    if not here and sys.platform.startswith("linux") and "linux" in known:
        here = "linux"
    here = here or ("everywhere" if "everywhere" in known else "")
    return (known[here],) if here else tuple(known.values())


LINES: dict[str, Lines] = {"guide-update-tools": update}
