"""The causes that look the same as a finding from here, in the order in which they are told. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from sshwizard import vocabulary
from sshwizard.model import Cause
from sshwizard.session import walk
from sshwizard.state import State


def possible(state: State) -> tuple[str, ...]:
    """The codes that a verdict leaves open; none where it is certain."""
    end = walk(state).end
    return also(end, {}) if isinstance(end, Cause) and end.confidence != "certain" else ()


def also(cause: Cause, counts: Mapping[str, int]) -> tuple[str, ...]:
    """The first suspect of this case stays first: something speaks for it. Then the other suspects, then what only
    shares the symptom; within each, what was met on this computer before (`counts`) leads."""
    if cause.confidence == "certain":
        return cause.also
    siblings = vocabulary.causes()[cause.code].siblings

    def met(codes: tuple[str, ...]) -> list[str]:
        return sorted(codes, key=lambda code: -counts.get(code, 0))

    first, others = cause.also[:1], cause.also[1:]
    return tuple(dict.fromkeys((*first, *met(others), *met(siblings[:12] if first else siblings))))
