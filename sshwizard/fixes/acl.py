"""The fix of a key's access list on Windows, by icacls. It was never run there: the texts are Microsoft's."""

from __future__ import annotations

import getpass
import os

from sshwizard.effects import Effect, ResetAcl
from sshwizard.effects.acl import listed
from sshwizard.fixes.fix import Fix, Refusal, Situation


def _reset(at: Situation) -> tuple[Effect, ...] | Refusal:
    path = str(at.found.data.get("path", ""))
    if os.name != "nt":
        return Refusal("icacls is a program of Windows; here the mode of the key decides (chmod 600)")
    seen = listed(path)
    if not seen:
        return Refusal("icacls does not show the key's access list")
    domain = os.environ.get("USERDOMAIN", "")
    return (ResetAcl(path, f"{domain}\\{getpass.getuser()}".lstrip("\\"), seen),)


FIXES = (Fix("reset-key-acl", _reset),)
