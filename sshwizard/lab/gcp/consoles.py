"""What VMs write to their first serial port: boots that go well, and boots that do not."""

from __future__ import annotations

import time

_BEGIN = """\
UEFI: Attempting to start image.
Description: debian
UEFI: Attempting to start image from GUID

BdsDxe: starting Boot0002 "UEFI Google PersistentDisk" from PciRoot(0x0)/Pci(0x3,0x0)/Scsi(0x1,0x0)
[    0.000000] Linux version 6.1.0-41-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1)
[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-41-cloud-amd64 root=/dev/sda1 ro console=ttyS0,38400n8
[    0.742118] NET: Registered PF_INET6 protocol family
"""
_ROOT = """\
[    1.386240] EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none.
[    1.911377] systemd[1]: Detected virtualization google.
[    1.920554] systemd[1]: Hostname set to <{name}>.
[  OK  ] Mounted boot-efi.mount - /boot/efi.
[  OK  ] Reached target local-fs.target - Local File Systems.
[  OK  ] Started dhclient.service - DHCP for ens4.
{time} {name} dhclient[289]: DHCPACK of {ip} from 169.254.169.254
[  OK  ] Reached target network-online.target - Network is Online.
"""
_AGENT = """\
[  OK  ] Started google-guest-agent.service - Google Compute Engine Guest Agent.
{time} {name} google_guest_agent[612]: GCE Agent Started (version 20251205.00)
"""
_NO_AGENT = """\
{time} {name} google_guest_agent[612]: CRITICAL main.go:412 error registering service: exit status 1
{time} {name} systemd[1]: google-guest-agent.service: Failed with result 'exit-code'.
[FAILED] Failed to start google-guest-agent.service - Google Compute Engine Guest Agent.
"""
_KEYS = """\
{time} {name} systemd[1]: Starting ssh.service - OpenBSD Secure Shell server...
{time} {name} sshd[701]: Server listening on 0.0.0.0 port {port}.
[  OK  ] Started ssh.service - OpenBSD Secure Shell server.
"""
_TYPO = """\
{time} {name} systemd[1]: Starting ssh.service - OpenBSD Secure Shell server...
{time} {name} sshd[701]: /etc/ssh/sshd_config: line 33: Bad configuration option: PasswordAuthentification
{time} {name} sshd[701]: /etc/ssh/sshd_config: terminating, 1 bad configuration options
{time} {name} systemd[1]: ssh.service: Control process exited, code=exited, status=255/EXCEPTION
{time} {name} systemd[1]: ssh.service: Failed with result 'exit-code'.
[FAILED] Failed to start ssh.service - OpenBSD Secure Shell server.
"""
_DONE = """\
[  OK  ] Reached target multi-user.target - Multi-User System.

Debian GNU/Linux 12 {name} ttyS0

{name} login: """
_FULL = """\
{time} {name} google_guest_agent[612]: Updating keys for user {user}.
{time} {name} google_guest_agent[612]: ERROR non_windows_accounts.go:181 Error updating SSH keys for {user}: \
write /home/{user}/.ssh/authorized_keys.google: no space left on device.
{time} {name} systemd-journald[231]: Failed to open system journal: No space left on device
{time} {name} rsyslogd[544]: file '/var/log/syslog'[8] write error: No space left on device
"""
_PANIC = """\
[    1.214420] VFS: Cannot open root device "sda1" or unknown-block(0,0): error -6
[    1.221873] Please append a correct "root=" boot option; here are the available partitions:
[    1.230146] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
[    1.238871] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-41-cloud-amd64 #1  Debian 6.1.158-1
[    1.261009] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---
"""
_CRASH = """\
[    3.871440] BUG: kernel NULL pointer dereference, address: 0000000000000010
[    3.899102] Kernel panic - not syncing: Fatal exception in interrupt
[    3.905518] ---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---
"""
_EMERGENCY = """\
[    1.386240] EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none.
[    1.911377] systemd[1]: Detected virtualization google.
[ TIME ] Timed out waiting for device dev-disk-by\\x2duuid-5f0c.device - /dev/disk/by-uuid/5f0c.
[DEPEND] Dependency failed for srv-data.mount - /srv/data.
[DEPEND] Dependency failed for local-fs.target - Local File Systems.
[  OK  ] Started emergency.service - Emergency Shell.
[  OK  ] Reached target emergency.target - Emergency Mode.
You are in emergency mode. After logging in, type "journalctl -xb" to view
system logs, "systemctl reboot" to reboot, or "exit" to continue bootup.

Cannot open access to console, the root account is locked.
Press Enter to continue.
"""
_KILLED = """\
[ 5120.441207] stress invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0
[ 5120.702115] Out of memory: Killed process 701 (sshd) total-vm:15432kB, anon-rss:1120kB, file-rss:0kB, UID:0
"""
_GRUB = """\
BdsDxe: starting Boot0002 "UEFI Google PersistentDisk" from PciRoot(0x0)/Pci(0x3,0x0)/Scsi(0x1,0x0)
error: no such partition.
Entering rescue mode...
grub rescue> """
_WINDOWS = """\
{stamp} GCEGuestAgent: GCE Agent Started (version 20251205.00)
{stamp} GCEMetadataScripts: Starting startup scripts (version 20251205.00).
{stamp} GCEMetadataScripts: No startup scripts to run.
"""
BOOTS = {
    "healthy": _BEGIN + _ROOT + _AGENT + _KEYS + _DONE,
    "agent-failed": _BEGIN + _ROOT + _NO_AGENT + _KEYS + _DONE,
    "sshd-typo": _BEGIN + _ROOT + _AGENT + _TYPO + _DONE,
    "disk-full": _BEGIN + _ROOT + _AGENT + _FULL + _KEYS + _DONE,
    "panic-root": _BEGIN + _PANIC,
    "panic": _BEGIN + _ROOT + _CRASH,
    "emergency": _BEGIN + _EMERGENCY,
    "out-of-memory": _BEGIN + _ROOT + _AGENT + _KEYS + _DONE + "\n" + _KILLED,
    "grub": _GRUB,
    "windows": _WINDOWS,
}
"""A VM that was well before has a healthy boot before the last one: who reads from the start must not be misled."""


def boot(kind: str, *, name: str = "lab-web", user: str = "dana", ip: str = "10.132.0.2", port: int = 22) -> str:
    """The text of one boot. It ends as the port shows it now."""
    now = time.gmtime()
    stamp = {"time": time.strftime("%b %e %H:%M:%S", now), "stamp": time.strftime("%Y/%m/%d %H:%M:%S", now)}
    return BOOTS[kind].format(name=name, user=user, ip=ip, port=port, **stamp).replace("\n", "\r\n")
