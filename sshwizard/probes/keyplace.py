"""Where a key file lies: access lists beside its mode, and file systems that keep no modes at all."""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# ------------------------------------------------------------------ access lists

_ACL = "system.posix_acl_access"
_ENTRY = struct.Struct("<HHI")
"""One entry of the attribute: tag, permissions, id (linux/posix_acl_xattr.h, version 2)."""
_USER, _GROUP = 0x02, 0x08
"""Tags of entries that name somebody (acl(5)); the plain ones repeat the mode."""


def access_list(path: Path) -> str:
    """Who may read `path` by an access list, in words; empty when it has none.

    ssh looks at the mode alone; with an access list its group bits are the mask of the list (acl(5)).
    """
    try:
        raw: bytes = os.getxattr(path, _ACL)
    except (OSError, AttributeError):  # none, not supported here, or no Linux
        return ""
    return read_access_list(raw)


def read_access_list(raw: bytes) -> str:
    """The named entries that may read, from the bytes of the attribute."""
    body = raw[4 : 4 + (len(raw) - 4) // _ENTRY.size * _ENTRY.size] if len(raw) >= 4 else b""
    found = []
    for tag, allowed, who in _ENTRY.iter_unpack(body):
        if tag in (_USER, _GROUP) and allowed & 4:
            found.append(f"{'uid' if tag == _USER else 'gid'} {who}")
    return ", ".join(found)


# ------------------------------------------------------------------ file systems


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo (proc(5))."""

    point: str
    kind: str
    source: str
    options: frozenset[str]


Keeps = Literal["modes", "no-modes", "perhaps-no-modes"]

_NONE = {
    "vfat", "msdos", "exfat", "ntfs", "drvfs", "vboxsf", "prl_fs", "fuse.exfat", "fuse.exfat-fuse", "fuse.ntfs-3g",
    "fuse.ntfs", "fuse.vmhgfs-fuse", "fuse.rclone", "fuse.gvfsd-fuse",
}  # fmt: skip
"""Types that give every file the mode that was chosen when they were mounted."""
_SHARES = {"cifs", "smb3", "smbfs"}
_BY_OPTION = {"unix", "posix", "posixpaths", "modefromsid", "cifsacl", "idsfromsid"}
"""Options of mount.cifs(8) with which modes come from the server."""


def mounts(text: str) -> tuple[Mount, ...]:
    """The mounts in a mountinfo text, in its order: a later one covers an earlier one at the same point."""
    found = []
    for row in text.splitlines():
        left, dash, right = row.partition(" - ")
        first, last = left.split(), right.split()
        if not dash or len(first) < 6 or len(last) < 2:
            continue
        options = frozenset(",".join((first[5], *last[2:])).split(","))
        found.append(Mount(_plain(first[4]), last[0], _plain(last[1]), options))
    return tuple(found)


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda hit: chr(int(hit.group(1), 8)), text)


def mount_of(path: str, table: tuple[Mount, ...]) -> Mount | None:
    """The mount on which `path`, without symbolic links, lies."""
    over = [one for one in table if path == one.point or path.startswith(one.point.rstrip("/") + "/")]
    return max(reversed(over), key=lambda one: len(one.point), default=None)


def keeps(mount: Mount) -> Keeps:
    """Does this file system keep the mode that chmod gives a file?"""
    windows = mount.kind == "9p" and any("drvfs" in option for option in mount.options)  # WSL 2
    if windows or mount.kind == "drvfs":
        return "modes" if any("metadata" in option for option in mount.options) else "no-modes"
    if mount.kind in _NONE:
        return "no-modes"
    if mount.kind in _SHARES:
        return "modes" if mount.options & _BY_OPTION else "no-modes"
    return "perhaps-no-modes" if mount.kind in {"fuseblk", "ntfs3"} else "modes"


def place(path: Path) -> Mount | None:
    """The mount of `path`; None where the system does not tell (no Linux)."""
    try:
        text = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        return mount_of(os.path.realpath(path), mounts(text))
    except OSError:
        return None
