"""The kernel before the one that does not boot: lines for a helper to which the root disk was lent. Pure text.

grubby(8); dracut(8); update-initramfs(8); GRUB manual, Simple configuration (GRUB_DEFAULT, submenu>entry).
"""

from __future__ import annotations

import re
import shlex

from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.doors.offline import largest, mounted
from sshwizard.fixes.fix import Lines, Situation
from sshwizard.fixes.gcp.place import place

_SAID = re.compile(r"the kernel of this boot: ([A-Za-z0-9][A-Za-z0-9._+~-]{0,79})\)")
_VOLUME = re.compile(r"vol-[0-9a-f]{8,17}")

CHOOSE = """set -eu
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; export LC_ALL PATH
kernels=$(ls /boot | sed -n 's/^vmlinu[xz]-//p' | grep -v rescue | sort -V)
echo "kernels on the disk:" $kernels
bad={bad}
printf '%s\\n' "$kernels" | grep -qxF -- "$bad" || bad=$(printf '%s\\n' "$kernels" | tail -n 1)
good=$(printf '%s\\n' "$kernels" | grep -vxF -- "$bad" | tail -n 1)
[ -n "$good" ] || { echo "there is no kernel beside $bad: only its start image is made anew"; good=$bad; }
[ -d "/lib/modules/$good" ] || { echo "/lib/modules/$good is missing; nothing was changed"; exit 1; }
if command -v dracut >/dev/null; then dracut --force --no-hostonly "/boot/initramfs-$good.img" "$good"
elif command -v update-initramfs >/dev/null; then
  update-initramfs -u -k "$good" || update-initramfs -c -k "$good"
else echo 'neither dracut nor update-initramfs is on the disk'; exit 1; fi
if command -v grubby >/dev/null; then
  echo "the default was $(grubby --default-kernel)"
  grubby --set-default "/boot/vmlinuz-$good"
else
  entry=$(sed -n "s/.*'\\(gnulinux-$good-advanced-[^']*\\)'.*/\\1/p" /boot/grub/grub.cfg | head -n 1)
  menu=$(sed -n "s/^submenu.*'\\(gnulinux-advanced-[^']*\\)'.*/\\1/p" /boot/grub/grub.cfg | head -n 1)
  if [ -n "$entry" ] && [ -n "$menu" ]; then
    mkdir -p /etc/default/grub.d
    echo "GRUB_DEFAULT='$menu>$entry'" >/etc/default/grub.d/zz-sshwizard.cfg
  elif [ "$good" != "$bad" ]; then echo "grub.cfg has no entry for $good; nothing was set"; exit 1; fi
  update-grub
fi
echo "the next boot takes $good"
"""
"""What is run in the disk's own system, so that its own tools write what they understand."""

_BOOT = (
    """for one in $(lsblk -lnpo NAME,TYPE "$disk" | awk '$2 == "part" { print $1 }'); do""",
    '  [ "$one" != "$part" ] || continue',
    '  case $(lsblk -no FSTYPE "$one") in',
    '    ext* | xfs) sudo mount "$one" /mnt/boot; ls /mnt/boot/vmlinu* >/dev/null 2>&1 || sudo umount /mnt/boot ;;',
    "    vfat) efi=$one ;;",
    "  esac",
    "done",
    '[ -z "${efi-}" ] || [ ! -d /mnt/boot/efi ] || sudo mount "$efi" /mnt/boot/efi',
    'for one in dev proc sys; do sudo mount --rbind "/$one" "/mnt/$one"; sudo mount --make-rslave "/mnt/$one"; done',
)
"""Only partitions of this very disk: by a UUID of its fstab a helper of the same image would find its own."""

_AGAIN = (
    "# once the server is up, on it: the kernel again, and the newest one as the default",
    "if command -v grubby >/dev/null; then sudo dnf -y reinstall kernel-core || sudo yum -y reinstall kernel",
    "  sudo grubby --set-default \"$(ls /boot/vmlinuz-* | grep -v rescue | sort -V | tail -n 1)\"",
    "else",
    "  sudo apt-get install -y --reinstall \"linux-image-$(ls /boot | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1)\"",
    "  sudo rm -f /etc/default/grub.d/zz-sshwizard.cfg; sudo update-grub",
    "fi",
)  # fmt: skip


def previous(at: Situation) -> tuple[str, ...]:
    """Lend the disk, choose the kernel before it there, give the disk back, install the kernel again."""
    rows = (at.found, *at.facts.values())
    said = next((hit[1] for fact in rows for text in (fact.says, *fact.lines) if (hit := _SAID.search(text))), "")
    target = shlex.join(at.target.args) or "TARGET"
    lent: tuple[str, ...]
    instance = next((one for fact in rows if is_instance_id(one := str(fact.data.get("instance", "")))), "")
    volume = next((one for fact in rows if _VOLUME.fullmatch(one := str(fact.data.get("volume", "")))), "")
    if instance and volume:
        lent = (
            f"sshwizard rescue {target} --do guide-rescue-volume --with HELPER --type {instance}",
            "# on the helper:",
            *mounted(volume),
        )
    elif vm := place(at):
        lent = (
            f"sshwizard rescue {target} --do guide-rescue-volume --with HELPER --type {shlex.quote(vm[2])}",
            "# on the helper; DISK is the last of `lsblk -dpno NAME`:",
            "disk=/dev/DISK",
            *largest(),
        )
    else:
        lent = ("# on another machine that has the disk as DISK (lsblk shows it):", "disk=/dev/DISK", *largest())
    return (
        *lent, *_BOOT, "sudo chroot /mnt sh -s <<'SSHWIZARD'",
        *CHOOSE.replace("{bad}", shlex.quote(said)).splitlines(), "SSHWIZARD",
        "sudo umount -R /mnt", "# give the disk back to the server, and start it", *_AGAIN,
    )  # fmt: skip


LINES: dict[str, Lines] = {"guide-previous-kernel": previous}
