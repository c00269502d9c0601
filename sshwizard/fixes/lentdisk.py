"""The sh that works on another machine's root disk, which was lent to this one. Pure text.

All of it goes on in a mount and a process namespace of its own (unshare(1)): whatever ends it, even SIGKILL, nothing
stays mounted on the helper, and what is mounted at /mnt there is left alone. The disk is looked at read-only first,
without replaying its journal (ext4(5), noload; xfs(5), norecovery), so that a wrong disk is not written to.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from sshwizard.effects.remote import DIFFERS

q = shlex.quote
TOOLS = ("lsblk", "unshare", "flock", "mktemp", "chroot", "mount", "umount", "awk")
"""What the helper has to have: util-linux and coreutils."""


@dataclass(frozen=True, slots=True)
class Place:
    """How the helper finds the disk."""

    serial: str = ""
    """The serial number that the kernel tells of it; empty where its name is given."""
    names: tuple[str, ...] = ()
    """Names under which it may stand in /dev."""


def of_volume(volume: str, device: str) -> Place:
    """An EBS volume: on Nitro the names of the API mean nothing, and the id without its dash is the serial number
    (EC2 User Guide, Amazon EBS volumes and NVMe); on Xen sdf is xvdf."""
    serial = volume.replace("-", "")
    nvme = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{serial}"
    return Place(serial, (nvme, device.replace("/dev/sd", "/dev/xvd")))


def of_device(name: str) -> Place:
    """A disk of Compute Engine by its deviceName (Compute Engine, Symbolic links to disks)."""
    return Place(name, (f"/dev/disk/by-id/google-{name}", f"/dev/disk/by-id/scsi-0Google_PersistentDisk_{name}"))


def ready() -> str:
    """sh that succeeds where everything is there that the work needs."""
    tools = " ".join(TOOLS)
    return f"""for tool in {tools}; do
  command -v "$tool" >/dev/null || {{ echo "the helper has no $tool; nothing was changed" >&2; exit {DIFFERS}; }}
done
unshare -m -p -f true || {{ echo 'the helper makes no namespace; nothing was changed' >&2; exit {DIFFERS}; }}"""


def guard(place: Place) -> str:
    """sh that sets $disk, and succeeds while nothing of it is in use on the helper."""
    return _GUARD.format(ready=ready(), find=_find(place), differs=DIFFERS)


def _find(place: Place) -> str:
    names = " ".join(map(q, place.names))
    by_serial = _SERIAL.format(serial=q(place.serial)) if place.serial else ""
    return f"{_FIND.format(names=names, by_serial=by_serial)}"


def mended(inside: str) -> str:
    """sh that runs `inside` in the disk's own system. Where nobody listens any more on the other side, it ends."""
    kernels = """[ -z "$main" ] || stop "there are two systems on $disk: $main and $one"
      main=$one
      if ls "$root"/boot/vmlinu[xz]-* >/dev/null 2>&1; then fit=yes; fi"""
    without = 'stop "no partition of $disk has a system with a kernel"'
    lent = _lent(inside, _WATCH, kernels, "$fit$boot", without)
    return f'trap : PIPE\n[ -z "${{watching-}}" ] || exec 3<&0\n{lent}lent\n: >"$D/made"\n'


def taken_back(place: Place, id_: str, inside: str) -> str:
    """sh that runs `inside` there where the disk keeps the old state under this id. Where nothing was kept yet, there
    is nothing to take back."""
    kept = f'if [ -d "$root/var/lib/sshwizard/{id_}" ]; then main=$one fit=yes; fi'
    without = '[ ! -e "$3/made" ] || stop "the old state is no longer on $disk"; exit 0'
    return f"{_find(place)}\n{_lent(inside, '', kept, '$fit', without)}lent"


def _lent(inside: str, watch: str, test: str, fits: str, without: str) -> str:
    text = _LENT.replace("{watch}", watch).replace("{test}", test).replace("{fits}", fits).replace("{without}", without)
    return text.replace("{inside}", inside.rstrip("\n"))


_SERIAL = """for one in $(lsblk -dnpo NAME); do
    [ "$(lsblk -dno SERIAL "$one" | tr -d ' ')" != {serial} ] || {{ disk=$one; return; }}
  done"""
_FIND = """found() {{
  for disk in {names}; do
    disk=$(readlink -e "$disk") && lsblk -dno NAME "$disk" >/dev/null 2>&1 && return
  done
  {by_serial}
  disk=
  return 1
}}
n=0
until found || [ $n = 30 ]; do n=$((n + 1)); sleep 1; done"""
"""It may take some seconds until the kernel shows what was attached."""
_GUARD = """{ready}
[ ! -e "$D/undo.sh" ] || {{ echo 'it was made already, and undo takes it back' >&2; exit {differs}; }}
{find}
[ -n "$disk" ] || {{ echo 'the helper does not have the disk; nothing was changed' >&2; exit {differs}; }}
[ -z "$(lsblk -no MOUNTPOINT "$disk" | tr -d ' \\n')" ] || {{
  echo "$disk is in use on the helper; nothing was changed" >&2; exit {differs}
}}"""
_WATCH = """if [ -n "$4" ]; then { cat <&3 >/dev/null; kill -TERM 1; } & fi"""
"""Standard input ends when who began it is gone, or wants it ended."""
_LENT = """lent() {
  (
    flock -w 120 9 || { echo 'an earlier repair of a lent disk still runs on the helper' >&2; exit 1; }
    root=$(mktemp -d /run/sshwizard.XXXXXX) || exit 1
    c=0
    unshare -m -p -f sh -s -- "$disk" "$root" "$D" "${watching-}" <<'SSHWIZARD-LENT' || c=$?
set -eu
disk=$1 root=$2
stop() { echo "$1; nothing was changed" >&2; exit 1; }
trap 'exit 143' TERM
mount --make-rprivate /
{watch}
look() {
  mount -t ext4 -o ro,noload "$1" "$root" 2>/dev/null ||
    mount -t xfs -o ro,norecovery,nouuid "$1" "$root" 2>/dev/null
}
use() { mount -t ext4 "$1" "$2" 2>/dev/null || mount -t xfs -o nouuid "$1" "$2"; }
main= boot= efi= fit=
parts=$(lsblk -lnpo NAME,TYPE "$disk" | awk '$2 == "part" { print $1 }')
for one in ${parts:-"$disk"}; do
  if look "$one"; then
    if [ -d "$root/etc" ] && [ -d "$root/usr" ]; then
      {test}
    elif ls "$root"/vmlinu[xz]-* >/dev/null 2>&1; then boot=$one
    fi
    umount "$root"
  elif mount -t vfat -o ro "$one" "$root" 2>/dev/null; then
    [ ! -d "$root/EFI" ] || efi=$one
    umount "$root"
  fi
done
if [ -z "$main" ] || [ -z "{fits}" ]; then {without}; fi
use "$main" "$root"
for one in boot dev proc sys run; do
  if [ -L "$root/$one" ] || [ ! -d "$root/$one" ]; then stop "/$one of the disk is no directory"; fi
done
[ -z "$boot" ] || use "$boot" "$root/boot"
[ -z "$efi" ] || [ ! -d "$root/boot/efi" ] || mount -t vfat "$efi" "$root/boot/efi"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/run"
env -i HOME=/root LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" sh -s 3<&- <<'SSHWIZARD-INSIDE' &
{inside}
SSHWIZARD-INSIDE
wait $!
umount -R "$root"
SSHWIZARD-LENT
    rmdir "$root"
    exit $c
  ) 9>/run/sshwizard-lent.lock
}
"""
