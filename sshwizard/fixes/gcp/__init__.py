"""What can be done in a Google Cloud project, and the commands of Google's own tools, filled in."""

from sshwizard.fixes.fix import Lines
from sshwizard.fixes.gcp import disks, guides, keys, network

FIXES = (*network.FIXES, *keys.FIXES)

LINES: dict[str, Lines] = {**guides.LINES, **disks.LINES, "print-terraform": network.terraform}
