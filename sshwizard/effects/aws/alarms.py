"""An alarm on the status checks of an instance, found again by its name (CloudWatch API: PutMetricAlarm,
DescribeAlarms, DeleteAlarms). CloudWatch has no dry run, and would replace an alarm of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Effect, Refused


@dataclass(frozen=True, slots=True)
class _Alarm(Place):
    name: str
    instance: str
    topic: str
    """The ARN of the SNS topic that is told."""

    @property
    def words(self) -> str:
        return clean.line(
            f"alarm {self.name}: status checks of {self.instance} fail for two minutes → {self.topic}", 300
        )

    @property
    def body(self) -> dict[str, Any]:
        """As CloudWatch takes it, and tells it again."""
        return {
            "AlarmName": self.name, "Namespace": "AWS/EC2", "MetricName": "StatusCheckFailed", "Statistic": "Maximum",
            "Dimensions": [{"Name": "InstanceId", "Value": self.instance}], "Period": 60, "EvaluationPeriods": 2,
            "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "missing",
            "AlarmActions": [self.topic],
        }  # fmt: skip

    def standing(self) -> Mapping[str, Any] | None:
        """The alarm of this name."""
        rows = asked(self, "describe_alarms", of="cloudwatch", AlarmNames=[self.name]).get("MetricAlarms", ())
        return next(iter(rows), None)

    def is_mine(self, row: Mapping[str, Any]) -> bool:
        """True when it says what this one says."""
        told = ("Namespace", "MetricName", "Statistic", "Dimensions", "Period", "EvaluationPeriods", "AlarmActions")
        return all(row.get(key) == self.body[key] for key in told)


@dataclass(frozen=True, slots=True)
class CreateAlarm(_Alarm):
    """One more alarm."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        return self.command(
            "put-metric-alarm", "--alarm-name", self.name, "--namespace", "AWS/EC2", "--metric-name",
            "StatusCheckFailed", "--statistic", "Maximum", "--dimensions", f"Name=InstanceId,Value={self.instance}",
            "--period", "60", "--evaluation-periods", "2", "--threshold", "1", "--comparison-operator",
            "GreaterThanOrEqualToThreshold", "--treat-missing-data", "missing", "--alarm-actions", self.topic,
            of="cloudwatch",
        )  # fmt: skip

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"there is an alarm {self.name} already, which is not replaced")

    def inverse(self) -> Effect:
        return DeleteAlarm(self.profile, self.region, self.name, self.instance, self.topic)

    def apply(self) -> None:
        asked(self, "put_metric_alarm", of="cloudwatch", **self.body)


@dataclass(frozen=True, slots=True)
class DeleteAlarm(_Alarm):
    """Take it away, if it still says what we wrote."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("delete-alarms", "--alarm-names", self.name, of="cloudwatch")

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"the alarm {self.name} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return CreateAlarm(self.profile, self.region, self.name, self.instance, self.topic)

    def apply(self) -> None:
        self.check()
        asked(self, "delete_alarms", of="cloudwatch", AlarmNames=[self.name])
