"""How advice is told: long lists are cut, and what was not seen is named with what would show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sshwizard import clean
from sshwizard.advice import Advice, Weight
from sshwizard.cloud.unseen import Unseen

MOST = 12
"""Lines of evidence with one advice."""
Seen = TypeVar("Seen")


def some(rows: Iterable[str], most: int = MOST) -> tuple[str, ...]:
    """The first lines, each harmless, and how many more there are."""
    told = [clean.line(row, 200) for row in rows]
    return tuple(told) if len(told) <= most else (*told[: most - 1], f"… and {len(told) - most + 1} more")


def counted(number: int, one: str, many: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {one if number == 1 else many}"


@dataclass(frozen=True)
class Judge(Generic[Seen]):
    """One kind of advice: what it reads, and a pure judgement over that."""

    code: str
    about: str
    """What is not known where it could not look: `which security groups are open to the whole internet`."""
    needs: tuple[str, ...]
    judge: Callable[[Seen], Iterable[Advice]]
    weight: Weight = "note"
    """How much it matters that nobody could look."""


def blind(code: str, about: str, subject: str, unseen: Sequence[Unseen], weight: Weight = "note") -> Advice:
    """What could not be judged, with what would let us."""
    found = list(dict.fromkeys(unseen))
    why = "; ".join(dict.fromkeys(one.why for one in found))
    unblock = "; ".join(dict.fromkeys(one.unblock for one in found if one.unblock))
    text = clean.line(f"{why} ({unblock})" if unblock else why, 1000)
    return Advice(code, f"It is not known {about}", "What was not seen is not fine.", subject=subject, weight=weight,
                  unknown=text)  # fmt: skip
