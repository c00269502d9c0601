"""The vocabulary of exercises: every thing that can be broken in a world, and set whole again, by name and value.

    [faults]
    key.mode = "0644"

The first value of a choice is the healthy one. A fault is a function here; a file only names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sshwizard.lab import beside, breaking

if TYPE_CHECKING:
    from sshwizard.lab.stage import Stage

Value = str | tuple[str, ...]
Set = Callable[["Stage", Value], None]

_MODE = re.compile(r"0[0-7]{3}")
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,30}")
_LINE = re.compile(r"([A-Za-z]+)[ =]([A-Za-z0-9@.,:+ -]{1,120})")
_KEYWORDS = frozenset((
    "addressfamily", "batchmode", "bindaddress", "ciphers", "compression", "connectionattempts", "connecttimeout",
    "hostkeyalgorithms", "hostkeyalias", "hostname", "identitiesonly", "ipqos", "kexalgorithms", "loglevel", "macs",
    "numberofpasswordprompts", "port", "preferredauthentications", "pubkeyacceptedalgorithms",
    "pubkeyauthentication", "requesttty", "serveralivecountmax", "serveraliveinterval", "stricthostkeychecking",
    "tcpkeepalive", "user",
))  # fmt: skip
"""The keywords of ssh_config(5) that a file may set: none of them starts a program, opens a file or a port."""
_LOOPBACK = re.compile(r"hostname[ =]+127\.\d+\.\d+\.\d+", re.I)


@dataclass(frozen=True)
class Word:
    """One thing that can be set."""

    says: str
    set: Set
    values: tuple[str, ...] = ()
    """The choices, the healthy one first; empty: see `kind`."""
    kind: str = "choice"
    """choice, mode, name, text, lines, or hops."""
    early: bool = False
    """Before the cloud is made: its account is made of it."""

    def wrong(self, value: object) -> str:
        """What would be right, where `value` is not; empty: it is."""
        return _KINDS[self.kind](self, value)


def _choice(word: Word, value: object) -> str:
    return "" if value in word.values else f"one of: {', '.join(word.values)}"


def _mode(_: Word, value: object) -> str:
    right = isinstance(value, str) and _MODE.fullmatch(value)
    return "" if right else 'a mode in quotation marks, such as "0644"'


def _name(_: Word, value: object) -> str:
    right = isinstance(value, str) and _NAME.fullmatch(value)
    return "" if right else "a login name of small letters, digits, dots and dashes"


def _text(_: Word, value: object) -> str:
    right = isinstance(value, str) and len(value) <= 20_000 and all(c.isprintable() or c in "\n\t" for c in value)
    return "" if right else "a text that can be shown, of at most 20,000 letters"


def _lines(_: Word, value: object) -> str:
    rows = value if isinstance(value, list) and len(value) <= 20 else [""]
    for row in rows:
        found = _LINE.fullmatch(row) if isinstance(row, str) else None
        word = found[1].lower() if found else ""
        if word not in _KEYWORDS or (word == "hostname" and not _LOOPBACK.fullmatch(row)):
            return (
                'lines of ssh_config such as ["User root"]; a HostName is an address of 127.0.0.0/8, and '
                f"what can be set is: {' '.join(sorted(_KEYWORDS))}"
            )
    return ""


def _hops(_: Word, value: object) -> str:
    right = isinstance(value, list) and len(value) <= 4 and all(one in beside.HOPS for one in value)
    return "" if right else f"a list of at most four, each one of: {', '.join(beside.HOPS)}"


_KINDS: Mapping[str, Callable[[Word, object], str]] = {
    "choice": _choice, "mode": _mode, "name": _name, "text": _text, "lines": _lines, "hops": _hops,
}  # fmt: skip

_AWS = breaking.on_aws
_GCP = (
    "gcp", "no-rule", "other-source", "wrong-tag", "rule-disabled", "deny-wins", "deny-same-priority",
    "hierarchical-deny", "network-policy-denies", "no-external-ip", "stopped", "suspended", "no-default-route",
    "oslogin-healthy", "oslogin-ignores-key", "oslogin-in-project", "oslogin-off", "oslogin-key-expired",
    "key-expired", "project-keys-blocked", "no-key", "role-missing", "no-act-as", "metadata-full", "agent-down",
    "disk-full", "sshd-typo", "panic", "panic-root", "emergency", "grub", "out-of-memory",
)  # fmt: skip

FAULTS: Mapping[str, Word] = MappingProxyType(
    {
        "key.pair": Word("which key pair the server knows", breaking.key_pair, ("mine", "team", "lost"), early=True),
        "key.mode": Word("the mode of the private key", breaking.key_mode, kind="mode"),
        "key.text": Word("the text of the private key", breaking.key_text, ("whole", "crlf", "cut")),
        "key.passphrase": Word("a passphrase on the private key", breaking.key_passphrase, ("none", "lost", "noted")),
        "config.user": Word("the login name in the config", breaking.config_user, kind="name"),
        "config.port": Word("the port in the config", breaking.config_port, ("server", "closed")),
        "config.identity": Word(
            "the key that the config names", breaking.config_identity, ("mine", "missing", "public", "team")
        ),
        "config.lines": Word("lines of the host's block", breaking.config_lines, kind="lines"),
        "config.above": Word("lines of a block `Host *` in front", breaking.config_above, kind="lines"),
        "known_hosts": Word(
            "what known_hosts has of the server", breaking.known_hosts,
            ("server", "other-key", "nothing", "revoked", "damaged"),
        ),
        "agent": Word("the ssh agent", beside.agent, ("none", "empty", "key", "many", "gone")),
        "hops": Word("the jump hosts on the way", beside.hops, kind="hops"),
        "server.port": Word("what stands on the server's port", beside.server_port, ("open", "refuses", "silent")),
        "server.greets": Word(
            "what a client meets first", breaking.server_greets, ("ssh", "http", "silence", "closes", "full")
        ),
        "server.takes": Word(
            "the ways to log in", breaking.server_takes, ("publickey", "password", "keyboard-interactive")
        ),
        "server.ciphers": Word("the ciphers that it has", breaking.server_ciphers, ("new", "old")),
        "server.banner": Word("told before the login", breaking.server_banner, kind="text"),
        "server.tries": Word("keys that it lets you try", breaking.server_tries, ("any", "3", "6")),
        "server.reply": Word(
            "what answers in place of a shell", breaking.server_reply,
            ("shell", "nologin", "name-of-user", "full-disk", "expired", "closes"),
        ),
        "server.knows": Word("whom it lets in", breaking.server_knows, ("you", "nobody")),
        "aws.image": Word("the image of the instance", breaking.aws_image, ("amazon", "ubuntu"), early=True),
        "aws.security_group": Word(
            "the rule for the SSH port", _AWS("aws.security_group"),
            ("mine", "other-source", "other-port", "endpoint", "empty"),
        ),
        "aws.instance": Word("the state of the instance", _AWS("aws.instance"), ("running", "stopped")),
        "aws.network_acl": Word(
            "the network ACL of the subnet", _AWS("aws.network_acl"), ("allows", "denies-in", "denies-out")
        ),
        "aws.route": Word("the default route of the subnet", _AWS("aws.route"), ("internet", "none")),
        "aws.pushed_key": Word("what Instance Connect holds for 60 s", breaking.aws_pushed_key, ("none", "mine")),
        "aws.endpoint": Word("an Instance Connect Endpoint in the VPC", _AWS("aws.endpoint"), ("none", "there")),
        "aws.agent": Word("the Systems Manager agent", breaking.aws_agent, ("none", "online", "lost")),
        "aws.sshd": Word("the SSH server of the instance", _AWS("aws.sshd"), ("up", "down")),
        "gcp.project": Word("what is set in the project (lab/gcp/worlds.py)", breaking.gcp_project, _GCP, early=True),
        "log.text": Word("a text to be explained, in place of a server", breaking.nothing, kind="text"),
    }
)  # fmt: skip
"""By name; docs/practice.md lists them."""
