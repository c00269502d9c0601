"""Answers by hand: where a person without a reachable host begins, and how they can find an answer out. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sshwizard.model import UNKNOWN
from sshwizard.tree.node import Node

_FINE = (
    (-1, "typed", "ok"),
    (-1, "client", "ok"),
    (0, "proxy", "direct"),
    (0, "name", "ok"),
    (0, "tcp", "open"),
    (0, "banner", "ok"),
    (0, "kex", "ok"),
    (0, "hostkey", "ok"),
    (0, "login", "ok"),
    (0, "session", "ok"),
)
"""The questions every connection passes, with the answer that leads on to the next of them."""


@dataclass(frozen=True, slots=True)
class Limb:
    """What a person sees, and what it says about the way so far."""

    id: str
    sees: str
    """ssh's own words where it has some."""
    at: str
    """The question of the way at which it stops; all before it went well."""
    outcome: str = ""
    """How that question was answered; empty: it is asked."""

    @property
    def answers(self) -> tuple[tuple[int, str, str], ...]:
        """Leg, question and answer, in order."""
        nodes = [node for _, node, _ in _FINE]
        number = nodes.index(self.at)
        last = ((_FINE[number][0], self.at, self.outcome),) if self.outcome else ()
        return (*_FINE[:number], *last)


LIMBS = (
    Limb("timed-out", "Connection timed out", "tcp", "silent"),
    Limb("refused", "Connection refused", "tcp", "refused"),
    Limb("no-route", "No route to host", "tcp", "host-unreachable"),
    Limb("unreachable", "Network is unreachable", "tcp", "net-unreachable"),
    Limb("unknown-host", "Could not resolve hostname", "name", "not-known"),
    Limb("permission-denied", "Permission denied (publickey)", "login", "denied"),
    Limb("host-key-changed", "REMOTE HOST IDENTIFICATION HAS CHANGED!", "hostkey", "changed"),
    Limb("host-key-failed", "Host key verification failed", "hostkey", "unknown-key"),
    Limb("no-match", "no matching … found", "kex", "no-common"),
    Limb("closed", "Connection closed by remote host, before any login", "banner", "closed"),
    Limb("reset", "Connection reset by peer, before any login", "banner", "reset"),
    Limb("hangs", "It hangs, and says nothing", "tcp"),
    Limb("too-many-failures", "Too many authentication failures", "login", "too-many-keys"),
    Limb("closed-at-login", "Connection closed, in the middle of the login", "login", "closed"),
    Limb("thrown-out", "I am in, and thrown out at once", "session"),
    Limb("config", "ssh stops with an error in its config", "client"),
    Limb("jump", "A jump host or ProxyCommand fails", "proxy"),
    Limb("other", "Something else", "typed"),
)
"""What people see, the frequent first."""


def limb(name: str) -> Limb | None:
    """The limb with this id."""
    return next((one for one in LIMBS if one.id == name), None)


# ------------------------------------------------------------------ answers

_NOT_SEEN = {("typed", "server-log"), ("session", "sharing"), ("session", "passing-on")}
"""Answers that only a look can have: they are about the look itself."""


def choices(node: Node[Any], seen: str = "") -> tuple[str, ...]:
    """The answers that a person may give, each wording once; `seen` is what a look saw. Not to know is the last."""
    found: dict[str, str] = {}
    for outcome in node.via.outcomes:
        word = node.word(outcome)
        if outcome == seen or (word not in found and (node.id, outcome) not in _NOT_SEEN):
            found[word] = outcome
    return (*found.values(), UNKNOWN)


HOW = {
    "typed": "Look for curly quotes, long dashes, and a port or path in the host name.",
    "client": "ssh -G HOST prints the settings, or says what is wrong with them.",
    "proxy": "ssh -G HOST | grep -i proxy: no line means no proxy.",
    "hop": "Run ssh to the jump host alone, and see what it says.",
    "name": "getent hosts HOST prints its address, if it has one.",
    "before-name": "The last lines of ssh -vvv HOST tell.",
    "resolver": "nslookup HOST, or dig HOST.",
    "lookup": "The words that follow: Could not resolve hostname.",
    "tcp": "nc -vz HOST PORT: open, refused, or no answer.",
    "timed-out": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "refused": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "unreachable": "Compare the address in ssh -v HOST with the one you know, e.g. from the console.",
    "silence": "ping -c 3 HOST, and ssh -4 or -6 for the other kind of address.",
    "refuser": "Only a packet capture shows it (tcpdump 'tcp or icmp'). It is all right not to know.",
    "other-port": "nc -vz HOST 2222, or whoever runs the server knows.",
    "reporter": "ping HOST: the line with Unreachable begins with who says so.",
    "route": "ip route get ADDRESS, or route get ADDRESS on a Mac.",
    "route-reporter": "ping HOST: the line with Unreachable begins with who says so.",
    "way-out": "The last words of ssh's error.",
    "banner": "nc HOST PORT: an SSH server begins with SSH-2.0.",
    "speaks-silent": "curl -v HOST:PORT, or whoever runs the server knows.",
    "speaks-closed": "curl -v HOST:PORT, or whoever runs the server knows.",
    "speaks-reset": "curl -v HOST:PORT, or whoever runs the server knows.",
    "kex": "ssh -v HOST: what follows SSH2_MSG_KEXINIT sent?",
    "pinned": "The error names what was not agreed on; ssh -G HOST shows what your config allows.",
    "mtu": "ping -c 3 -M do -s 1472 HOST: large packets come back, or not.",
    "hostkey": "The words in front of the error: a warning in capitals, or a question.",
    "known-changed": "ssh-keygen -F HOST prints what is known, and its type.",
    "known": "ssh-keygen -F HOST prints what is known, and its type.",
    "login": "The last line that ssh printed.",
    "methods": "The words in brackets behind Permission denied: publickey, password, …",
    "will": "ssh -G HOST | grep pubkeyauthentication: yes, or no.",
    "signing": "ssh -v HOST: look for a line that begins with sign_and_send_pubkey.",
    "user-after-signing": "The name in front of the @. Without one, ssh takes yours on this computer.",
    "user": "The name in front of the @. Without one, ssh takes yours on this computer.",
    "closing": "What the server printed before it hung up.",
    "keys": "ls -l KEY (only you may read it), and ssh-keygen -y -f KEY (it opens).",
    "agent-for-passphrase": "ssh-add -l lists its keys, or says what is wrong.",
    "agent-for-keys": "ssh-add -l lists its keys, or says what is wrong.",
    "agent-last": "ssh-add -l lists its keys, or says what is wrong.",
    "certificate": "ssh-keygen -L -f KEY-cert.pub. No such file: none in use.",
    "algorithms": "ssh -v HOST: look for no mutual signature algorithm.",
    "offered": "ssh -v HOST: look for lines that begin with Offering public key.",
    "other-key": "ssh -o IdentitiesOnly=yes -i OTHER-KEY HOST, one try.",
    "session": "What is printed after the login, and how soon it ends.",
    "shared": "ssh -O check HOST.",
    "forwards": "ss -tln: is a port of your LocalForward lines taken?",
    "detour": "Is ssh -4 HOST quick where ssh HOST is slow?",
}
"""How a person can find the answer out; HOST, PORT and KEY are theirs to fill in."""
