"""What can be done in a Google Cloud project, and the commands of Google's own tools, filled in."""

from sshwizard.fixes.fix import Lines
from sshwizard.fixes.gcp import boots, guides, keys, machine, network, ways

FIXES = (*network.FIXES, *keys.FIXES, *boots.FIXES)

RESCUE = (*machine.TWINS, *(fix.id for fix in boots.FIXES))
"""What can be done about a VM whatever the cause is."""

LINES: dict[str, Lines] = {**guides.LINES, **ways.LINES, "print-terraform": network.terraform}
