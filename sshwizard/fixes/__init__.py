"""Everything that can be done about a cause, by action id."""

from sshwizard.fixes import (
    account,
    acl,
    aws,
    awsdisks,
    awsguides,
    byname,
    clouds,
    config,
    connects,
    doors,
    files,
    gcp,
    httpproxy,
    keys,
    offline,
    oldkernel,
    remote,
    tries,
    updating,
    upkeep,
)  # fmt: skip
from sshwizard.fixes.fix import Fix, Refusal, Situation

FIXES: dict[str, Fix] = {
    fix.id: fix
    for fix in (
        *files.FIXES, *config.FIXES, *byname.FIXES, *httpproxy.FIXES, *keys.FIXES, *acl.FIXES, *tries.FIXES,
        *connects.FIXES,
        *aws.FIXES, *account.FIXES, *offline.FIXES, *awsdisks.FIXES, *gcp.FIXES, *clouds.FIXES, *doors.FIXES,
        *remote.FIXES, *upkeep.FIXES, *oldkernel.FIXES,
    )
}  # fmt: skip

FIXES |= {fix.id: fix for fix in clouds.twins(FIXES)}

_LINES = (doors.LINES, connects.LINES, aws.LINES, awsguides.LINES, offline.LINES, gcp.LINES, updating.LINES,
          oldkernel.LINES)  # fmt: skip
PRINTED = frozenset(id_ for room in _LINES for id_ in room)
"""Actions that change nothing: the lines to be copied."""


def lines(id_: str, at: Situation) -> tuple[str, ...]:
    """What is to be copied: of the first room that has anything to say here; nothing where none has."""
    return next((found for room in _LINES if id_ in room and (found := room[id_](at))), ())


__all__ = ["FIXES", "PRINTED", "Fix", "Refusal", "Situation", "lines"]
