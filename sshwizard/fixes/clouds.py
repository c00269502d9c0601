"""What is one action in the vocabulary, and made in the one cloud or in the other."""

from __future__ import annotations

from sshwizard.effects import Effect
from sshwizard.fixes import aws
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.gcp import network as gcp


def _start(at: Situation) -> tuple[Effect, ...] | Refusal:
    """A VM of Google's has a zone."""
    return gcp.start(at) if at.found.data.get("zone") else aws.start(at)


FIXES = (Fix("start-instance", _start),)
