"""Everything that can be done about a cause, by action id."""

from sshwizard.fixes import aws, config, files, keys, tries
from sshwizard.fixes.fix import Fix, Refusal, Situation

FIXES: dict[str, Fix] = {fix.id: fix for fix in (*files.FIXES, *config.FIXES, *keys.FIXES, *tries.FIXES, *aws.FIXES)}

__all__ = ["FIXES", "Fix", "Refusal", "Situation"]
