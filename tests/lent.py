"""A root disk that was lent: a real ext4 image on a loop device, or, where a machine has none, a directory that a
stand-in of mount binds. Its system is busybox, with stand-ins for the tools of its boot, which really write files.

The machine that has it is this one, in a mount namespace of its own: its /var/lib, /run, /boot, /mnt and /etc/default
are directories of the test.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

OLD, NEW = "5.10.0-9-amd64", "5.10.0-28-amd64"
MENU = "gnulinux-advanced-uuid"
LIMIT = 60.0
needs_root = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts, on Linux")
ENV = {**os.environ, "PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"}
APART = 4
"""MiB of a /boot of its own."""

_DRACUT = """#!/bin/sh
echo "dracut $*" >>/noted
[ ! -e /slow ] || sleep 30
[ ! -e /broken ] || { echo 'dracut: no space for you' >&2; exit 3; }
if [ -e /empty ]; then : >"$3"; else echo "made by dracut of $4" >"$3"; fi
"""
_GRUBBY = """#!/bin/sh
echo "grubby $*" >>/noted
case $1 in
--default-kernel) sed -n 's/^saved_entry=//p' /boot/grub2/grubenv ;;
--set-default) [ -e /deaf ] || echo "saved_entry=$2" >/boot/grub2/grubenv ;;
esac
"""
_INITRAMFS = """#!/bin/sh
echo "update-initramfs $*" >>/noted
[ ! -e /slow ] || sleep 30
[ ! -e /broken ] || exit 3
if [ -e /empty ]; then : >"/boot/initrd.img-$3"; else echo "made by update-initramfs of $3" >"/boot/initrd.img-$3"; fi
"""
_UPDATE_GRUB = f"""#!/bin/sh
echo update-grub >>/noted
GRUB_DEFAULT=0
for one in /etc/default/grub /etc/default/grub.d/*.cfg; do [ ! -e "$one" ] || . "$one"; done
[ ! -e /deaf ] || GRUB_DEFAULT=0
{{
  echo "set default=\\"$GRUB_DEFAULT\\""
  echo "submenu 'Advanced options' \\$menuentry_id_option '{MENU}' {{"
  for one in /boot/vmlinuz-*; do
    name=${{one#/boot/vmlinuz-}}
    echo "	menuentry 'Linux $name' --class debian \\$menuentry_id_option 'gnulinux-$name-advanced-uuid' {{"
    echo "	linux /boot/vmlinuz-$name"
  done
}} >/boot/grub/grub.cfg
"""
TOOLS = {"redhat": {"dracut": _DRACUT, "grubby": _GRUBBY},
         "debian": {"update-initramfs": _INITRAMFS, "update-grub": _UPDATE_GRUB}}  # fmt: skip
APPLETS = ("sh", "ls", "sed", "grep", "sort", "tail", "head", "cat", "cp", "mv", "rm", "rmdir", "mkdir", "du", "df",
           "cut", "cmp", "sync", "sleep", "env", "id")  # fmt: skip


@functools.cache
def loops() -> bool:
    """Whether this machine has loop devices that can be mounted."""
    with tempfile.TemporaryDirectory() as place:
        image = Path(place, "image")
        with image.open("wb") as file:
            file.truncate(4 << 20)
        words = 'l=$(losetup -f --show image) || exit 1; mke2fs -q "$l" && mkdir at && unshare -m mount "$l" at; c=$?; '
        tried = subprocess.run(["sh", "-c", f'{words}losetup -d "$l"; exit $c'], cwd=place, capture_output=True,
                               check=False, timeout=20, env=ENV)  # fmt: skip
        return tried.returncode == 0


def run(*words: str) -> str:
    """What it writes."""
    return subprocess.run(words, check=True, timeout=LIMIT, capture_output=True, text=True, env=ENV).stdout


def tree(place: Path, kind: str, kernels: tuple[str, ...], *more: str) -> Path:
    """The system of a disk. `more`: empty files in its root, which its tools look for."""
    for folder in ("bin", "usr/sbin", "etc/default/grub.d", "boot/grub", "boot/grub2", "dev", "proc", "sys", "run",
                   "var/lib", *(f"lib/modules/{one}" for one in kernels)):  # fmt: skip
        (place / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(shutil.which("busybox") or "busybox", place / "bin" / "busybox")
    for one in APPLETS:
        (place / "bin" / one).symlink_to("busybox")
    for name, text in TOOLS[kind].items():
        (place / "usr/sbin" / name).write_text(text)
        (place / "usr/sbin" / name).chmod(0o755)
    image = "initramfs-{}.img" if kind == "redhat" else "initrd.img-{}"
    for one in (*kernels, "0-rescue-12ab"):
        (place / "boot" / f"vmlinuz-{one}").write_text("kernel")
        (place / "boot" / image.format(one)).write_bytes(f"old image of {one}\n".encode() * 40)
    (place / "etc/default/grub").write_text("GRUB_TIMEOUT=0\n")
    if kind == "redhat":
        (place / "boot/grub2/grubenv").write_text(f"saved_entry=/boot/vmlinuz-{kernels[-1] if kernels else ''}\n")
    else:
        rows = "".join(
            f"	menuentry 'Linux' $menuentry_id_option 'gnulinux-{one}-advanced-uuid' {{\n" for one in kernels
        )
        (place / "boot/grub/grub.cfg").write_text(f"submenu 'More' $menuentry_id_option '{MENU}' {{\n{rows}")
    for one in more:
        (place / one).touch()
    return place


class Disk:
    """A disk and the machine that it was lent to."""

    def __init__(self, place: Path, kind: str = "debian", *more: str, kernels: tuple[str, ...] = (OLD, NEW),
                 apart: bool = False, bound: bool = False, size: int = 24) -> None:  # fmt: skip
        self.place, self.bound, self.apart, self.kind = place, bound or not loops(), apart, kind
        self.root = tree(place / "tree", kind, kernels, *more)
        self.tools = place / "tools"
        self.tools.mkdir()
        for one in ("var/lib", "run", "boot", "mnt", "etc/default"):
            (place / "host" / one).mkdir(parents=True)
            (place / "host" / one / "mine").write_text("leave me alone")
        self.name = str(place / "disk") if self.bound else ""
        if self.bound:
            self._bind()
        else:
            self._image(size)
        self._stand_in("lsblk", self._lsblk())
        self.enter = place / "enter"
        binds = "\n".join(f"mount --bind {place}/host/{one} /{one}"
                          for one in ("var/lib", "run", "boot", "mnt", "etc/default"))  # fmt: skip
        self.enter.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --make-rprivate /
{binds}
PATH={self.tools}:$PATH; export PATH
[ $# = 0 ] || exec "$@"
exec sh -c "${{SSH_ORIGINAL_COMMAND:-sh -s}}"' sh "$@"
""")
        self.enter.chmod(0o755)

    # ------------------------------------------------------------------ the disk

    def _image(self, size: int) -> None:
        """One file system; with a /boot apart two of them, which lsblk's stand-in calls partitions. A kernel that reads
        no partition tables has no others."""
        if self.apart:
            self._part()
            self.parts = [self._loop("boot", self.place / "apart", APART), self._loop("root", self.root, size)]
            self.name = str(self.place / "disk")
            Path(self.name).touch()
        else:
            self.parts = [self._loop("root", self.root, size)]
            self.name = self.parts[0]

    def _part(self) -> None:
        shutil.move(self.root / "boot", self.place / "apart")
        (self.root / "boot").mkdir()

    def _loop(self, name: str, below: Path, size: int) -> str:
        image = self.place / f"{name}.image"
        run("mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-d", str(below), str(image), f"{size << 10}k")
        return run("losetup", "-f", "--show", str(image)).strip()

    def _bind(self) -> None:
        Path(self.name).touch()
        if self.apart:
            self._part()
        self.parts = [f"{self.name}p1", f"{self.name}p2"][: 1 + self.apart]
        self._stand_in("mount", f"""for last in "$@"; do before=${{at-}} at=$last; done
case $before in
{self.name}p1) what={self.place / "apart" if self.apart else self.root} ;;
{self.name}p2) what={self.root} ;;
*) exec /bin/mount "$@" ;;
esac
case "$*" in
"-t ext4 -o ro"*) /bin/mount --bind "$what" "$at" && exec /bin/mount -o remount,bind,ro "$at" ;;
"-t ext4"*) exec /bin/mount --bind "$what" "$at" ;;
esac
exit 32
""")  # fmt: skip

    def _lsblk(self) -> str:
        serial = f'"-dno SERIAL {self.name}") [ ! -e {self.place}/serial ] || cat {self.place}/serial ;;\n'
        if self.name == self.parts[0]:
            return f'case "$*" in\n{serial}*) exec /bin/lsblk "$@" ;;\nesac\n'
        parts = "".join(f"{one} part\\n" for one in self.parts)
        return f"""case "$*" in
{serial}*SERIAL*) ;;
"-dno NAME {self.name}") echo disk ;;
"-dnpo NAME") echo {self.name} ;;
*MOUNTPOINT*) [ ! -e {self.place}/used ] || echo /somewhere ;;
"-lnpo NAME,TYPE {self.name}") printf '{self.name} disk\\n{parts}' ;;
*) exit 32 ;;
esac
"""

    def _stand_in(self, name: str, text: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\n{text}")
        (self.tools / name).chmod(0o755)

    def serial(self, text: str) -> None:
        """What the kernel would tell of it."""
        (self.place / "serial").write_text(f"{text}\n")

    def close(self) -> None:
        """Nobody has it any more."""
        for one in () if self.bound else self.parts:
            run("losetup", "-d", one)

    # ------------------------------------------------------------------ what is on it

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Its files, read-only, in a place where nobody else sees it: a copy."""
        copy = self.place / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        if self.bound:
            shutil.copytree(self.root, copy, symlinks=True, dirs_exist_ok=True)
            if self.apart:
                shutil.copytree(self.place / "apart", copy / "boot", symlinks=True, dirs_exist_ok=True)
        else:
            words = 'm=$1 c=$2; shift 2; mkdir "$m"; for p in "$@"; do mount -o ro,noload "$p" "$m"; '
            words += 'if [ -d "$m/etc" ]; then cp -a "$m/." "$c"; else cp -a "$m/." "$c/boot"; fi; umount "$m"; done'
            at = self.place / "at"
            run("unshare", "-m", "sh", "-ec", words, "sh", str(at), str(copy), *reversed(self.parts))
            at.rmdir()
        yield copy

    def files(self) -> dict[str, str]:
        """What is below /boot, /etc and /var, with mode and content."""
        with self.opened() as copy:
            found = {}
            for path in sorted(one for top in ("boot", "etc", "var") for one in (copy / top).rglob("*")):
                if path.name == "lost+found":
                    continue
                content = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
                found[str(path.relative_to(copy))] = f"{path.lstat().st_mode:o} {content}"
            return found

    def text(self, name: str) -> str:
        """A file of it; empty where there is none."""
        with self.opened() as copy, suppress(FileNotFoundError):
            return (copy / name).read_text()
        return ""

    def calls(self) -> list[str]:
        """How its tools were called."""
        return self.text("noted").splitlines()

    # ------------------------------------------------------------------ the machine that has it

    def run(self, script: bytes, limit: float = LIMIT) -> tuple[int, bytes]:
        """As a way in would run it there."""
        ran = subprocess.run([self.enter], input=script, capture_output=True, timeout=LIMIT, check=False, env=ENV)
        return ran.returncode, ran.stderr

    def left(self) -> list[str]:
        """What is on the machine that was not there before, and what was touched."""
        host = self.place / "host"
        odd = [str(one.relative_to(host)) for one in sorted(host.rglob("*")) if one.name != "mine" and one.is_file()]
        odd += [str(one) for one in host.rglob("mine") if one.read_text() != "leave me alone"]
        odd += [str(one) for one in (host / "run").iterdir() if one.is_dir() and one.name != "mount"]
        return [one for one in odd if one != "run/sshwizard-lent.lock"]

    def mounted(self) -> bool:
        """Whether any process of this machine has it mounted."""
        for place in Path("/proc").glob("[0-9]*/mountinfo"):  # proc_pid_mountinfo(5): root, mount point, ..., source
            with suppress(OSError):
                for row in place.read_text().splitlines():
                    root, source = row.split()[3], row.partition(" - ")[2].split()[1]
                    if source in self.parts or (root.endswith("/tree") and str(self.root).endswith(root)):
                        return True
        return False
