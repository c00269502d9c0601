"""What stops or restarts an instance: power, AWS's own runbook, and a repair at the next boot."""

from __future__ import annotations

import shlex
from functools import partial

from sshwizard.doors.marks import MARK
from sshwizard.fixes import bootrepairs
from sshwizard.fixes.account import Data, Made, placed, with_standing
from sshwizard.fixes.fix import Fix, Lines, Refusal, Situation
from sshwizard.probes.aws.looks import standing

# ------------------------------------------------------------------ what a stop destroys


def cautions(data: Data) -> tuple[str, ...]:
    """What stopping and starting changes for this instance; unknown is said as that."""
    rows = ["everything that runs on it ends, and begins again with the boot", runs(data)]
    if data.get("stores") is not False:
        rows.append("what is on its instance store is lost" if data.get("stores") else
                    "whether it has instance store, which a stop would lose, is not known")  # fmt: skip
    if data.get("public") and not data.get("elastic"):
        rows.append(f"its public address {data['public']} is lost, and it gets another one; the private one stays")
    if data.get("shutdown") == "terminate":
        rows.append("a shutdown from inside would terminate it (instanceInitiatedShutdownBehavior); this is none")
    elif not data.get("shutdown"):
        rows.append("what a shutdown from inside does to it is not known")
    return tuple(rows)


def runs(data: Data) -> str:
    """What others may be using on it, as far as somebody reported it."""
    if heard := data.get("listens"):
        return f"on it listen, as the look inside saw: {', '.join(map(str, heard))}"
    if programs := data.get("programs"):
        return f"the inventory of Systems Manager lists on it: {', '.join(map(str, programs))}"
    if programs == []:
        return "the inventory of Systems Manager lists no server program that is well known; what runs is not known"
    return "what runs on it is not known here: Systems Manager has no inventory of it, and nobody looked inside"


def cannot_stop(data: Data) -> str:
    """Why it must not be stopped; empty when it may."""
    if (group := data.get("scaling")) and not data.get("standby"):
        return f"the Auto Scaling group {group} replaces an instance that stops; put it in standby first"
    if data.get("root_type") == "instance-store":
        return "its root is instance store, which a stop would lose"
    if data.get("spot"):
        return "it is a Spot instance, which may not come back after a stop"
    return ""


# ------------------------------------------------------------------ power


def _reboot(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import RebootInstance

    if data.get("state") != "running":
        return Refusal(f"it is {data.get('state')}, not running")
    return (RebootInstance(*placed(data), str(data["instance"])),)


def _stop_start(data: Data, at: Situation) -> Made:
    from sshwizard.effects.aws import StopStartInstance

    if why := cannot_stop(data):
        return Refusal(why)
    if data.get("state") != "running":
        return Refusal(f"it is {data.get('state')}, not running")
    return (StopStartInstance(*placed(data), str(data["instance"]), cautions(data)),)


# ------------------------------------------------------------------ repairs while nobody can log in

_RUNBOOK = "AWSSupport-TroubleshootSSH"
_OPTIONS = {"Action", "AllowOffline", "AllowEncryptedVolume", "SubnetId", "S3BucketName", "AutomationAssumeRole"}
"""Its parameters beside InstanceId (Systems Manager Automation runbook reference)."""


def _runbook(data: Data, at: Situation) -> Made:
    """CheckAll, which only looks, unless more was typed: NAME=VALUE as AWS names them. To stop it, its id as well."""
    from sshwizard.effects.aws import RunAutomation

    id_ = str(data["instance"])
    try:
        given = dict(word.split("=", 1) for word in shlex.split(at.answer))
    except ValueError:
        return Refusal("type NAME=VALUE, as Action=FixAll")
    if odd := set(given) - _OPTIONS - {"InstanceId"}:
        return Refusal(f"the runbook has no parameter {sorted(odd)[0]}; it has {', '.join(sorted(_OPTIONS))}")
    action, offline = given.get("Action", "CheckAll"), given.get("AllowOffline", "false")
    if action not in {"CheckAll", "FixAll"} or {offline, given.get("AllowEncryptedVolume", "false")} - {
        "true",
        "false",
    }:
        return Refusal("Action is CheckAll or FixAll; AllowOffline and AllowEncryptedVolume are true or false")
    if data.get("windows"):
        return Refusal("the runbook is for Linux")
    online = data.get("agent") == "Online"
    if offline == "false" and not online:
        return Refusal("no agent of Systems Manager is online on it, so the runbook works offline only: "
                       f"Action=FixAll AllowOffline=true InstanceId={id_}")  # fmt: skip
    if offline == "true":
        if action != "FixAll":
            return Refusal("offline it repairs only: Action=FixAll")
        if why := cannot_stop(data):
            return Refusal(why)
        if given.get("InstanceId") != id_:
            return Refusal(f"AllowOffline stops the instance; name it, too: InstanceId={id_}")
    import uuid

    token = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{data['mark']} {at.answer}"))
    told = {"InstanceId": id_, "Action": action, **{key: one for key, one in given.items() if key in _OPTIONS}}
    rows: tuple[str, ...] = ("it only looks, by a command of Systems Manager",) if action == "CheckAll" else (
        "it repairs what EC2Rescue knows, and there is no way back by this program",)  # fmt: skip
    if offline == "true":
        rows += ("where no agent answers it stops the instance, makes an image of it, and works on a helper instance",
                 *cautions(data))  # fmt: skip
    return (RunAutomation(*placed(data), _RUNBOOK, tuple(told.items()), token, rows),)


def _rescue(data: Data, at: Situation) -> Made:
    """One repair at one boot; by its name, or the one that the cause needs."""
    from sshwizard.effects.aws import RescueBoot

    name = at.answer.strip() or bootrepairs.FOR.get(at.code, "")
    if name not in bootrepairs.REPAIRS:
        return Refusal(f"type which repair: {', '.join(bootrepairs.REPAIRS)}")
    if data.get("windows"):
        return Refusal("this is for Linux, with cloud-init")
    if why := cannot_stop(data):
        return Refusal(why)
    if data.get("state") != "running":
        return Refusal(f"it is {data.get('state')}, not running")
    if not data.get("data_digest"):
        return Refusal("its user data could not be read, so it could not be put back (ec2:DescribeInstanceAttribute)")
    does, text = bootrepairs.REPAIRS[name]
    change = text(data)
    if isinstance(change, Refusal):
        return change
    rows = (
        f"the repair: {does}",
        *cautions(data),
        "down from the first stop to the last start, some 5 to 15 minutes",
        f"the old user data, {data['data_size']} bytes, is kept in the backups directory, and put back",
    )
    return (RescueBoot(*placed(data), str(data["instance"]), str(data["mark"]), change.do, change.undo,
                       str(data["data_digest"]), str(data["launched"]), rows),)  # fmt: skip


FIXES = tuple(
    Fix(id_, with_standing(plan), standing, asks, account=True)
    for id_, plan, asks in (
        ("reboot-instance", _reboot, ""),
        ("stop-start-instance", _stop_start, ""),
        ("run-troubleshoot-ssh", _runbook, "Parameters, as Action=FixAll; empty for CheckAll"),
        ("rescue-with-user-data", _rescue, f"The repair: {', '.join(bootrepairs.REPAIRS)}"),
    )
)


def _walked(door: str, at: Situation) -> tuple[str, ...]:
    """The commands of a way that is walked by hand, where the account told what stands in them."""
    fact = at.facts.get(MARK + door)
    return tuple(str(line) for line in fact.data.get("commands", ())) if fact else ()


LINES: dict[str, Lines] = {
    "guide-rescue-volume": partial(_walked, "volume"),
    "guide-debug-clone": partial(_walked, "clone"),
}
