"""User data whose script runs as root at every boot, and does its work once. Pure text.

cloud-init documentation, User data formats (MIME multi-part archive) and module frequency; re:Post, "How can I execute
user data to automatically run with every restart". With `scripts-user` at every boot cloud-init runs all scripts that
it has kept of the instance, the old ones too: each of those is covered by a part of its own name that does nothing.
"""

from __future__ import annotations

import email
import gzip
import re
import shlex
import zlib
from email.message import Message

from sshwizard.effects.remote import STATE

MOST = 16384
"""Bytes of user data, before base64 (EC2 User Guide)."""
OURS = "part-001"
"""The name under which cloud-init keeps a lone script: ours takes its place."""
_BORDER = "==sshwizard=="
_SCRIPTS = {"text/x-shellscript", "text/x-shellscript-per-boot", "text/x-shellscript-per-once"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


class Unclear(Exception):
    """What the old user data would run again is not known."""


def sentinel(mark: str, *, undo: bool = False) -> str:
    """What begins the line on the console that tells how it ended. The console keeps the lines of earlier boots."""
    return f"sshwizard {mark}{' undo' if undo else ''}:"


def script(mark: str, do: str, undo: str) -> str:
    """Do it once, keep the way back, and say on the console how it ended. What fails is taken back at once."""
    place = f"{STATE}/{mark}"
    return _SCRIPT.format(sign=sentinel(mark), d=place, do=shlex.quote(f"set -eu; D={place}\n{do}\n"),
                          undo=shlex.quote(f"set -u; D={place}\n{undo or ':'}\n"))  # fmt: skip


def undoing(mark: str) -> str:
    """Take it back, where it was made."""
    return _UNDO.format(sign=sentinel(mark, undo=True), d=f"{STATE}/{mark}")


def data(text: str, old: bytes) -> bytes:
    """The user data. Raises Unclear, or ValueError where it would be longer than EC2 takes."""
    parts = [("cloud-config.txt", "text/cloud-config", _EVERY_BOOT), (OURS, "text/x-shellscript", text)]
    parts += [(name, "text/x-shellscript", _NOTHING) for name in kept(old) if name != OURS]
    rows = [f'Content-Type: multipart/mixed; boundary="{_BORDER}"', "MIME-Version: 1.0", ""]
    for name, kind, body in parts:
        rows += [f"--{_BORDER}", f'Content-Type: {kind}; charset="us-ascii"', "MIME-Version: 1.0",
                 "Content-Transfer-Encoding: 7bit", f'Content-Disposition: attachment; filename="{name}"', "",
                 body.rstrip("\n"), ""]  # fmt: skip
    made = "\n".join([*rows, f"--{_BORDER}--", ""]).encode("ascii")
    if len(made) > MOST:
        raise ValueError(f"the user data would be {len(made)} bytes, and EC2 takes {MOST}")
    return made


def kept(old: bytes) -> list[str]:
    """The names under which cloud-init has kept the scripts of the old user data. Raises Unclear."""
    if old[:2] == b"\x1f\x8b":
        try:
            old = gzip.decompress(old)
        except (OSError, EOFError, zlib.error):
            raise Unclear("the old user data is compressed, and cannot be read") from None
    text = old.decode("utf-8", "replace").lstrip()
    if text.startswith("#!"):
        return [OURS]
    if text.startswith("#include"):
        raise Unclear("the old user data includes other files, whose scripts would run again")
    message = email.message_from_string(text)
    if not message.is_multipart():
        return []
    names = []
    for number, part in enumerate(_leaves(message), 1):
        kind, body = part.get_content_type(), str(part.get_payload())
        if kind == "text/x-include-url" or body.startswith("#include"):
            raise Unclear("the old user data includes other files, whose scripts would run again")
        if kind in _SCRIPTS or body.lstrip().startswith("#!"):
            name = part.get_filename() or f"part-{number:03d}"
            if not _NAME.fullmatch(name):
                raise Unclear("a script of the old user data has an odd name, and would run again")
            names.append(name)
    return names


def _leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


_EVERY_BOOT = """#cloud-config
cloud_final_modules:
- [scripts-user, always]
"""
_NOTHING = "#!/bin/sh\nexit 0\n"
_SAY = """#!/bin/sh
set -u
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export LC_ALL PATH
D={d}
say() {{
  echo "{sign} $1"
  echo "{sign} $1" 2>/dev/null >/dev/console || :
}}
"""
_SCRIPT = (
    _SAY
    + """if [ -e "$D/over" ]; then say done; exit 0; fi
umask 077; mkdir -p "$D"
printf %s {undo} >"$D/undo.sh"
printf %s {do} >"$D/do.sh"
umask 022
if sh "$D/do.sh" >"$D/out" 2>&1; then
  : >"$D/over"; say done
else
  say "failed: $(tail -n 1 "$D/out" | tr -cd '[:print:]' | cut -c 1-200)"
  sh "$D/undo.sh"; rm -rf "$D"
fi
"""
)
_UNDO = (
    _SAY
    + """if [ -e "$D/undo.sh" ]; then sh "$D/undo.sh" && rm -rf "$D" && say done || say failed; else say done; fi
"""
)
