"""A case: a world, a question, and the codes that must be said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reach.worlds import ME, Raw, ask


@dataclass(frozen=True)
class Case:
    """One rule. `codes`: all blockers, or all doubts, or all partial codes, as the verdict says."""

    name: str
    world: Callable[[], Raw]
    verdict: str
    codes: str = ""
    source: str = ME
    port: int = 22
    client: str = "nat"
    kind: str = "internet"
    warnings: str = ""
    endpoint: str | None = ""
    """Not compared when empty."""


def check(case: Case) -> None:
    """Ask, and compare."""
    said = ask(case.world(), case.source, case.port, case.client, case.kind)
    lists = {"blocked": said.blockers, "unknown": said.unknown, "partial": said.partial, "reachable": set[str]()}
    assert (said.verdict, sorted(lists[said.verdict])) == (case.verdict, sorted(case.codes.split())), said
    assert sorted(said.warnings) == sorted(case.warnings.split())
    assert case.endpoint == "" or said.endpoint == case.endpoint


def names(cases: Sequence[Case]) -> list[str]:
    """For pytest."""
    return [case.name for case in cases]
