"""From what was seen inside to the one cause: the first defect in sshd's own order that stops this login. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sshwizard.probes.inside import key_rules, login_rules, machine_rules, server_rules, session_rules
from sshwizard.probes.inside.codes import BY_LOG, FINER
from sshwizard.probes.inside.ruling import Outside, Ruling, Stage
from sshwizard.probes.inside.seen import Inside
from sshwizard.probes.serverlog import Reader

Rule = Callable[[Inside, Outside], Iterator[Ruling]]

_SHORT = (machine_rules.disk, machine_rules.clock)
RULES: Mapping[Stage, tuple[Rule, ...]] = {
    "reach": (machine_rules.memory, machine_rules.booting, server_rules.service, server_rules.gates),
    "login": (
        session_rules.instance_connect,
        machine_rules.first_boot,
        machine_rules.guest_agent,
        login_rules.account,
        key_rules.methods,
        key_rules.files,
        machine_rules.booting,
        login_rules.pam,
        *_SHORT,
    ),
    "session": (
        session_rules.session,
        machine_rules.booting,
        login_rules.pam,
        login_rules.account,
        machine_rules.processes,
        machine_rules.memory,
        *_SHORT,
    ),
}


def judge(inside: Inside, outside: Outside) -> Ruling | None:
    """The cause, or None where nothing that was seen is in the way."""
    found = [ruling for rule in RULES[outside.stage] for ruling in rule(inside, outside)]
    if outside.code == "auth.closed-during-auth" or outside.code == "auth.pam-denied":
        found = [*machine_rules.booting(inside, outside), *login_rules.pam(inside, outside), *found]
    if outside.sure:
        finer = {outside.code, *FINER.get(outside.code, ())}
        found = [one for one in found if one.code in finer]
    told = None if outside.sure else _by_log(inside)
    return next(iter(found), told if told and _same_stage(told, outside) else None)


def also(inside: Inside, outside: Outside, first: Ruling) -> tuple[Ruling, ...]:
    """The other defects of the same stage, which would come next."""
    found = [ruling for rule in RULES[outside.stage] for ruling in rule(inside, outside)]
    return tuple({one.code: one for one in found if one.code != first.code}.values())


def _same_stage(told: Ruling, outside: Outside) -> bool:
    return outside.stage == "login" or not told.code.startswith(("auth.", "cert.", "eic."))


_LOGGED = re.compile(
    r"(?:\w{3} [ \d]\d [\d:]{8} \S+|\d{4}-\d\d-\d\dT\S+ \S+)? ?(?P<program>sshd(?:-session)?|[\w.-]+)"
    r"\[(?P<pid>\d+)\]: (?P<text>.*)"
)


def _by_log(inside: Inside) -> Ruling | None:
    reader = Reader()
    for number, line in enumerate(inside.text("log").splitlines(), 1):
        if hit := _LOGGED.match(line):
            reader.add(hit["text"].rstrip("\r"), number, hit["program"], "" if hit["pid"] == "0" else hit["pid"])
    for word in reader.logins():
        if word.user in {"", inside.login}:
            good = (
                word.code in BY_LOG
                and word.weight > 1
                and (word.user == inside.login or word.code.startswith("server."))
            )
            return Ruling(word.code, f"the server's log: {word.text}", (word.text,)) if good else None
    return None
