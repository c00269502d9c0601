"""What a sweep found about one host, as it is kept, printed and grouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sshwizard import clean, vocabulary
from sshwizard.model import Outcome
from sshwizard.verdict import Verdict

_LONGEST = 4000
"""Characters of a text of a kept row; our own are shorter."""


@dataclass(frozen=True, slots=True)
class Row:
    """One host and its verdict."""

    host: str
    """As it was named."""
    outcome: Outcome
    cause: str = ""
    title: str = ""
    confidence: str = ""
    fix: str = ""
    """The first fix that can be applied, by its id."""
    mends: tuple[str, ...] = ()
    """That fix as it would be made; the same for all hosts that one change mends."""
    why: str = ""
    """Where nothing could be told: what stood in the way."""
    took_ms: int = 0
    session: str = ""
    """The file of its session."""
    jump: str = ""
    """The jump host at which it stops; empty where it is the host itself."""
    inside: str = ""
    """How a look inside the server ended (statuses.Status); empty where none was made."""
    saw: str = ""
    """What that look saw, or why there is no answer."""
    wire: str = ""
    """The cause as it was told before that look."""

    @property
    def works(self) -> bool:
        """True when ssh connects."""
        return self.outcome in {"healthy", "degraded"}


def row(host: str, found: Verdict, took_ms: int, session: str, jump: str = "") -> Row:
    """The verdict in short."""
    root = found.root
    if root is None:
        why = found.unknown[-1].fact.says if found.unknown and found.outcome == "inconclusive" else ""
        return Row(host, found.outcome, why=why, took_ms=took_ms, session=session)
    known = vocabulary.actions()
    best = next((one for one in root.remedies if one.applicable and known[one.id].group == "repair"), None)
    return Row(
        host,
        found.outcome,
        root.cause,
        root.title,
        root.confidence,
        best.id if best else "",
        best.preview if best else (),
        took_ms=took_ms,
        session=session,
        jump=jump,
    )


def to_json(one: Row) -> dict[str, Any]:
    """For a line of JSON."""
    return asdict(one)


def from_json(kept: Mapping[str, Any]) -> Row:
    """The row of such a line. Raises ValueError, KeyError or TypeError where it is none."""
    if kept["outcome"] not in {"healthy", "degraded", "failed", "inconclusive"}:
        raise ValueError("an outcome that there is not")
    texts = {
        key: clean.line(str(kept.get(key, "")), _LONGEST)
        for key in ("cause", "title", "confidence", "fix", "why", "session", "jump", "inside", "saw", "wire")
    }
    mends = tuple(clean.line(str(line), _LONGEST) for line in kept.get("mends", ()))
    return Row(
        clean.line(str(kept["host"]), _LONGEST),
        kept["outcome"],
        **texts,
        mends=mends,
        took_ms=int(kept.get("took_ms", 0)),
    )
