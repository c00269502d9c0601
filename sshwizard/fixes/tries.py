"""Tries: other options for this run, to prove a suspicion. The world stays as it is."""

from __future__ import annotations

import re

from sshwizard import clean
from sshwizard.effects import Effect, Retarget
from sshwizard.fixes.fix import Fix, Refusal, Situation


def _with(at: Situation, *options: str) -> tuple[Effect, ...]:
    return (Retarget((*options, *at.target.overrides), at.target.overrides),)


def _port(at: Situation) -> tuple[Effect, ...] | Refusal:
    port = at.found.data.get("port_found")
    if port is None:
        return Refusal("no other port of this host is known to answer")
    return _with(at, "-p", str(int(port)))


def _user(at: Situation) -> tuple[Effect, ...] | Refusal:
    name = at.answer.strip() or str(at.found.data.get("user_wanted", ""))
    if not name:
        return Refusal("the right login name is not known; type it")
    if not re.fullmatch(r"[A-Za-z0-9._@+\\][A-Za-z0-9._@+\\-]{0,63}", name):
        return Refusal(f"{clean.line(name, 60)!r} is no login name")
    return _with(at, "-l", name)


def _key(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.found.outcome == "file-key-fits":
        return _with(at, "-i", str(at.found.data["path"]), "-o", "IdentitiesOnly=yes")
    if at.found.outcome == "agent-key-hidden":
        return _with(at, "-o", "IdentitiesOnly=no")
    if at.found.outcome == "public" and str(at.found.data["path"]).endswith(".pub"):
        return _with(at, "-i", str(at.found.data["path"]).removesuffix(".pub"), "-o", "IdentitiesOnly=yes")
    return Refusal("no key on this computer is known to fit")


def _only(at: Situation) -> tuple[Effect, ...] | Refusal:
    named = [value for word, value in zip(at.target.ssh_args, at.target.ssh_args[1:], strict=False) if word == "-i"]
    if not named:
        return Refusal("which key is the right one? Name it with -i KEY, and look again")
    return _with(at, "-o", "IdentitiesOnly=yes")


def _name(at: Situation) -> tuple[Effect, ...] | Refusal:
    name = str(at.found.data.get("suggested", ""))
    if not re.fullmatch(r"[A-Za-z0-9_][\w.-]*", name):
        return Refusal("no other name is known to be meant")
    if "." in name and at.found.outcome == "search-domain":
        return _with(at, "-o", f"HostName={name}")
    return Refusal(f"it is another entry of your config or known_hosts: look at {name} itself")


def _family(at: Situation) -> tuple[Effect, ...] | Refusal:
    works = str(at.found.data.get("works", ""))
    if not works:
        return Refusal("no address of the other IP version is known to answer")
    return _with(at, "-o", "AddressFamily=inet6" if ":" in works else "AddressFamily=inet")


def _unmarked(at: Situation) -> tuple[Effect, ...]:
    return _with(at, "-o", "IPQoS=none")


FIXES = (
    Fix("try-port", _port),
    Fix("try-image-user", _user, asks="The login name to try"),
    Fix("use-matching-key", _key),
    Fix("use-only-this-key", _only),
    Fix("use-suggested-name", _name),
    Fix("use-address-family", _family),
    Fix("disable-ipqos", _unmarked),
)
