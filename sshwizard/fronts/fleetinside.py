"""A look inside many servers, in words: what would be sent, how far it is, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.fleet.insides import Insides, Plan
from sshwizard.fleet.runcommand import MOST, NEEDS, Rate
from sshwizard.fleet.statuses import STATUSES
from sshwizard.language import say

NAMED = 8
NOBODY = "There is no server for which a look inside by Run Command could help."
UNDO = "there is nothing to undo"
READ_ONLY = "this is read-only, and Run Command would run a script on the servers"
_ORDER = (*STATUSES.values(), "in progress", "pending")


def preview(plan: Plan, pace: Rate) -> list[str]:
    """What would be sent, to how many, and what it needs."""
    rows = []
    for profile, region in dict.fromkeys((one.profile, one.region) for one in plan.orders):
        here = [one for one in plan.orders if (one.profile, one.region) == (profile, region)]
        count, logins = sum(len(one.hosts) for one in here), len(here)
        whose = f"{profile} {region}" if profile else region
        rows.append(f"Run Command (AWS-RunShellScript) sends one sh script to servers in {clean.line(whose)}: {count}")
        if tags := next((one.tags for one in here if one.tags), ()):
            rows.append(f"to all that are tagged {clean.line(' '.join(f'{key}={value}' for key, value in tags), 200)}")
        elif logins > 1:
            rows.append(f"in {logins} commands, each for one login name and at most {MOST} instances")
    rows += [
        "the agents run it as root; it reads and writes nothing there",
        "it reads sshd's settings and log, listeners, firewall, the account and its authorized_keys, disks and memory",
        f"at most {pace.concurrency} of a command's instances at once; AWS stops where more than {pace.errors} fail",
        "AWS keeps the script and what it wrote for 30 days, for all who may read the command there",
        f"it needs {', '.join(NEEDS)}",
    ]
    return rows


def beside(plan: Plan) -> Iterator[str]:
    """Whom it leaves out, and why."""
    if plan.unmanaged:
        names = few([one.row.host for one in plan.unmanaged])
        yield f"Systems Manager does not reach {len(plan.unmanaged)} of them, which get nothing: {names}"
    for why in plan.blind:
        yield f"Which of them Systems Manager reaches was not told beforehand: {clean.line(why, 300)}"
    for why, hosts in plan.without.items():
        count, names = len(hosts), few(hosts)
        yield f"Left out ({count}), because {clean.line(why, 300)}: {names}"


def few(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" (+{len(names) - NAMED})" if len(names) > NAMED else ""
    return clean.line(" ".join(names[:NAMED])) + more


def counted(look: Insides) -> str:
    """How far it is: "12 answered, 3 in progress"."""
    counts = look.counts
    return ", ".join(f"{counts[word]} {say(word)}" for word in _ORDER if counts[word])


def obstacles(look: Insides) -> Iterator[str]:
    """What stood in its way."""
    for why in dict.fromkeys(look.refused):
        yield f"The command was not sent: {clean.line(why, 300)}"
    for why in dict.fromkeys(one.why for one in look.followed if one.why and not one.again):
        yield f"The command was not followed to its end: {clean.line(why, 300)}"
    if any(one.stopped for one in look.followed):
        yield "Systems Manager sent no more, because too many servers had failed."
    for one in look.followed:
        if isinstance(one.ended, Unseen):
            yield f"The command {one.sent.id} could not be cancelled: {one.ended.why}. By hand: {one.sent.stopped_by()}"
        elif one.ended:
            yield f"The command {one.sent.id} was cancelled: a server that had not begun does not begin."
