"""The one look that would decide between causes which a text cannot tell apart: a sentence, and a command to copy."""

from __future__ import annotations

from collections.abc import Mapping

from sshwizard import clean
from sshwizard.language import say
from sshwizard.model import Finding

_HERE, _THERE = "on this computer", "on the server, by its console or another way in"

_SSHD_LOG = (_THERE, "sudo journalctl -u ssh -u sshd --since -30min | grep -i sshd")
_LISTENS = (_THERE, "sudo ss -tlnp | grep sshd; systemctl status ssh sshd")
_BANNER = (_HERE, "timeout 10 nc -v {host} {port} </dev/null")
_VERBOSE = (_HERE, "ssh -vvv -p {port} {user}@{host} true 2>&1 | sshwizard explain -")
_NAME = (_HERE, "getent hosts {host}; dig +short {host}")
_ROUTE = (_HERE, "ip route get $(getent hosts {host} | cut -d' ' -f1)")

COMMANDS: Mapping[str, tuple[str, str]] = {
    "auth": _SSHD_LOG,
    "auth.no-key-offered": (_HERE, "ssh-add -l; ls -l ~/.ssh"),
    "auth.no-common-signature-algorithm": _VERBOSE,
    "server": _SSHD_LOG,
    "server.sshd-not-running": (_THERE, "sudo sshd -t; systemctl status ssh sshd"),
    "server.address-banned": (
        _THERE,
        "sudo fail2ban-client status sshd; sudo journalctl -u ssh -u sshd | grep -i drop",
    ),
    "network.port-refused": _LISTENS,
    "network.no-answer": (_HERE, "sshwizard {user}@{host}"),
    "network.host-unreachable": _ROUTE,
    "network.no-route": _ROUTE,
    "network.corruption": (_HERE, "ssh -o Ciphers=aes256-gcm@openssh.com {user}@{host} true"),
    "kex.closed-before-banner": _SSHD_LOG,
    "kex.reset-before-banner": _SSHD_LOG,
    "kex.no-banner": _BANNER,
    "kex.stalls": (_HERE, "ping -M do -s 1452 -c 3 {host}"),
    "kex": _VERBOSE,
    "hostkey.changed": (_THERE, "for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done"),
    "hostkey.unknown": (_THERE, "for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done"),
    "hostkey": (_HERE, "ssh-keygen -F {host}"),
    "dns": _NAME,
    "key": (_HERE, "ls -l ~/.ssh; ssh-add -l"),
    "agent": (_HERE, "ssh-add -l"),
    "proxy": (_HERE, "ssh -G {host} | grep -i proxy"),
    "config": (_HERE, "ssh -G {host}"),
    "session": _SSHD_LOG,
    "session.git-access-denied": (_HERE, "ssh -T git@{host}"),
    "gcp": (_HERE, "gcloud compute ssh NAME --troubleshoot"),
    "ssm": (_HERE, "aws ssm describe-instance-information"),
    "iam": (_HERE, "aws sts get-caller-identity"),
}
"""By cause, else by its family: where to look, and how."""


def look(found: Finding, who: Mapping[str, str]) -> list[str]:
    """The question that is left open by a finding that is only likely, and how to answer it."""
    if found.confidence == "certain" or not found.decided_by:
        return []
    rows = [say(f"What would decide it: {found.decided_by}")]
    where, command = COMMANDS.get(found.cause) or COMMANDS.get(found.cause.partition(".")[0]) or ("", "")
    if command:
        names = {"host": "HOST", "port": "22", "user": "USER", **_known(who)}
        rows.append(say(f"Look {where}:"))
        rows.append("    $ " + clean.line(command.format_map(names)))
    return rows


def _known(who: Mapping[str, str]) -> dict[str, str]:
    """Names that a command may hold: no word of a log that a shell could read otherwise."""
    return {key: value for key, value in who.items() if value and all(c.isalnum() or c in ".-_:" for c in value)
            and not value.startswith("-")}  # fmt: skip
