"""What a failure looks like from outside, before its cause is known: refused, timeout, denied … Pure."""

from __future__ import annotations

from sshwizard import vocabulary
from sshwizard.model import Cause
from sshwizard.session import Walk

_BY_QUESTION = {
    "typed": "config",
    "client": "config",
    "machine": "cloud",
    "proxy": "proxy",
    "name": "dns",
    "before-name": "config",
    "kex": "kex",
    "hostkey": "hostkey",
    "forward": "proxy",
    "session": "session",
    "shared": "session",
    "terminal": "session",
    "forwards": "session",
    "detour": "timeout",
}
"""Where ssh stopped, when any answer of trouble looks the same."""
_BY_ANSWER = {
    ("tcp", "refused"): "refused",
    ("tcp", "silent"): "timeout",
    ("tcp", "host-unreachable"): "unreachable",
    ("tcp", "net-unreachable"): "unreachable",
    ("tcp", "blocked-here"): "unreachable",
    ("tcp", "bind-failed"): "config",
    ("banner", "silent"): "timeout",
    ("banner", "not-ssh"): "kex",
    ("banner", "ssh1"): "kex",
    ("banner", "binary"): "kex",
    ("banner", "tarpit"): "kex",
    ("banner", "portal"): "kex",
    ("banner", "closed"): "closed",
    ("banner", "closed-late"): "closed",
    ("banner", "reset"): "closed",
    ("banner", "max-startups"): "closed",
    ("banner", "not-allowed"): "closed",
    ("kex", "stalled"): "timeout",
    ("kex", "closed"): "closed",
    ("login", "denied"): "denied",
    ("login", "too-many-keys"): "denied",
    ("login", "closed"): "closed",
    ("login", "hung"): "timeout",
    ("login", "agent-hung"): "timeout",
    ("detour", "chatty"): "session",
}
"""Where the answer makes a difference to what is seen."""


def symptom(way: Walk) -> str:
    """Of the last question on the way that has one; `none` where nothing was seen to fail."""
    if way.steps[-1].node == "server-log" and isinstance(way.end, Cause):
        return vocabulary.causes()[way.end.code].symptoms[0]
    for step in reversed(way.steps):
        if found := _BY_ANSWER.get((step.node, step.fact.outcome)) or _BY_QUESTION.get(step.node):
            return found
    return "none"
