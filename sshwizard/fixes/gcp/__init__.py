"""What can be done in a Google Cloud project, and the commands of Google's own tools, filled in."""

from sshwizard.fixes.fix import Lines
from sshwizard.fixes.gcp import guides, keys, network

FIXES = (*network.FIXES, *keys.FIXES)

LINES: dict[str, Lines] = {**guides.LINES, "print-terraform": network.terraform}
