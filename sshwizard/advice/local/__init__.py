"""The judges of this computer: each a pure function from the reading to advice."""

from __future__ import annotations

from sshwizard.advice import Advice
from sshwizard.advice.local import agents, authorized, config, files, keys, known
from sshwizard.advice.seen import Reading

JUDGES = (files.judge, keys.judge, config.judge, known.judge, authorized.judge, agents.judge)


def judge(seen: Reading) -> tuple[Advice, ...]:
    """Everything that there is to say, in the order of the judges."""
    return tuple(advice for one in JUDGES for advice in one(seen))
