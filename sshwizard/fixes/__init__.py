"""Everything that can be done about a cause, by action id."""

from sshwizard.fixes import acl, aws, config, connects, doors, files, httpproxy, keys, remote, tries
from sshwizard.fixes.fix import Fix, Refusal, Situation

FIXES: dict[str, Fix] = {
    fix.id: fix
    for fix in (
        *files.FIXES, *config.FIXES, *httpproxy.FIXES, *keys.FIXES, *acl.FIXES, *tries.FIXES, *connects.FIXES,
        *aws.FIXES, *doors.FIXES, *remote.FIXES,
    )
}  # fmt: skip

LINES: dict[str, doors.Lines] = {**connects.LINES, **aws.LINES, **doors.LINES}
"""Actions that change nothing: the lines to be copied."""

__all__ = ["FIXES", "LINES", "Fix", "Refusal", "Situation"]
