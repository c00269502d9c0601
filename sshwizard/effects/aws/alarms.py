"""An alarm on the status checks of an instance or on failed logins, found again by its name (CloudWatch API:
PutMetricAlarm, DescribeAlarms, DeleteAlarms). There is no dry run, and one of the same name would be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Effect, Refused

FEW_LOGINS = 50
"""Failed logins in five minutes that are told: more than a forgotten password makes."""


@dataclass(frozen=True, slots=True)
class _Alarm(Place):
    name: str
    instance: str
    """Whose status checks; empty for one on failed logins."""
    topic: str
    """The ARN of the SNS topic that is told."""
    namespace: str = ""
    metric: str = ""
    """Where failed logins are counted."""

    @property
    def words(self) -> str:
        if not self.instance:
            what = f"{FEW_LOGINS} failed logins in five minutes"
            return clean.line(f"alarm {self.name}: {what} ({self.namespace} {self.metric}) → {self.topic}", 300)
        return clean.line(
            f"alarm {self.name}: status checks of {self.instance} fail for two minutes → {self.topic}", 300
        )

    @property
    def body(self) -> dict[str, Any]:
        """As CloudWatch takes it, and tells it again."""
        if not self.instance:
            return {
                "AlarmName": self.name, "Namespace": self.namespace, "MetricName": self.metric, "Statistic": "Sum",
                "Dimensions": [], "Period": 300, "EvaluationPeriods": 1, "Threshold": float(FEW_LOGINS),
                "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
                "AlarmActions": [self.topic],
            }  # fmt: skip
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
        return all((row.get(key) or []) == (self.body[key] or []) for key in told)


@dataclass(frozen=True, slots=True)
class CreateAlarm(_Alarm):
    """One more alarm."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        body = self.body
        about = ("--dimensions", f"Name=InstanceId,Value={self.instance}") if self.instance else ()
        return self.command(
            "put-metric-alarm", "--alarm-name", self.name, "--namespace", body["Namespace"], "--metric-name",
            body["MetricName"], "--statistic", body["Statistic"], *about,
            "--period", str(body["Period"]), "--evaluation-periods", str(body["EvaluationPeriods"]), "--threshold",
            f"{body['Threshold']:.0f}", "--comparison-operator", body["ComparisonOperator"], "--treat-missing-data",
            body["TreatMissingData"], "--alarm-actions", self.topic, of="cloudwatch",
        )  # fmt: skip

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"there is an alarm {self.name} already, which is not replaced")

    def inverse(self) -> Effect:
        return DeleteAlarm(self.profile, self.region, self.name, self.instance, self.topic, self.namespace,
                           self.metric)  # fmt: skip

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
        return CreateAlarm(self.profile, self.region, self.name, self.instance, self.topic, self.namespace,
                           self.metric)  # fmt: skip

    def apply(self) -> None:
        self.check()
        asked(self, "delete_alarms", of="cloudwatch", AlarmNames=[self.name])
