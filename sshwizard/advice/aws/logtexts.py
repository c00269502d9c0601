"""Exact texts: alarms to SNS, the CloudWatch agent's configuration for logs of logins, metric filters. Pure.

CloudWatch User Guide: Create an alarm for the status checks, Manually create or edit the CloudWatch agent
configuration file; CloudWatch Logs User Guide, Filter pattern syntax.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sshwizard.advice.aws.account import Account
from sshwizard.cloud.aws.identify import Row
from sshwizard.doors.terraform import Block, Ref

LOGS = ("/var/log/secure", "/var/log/auth.log")
"""Where sshd's words are: Red Hat's family and Amazon Linux, Debian's family. The agent passes over a missing one."""
TOPIC = "TOPIC-ARN"
NAMESPACE, METRIC = "sshwizard", "FailedLogins"
FILTER = "failed-logins"
"""The name of the filter, and of its alarm."""
PATTERN = '?"Failed password" ?"Invalid user" ?"Connection closed by authenticating user"'
"""Any of these (CloudWatch Logs, filter patterns of unstructured logs)."""


@dataclass(frozen=True)
class Trigger:
    """When an alarm goes off: so many periods in a row at or above the threshold."""

    namespace: str
    metric: str
    statistic: str
    period: int
    """Seconds."""
    times: int
    threshold: int
    missing: str
    """What a period without a number counts as (PutMetricAlarm, TreatMissingData)."""


STATUS = Trigger("AWS/EC2", "StatusCheckFailed", "Maximum", 60, 2, 1, "missing")
"""As the EC2 console suggests it: two minutes in a row."""
FAILURES = Trigger(NAMESPACE, METRIC, "Sum", 300, 1, 50, "notBreaching")
"""Fifty failed logins in five minutes."""
PARAMETER = "AmazonCloudWatch-ssh-logins"
"""Systems Manager's parameter; the agent's policy reads names that begin so (CloudWatchAgentServerPolicy)."""


def alarm_name(instance: str) -> str:
    """The name of an alarm of ours."""
    return f"status-check-{instance}"


def status_commands(account: Account, instances: Sequence[str], topic: str) -> str:
    """An alarm for each instance."""
    return "\n".join((
        *_topic(account, topic),
        *(f'{_alarm(account, alarm_name(id_), STATUS)} '
          f'--dimensions Name=InstanceId,Value={id_} --alarm-actions {_of(topic)}' for id_ in instances),
    ))  # fmt: skip


def _topic(account: Account, topic: str) -> tuple[str, ...]:
    """Without a topic of the account's own one is made first; whoever shall hear of it confirms by mail."""
    if topic != TOPIC:
        return ()
    made = account.aws("sns", "create-topic", "--name", "ssh-alarms", "--query", "TopicArn", "--output", "text")
    told = account.aws("sns", "subscribe", "--protocol", "email", "--notification-endpoint", "YOU@EXAMPLE.COM")
    return (
        f"topic=$({made})",
        f'{told} --topic-arn "$topic"',
        "# open the mail and confirm: before that nobody is told",
    )


def _of(topic: str) -> str:
    return '"$topic"' if topic == TOPIC else topic


def _alarm(account: Account, name: str, at: Trigger) -> str:
    return account.aws(
        "cloudwatch", "put-metric-alarm", "--alarm-name", name, "--namespace", at.namespace, "--metric-name", at.metric,
        "--statistic", at.statistic, "--period", str(at.period), "--evaluation-periods", str(at.times),
        "--threshold", str(at.threshold), "--comparison-operator", "GreaterThanOrEqualToThreshold",
        "--treat-missing-data", at.missing,
    )  # fmt: skip


def status_terraform(instances: Sequence[str], topic: str) -> str:
    """The same as Terraform (registry.terraform.io, aws_cloudwatch_metric_alarm)."""
    blocks = [*_topic_block(topic)]
    for id_ in instances:
        label, watched = re.sub(r"\W", "_", alarm_name(id_)), Block("dimensions =", (), (("InstanceId", id_),))
        blocks.append(_alarm_block(label, alarm_name(id_), STATUS, topic, watched))
    return _written(blocks)


def _topic_block(topic: str) -> tuple[Block, ...]:
    if topic != TOPIC:
        return ()
    mail = Block("resource", ("aws_sns_topic_subscription", "ssh_alarms"), (
        ("topic_arn", Ref("aws_sns_topic.ssh_alarms.arn")), ("protocol", "email"), ("endpoint", "YOU@EXAMPLE.COM"),
    ))  # fmt: skip
    return (Block("resource", ("aws_sns_topic", "ssh_alarms"), (("name", "ssh-alarms"),)), mail)


def _alarm_block(label: str, name: str, at: Trigger, topic: str, *more: Block) -> Block:
    actions = (Ref("aws_sns_topic.ssh_alarms.arn") if topic == TOPIC else topic,)
    return Block("resource", ("aws_cloudwatch_metric_alarm", label), (
        ("alarm_name", name), ("namespace", at.namespace), ("metric_name", at.metric), ("statistic", at.statistic),
        ("period", at.period), ("evaluation_periods", at.times), ("threshold", at.threshold),
        ("comparison_operator", "GreaterThanOrEqualToThreshold"), ("treat_missing_data", at.missing),
        ("alarm_actions", actions), *more,
    ))  # fmt: skip


def _written(blocks: Sequence[Block]) -> str:
    return "\n\n".join("\n".join(block.lines()) for block in blocks)


# ------------------------------------------------------------------ logs of logins


def agent_configuration() -> str:
    """The CloudWatch agent's file: both places, one stream an instance."""
    files = [{"file_path": one, "log_group_name": one, "log_stream_name": "{instance_id}", "retention_in_days": 90}
             for one in LOGS]  # fmt: skip
    return json.dumps({"logs": {"logs_collected": {"files": {"collect_list": files}}}}, indent=2)


def agent_commands(account: Account, instances: Sequence[Row]) -> str:
    """Keep the configuration where agents read it, and have those of these instances do so."""
    ids = [str(row["InstanceId"]) for row in instances[:50]]
    begun = f'{{"action":["configure"],"mode":["ec2"],"optionalConfigurationSource":["ssm"],' \
            f'"optionalConfigurationLocation":["{PARAMETER}"],"optionalRestart":["yes"]}}'  # fmt: skip
    return "\n".join((
        "# the role of each instance needs the policy CloudWatchAgentServerPolicy",
        "# a system without rsyslog (Amazon Linux 2023, Debian 12) writes these files once rsyslog is installed",
        account.aws("ssm", "put-parameter", "--name", PARAMETER, "--type", "String", "--value",
                    "file://amazon-cloudwatch-agent.json"),
        account.aws("ssm", "send-command", "--document-name", "AWS-ConfigureAWSPackage", "--parameters",
                    '{"action":["Install"],"name":["AmazonCloudWatchAgent"]}', "--instance-ids", *ids),
        account.aws("ssm", "send-command", "--document-name", "AmazonCloudWatch-ManageAgent", "--parameters", begun,
                    "--instance-ids", *ids),
    ))  # fmt: skip


def failure_commands(account: Account, log: str, topic: str) -> str:
    """Count the failed logins of a log group, and tell somebody when there are many."""
    transformed = f"metricName={METRIC},metricNamespace={NAMESPACE},metricValue=1,defaultValue=0"
    return "\n".join((
        *_topic(account, topic),
        account.aws("logs", "put-metric-filter", "--log-group-name", log, "--filter-name", FILTER,
                    "--filter-pattern", PATTERN, "--metric-transformations", transformed),
        f'{_alarm(account, FILTER, FAILURES)} --alarm-actions {_of(topic)}',
    ))  # fmt: skip


def failure_terraform(log: str, topic: str) -> str:
    """The same as Terraform (registry.terraform.io, aws_cloudwatch_log_metric_filter)."""
    transformed = Block("metric_transformation", (), (
        ("name", METRIC), ("namespace", NAMESPACE), ("value", "1"), ("default_value", "0"),
    ))  # fmt: skip
    filter_ = Block("resource", ("aws_cloudwatch_log_metric_filter", "failed_logins"), (
        ("name", FILTER), ("log_group_name", log), ("pattern", PATTERN), transformed,
    ))  # fmt: skip
    alarm = _alarm_block("failed_logins", FILTER, FAILURES, topic)
    return _written([*_topic_block(topic), filter_, alarm])
