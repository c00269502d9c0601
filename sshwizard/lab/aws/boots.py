"""What cloud-init does with user data at a boot, as far as scripts go: a test or an exercise says what runs them.

cloud-init documentation: MIME parts are kept under their names, a lone script as part-001; scripts run at the first
boot only, and with `[scripts-user, always]` all that were kept run at every boot, in the order of their names.
"""

from __future__ import annotations

import base64
import email
import re
import subprocess
from dataclasses import dataclass, field
from typing import Any

from sshwizard.lab.aws.state import Region, now

_ALWAYS = re.compile(r"^\s*-\s*\[\s*scripts-user\s*,\s*always\s*\]", re.MULTILINE)
_SECONDS = 20
_CONSOLE_BYTES = 65536


@dataclass
class Boots:
    """One instance that boots: its first boot is over."""

    command: list[str]
    """What runs a script that it is given on standard input; empty: the machine hangs before its scripts."""
    kept: dict[str, str] = field(default_factory=dict)
    """The scripts that cloud-init holds, by name."""
    count: int = 0


def parts(data: bytes) -> tuple[dict[str, str], bool]:
    """The scripts of user data by name, and whether they run at every boot."""
    text = data.decode("utf-8", "replace")
    if text.startswith("#!"):
        return {"part-001": text}, False
    message = email.message_from_string(text)
    if not message.is_multipart():
        return {}, False
    scripts, always = {}, False
    for number, part in enumerate((one for one in message.walk() if not one.is_multipart()), 1):
        body = bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
        if part.get_content_type() == "text/x-shellscript":
            scripts[part.get_filename() or f"part-{number:03d}"] = body
        elif part.get_content_type() == "text/cloud-config":
            always = always or _ALWAYS.search(body) is not None
    return scripts, always


def begin(here: Region, instance: Any, command: list[str]) -> None:
    """Its first boot was with the user data that it has."""
    here.boots[instance.id] = Boots(command, parts(_data(instance))[0])


def boot(here: Region, instance: Any) -> None:
    """Start it once more: run what cloud-init would, and post what was written on the console."""
    one = here.boots.get(instance.id)
    if one is None:
        return
    one.count += 1
    scripts, always = parts(_data(instance))
    one.kept |= scripts
    rows = [here.console.get(instance.id, ""), f"[    0.000000] Linux version 6.1, boot {one.count}, {now()}\n"]
    for name in sorted(one.kept) if always and one.command else ():
        ran = subprocess.run(one.command, input=one.kept[name].encode(), capture_output=True, timeout=_SECONDS,
                             check=False)  # fmt: skip
        said = ran.stdout.decode("utf-8", "replace").splitlines()
        rows += [f"[   12.000000] cloud-init[812]: {row}\n" for row in said]
    here.console[instance.id] = "".join(rows)[-_CONSOLE_BYTES:]


def _data(instance: Any) -> bytes:
    raw = instance.user_data or b""
    raw = raw if isinstance(raw, bytes) else str(raw).encode()
    return base64.b64decode(raw)
