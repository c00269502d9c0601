"""Everything that can be done about a cause, by action id."""

from sshwizard.fixes import account, acl, aws, config, connects, doors, files, httpproxy, keys, offline, remote, tries
from sshwizard.fixes.fix import Fix, Refusal, Situation

FIXES: dict[str, Fix] = {
    fix.id: fix
    for fix in (
        *files.FIXES, *config.FIXES, *httpproxy.FIXES, *keys.FIXES, *acl.FIXES, *tries.FIXES, *connects.FIXES,
        *aws.FIXES, *account.FIXES, *offline.FIXES, *doors.FIXES, *remote.FIXES,
    )
}  # fmt: skip

LINES: dict[str, doors.Lines] = {**connects.LINES, **aws.LINES, **offline.LINES, **doors.LINES}
"""Actions that change nothing: the lines to be copied."""

__all__ = ["FIXES", "LINES", "Fix", "Refusal", "Situation"]
