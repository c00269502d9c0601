"""What access a step needs: a look by its name, an action by its id. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Access = Literal["here", "network", "ssh", "login", "server", "cloud"]

WORDS: Mapping[Access, str] = {
    "here": "nothing but this computer",
    "network": "the network, and no login",
    "ssh": "your own ssh connection, as far as it comes",
    "login": "a login on the server, as this user",
    "server": "a login on the server by another way, mostly one that may become root",
    "cloud": "the cloud's API, with permissions for it",
}

_LOOKS: Mapping[str, Access] = {
    "typed": "here", "text": "here", "client": "here", "config": "here", "files": "here", "agent": "here",
    "route": "here", "dns": "network", "network": "network", "path": "network", "port": "network", "proxy": "network",
    "run": "ssh", "kex": "ssh", "keys": "ssh", "session": "login", "inside": "server", "aws": "cloud", "gcp": "cloud",
    "door": "cloud",
}  # fmt: skip
_SINGLE: Mapping[str, Access] = {
    "config.terminal": "login", "config.shared": "here", "path.marks": "ssh", "proxy.door": "here",
    "run.session": "login", "run.detour": "login",
}  # fmt: skip


def of_look(name: str) -> Access:
    """By the look's own name, else by its family."""
    return _SINGLE.get(name) or _LOOKS[name.partition(".")[0]]


_CLOUD = frozenset((
    "allow-my-ip-in-security-group", "remove-my-security-group-rule", "allow-jump-host-in-security-group",
    "allow-instance-connect-range", "allow-endpoint-in-security-group", "allow-in-network-acl",
    "add-internet-route", "associate-elastic-ip", "start-instance", "reboot-instance", "stop-start-instance",
    "auto-scaling-standby", "snapshot-root-volume", "grow-volume", "create-instance-connect-endpoint",
    "enable-instance-metadata", "attach-ssm-role", "enable-serial-console", "rescue-with-user-data",
    "allow-my-ip-in-gcp-firewall", "allow-iap-in-gcp-firewall", "add-key-in-gcp", "prune-gcp-keys",
    "enable-gcp-serial-port", "toggle-windows-ssh", "set-oslogin-for-instance", "run-gcp-startup-script",
    "narrow-security-group-rule", "describe-security-group-rules", "create-status-alarm", "open-emergency-endpoint",
    "create-login-alarm", "ship-auth-log", "update-ssm-agents", "deny-in-network-acl",
    "run-reachability-analyzer", "run-troubleshoot-ssh", "run-google-tools", "use-found-profile",
    "connect-instance-connect", "connect-over-ssm", "connect-instance-connect-endpoint", "open-ssm-session",
    "connect-serial-console", "connect-over-iap", "guide-transit-path",
    "guide-attach-internet-gateway", "guide-instance-connect-slot", "guide-instance-connect-log",
    "guide-ssm-endpoints", "guide-console-instance-connect", "guide-ssm-run-as", "guide-gcp-route",
    "guide-grant-gcp-role", "guide-use-oslogin", "guide-rescue-volume", "guide-debug-clone", "guide-recreate-vm",
    "guide-previous-kernel",
    "guide-restore-snapshot", "repair-through-ssm", "guide-bigger-machine", "guide-ask-workspace-admin",
    "guide-install-windows-ssh", "guide-rdp", "guide-reinstall-guest-environment",
))  # fmt: skip
_SERVER = frozenset((
    "install-instance-connect", "set-serial-password", "install-my-key",
    "fix-authorized-keys-permissions", "restart-sshd", "install-sshd", "fix-sshd-config", "create-host-keys",
    "create-sshd-run-directory", "allow-in-host-firewall", "allow-in-tcp-wrappers", "unban-my-address",
    "free-disk-space", "free-processes", "unlock-account", "restore-selinux-labels", "sync-server-clock",
    "remove-nologin-file", "fix-chroot-owner", "start-guest-agent", "diagnose-from-inside", "guide-allow-forwarding",
    "guide-host-certificate", "guide-shell", "guide-pam", "guide-use-dns", "guide-kernel-settings", "guide-fstab",
    "guide-cloud-init", "guide-cloud-login", "guide-ssm-agent", "guide-compare-fresh-vm",
    "guide-selinux-permissive", "flush-host-firewall", "guide-old-device",
))  # fmt: skip
_SSH = frozenset((
    "use-matching-key", "use-only-this-key", "bypass-agent", "connect-interactively", "run-corrected-command",
    "use-address-family", "try-port", "use-suggested-name", "diagnose-hop", "disable-ipqos", "disable-gssapi",
    "pick-free-local-port", "try-image-user",
))  # fmt: skip
_LOGIN = frozenset((
    "retry-without-terminal", "bypass-startup-files", "use-sftp", "use-legacy-scp", "rotate-key",
))  # fmt: skip
_NETWORK = frozenset(("wait-and-retry", "guide-other-network", "guide-captive-portal", "guide-start-vpn", "guide-dns"))
_ACTIONS: tuple[tuple[frozenset[str], Access], ...] = (
    (_CLOUD, "cloud"), (_SERVER, "server"), (_SSH, "ssh"), (_LOGIN, "login"), (_NETWORK, "network"),
)  # fmt: skip


def of_action(id_: str) -> Access:
    """What is changed on this computer, and what only another person can do, needs nothing but this computer."""
    return next((access for ids, access in _ACTIONS if id_ in ids), "here")
