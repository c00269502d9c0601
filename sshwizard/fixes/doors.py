"""Doors as what can be done about a cause: offered where one was seen open, and never walked through by itself."""

from __future__ import annotations

import re
import shlex
from functools import partial

from sshwizard.doors.marks import LEADS, MARK, OTHERWISE, leads_inside
from sshwizard.effects import Connect, Effect, InTerminal, harmless
from sshwizard.fixes.fix import Fix, Lines, Refusal, Situation
from sshwizard.probes import doorways
from sshwizard.probes.typed import GARBLED


def _through(door: str, at: Situation) -> tuple[Effect, ...] | Refusal:
    """Our own command in the person's terminal: it makes, uses and removes what the door needs."""
    if at.facts.get(MARK + (other := OTHERWISE.get(door, ""))) and at.facts[MARK + other].outcome == "open":
        door = other
    fact = at.facts.get(MARK + door)
    if fact is None or fact.outcome != "open":
        return Refusal(fact.says if fact else "whether this door is open was not asked")
    if GARBLED.search(" ".join(at.target.args)):
        return Refusal("the command as it was typed is garbled")
    return (Connect(("sshwizard", "connect", "--via", door, *at.target.args)),)


def _inside(at: Situation) -> tuple[Effect, ...] | Refusal:
    """Our own command that looks at the server through the best open door."""
    if "inside" in at.facts:
        return Refusal("the server was looked at from inside already")
    door = leads_inside(at.facts, at.code)
    if not door:
        return Refusal("no other way in was seen open")
    return (Connect(("sshwizard", "inside", "--via", door, *at.target.args)),)


_CARRY = ("eic", "eice", "ssm")
"""Doors through which ssh runs one command with a terminal."""
_LOGIN = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}")


def _set_password(at: Situation) -> tuple[Effect, ...] | Refusal:
    """passwd(1) on the server, in the person's terminal: it asks them itself. The way back locks the password."""
    door = next((one for one in _CARRY if (fact := at.facts.get(MARK + one)) and fact.outcome == "open"), "")
    if not door:
        return Refusal("no open door carries a command (Instance Connect, its endpoint, Session Manager with ssh)")
    user = at.answer.strip()
    if not _LOGIN.fullmatch(user):
        return Refusal("type the login name that gets a password for the console: one who may use sudo")

    def there(command: str) -> tuple[str, ...]:
        asked = ("-o", f"RemoteCommand={command}", "-o", "RequestTTY=yes")
        return ("sshwizard", "connect", "--via", door, *asked, *at.target.args)

    return (InTerminal(there(f"sudo passwd {user}"), there(f"sudo passwd -l {user}")),)


FIXES = (
    Fix("set-serial-password", _set_password, asks="The login name at the console", around=True, account=True),
    *(Fix(action, partial(_through, door), around=True) for action, door in LEADS.items()),
    Fix("diagnose-from-inside", _inside, around=True, told=True),
)


def _copied(option: str, at: Situation) -> tuple[str, ...]:
    """Our own command, which prints the text with the account's ids in it."""
    if not (door := _door(at)):
        return ()
    return harmless((shlex.join(("sshwizard", "doors", *at.target.args, option, door)),))


def _door(at: Situation) -> str:
    """The door that a cause is about; empty for a cause of another kind."""
    if at.code.startswith("serial."):
        return "serial"
    if at.code.startswith("eic."):
        tunnel = (
            at.code.startswith("eic.endpoint") or doorways.kind(str(at.found.data.get("command", ""))) == "endpoint"
        )
        return "eice" if tunnel else "eic"
    return "ssm" if at.code.startswith("ssm.") else ""


def _password(at: Situation) -> tuple[str, ...]:
    """A password that is good at the console and not over the network, where sshd takes keys only."""
    return (
        "# in a shell by another way in, as Session Manager; USER is one who may use sudo:",
        "sudo passwd USER",
        "# at the console: log in as USER, repair, and exit; then lock the password again, and see that it is:",
        "sudo passwd -l USER && sudo passwd -S USER",
    )


LINES: dict[str, Lines] = {
    "set-serial-password": _password,
    "print-iam-policy": partial(_copied, "--policy"),
    "print-terraform": partial(_copied, "--terraform"),
}
