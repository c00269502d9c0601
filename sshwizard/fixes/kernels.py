"""The sh that makes a system boot another kernel, and its newest one again. Pure text.

grubby(8); dracut(8); update-initramfs(8); GRUB manual, Simple configuration (GRUB_DEFAULT, submenu>entry). What is
written over is kept first, in $D, and put back from there to the byte.
"""

from __future__ import annotations

import shlex

DROP_IN = "/etc/default/grub.d/zz-sshwizard.cfg"
"""Read last by Debian's and Ubuntu's grub-mkconfig."""

_KERNELS = r"""stop() { echo "$1; nothing was changed" >&2; exit 1; }
kernels=$(ls /boot | sed -n 's/^vmlinu[xz]-\([A-Za-z0-9][A-Za-z0-9._+~-]*\)$/\1/p' | { grep -v rescue || :; } | sort -V)
[ -n "$kernels" ] || stop 'there is no kernel in /boot'
echo "kernels on the disk:" $kernels
"""
"""Names that no package gives a kernel are left out."""
_TOOLS = r"""[ -d "/lib/modules/$good" ] || stop "/lib/modules/$good is missing"
kernel=/boot/vmlinuz-$good; [ -e "$kernel" ] || kernel=/boot/vmlinux-$good
[ -s "$kernel" ] || stop "$kernel is empty"
if command -v dracut >/dev/null; then make=dracut image=/boot/initramfs-$good.img
elif command -v update-initramfs >/dev/null; then make=update-initramfs image=/boot/initrd.img-$good
else stop 'neither dracut nor update-initramfs is there'; fi
default= entry= take= grub=/boot/grub/grub.cfg
if command -v grubby >/dev/null; then
  default=$(grubby --default-kernel) || stop 'grubby does not tell the default kernel'
elif command -v update-grub >/dev/null && [ -s $grub ]; then
  name=$(printf '%s\n' "$good" | sed 's/\./\\./g')
  entry=$(sed -n "s/.*'\(gnulinux-$name-advanced-[A-Za-z0-9._-]*\)'.*/\1/p" $grub | head -n 1)
  menu=$(sed -n "s/^submenu.*'\(gnulinux-advanced-[A-Za-z0-9._-]*\)'.*/\1/p" $grub | head -n 1)
  take=${menu:+$menu>}$entry
else stop 'neither grubby nor update-grub with its grub.cfg is there'; fi
"""
_KEEP = r"""n=0
keep() {
  n=$((n + 1))
  if [ -e "$1" ]; then cp -p "$1" "$D/part"; mv "$D/part" "$D/$n.old"; fi
  printf '%s\n' "$1" >"$D/$n.name"
}
umask 077
mkdir -p "$D"
[ -z "$default" ] || printf '%s\n' "$default" >"$D/default"
[ -d /etc/default/grub.d ] || : >"$D/no-drop-ins"
for one in "$image" /boot/grub/grub.cfg /boot/grub/grubenv /boot/grub/grub.conf /boot/grub2/grub.cfg \
  /boot/grub2/grubenv /boot/efi/EFI/*/grub.cfg /boot/efi/EFI/*/grubenv /etc/default/grub {drop_in}; do keep "$one"; done
umask 022
"""
_ROOM = r"""size=$(du -k /boot/init* 2>/dev/null | sort -n | tail -n 1 | cut -f 1)
need=$((2 * ${size:-0} + 2048))
set -- $(df -Pk /var/lib | tail -n 1)
case ${4-x} in *[!0-9]*) stop 'df does not tell how much room there is' ;; esac
[ "$4" -ge "$need" ] || stop "there is no room for the old start image: $4 KB are left, and $need KB are needed"
"""
"""Twice: the new one may stand beside the old one until it is whole."""

PREVIOUS = (
    r"""set -eu
D=/var/lib/sshwizard/{id} bad={bad} wish={wish}
"""
    + _KERNELS
    + r"""[ ! -e "$D" ] || stop "$D is there already"
printf '%s\n' "$kernels" | grep -qxF -- "$bad" || bad=$(printf '%s\n' "$kernels" | tail -n 1)
good=$(printf '%s\n' "$kernels" | { grep -vxF -- "$bad" || :; } | tail -n 1)
if [ -n "$wish" ]; then
  printf '%s\n' "$kernels" | grep -qxF -- "$wish" || stop "there is no kernel $wish in /boot"
  good=$wish
elif [ -z "$good" ]; then
  echo "there is no kernel beside $bad: only its start image is made anew"
  good=$bad
fi
"""
    + _TOOLS
    + r"""[ -n "$default$entry" ] || [ "$good" = "$bad" ] || stop "grub.cfg has no entry for $good"
"""
    + _ROOM
    + _KEEP
    + r"""echo "what it boots by now is kept on the disk: ${default:-$grub}, $image"
echo "$make makes the start image of $good"
if [ $make = dracut ]; then dracut --force --no-hostonly "$image" "$good" >&2
else update-initramfs -u -k "$good" >&2 || update-initramfs -c -k "$good" >&2; fi
[ -s "$image" ] || { echo "$make left no start image in $image" >&2; exit 1; }
if [ -n "$default" ]; then
  grubby --set-default "$kernel" >&2
  now=$(grubby --default-kernel)
  [ "$now" = "$kernel" ] || { echo "the next boot would still take $now" >&2; exit 1; }
else
  mkdir -p /etc/default/grub.d
  [ -z "$entry" ] || echo "GRUB_DEFAULT='$take'" >{drop_in}
  GRUB_DISABLE_OS_PROBER=true update-grub >&2
  grep -qF "${kernel##*/}" $grub || { echo "grub.cfg does not name ${kernel##*/}" >&2; exit 1; }
  [ -z "$entry" ] || grep -qF "default=\"$take\"" $grub || { echo "grub.cfg does not take $take" >&2; exit 1; }
fi
sync
echo "the next boot takes $good, with $(du -k "$image" | cut -f 1) KB of start image"
"""
)
"""What is run in the disk's own system, so that its own tools write what they understand."""

RESTORE = r"""for name in "$D"/*.name; do
  [ -e "$name" ] || continue
  file=$(cat "$name") old=${name%.name}.old
  if [ ! -e "$old" ]; then rm -f -- "$file"
  elif ! cmp -s "$old" "$file"; then cp -p "$old" "$file" || exit 1; fi
done
[ ! -e "$D/no-drop-ins" ] || rmdir /etc/default/grub.d 2>/dev/null || :
if [ -e "$D/default" ] && [ "$(grubby --default-kernel)" != "$(cat "$D/default")" ]; then
  grubby --set-default "$(cat "$D/default")" >&2 || exit 1
fi
sync
"""
_BACK = "set -eu\nD=/var/lib/sshwizard/{id}\n" + RESTORE + 'rm -rf "$D"\nrmdir /var/lib/sshwizard 2>/dev/null || :\n'

AGAIN = (
    _KERNELS
    + r"""good=$(printf '%s\n' "$kernels" | tail -n 1)
"""
    + _TOOLS
    + _ROOM
    + _KEEP
    + r"""if [ -n "$default" ]; then
  package=$(rpm -qf --qf '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' "$kernel" | grep '^kernel' | head -n 1)
  [ -n "$package" ] || { echo "$kernel is of no package" >&2; exit 1; }
  echo "$package is installed again"
  if command -v dnf >/dev/null; then dnf -y reinstall "$package" >&2; else yum -y reinstall "$package" >&2; fi
  grubby --set-default "$kernel" >&2
  [ "$(grubby --default-kernel)" = "$kernel" ] || { echo "$kernel did not become the default" >&2; exit 1; }
else
  package=$(dpkg-query -S "$kernel" | sed -n 's/^\(linux-image-[A-Za-z0-9.+-]*\)[:,].*/\1/p' | head -n 1)
  [ -n "$package" ] || { echo "$kernel is of no package" >&2; exit 1; }
  echo "$package is installed again"
  apt-get -q update >&2 || :
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --reinstall "$package" >&2
  rm -f {drop_in}
  update-grub >&2
  grep -qF "${kernel##*/}" $grub || { echo "grub.cfg does not name ${kernel##*/}" >&2; exit 1; }
  [ -z "$entry" ] || ! grep -qF "default=\"gnulinux-" $grub || {
    grep -qF "default=\"$take\"" $grub || { echo "grub.cfg still takes another kernel" >&2; exit 1; }
  }
fi
[ -s "$image" ] || { echo "there is no start image in $image" >&2; exit 1; }
echo "the next boot takes $good"
"""
).replace("{drop_in}", DROP_IN)
"""On a server that is up: the package of its newest kernel anew, and that kernel as the default."""

ONCE = """[ ! -e "$D" ] || { echo 'it was done today already, and undo takes it back' >&2; exit 9; }"""


def previous(id_: str, bad: str = "", wish: str = "") -> str:
    """sh for the disk's own system. `bad`: the kernel that does not boot, as the console names it; `wish`: the one
    to boot."""
    q, text = shlex.quote, PREVIOUS.replace("{drop_in}", DROP_IN)
    return text.replace("{id}", id_).replace("{bad}", q(bad)).replace("{wish}", q(wish))


def back(id_: str) -> str:
    """sh for the disk's own system that puts the old state back."""
    return _BACK.replace("{id}", id_)
