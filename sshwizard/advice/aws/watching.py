"""Does anybody hear of it when an instance fails its status checks, or when passwords are guessed?

EC2 User Guide, Create alarms for instance status checks; CloudWatch Logs User Guide, Creating metric filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice import Advice
from sshwizard.advice.aws import logtexts
from sshwizard.advice.aws.account import Account, of_logins
from sshwizard.advice.aws.waysin import online
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.aws.identify import AUTO_SCALING, Row, tag

CHECKS = {"StatusCheckFailed", "StatusCheckFailed_Instance", "StatusCheckFailed_System",
          "StatusCheckFailed_AttachedEBS"}  # fmt: skip
"""Metrics of AWS/EC2 that an alarm may watch; the first holds them all."""
FAILED_LOGIN = ("failed password", "invalid user", "authentication failure", "failed publickey",
                "maximum authentication", "disconnected: no supported", "preauth")  # fmt: skip
"""What a filter for failed logins looks for (sshd(8) and pam_unix(8), in their own words)."""
Texts = tuple[tuple[str, str], ...]
MOST_ALARMS = 20
"""Alarms that one fix makes."""


def actions_of(row: Row) -> tuple[str, ...]:
    """The SNS topics that an alarm tells; none where its actions are switched off."""
    if row.get("ActionsEnabled") is False:
        return ()
    return tuple(str(one) for one in row.get("AlarmActions", ()) if ":sns:" in str(one))


def _metrics(row: Row) -> Iterator[Row]:
    """The metrics that an alarm watches: its own one, or those that it computes with."""
    if row.get("MetricName"):
        yield row
    for one in row.get("Metrics", ()):
        stat: Row = one.get("MetricStat") or {}
        if stat.get("Metric"):
            yield stat["Metric"]


def watched(account: Account) -> Mapping[str, tuple[str, ...]]:
    """Each instance with an alarm on its status checks, and whom that tells."""
    found: dict[str, tuple[str, ...]] = {}
    for row in account.rows("alarms"):
        for metric in _metrics(row):
            if metric.get("Namespace") != "AWS/EC2" or metric.get("MetricName") not in CHECKS:
                continue
            for one in metric.get("Dimensions", ()):
                if one.get("Name") == "InstanceId":
                    id_ = str(one.get("Value", ""))
                    found[id_] = (*found.get(id_, ()), *actions_of(row))
    return found


def topics(account: Account) -> tuple[str, ...]:
    """The topics that alarms of this region tell today."""
    return tuple(sorted({one for row in account.rows("alarms") for one in actions_of(row)}))


def status(account: Account) -> Iterator[Advice]:
    """An instance of an Auto Scaling group is replaced when its checks fail, so nobody need be woken for it."""
    known = watched(account)
    mute, none = list[str](), list[str]()
    for row in account.running:
        id_ = str(row["InstanceId"])
        if tag(row, AUTO_SCALING) or known.get(id_):
            continue
        (mute if id_ in known else none).append(id_)
    if not (mute or none):
        return
    ids, there = [*none, *mute], topics(account)
    seen = (*(f"{account.called(id_)}: no alarm" for id_ in none),
            *(f"{account.called(id_)}: an alarm that tells no SNS topic" for id_ in mute))  # fmt: skip
    topic = there[0] if len(there) == 1 else logtexts.TOPIC
    yield Advice(
        "advice.status-alarm", "Instances whose failed status checks nobody hears of",
        "A machine whose hardware or system has failed is silent: without an alarm the first to know is who needs it.",
        some(seen), f"instances in {account.region}", "soon", "create-status-alarm",
        (("AWS CLI: alarms that tell an SNS topic", logtexts.status_commands(account, ids[:MOST_ALARMS], topic)),
         ("status-alarms.tf", logtexts.status_terraform(ids[:MOST_ALARMS], topic))),
        (*account.place, ("instances", " ".join(ids[:MOST_ALARMS])), ("topic", there[0] if len(there) == 1 else "")),
    )  # fmt: skip


# ------------------------------------------------------------------ logs of logins


def counts(row: Row) -> bool:
    """True for a metric filter that counts failed logins."""
    pattern = str(row.get("filterPattern", "")).lower()
    return any(word in pattern for word in FAILED_LOGIN)


def shipped(account: Account) -> Iterator[Advice]:
    """Log groups by their names, and the instances that write to them by the names of their streams."""
    logs = [str(row["logGroupName"]) for row in account.rows("logs") if of_logins(row) and row.get("logGroupName")]
    filtered = [str(row.get("logGroupName", "")) for row in account.rows("filters") if counts(row)]
    linux = [row for row in account.running if str(row.get("Platform", "")).lower() != "windows"]
    if not linux:
        return
    texts = (("amazon-cloudwatch-agent.json", logtexts.agent_configuration()),
             ("AWS CLI: have the agent read it", logtexts.agent_commands(account, linux)))  # fmt: skip
    if not logs and not filtered:
        yield Advice(
            "advice.auth-log", "No log group holds the logins of the instances",
            "Who tried to get in is then known only on the machine itself, where an intruder can remove it.",
            some(account.called(str(row["InstanceId"])) for row in linux), f"instances in {account.region}", "soon",
            *_shipping(account, linux, texts),
        )  # fmt: skip
        return
    streams = account.rows("streams")
    if not streams or any(row.get("more") for row in streams):
        return  # the newest fifty only: who is missing cannot be told
    names = " ".join(name for row in streams for name in row["streams"])
    silent = [row for row in linux if str(row["InstanceId"]) not in names]
    if len(silent) == len(linux) and names:
        return  # streams are named by something else than the instance
    if silent:
        yield Advice(
            "advice.auth-log", "Instances that do not send their logins to CloudWatch Logs",
            "Who tried to get in is then known only on the machine itself, where an intruder can remove it.",
            (*some(account.called(str(row["InstanceId"])) for row in silent),
             *some((f"log group {name}" for name in logs), 4)),
            f"instances in {account.region}", "note", *_shipping(account, silent, texts),
        )  # fmt: skip


def _shipping(account: Account, rows: Sequence[Row], texts: Texts) -> tuple[str, Texts, Texts]:
    """The fix, the texts and the data: instances whose agent of Systems Manager answers, fifty at most."""
    there = online(account)
    ids = [id_ for row in rows if (id_ := str(row["InstanceId"])) in there][:50]
    told = (*account.place, ("instances", " ".join(ids)), ("parameter", logtexts.PARAMETER),
            ("configuration", logtexts.agent_configuration()))  # fmt: skip
    return "ship-auth-log" if ids else "", texts, told


def alarmed(account: Account) -> Iterator[Advice]:
    """A filter that counts failed logins, and an alarm on its metric that tells somebody."""
    logs = [str(row["logGroupName"]) for row in account.rows("logs") if of_logins(row) and row.get("logGroupName")]
    counted = [row for row in account.rows("filters") if counts(row)]
    if not logs and not counted:
        return  # told as logs that are not there
    metrics = {(str(one.get("metricNamespace")), str(one.get("metricName")))
               for row in counted for one in row.get("metricTransformations", ())}  # fmt: skip
    watching = (metric for row in account.rows("alarms") if actions_of(row) for metric in _metrics(row))
    if any((str(one.get("Namespace")), str(one.get("MetricName"))) in metrics for one in watching):
        return
    log = next((str(row.get("logGroupName")) for row in counted), logs[0] if logs else logtexts.LOGS[0])
    there = topics(account)
    topic = there[0] if len(there) == 1 else logtexts.TOPIC
    space, metric = min(metrics, default=(logtexts.NAMESPACE, logtexts.METRIC))
    told = [f"log group {name}" for name in logs] + [f"metric filter {row.get('filterName', '')}" for row in counted]
    yield Advice(
        "advice.auth-log-alarm",
        "Failed logins are counted, and nobody is told" if counted else "Failed logins in the log are not counted",
        "Thousands of failed logins in an hour are worth a look before one of them succeeds.",
        some(told), clean.line(log, 120), "note", "create-login-alarm",
        (("AWS CLI: metric filter and alarm", logtexts.failure_commands(account, log, topic)),
         ("failed-logins.tf", logtexts.failure_terraform(log, topic))),
        (*account.place, ("name", logtexts.FILTER), ("log", log), ("pattern", "" if metrics else logtexts.PATTERN),
         ("namespace", space), ("metric", metric), ("topic", there[0] if len(there) == 1 else "")),
    )  # fmt: skip


JUDGES: Sequence[Judge[Account]] = (
    Judge("advice.status-alarm", "which instances have an alarm on their status checks", ("instances", "alarms"),
          status, "soon"),
    Judge("advice.auth-log", "whether logins are sent to CloudWatch Logs", ("instances", "logs", "filters"), shipped),
    Judge("advice.auth-log-alarm", "whether failed logins make an alarm", ("logs", "filters", "alarms"), alarmed),
)  # fmt: skip
