"""Stories about a login to a VM of Google Cloud: for each leaf that its project can decide, the answers on the way.

tests/gcp/test_login.py has worlds of most of them.
"""

from __future__ import annotations

from .cloudstories import REFUSED, SILENT, Leads, _told
from .stories import NO_KEY_FITS

OURS = {**NO_KEY_FITS, "other_key": "no-other", "cloud_login": "not-asked", "google_login": "instance"}
BY_OSLOGIN = {**OURS, "google_source": "oslogin"}
BY_METADATA = {**OURS, "google_source": "metadata"}
IN_PROFILE = {**BY_OSLOGIN, "google_profile": "fits"}
IN_METADATA = {**BY_METADATA, "google_metadata": "fits"}
OPEN = {**SILENT, "cloud": "not-asked", "google": "instance", "google_state": "running", "google_path": "open"}
ANSWERS = {**REFUSED, "cloud_refused": "not-asked", "google_refused": "instance", "google_refused_state": "running"}

MISSING, EXPIRED, ROLE = "gcp.metadata-key-missing", "gcp.metadata-key-expired", "gcp.login-role-missing"
PROFILE: Leads = {
    "other-user": ("auth.wrong-user", "certain"),
    "only-in-metadata": ("gcp.oslogin-ignores-metadata-key", "certain"),
    "expired": (EXPIRED, "certain"),
    "none": (MISSING, "certain"),
    "other-local": ("key.wrong-key", "certain"),
    "certificates": ("auth.key-not-authorized", "likely"),
    "no-account": ("auth.user-unknown", "likely"),
}
METADATA: Leads = {
    "other-user": ("auth.wrong-user", "certain"),
    "expired": (EXPIRED, "certain"),
    "blocked": ("gcp.project-keys-blocked", "certain"),
    "rejected": (MISSING, "certain"),
    "broken": (MISSING, "certain"),
    "full": ("gcp.metadata-too-large", "certain"),
    "vm-full": ("gcp.metadata-too-large", "likely"),
    "may-not-add": (ROLE, "certain"),
    "only-in-profile": ("gcp.oslogin-off", "certain"),
    "none": (MISSING, "certain"),
    "other-local": ("key.wrong-key", "certain"),
    "manager-off": ("gcp.guest-agent-down", "likely"),
}
GUEST: Leads = {
    "agent-down": ("gcp.guest-agent-down", "certain"),
    "agent-down?": ("gcp.guest-agent-down", "likely"),
    "accounts-fail": ("gcp.guest-agent-down", "certain"),
    "disk-full": ("server.disk-full", "certain"),
    "disk-full?": ("server.disk-full", "likely"),
    "read-only": ("server.filesystem-corrupt", "likely"),
    "modes": ("auth.authorized-keys-permissions", "certain"),
    "modes?": ("auth.authorized-keys-permissions", "likely"),
    "not-allowed": ("auth.user-not-allowed", "certain"),
    "locked": ("auth.account-locked", "certain"),
    "root-refused": ("auth.root-login-disabled", "certain"),
    "role-denied": (ROLE, "certain"),
}
PACKAGE: Leads = {
    "missing": ("gcp.windows-ssh-package-missing", "certain"),
    "too-old": ("gcp.windows-ssh-package-missing", "certain"),
    "down": ("server.sshd-not-running", "likely"),
    "unclear": ("gcp.windows-ssh-package-missing", "likely"),
}
OFF: Leads = {"off": ("gcp.windows-ssh-off", "certain")}
CONSOLE: Leads = {
    "allowed": ("gcp.metadata-key-missing", "likely"),
    "off": ("serial.gcp-port-off", "certain"),
    "forbidden": ("serial.gcp-port-off", "certain"),
    "not-running": ("gcp.instance-stopped", "certain"),
    "unknown": ("serial.gcp-port-off", "likely"),
}
UNSURE = "auth.key-rejected"

LOGIN_STORIES = (
    *_told(BY_OSLOGIN, "google_profile", PROFILE, "denied"),
    *_told(IN_PROFILE, "google_right", {"may-not": (ROLE, "certain"), "may-not-act": (ROLE, "certain")}, "denied"),
    *_told(BY_METADATA, "google_metadata", METADATA, "denied"),
    *_told({**OURS, "google_source": "windows"}, "google_windows_login", {"off": ("gcp.windows-ssh-off", "likely")},
           "denied"),
    *_told(IN_METADATA, "google_guest", GUEST, "denied"),
    *_told({**IN_METADATA, "google_guest": "fine"}, "google_fresh", {"fresh": ("gcp.key-not-propagated", "likely")},
           "denied"),
    *_told({**IN_METADATA, "google_guest": "fine", "google_fresh": "old"}, "user", {"given": (UNSURE, "likely")},
           "denied"),
    *_told({**IN_PROFILE, "google_right": "unknown", "google_guest": "unknown", "google_fresh": "unknown"}, "user",
           {"given": (UNSURE, "likely")}, "denied"),
    *_told({**OURS, "google_login": "serial-console"}, "google_serial", CONSOLE, "denied"),
    *_told(OPEN, "google_windows", OFF),
    *_told({**OPEN, "google_windows": "on"}, "google_windows_package", PACKAGE),
    *_told(ANSWERS, "google_refused_windows", OFF, "refused"),
    *_told({**ANSWERS, "google_refused_windows": "on"}, "google_refused_windows_package", PACKAGE, "refused"),
)  # fmt: skip
