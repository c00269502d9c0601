"""A file system that keeps no modes, as a memory stick has: every file is 0777 and belongs to one account.

Spoken to the kernel directly (linux/fuse.h), so that no driver for vfat or exfat is needed.  Run it as root::

    python permissionless.py MOUNTPOINT SOURCE UID     serves the files of the directory SOURCE until it is ended
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from pathlib import Path

KIND = "fuse.exfat"
IN_HEADER = struct.Struct("<IIQQIIII")
OUT_HEADER = struct.Struct("<IiQ")
ATTR = struct.Struct("<6Q10I")
ROOT = 1
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS = (
    1, 2, 3, 4, 14, 15, 17, 18, 25, 26, 27, 28, 29, 34,
)  # fmt: skip
BATCH_FORGET = 42


class Stick:
    """The files, by node number, and the answers about them."""

    def __init__(self, source: Path, uid: int) -> None:
        self.uid = uid
        self.names = [file.name for file in sorted(source.iterdir())]
        self.content = [file.read_bytes() for file in sorted(source.iterdir())]

    def attr(self, node: int) -> bytes:
        size = 4096 if node == ROOT else len(self.content[node - 2])
        kind = stat.S_IFDIR if node == ROOT else stat.S_IFREG
        return ATTR.pack(node, size, 8, 0, 0, 0, 0, 0, 0, kind | 0o777, 1, self.uid, self.uid, 0, 4096, 0)

    def answer(self, call: int, node: int, body: bytes) -> bytes | int | None:
        """The body of the reply, an error number, or None where no reply is wanted."""
        if call == INIT:
            return struct.pack("<IIIIHHIIHHI7I", 7, 31, 65536, 0, 12, 10, 65536, 1, 0, 0, 0, *[0] * 7)
        if call == LOOKUP:
            name = body.rstrip(b"\0").decode()
            if name not in self.names:
                return errno.ENOENT
            found = self.names.index(name) + 2
            return struct.pack("<4QII", found, 0, 1, 1, 0, 0) + self.attr(found)
        if call == GETATTR:
            return struct.pack("<QII", 1, 0, 0) + self.attr(node)
        if call == SETATTR:
            return errno.EPERM  # so answers vfat to chmod
        if call in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if call == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return self.content[node - 2][offset : offset + size]
        if call == READDIR:
            _, offset, _ = struct.unpack_from("<QQI", body)
            return b"" if offset else self.listing()
        if call in (RELEASE, RELEASEDIR, FLUSH, ACCESS):
            return b""
        if call == STATFS:
            return bytes(80)
        return None if call in (FORGET, BATCH_FORGET) else errno.ENOSYS

    def listing(self) -> bytes:
        rows = b""
        for number, name in enumerate(self.names, 1):
            raw = name.encode()
            rows += struct.pack("<QQII", number + 1, number, len(raw), 8) + raw + bytes(-len(raw) % 8)
        return rows


def serve(point: str, source: Path, uid: int) -> None:
    """Mount at `point` and answer until the mount is gone."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40777,user_id=0,group_id=0,allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"stick", point.encode(), KIND.encode(), 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"cannot mount: {os.strerror(ctypes.get_errno())}")
    print("mounted", flush=True)
    stick = Stick(source, uid)
    while True:
        try:
            raw = os.read(device, 1 << 17)
        except OSError as error:
            if error.errno == errno.ENODEV:  # unmounted
                return
            continue
        _, call, unique, node, *_ = IN_HEADER.unpack_from(raw)
        reply = stick.answer(call, node, raw[IN_HEADER.size :])
        if reply is None:
            continue
        failed, body = (reply, b"") if isinstance(reply, int) else (0, reply)
        os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(body), -failed, unique) + body)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
