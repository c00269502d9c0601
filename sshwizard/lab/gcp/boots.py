"""A VM boots: what its console says, what then works, and what a startup script has to say."""

from __future__ import annotations

import re
import shlex

from sshwizard.lab.gcp.consoles import boot
from sshwizard.lab.gcp.state import Instance, Lab

LINUX, WINDOWS = "startup-script", "windows-startup-script-ps1"
DEAD = ("panic", "panic-root", "emergency", "grub")
"""Nothing answers after such a boot."""
WITHOUT_SSHD = ("sshd-typo", "out-of-memory")
_AGENTS = {"agent-failed": "down", "disk-full": "full"}


def agent_after(kind: str) -> str:
    """How the guest agent is after a boot of `consoles`."""
    return _AGENTS.get(kind, "up")


def start(lab: Lab, vm: Instance, port: int) -> None:
    """Power on. Memory is free again; a startup script mends what is broken, where the VM is one that can be mended."""
    runner, key = ("GCEMetadataScripts", WINDOWS) if vm.windows else ("google_metadata_script_runner[871]", LINUX)
    script = lab.value(vm, key) or ""
    if vm.boots == "out-of-memory" or (script and vm.mends):
        vm.boots = "healthy"
        vm.agent = "up"
    text = boot(vm.boots, name=vm.name, ip=vm.nics[0].ip, port=port) if vm.boots else ""
    if vm.boots not in DEAD:
        text += "".join(f"{runner}: {key}: {line}\r\n" for line in _said(script))
        text += f"{runner}: {key} exit status 0\r\n" if script else ""
    vm.serial[1] = f"{vm.serial.get(1, '')}\r\n{text}"


def _said(script: str) -> list[str]:
    """What the script's echo lines write, and that it ended well. Nothing is executed, and nothing is expanded."""
    said = []
    says = re.search(r'^say\(\) \{\n  echo "(.*) \$1"', script, re.M)
    if says and "say done" in script:
        said.append(f"{says[1]} done")
    for line in script.splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        if words[:1] in (["echo"], ["Write-Host"]) and "$" not in line:
            said.append(" ".join(words[1:]).partition(" >")[0])
    return said
