"""Repairs and looks at one boot of a VM, by its startup script: while nobody can log in. Pure text.

Compute Engine, Using startup scripts on Linux VMs, on Windows VMs; Installing the guest environment; Enable SSH for
Windows. A repair keeps what was there before in /var/lib/sshwizard/MARK, so that one more boot takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard.effects import Effect
from sshwizard.fixes import bootrepairs
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.gcp.machine import placed, tools, with_standing
from sshwizard.fixes.gcp.place import place
from sshwizard.fixes.serverside import Change
from sshwizard.probes.gcp.looks import standing

Data = Mapping[str, Any]
Made = tuple[Effect, ...] | Refusal

LINUX, WINDOWS = "startup-script", "windows-startup-script-ps1"
"""Keys of the metadata."""

_UNITS = """units=$(systemctl list-unit-files --no-legend 'google-guest-agent*.service' | awk '{ print $1 }')
[ -n "$units" ] || { echo 'the guest agent is not installed'; exit 1; }
"""
AGENT = Change(
    "true",
    _UNITS
    + """for unit in $units; do
  systemctl is-enabled -q "$unit" || { echo "$unit" >>"$D/enabled"; systemctl enable "$unit"; }
  systemctl is-active -q "$unit" || { echo "$unit" >>"$D/started"; systemctl restart "$unit"; }
done
""",
    """for unit in $(cat "$D/started" 2>/dev/null); do systemctl stop "$unit"; done
for unit in $(cat "$D/enabled" 2>/dev/null); do systemctl disable "$unit"; done
""",
)
ENVIRONMENT = Change("true", """if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  apt-get -q install -y --reinstall google-guest-agent google-compute-engine google-compute-engine-oslogin
elif command -v dnf >/dev/null; then
  dnf -y reinstall google-guest-agent google-compute-engine || dnf -y install google-guest-agent google-compute-engine
elif command -v yum >/dev/null; then
  yum -y reinstall google-guest-agent google-compute-engine || yum -y install google-guest-agent google-compute-engine
elif command -v zypper >/dev/null; then
  zypper -n install -f google-guest-agent google-guest-configs
else echo 'no package manager that has the guest environment'; exit 1; fi
systemctl enable google-guest-agent
systemctl restart google-guest-agent
""")  # fmt: skip
"""The packages of Google's own repository, which its images have."""
SPACE = r"""#!/bin/sh
# sshwizard: frees disk space once. The startup-script that was here before is put back after it.
df -h /
command -v journalctl >/dev/null && journalctl --vacuum-size=50M
command -v apt-get >/dev/null && apt-get clean
command -v dnf >/dev/null && dnf clean all
find /var/log -xdev -type f \( -name '*.gz' -o -name '*.[0-9]' -o -name '*.old' \) -delete
systemctl restart google-guest-agent
df -h /
echo "{sign} done"
"""
COLLECT = """#!/bin/sh
# sshwizard: reads what a look from inside reads, and changes nothing.
sleep 15
sh <<'SSHWIZARD' 2>/dev/null | awk -v n={nonce} '{{
  while (length($0) > 800) {{ print n "-" substr($0, 1, 800); $0 = substr($0, 801) }}
  print n "." $0
}}'
{script}
SSHWIZARD
echo "{sign} done"
"""
"""A line of the serial port has its limit: a row comes in pieces, the last of which has a dot behind the nonce."""
_SSHD = """$ErrorActionPreference = "Continue"
try {{
{do}
  Write-Host "{sign} done"
}} catch {{ Write-Host "{sign} failed: $($_.Exception.Message)" }}
"""
INSTALL_SSH = """  & googet -noconfirm=true update
  & googet -noconfirm=true install google-compute-engine-ssh
  if ($LASTEXITCODE -ne 0) { throw "googet ended with $LASTEXITCODE" }
  Restart-Service GCEAgent
  Start-Sleep 10
  Get-Service sshd | ForEach-Object { Write-Host "sshd is $($_.Status)" }"""
READ_LOG = """  Get-Service sshd, GCEAgent -ErrorAction SilentlyContinue |
    ForEach-Object { Write-Host "service $($_.Name) is $($_.Status), starts $($_.StartType)" }
  & googet installed google-compute-engine-ssh | ForEach-Object { Write-Host $_ }
  Get-NetFirewallRule -DisplayGroup "OpenSSH Server" -ErrorAction SilentlyContinue |
    ForEach-Object { Write-Host "firewall rule $($_.DisplayName): enabled $($_.Enabled), $($_.Action)" }
  Get-WinEvent -LogName OpenSSH/Operational -MaxEvents 50 -ErrorAction SilentlyContinue |
    ForEach-Object { Write-Host "$($_.TimeCreated.ToString('o')) $($_.Message)" }"""


@dataclass(frozen=True, slots=True)
class Boot:
    """What one boot does: the script, the one that takes it back, and which key of the metadata has it."""

    does: str
    make: Callable[[Data, str], tuple[str, str] | Refusal]
    """Script and way back, of how the VM stands and the words with which it ends."""
    key: str = LINUX
    switch: str = ""
    """A key of the metadata that is TRUE before the boot."""


def sign(mark: str) -> str:
    """What begins the line that tells how it ended."""
    from sshwizard.effects.aws import bootdata

    return bootdata.sentinel(mark)


def _of(change: Callable[[Data], Change | Refusal]) -> Callable[[Data, str], tuple[str, str] | Refusal]:
    """A change of a server, done once, and its way back."""

    def make(data: Data, mark: str) -> tuple[str, str] | Refusal:
        from sshwizard.effects.aws import bootdata

        found = change(data)
        if isinstance(found, Refusal):
            return found
        return bootdata.script(mark, found.do, found.undo), bootdata.undoing(mark) if found.undo else ""

    return make


def _collect(data: Data, mark: str) -> tuple[str, str]:
    from sshwizard.probes.inside.protocol import script

    text = script(nonce(mark), str(data.get("login", "")), int(data["port"]), address=str(data.get("source", "")))
    return COLLECT.format(nonce=nonce(mark), script=text.decode().rstrip("\n"), sign=sign(mark)), ""


def nonce(mark: str) -> str:
    """Begins each row of a look: as little to be guessed as the mark itself."""
    return f"n{mark}"


def _windows(do: str) -> Callable[[Data, str], tuple[str, str]]:
    return lambda data, mark: (_SSHD.format(do=do, sign=sign(mark)), "")


BOOTS: Mapping[str, Boot] = {
    "collect": Boot("read what a look from inside reads, and judge it; it changes nothing", _collect),
    **{name: Boot(does, _of(change)) for name, (does, change) in bootrepairs.REPAIRS.items()},
    "start-agent": Boot("enable and start the guest agent", _of(lambda data: AGENT)),
    "install-environment": Boot("install the guest environment again", _of(lambda data: ENVIRONMENT)),
    "free-space": Boot("free disk space", lambda data, mark: (SPACE.replace("{sign}", sign(mark)), "")),
    "install-windows-ssh": Boot("install Google's SSH package, and switch SSH for Windows on", _windows(INSTALL_SSH),
                                WINDOWS, "enable-windows-ssh"),
    "read-windows-log": Boot("read the OpenSSH log and the state of sshd", _windows(READ_LOG), WINDOWS),
}  # fmt: skip
"""Each by the name that a person types."""

FOR: Mapping[str, str] = {
    **bootrepairs.FOR,
    "server.disk-full": "free-space",
    "gcp.guest-agent-down": "start-agent",
    "gcp.windows-ssh-package-missing": "install-windows-ssh",
    "gcp.windows-ssh-off": "install-windows-ssh",
}
"""What each cause needs, where nobody names another one."""


def _run(data: Data, at: Situation, name: str) -> Made:
    from sshwizard.effects.gcp import BootScript, SetValue

    if name not in BOOTS:
        return Refusal(f"type which one: {', '.join(BOOTS)}")
    boot, windows = BOOTS[name], bool(data.get("windows"))
    if windows is not (boot.key == WINDOWS):
        return Refusal(f"{name} is for {'Linux' if windows else 'Windows'}")
    if data.get("status") != "RUNNING":
        return Refusal(f"it is {data.get('status')}, not RUNNING")
    mark = str(data["mark"])
    made = boot.make(data, mark)
    if isinstance(made, Refusal):
        return made
    script, undo = made
    rows = (f"what it does: {boot.does}", "down for the time of one boot, some one to five minutes",
            *(("the way back is one more boot",) if undo else ()))  # fmt: skip
    on: tuple[Effect, ...] = ()
    was = at.found.data.get("windows_ssh") or data.get("windows_ssh") or None
    if boot.switch and was != "TRUE":
        on = (SetValue(*placed(data), boot.switch, "TRUE", str(was) if was else None),)
    words = nonce(mark) if name == "collect" else ""
    return (*on, BootScript(*placed(data), boot.key, script, sign(mark), undo, words, rows))


def _startup(data: Data, at: Situation) -> Made:
    return _run(data, at, at.answer.strip() or FOR.get(at.code, "collect"))


def _named(name: str) -> Callable[[Data, Situation], Made]:
    return lambda data, at: _run(data, at, name)


def _anywhere(at: Situation) -> Made:
    """Of a machine elsewhere it is no action, not even in words."""
    return with_standing(_startup)(at) if place(at) else Refusal("")


FIXES = (
    Fix("run-google-tools", with_standing(tools), standing, account=True, clouds=("gcp",), prepares=True, shows=True),
    Fix("run-gcp-startup-script", _anywhere, standing, f"What the script does: {', '.join(BOOTS)}", shows=True),
    *(
        Fix(id_, with_standing(_named(name)), standing, account=True, clouds=("gcp",))
        for id_, name in (
            ("guide-reinstall-guest-environment", "install-environment"),
            ("guide-install-windows-ssh", "install-windows-ssh"),
        )
    ),
)
