"""A row of the tables, and how a row is played: healthy, broken, and what the product says."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from .process import TOKEN, Ran

OUTCOMES = {"healthy": 0, "failed": 1}
WORLDS_ONLY = os.environ.get("WORLDS_ONLY") == "1"


class World(Protocol):
    """What every kind of world offers."""

    @property
    def target_args(self) -> list[str]: ...

    def plain_ssh(self, args: list[str]) -> Ran: ...

    def diagnose(self, args: list[str], mark: str = "") -> Ran: ...


W = TypeVar("W", bound=World)


def _nothing(world: Any) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Scenario(Generic[W]):
    """One broken world.  `causes` and `symptoms` read "this | or that": the first is the planted one."""

    name: str
    causes: str = ""
    symptoms: str = "none"
    shows: str = ""
    """What ssh prints (out or err) once the world is broken: a regular expression."""
    broken: Callable[[W], object] = _nothing
    prepare: Callable[[W], object] = _nothing
    args: Callable[[W], list[str]] | None = None
    """The arguments to use once it is broken, when they are the fault."""
    ssh_code: int = 255
    outcome: str = "failed"

    def accepted(self) -> set[str]:
        return {cause.strip() for cause in self.causes.split("|")} - {""}

    def broken_args(self, world: W) -> list[str]:
        return self.args(world) if self.args else world.target_args

    def build(self, world: W) -> list[str]:
        """Prove the world healthy, break it, prove it broken; gives the arguments for the product."""
        self.prepare(world)
        healthy = world.plain_ssh(world.target_args)
        assert healthy.code == 0, f"not healthy before the break:\n{healthy.text}"
        assert TOKEN in healthy.out.decode(), healthy.text
        if self.outcome == "healthy":
            return world.target_args
        self.broken(world)
        args = self.broken_args(world)
        ran = world.plain_ssh(args)
        assert ran.code == self.ssh_code, f"ssh ended with {ran.code}, not {self.ssh_code}:\n{ran.text}"
        assert TOKEN not in ran.out.decode(errors="replace"), f"ssh still works:\n{ran.text}"
        assert re.search(self.shows, ran.text, re.MULTILINE), f"ssh did not show /{self.shows}/:\n{ran.text}"
        return args

    def judge(self, ran: Ran) -> None:
        """Compare the product's report with what was planted."""
        report = read_report(ran)
        findings = [finding["cause"] for finding in report["findings"]]
        got = {
            "first cause": findings[0] if findings else "",
            "outcome": report["outcome"],
            "symptom": report["symptom"],
            "exit code": ran.code,
        }
        first, *_ = self.causes.split(" | ")
        symptoms = self.symptoms.split(" | ")
        want = {
            "first cause": got["first cause"] if got["first cause"] in self.accepted() else first,
            "outcome": self.outcome,
            "symptom": got["symptom"] if got["symptom"] in symptoms else symptoms[0],
            "exit code": OUTCOMES[self.outcome],
        }
        progress = ran.err.decode(errors="replace")[-2000:]
        assert got == want, f"{self.name}: {report_digest(report)}\n{progress}"


def read_report(ran: Ran) -> dict[str, Any]:
    """The one JSON object on standard output."""
    assert not ran.late, f"no answer after {ran.seconds} s:\n{ran.text[-3000:]}"
    try:
        report = json.loads(ran.out)
    except ValueError:
        raise AssertionError(f"no JSON on standard output (exit {ran.code}):\n{ran.text[-3000:]}") from None
    assert isinstance(report, dict)
    assert report["schema"] == "sshwizard/report/1"
    return report


def report_digest(report: dict[str, Any]) -> str:
    """The report in a few lines, for a failed comparison."""
    lines = [f"outcome {report['outcome']}, symptom {report['symptom']}"]
    lines += [f"  {found['confidence']} {found['cause']}: {found['title']}" for found in report["findings"]]
    lines += [f"  path {step['node']}: {step['outcome']}: {step['says']}" for step in report["path"]]
    lines += [f"  unknown {item['probe']}: {item['why']}" for item in report["unknown"]]
    return "\n".join(lines)
