"""What a look inside saw, for causes whose world cannot be built on this machine."""

from __future__ import annotations

import time
from dataclasses import replace

from sshwizard.probes.inside.seen import Account, Entry, Inside

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6SYbCsmn/hwxdgAsVkmXmFkgPpHNRYmjP7h60HxuyB me"

BASE = Inside(
    root=True, me="root", address="192.0.2.10", login="dana", now=int(time.time()), sshd="/usr/sbin/sshd",
    running=True, any_sshd=True, test=(0, ""), settings={"usepam": ("no",), "port": ("22",)},
    account=Account("dana", 1000, 1000, "/home/dana", "/bin/sh"), groups=("dana",), shell_runs=True, whole=True,
)  # fmt: skip


OOM = "[ 4711.250000] Out of memory: Killed process 812 ({}) total-vm:15000kB, anon-rss:9000kB, file-rss:0kB"


def with_rows(**rows: tuple[str, ...]) -> Inside:
    return replace(BASE, rows={key.replace("_", "-"): (one,) for key, one in rows.items()})


PURE = {
    "server.privilege-separation-missing": (
        replace(BASE, test=(255, "Missing privilege separation directory: /run/sshd")), "kex.closed-before-banner"),
    "server.tcp-wrappers-deny": (with_rows(wrappers=("1",), hosts_deny=("/etc/hosts.deny", "sshd: ALL")),
                                 "kex.closed-before-banner"),
    "server.max-startups": (with_rows(process=("7", "sshd: /usr/sbin/sshd [listener] 10 of 10-100 startups", "")),
                            "kex.closed-before-banner"),
    "server.sshd-not-installed": (replace(BASE, sshd="", running=False), "network.port-refused"),
    "server.disk-full": (
        with_rows(disk=("/", "/dev/sda1 100 100 0 100% /", "/dev/sda1 9 5 4 5% /")), "auth.key-rejected"),
    "auth.selinux-blocks-key-file": (
        replace(BASE, keys_paths=("/k",), keys={"/k": KEY}, rows={"selinux": (("Enforcing",),)},
                entries={"keys-chain": (Entry("/k", True, "-", 0o600, 1000, 1000, "u:object_r:user_home_t:s0"),)}),
        "auth.key-rejected"),
    "session.sftp-missing": (BASE, "session.sftp-missing"),
    "session.no-terminal": (with_rows(pty=("8", "8")), "session.no-terminal"),
    "session.max-sessions": (replace(BASE, settings={"maxsessions": ("0",)}), "session.exits-at-once"),
    "session.forward-failed": (replace(BASE, settings={"allowtcpforwarding": ("no",)}), "session.forward-failed"),
    "eic.package-missing": (BASE, "eic.pushed-key-refused"),
    "eic.sshd-not-configured": (
        replace(BASE, entries={"instance-connect": (Entry("/opt/aws/bin/eic_run_authorized_keys", True),)}),
        "eic.pushed-key-refused"),
    "server.clock-wrong": (replace(BASE, now=int(time.time()) - 9000, settings={}), "cert.expired"),
    "server.drop-in-overrides": (
        replace(BASE, settings={"pubkeyauthentication": ("no",)}, config={
            "/etc/ssh/sshd_config": {1: "Include /etc/ssh/sshd_config.d/*.conf", 2: "PubkeyAuthentication yes"},
            "/etc/ssh/sshd_config.d/60.conf": {1: "PubkeyAuthentication no"}}), "auth.public-key-off"),
    "server.out-of-memory": (
        replace(with_rows(killed=(OOM.format("sshd"),)), running=False), "network.port-refused"),
    "server.cloud-init-failed": (
        with_rows(cloud=("yes", "", "dana", "WARNING: no authorized SSH keys fingerprints found for user dana.")),
        "auth.key-rejected"),
    "gcp.guest-agent-down": (
        with_rows(vendor=("Google Compute Engine",), agent_unit=(
            "Id=google-guest-agent.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code",)),
        "auth.key-rejected"),
    "server.booting": (
        replace(with_rows(manager=("starting\n",), memory=("", "21.40 30.2"), unit=(
            "Id=ssh.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled",)), running=False),
        "network.port-refused"),
    "server.process-limit": (
        with_rows(log=("sshd[5]: Connection from 192.0.2.10 port 5\n"
                       "sshd[5]: error: fork: Resource temporarily unavailable",)), "session.request-failed"),
}  # fmt: skip
