"""AWS's session-manager-plugin, when this computer has it: found on the PATH, told the session by its environment."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "session-manager-plugin"
RESPONSE = "AWS_SSM_START_SESSION_RESPONSE"
"""Names the variable with StartSession's answer, which holds a token."""
_ABOVE = (1, 2, 497, 0)
"""Later plugins take the answer from the environment; these would need it in their arguments, where all can read it."""
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plugin:
    """The program, and what it says its version is."""

    program: str
    version: tuple[int, ...]

    @property
    def keeps_secrets(self) -> bool:
        """Whether it can be told a token without showing it to every program of this computer."""
        return self.version > _ABOVE

    def words(self, asked: Mapping[str, Any], region: str, profile: str, endpoint: str) -> tuple[str, ...]:
        """Its command line."""
        return (self.program, RESPONSE, region, "StartSession", profile, json.dumps(asked), endpoint)


def find() -> Plugin | None:
    """The plugin on the PATH; None when there is none, or it does not say its version."""
    program = shutil.which(NAME)
    if program is None:
        return None
    try:
        told = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        ).stdout.decode("ascii", "replace")  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(?:\.\d+){1,3}", told)
    return Plugin(program, tuple(int(part) for part in found[0].split("."))) if found else None
