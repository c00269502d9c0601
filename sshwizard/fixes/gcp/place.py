"""Which VM a fix is about."""

from __future__ import annotations

from sshwizard import clean
from sshwizard.fixes.fix import Situation


def place(at: Situation) -> tuple[str, str, str] | None:
    """Project, zone and name, from the fact that decided or the one that said whose machine it is; None where it is no
    VM of Google's."""
    for fact in (at.found, *at.facts.values()):
        found = tuple(clean.line(str(fact.data.get(key, "")), 80) for key in ("project", "zone", "vm"))
        if all(found):
            return found[0], found[1], found[2]
    return None
