"""What to say when a cloud gave no answer: the same for every cloud."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import UNKNOWN, Fact


def blind(*unseen: Unseen, says: str = "") -> Fact[Any]:
    """The fact of a look that got no answer: `data.unseen` names each call, why, and what would unblock it."""
    first = unseen[0]
    why = clean.line(says or first.why)
    return Fact(UNKNOWN, why, data=missing(unseen), why=why, command=clean.line(first.unblock, 160))


def missing(unseen: tuple[Unseen, ...]) -> dict[str, Any]:
    """What could not be seen, as facts carry it."""
    return {"unseen": [{key: clean.line(value, 300) for key, value in asdict(one).items()} for one in unseen]}
