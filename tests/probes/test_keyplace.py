"""Where a key lies: the mounts of real systems, and the bytes of real access lists."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshwizard.probes.keyplace import access_list, keeps, mount_of, mounts, place, read_access_list

WSL = """\
98 77 8:48 / / rw,relatime - ext4 /dev/sdd rw,discard,errors=remount-ro,data=ordered
140 98 0:71 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000;gid=1000;symlinkroot=/mnt/,mmap
141 98 0:72 / /mnt/d rw,noatime - 9p D:\\134 rw,aname=drvfs;path=D:\\;uid=1000;metadata,trans=fd,rfdno=5
142 98 0:73 / /mnt/e rw,noatime - drvfs E: rw,noatime,uid=1000
"""
DESKTOP = """\
25 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw
60 25 8:17 / /media/dana/MY\\040STICK rw,nosuid,nodev shared:30 - vfat /dev/sdb1 rw,uid=1000,fmask=0022,dmask=0022
61 25 8:18 / /media/dana/big rw,nosuid,nodev shared:31 - fuseblk /dev/sdc1 rw,user_id=0,default_permissions,allow_other
62 25 0:50 / /net/office rw - cifs //nas/office rw,vers=3.1.1,uid=1000,file_mode=0755,dir_mode=0755
63 25 0:51 / /net/unix rw - cifs //nas/unix rw,vers=1.0,unix,posixpaths
64 25 8:19 / /home/dana/.ssh rw - exfat /dev/sdd1 rw,uid=1000,fmask=0077
65 25 0:52 / /srv/vm rw - 9p share rw,trans=virtio,version=9p2000.L
66 64 0:53 / /home/dana/.ssh rw - tmpfs tmpfs rw,mode=700
"""


@pytest.mark.parametrize(
    ("table", "path", "kept"),
    [
        (WSL, "/home/dana/.ssh/id", "modes"),
        (WSL, "/mnt/c/Users/dana/.ssh/id", "no-modes"),
        (WSL, "/mnt/d/keys/id", "modes"),
        (WSL, "/mnt/e/id", "no-modes"),
        (WSL, "/mnt/cd/id", "modes"),
        (DESKTOP, "/media/dana/MY STICK/id", "no-modes"),
        (DESKTOP, "/media/dana/big/id", "perhaps-no-modes"),
        (DESKTOP, "/net/office/id", "no-modes"),
        (DESKTOP, "/net/unix/id", "modes"),
        (DESKTOP, "/home/dana/.ssh/id", "modes"),  # what was mounted over it last counts
        (DESKTOP, "/srv/vm/id", "modes"),
    ],
)
def test_which_file_systems_keep_modes(table: str, path: str, kept: str) -> None:
    found = mount_of(path, mounts(table))
    assert found is not None
    assert keeps(found) == kept


def test_this_system_s_own_table_is_read(tmp_path: Path) -> None:
    found = place(tmp_path)
    if not Path("/proc/self/mountinfo").exists():
        assert found is None
    else:
        assert found is not None
        assert str(tmp_path.resolve()).startswith(found.point)


def test_the_names_in_an_access_list() -> None:
    rows = [(0x01, 6, 2**32 - 1), (0x02, 4, 30_002), (0x02, 0, 30_003), (0x08, 7, 50), (0x10, 4, 2**32 - 1)]
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)
    assert read_access_list(raw) == "uid 30002, gid 50"


def test_a_file_without_a_list(tmp_path: Path) -> None:
    file = tmp_path / "id"
    file.touch(mode=0o640)
    assert access_list(file) == ""
    assert access_list(tmp_path / "gone") == ""
    assert file.stat().st_mode & 0o777 == 0o640


@given(st.binary(max_size=100), st.text(max_size=200))
def test_no_bytes_break_the_readers(raw: bytes, text: str) -> None:
    read_access_list(raw)
    mount_of("/home/dana", mounts(text))
