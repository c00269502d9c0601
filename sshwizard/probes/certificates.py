"""The person's own certificates: valid now, and for this account?"""

from __future__ import annotations

import re
from typing import Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes import process
from sshwizard.probes.scene import Probe, Scene

Certificate = Literal["none", "fine", "expired", "not-yet-valid", "wrong-principal"]


async def _certificate(scene: Scene) -> Fact[Certificate]:
    leg = scene.leg
    files = [paths.expand(name) for name in leg.values("certificatefile")]
    files += [paths.expand(name + "-cert.pub") for name in leg.values("identityfile")]
    for file in files:
        if not file.is_file():
            continue
        result = await process.run(("ssh-keygen", "-L", "-f", str(file)), 2)
        if result.code == 0:
            return read_certificate(result.out, str(file), leg.user)
    return Fact("none", "no certificate is in use")


def read_certificate(text: str, file: str, user: str) -> Fact[Certificate]:
    """Judge the listing of `ssh-keygen -L` against the clock and the login name."""
    from datetime import datetime

    shown, command = clean.lines(text, 14), f"ssh-keygen -L -f {short(file)}"
    data = {"path": file, "named": short(file)}
    now = datetime.now()
    if valid := re.search(r"Valid: from (\S+) to (\S+)", text):
        begins, ends = (datetime.fromisoformat(part) for part in valid.groups())
        if ends < now:
            return Fact("expired", f"{short(file)} ended {ends:%Y-%m-%d %H:%M}", shown, command, data)
        if begins > now:
            return Fact("not-yet-valid", f"{short(file)} begins {begins:%Y-%m-%d %H:%M}", shown, command, data)
    block = re.search(r"Principals:[^\n]*\n((?:\s{8,}\S[^\n]*\n)*)", text)
    names = [row.strip() for row in block.group(1).splitlines()] if block else []
    names = [name for name in names if name and name != "(none)" and not name.endswith(":")]
    if names and user and user not in names:
        listed = ", ".join(clean.line(name, 40) for name in names[:5])
        return Fact(
            "wrong-principal",
            f"{short(file)} is for {listed}, and the login name is {user}",
            shown,
            command,
            data,
        )
    return Fact("fine", f"{short(file)} is valid now and names {user}", shown, command)


certificate: Probe[Certificate] = Probe("files.certificate", get_args(Certificate), _certificate)
