"""Everything that can be done about a cause, by action id."""

from sshwizard.fixes import acl, aws, config, connects, doors, files, gcp, httpproxy, keys, remote, tries
from sshwizard.fixes.fix import Fix, Refusal, Situation

FIXES: dict[str, Fix] = {
    fix.id: fix
    for fix in (
        *files.FIXES, *config.FIXES, *httpproxy.FIXES, *keys.FIXES, *acl.FIXES, *tries.FIXES, *connects.FIXES,
        *aws.FIXES, *gcp.FIXES, *doors.FIXES, *remote.FIXES,
    )
}  # fmt: skip

LINES = {**connects.LINES, **aws.LINES, **gcp.LINES}
"""Actions that change nothing: the lines to be copied."""

__all__ = ["FIXES", "LINES", "Fix", "Refusal", "Situation"]
