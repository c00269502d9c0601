"""A metric filter that counts failed logins, found again by its name (CloudWatch Logs API: PutMetricFilter,
DescribeMetricFilters, DeleteMetricFilter). There is no dry run, and one of the same name would be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Effect, Refused


@dataclass(frozen=True, slots=True)
class _Filter(Place):
    name: str
    log: str
    """The log group."""
    pattern: str
    """Of what it counts (CloudWatch Logs, Filter pattern syntax)."""
    namespace: str
    metric: str

    @property
    def words(self) -> str:
        return clean.line(f"metric filter {self.name} of {self.log}: counts {self.pattern} as {self.metric}", 300)

    @property
    def body(self) -> dict[str, Any]:
        """As CloudWatch Logs takes it."""
        counted = {"metricName": self.metric, "metricNamespace": self.namespace, "metricValue": "1",
                   "defaultValue": 0.0}  # fmt: skip
        return {"logGroupName": self.log, "filterName": self.name, "filterPattern": self.pattern,
                "metricTransformations": [counted]}  # fmt: skip

    def standing(self) -> Mapping[str, Any] | None:
        """The filter of this name."""
        found = asked(self, "describe_metric_filters", of="logs", logGroupName=self.log, filterNamePrefix=self.name)
        return next((row for row in found.get("metricFilters", ()) if row.get("filterName") == self.name), None)

    def is_mine(self, row: Mapping[str, Any]) -> bool:
        """True when it says what this one says."""
        counted = [(one.get("metricNamespace"), one.get("metricName")) for one in row.get("metricTransformations", ())]
        return row.get("filterPattern") == self.pattern and counted == [(self.namespace, self.metric)]


@dataclass(frozen=True, slots=True)
class CreateFilter(_Filter):
    """One more filter."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        counted = f"metricName={self.metric},metricNamespace={self.namespace},metricValue=1,defaultValue=0"
        return self.command("put-metric-filter", "--log-group-name", self.log, "--filter-name", self.name,
                            "--filter-pattern", self.pattern, "--metric-transformations", counted,
                            of="logs")  # fmt: skip

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"{self.log} has a metric filter {self.name} already, which is not replaced")

    def inverse(self) -> Effect:
        return DeleteFilter(self.profile, self.region, self.name, self.log, self.pattern, self.namespace, self.metric)

    def apply(self) -> None:
        asked(self, "put_metric_filter", of="logs", **self.body)


@dataclass(frozen=True, slots=True)
class DeleteFilter(_Filter):
    """Take it away, if it still says what we wrote."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("delete-metric-filter", "--log-group-name", self.log, "--filter-name", self.name,
                            of="logs")  # fmt: skip

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"the metric filter {self.name} of {self.log} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return CreateFilter(self.profile, self.region, self.name, self.log, self.pattern, self.namespace, self.metric)

    def apply(self) -> None:
        self.check()
        asked(self, "delete_metric_filter", of="logs", logGroupName=self.log, filterName=self.name)
