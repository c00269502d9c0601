"""Commands for an administrator or for Google's own tools, with everything filled in. Nothing of it is run by us."""

from __future__ import annotations

import shlex

from sshwizard import clean
from sshwizard.fixes.fix import Lines, Situation
from sshwizard.fixes.gcp.place import place as _place

IAP = "35.235.240.0/20"
"""From where Google's tunnels come (IAP, TCP forwarding)."""


def gcloud(*words: str) -> str:
    """A line to copy."""
    return shlex.join(("gcloud", *words))


def _grant(at: Situation) -> tuple[str, ...]:
    """The least role, on the smallest thing that it can be given on."""
    place, data = _place(at), at.found.data
    role, robot = str(data.get("role", "")), clean.line(str(data.get("service_account", "")), 120)
    if place is None or not role:
        return ()
    project, zone, vm = place
    account = clean.line(str(data.get("account", "")), 120) or "YOUR-ACCOUNT"
    kind = "serviceAccount" if account.endswith(".gserviceaccount.com") else "user"
    who = ("--member", f"{kind}:{account}", "--role", role)
    if role == "roles/iam.serviceAccountUser" and robot:
        return (gcloud("iam", "service-accounts", "add-iam-policy-binding", robot, *who, "--project", project),)
    if role.startswith("roles/iap."):
        return (gcloud("projects", "add-iam-policy-binding", project, *who),)
    where = ("--zone", zone, "--project", project)
    return (gcloud("compute", "instances", "add-iam-policy-binding", vm, *where, *who),)


def _oslogin(at: Situation) -> tuple[str, ...]:
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    return (
        gcloud("compute", "os-login", "ssh-keys", "add", "--key-file", "KEY.pub", "--project", project),
        gcloud("compute", "instances", "add-metadata", vm, "--zone", zone, "--project", project,
               "--metadata", "enable-oslogin=TRUE"),
    )  # fmt: skip


LINES: dict[str, Lines] = {
    "guide-grant-gcp-role": _grant,
    "guide-use-oslogin": _oslogin,
}
"""Where the verdict is about no VM of Google's they give nothing, and the vocabulary's words stand."""
