"""Tries: other options or another destination for this run, to prove a suspicion. The world stays as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from sshwizard import clean
from sshwizard.effects import Effect, Retarget
from sshwizard.exits import UsageError
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.probes import forwards, typed


def _with(at: Situation, *options: str) -> tuple[Effect, ...]:
    return (Retarget((*options, *at.target.overrides), at.target.overrides),)


def _instead(at: Situation, args: Sequence[str]) -> tuple[Effect, ...] | Refusal:
    """Other arguments in the place of those that were typed."""
    try:
        wanted = typed.parse(args).args
    except UsageError as error:
        return Refusal(str(error))
    if wanted == at.target.args:
        return Refusal("that is what was typed")
    return (Retarget(at.target.overrides, at.target.overrides, wanted, at.target.args),)


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
    if at.found.outcome in {"file-key-fits", "other-local"}:
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


def _family(at: Situation) -> tuple[Effect, ...] | Refusal:
    works = str(at.found.data.get("works", ""))
    option = {"inet": "-4", "inet6": "-6"}.get(str(at.found.data.get("family", "")), "")
    option = option or ("-6" if ":" in works else "-4" if works else "")
    if not option:
        return Refusal("which of IPv4 and IPv6 works is not known")
    if {"-4", "-6"} & set(at.target.args):
        kept = [word for word in at.target.args if word not in {"-4", "-6"}]
        return (Retarget(at.target.overrides, at.target.overrides, (option, *kept), at.target.args),)
    return _with(at, option)


def _suggested(at: Situation) -> tuple[Effect, ...] | Refusal:
    name = at.answer.strip() or str(at.found.data.get("suggested", ""))
    if not name:
        return Refusal("no similar name is known; type the right one")
    if not at.answer and at.found.outcome == "search-domain" and re.fullmatch(r"[A-Za-z0-9_][\w.-]*", name):
        return _with(at, "-o", f"HostName={name}")
    user = at.target.args[-1].rpartition("@")[0]
    return _instead(at, (*at.target.args[:-1], f"{user}@{name}" if user and "@" not in name else name))


def _corrected(at: Situation) -> tuple[Effect, ...] | Refusal:
    command = at.answer.strip() or str(at.found.data.get("corrected", ""))
    if not command:
        return Refusal("what was meant is not known; type the command again")
    try:
        return _instead(at, shlex.split(command))
    except ValueError as error:
        return Refusal(f"the command has an unclosed quote ({error})")


def _hop(at: Situation) -> tuple[Effect, ...] | Refusal:
    """This hop alone: with the person's own config, as if it were the target."""
    if at.leg.final:
        return Refusal("the trouble is at the target itself, not at a hop")
    options = typed.config_option(at.target.args)
    return _instead(at, (*options, "-p", str(at.leg.port), "-l", at.leg.user, at.leg.name))


def _no_marks(at: Situation) -> tuple[Effect, ...] | Refusal:
    return _with(at, "-o", "IPQoS=none")


def _no_gssapi(at: Situation) -> tuple[Effect, ...] | Refusal:
    if at.found.outcome != "gssapi":
        return Refusal("ssh did not wait for GSSAPI, so leaving it out would save nothing")
    return _with(at, "-o", "GSSAPIAuthentication=no")


def _free_port(at: Situation) -> tuple[Effect, ...] | Refusal:
    """The forward that found its port taken, on a port that nobody has. ssh cannot drop a forward of its config, so
    this run does not insist on it (ExitOnForwardFailure, ssh_config(5))."""
    if at.found.outcome not in {"port-in-use", "port-not-allowed"} or "row" not in at.found.data:
        return Refusal("it is no local port that is taken; another one of this computer would not help")
    listens, _, goes = str(at.found.data["row"]).partition(" ")
    host = listens.rpartition(":")[0]
    port = forwards.free_port(host.strip("[]"))
    if not port:
        return Refusal("no free port could be had on this computer")
    place = f"{host}:{port}" if host else str(port)
    forward = f"LocalForward={place} {goes}" if goes else f"DynamicForward={place}"
    return _with(at, "-o", "ExitOnForwardFailure=no", "-o", forward)


def _no_terminal(at: Situation) -> tuple[Effect, ...] | Refusal:
    return _with(at, "-T")


FIXES = (
    Fix("try-port", _port),
    Fix("try-image-user", _user, asks="The login name to try"),
    Fix("use-matching-key", _key, around=True),
    Fix("use-only-this-key", _only, around=True),
    Fix("use-address-family", _family),
    Fix("use-suggested-name", _suggested, asks="The right name"),
    Fix("run-corrected-command", _corrected),
    Fix("diagnose-hop", _hop),
    Fix("disable-ipqos", _no_marks),
    Fix("disable-gssapi", _no_gssapi),
    Fix("pick-free-local-port", _free_port),
    Fix("retry-without-terminal", _no_terminal),
)
