"""A machine behind a practice instance that really runs the scripts of its user data, in a directory of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from live.sshd import sshd_program

from sshwizard.lab.aws import Aws

_GETENT = """#!/bin/sh
echo "$2:x:{uid}:{gid}::{home}:/bin/sh"
"""
_SSHD = """#!/bin/sh
case $1 in -t) exec {real} -f {place}/sshd_config -h {place}/host_key "$@" ;; esac
echo "$@" >>{place}/started
"""
_SYSTEMCTL = """#!/bin/sh
echo "systemctl $@" >>{place}/started
"""
_ID = """#!/bin/sh
case $1 in -u) echo {uid} ;; -g) echo {gid} ;; esac
"""


class BootMachine:
    """Its state directory and the home of its account; nothing else of this computer is touched."""

    def __init__(self, place: Path) -> None:
        self.place, self.home, self.state = place, place / "home", place / "state"
        tools = place / "bin"
        for one in (place, self.home, self.state, tools):
            one.mkdir(mode=0o755)
        who = {"uid": os.getuid(), "gid": os.getgid(), "home": self.home, "place": place, "real": sshd_program()}
        for name, text in (("getent", _GETENT), ("id", _ID), ("sshd", _SSHD), ("systemctl", _SYSTEMCTL)):
            (tools / name).write_text(text.format(**who))
            (tools / name).chmod(0o755)
        paths = f"s|/var/lib/sshwizard|{self.state}|g; s|/dev/console|/dev/null|g; s|/run/sshd|{place}/run|g"
        paths += f"; s|/var{place}|{place}|g; s|/etc/ssh/|{place}/|g"
        self.command = ("sh", "-c", f"sed '{paths}' | PATH={tools}:$PATH sh")

    def run(self, script: str) -> str:
        """What it says."""
        ran = subprocess.run(self.command, input=script.encode(), capture_output=True, timeout=20, check=False)
        return (ran.stdout + ran.stderr).decode()

    def behind(self, aws: Aws, instance: str) -> None:
        """From now on the instance boots as this machine."""
        aws.boots(instance, *self.command)
