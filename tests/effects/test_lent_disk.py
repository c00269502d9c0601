"""A lent disk is mended: the very script, on a real file system, in a machine whose own files stay as they are."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lent import MENU, NEW, OLD, Disk, loops, needs_root

from sshwizard.effects import Effect, LongScript, Refused, apply_all
from sshwizard.effects.remote import Lent, lent
from sshwizard.fixes import kernels, lentdisk

pytestmark = [needs_root, pytest.mark.requires("busybox", "mke2fs", "netns", "flock", "lsblk")]
Made = Callable[..., Disk]
ID = "0a1b2c"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    every: list[Disk] = []

    def make(*more: str, **how: object) -> Disk:
        every.append(Disk(tmp_path / str(len(every)), *more, **how))  # type: ignore[arg-type]
        return every[-1]

    yield make
    for one in every:
        one.close()


def change(disk: Disk, bad: str = NEW, wish: str = "", *, place: lentdisk.Place | None = None) -> LongScript:
    at = place or lentdisk.Place("", (disk.name,))
    back = lentdisk.taken_back(at, ID, kernels.back(ID))
    do = lentdisk.mended(kernels.previous(ID, bad, wish))
    return LongScript(ID, "door", (), ("helper",), lentdisk.guard(at), do, back, 0, words="mend it", helper=True)


@contextmanager
def door(disk: Disk) -> Iterator[None]:
    with lent("door", Lent(runs=disk.run)):
        yield


def refused(disk: Disk, effect: Effect, says: str) -> None:
    """With nothing changed, and nothing left."""
    before = disk.files()
    with door(disk), pytest.raises(Refused, match=says):
        apply_all((effect,))
    assert disk.files() == before
    assert disk.left() == []
    assert not disk.mounted()


@pytest.mark.parametrize("kind", ["debian", "redhat"])
@pytest.mark.parametrize("how", [{}, {"apart": True}, {"bound": True, "apart": True}], ids=["one", "apart", "bound"])
def test_the_kernel_before_is_booted_and_all_is_taken_back(made: Made, kind: str, how: dict[str, bool]) -> None:
    disk = made(kind, **how)
    before = disk.files()
    with door(disk):
        back = apply_all((change(disk),))
        assert disk.left() == [f"var/lib/sshwizard/{ID}/made", f"var/lib/sshwizard/{ID}/undo.sh"]
        kept = f"var/lib/sshwizard/{ID}"
        assert disk.files()[kept].startswith("40700 ")
        if kind == "debian":
            assert disk.calls() == [f"update-initramfs -u -k {OLD}", "update-grub"]
            assert disk.text("etc/default/grub.d/zz-sshwizard.cfg") == (
                f"GRUB_DEFAULT='{MENU}>gnulinux-{OLD}-advanced-uuid'\n")  # fmt: skip
            assert f'set default="{MENU}>gnulinux-{OLD}-advanced-uuid"' in disk.text("boot/grub/grub.cfg")
            assert disk.text(f"boot/initrd.img-{OLD}") == f"made by update-initramfs of {OLD}\n"
        else:
            assert disk.calls()[1:3] == [
                f"dracut --force --no-hostonly /boot/initramfs-{OLD}.img {OLD}",
                f"grubby --set-default /boot/vmlinuz-{OLD}",
            ]
            assert disk.text(f"boot/initramfs-{OLD}.img") == f"made by dracut of {OLD}\n"
            assert disk.text("boot/grub2/grubenv") == f"saved_entry=/boot/vmlinuz-{OLD}\n"
        assert not disk.mounted()
        with pytest.raises(Refused, match="it was made already, and undo takes it back"):
            apply_all((change(disk),))
        apply_all(back)
        assert disk.files() == before
        assert disk.left() == []
        assert not disk.mounted()
        with pytest.raises(Refused, match="the old state is no longer on the server"):
            apply_all(back)


@pytest.mark.parametrize(
    ("bad", "wish", "takes"),
    [("", "", OLD), (OLD, "", NEW), ("6.1-not-there", "", OLD), (NEW, NEW, NEW), ("$(reboot)", "", OLD)],
)
def test_which_kernel_it_takes(made: Made, bad: str, wish: str, takes: str) -> None:
    disk = made("redhat", bound=True)
    with door(disk):
        apply_all((change(disk, bad, wish),))
    assert f"grubby --set-default /boot/vmlinuz-{takes}" in disk.calls()


def test_a_single_kernel_gets_its_start_image_again(made: Made) -> None:
    disk = made("debian", bound=True, kernels=(NEW,))
    with door(disk):
        apply_all((change(disk),))
    assert disk.calls()[0] == f"update-initramfs -u -k {NEW}"


HOSTILE = ("$(touch pwned)", "-rf", "a;touch pwned", "`touch pwned`", "x\ntouch pwned", "9 9", "9'9", "*")


def test_names_that_no_package_gives_are_left_out(made: Made) -> None:
    disk = made("debian", bound=True)
    for name in HOSTILE:
        (disk.root / "boot" / f"vmlinuz-{name}").write_text("x")
    with door(disk):
        back = apply_all((change(disk),))
        assert disk.calls()[0] == f"update-initramfs -u -k {OLD}"
        apply_all(back)
    assert not list(disk.place.rglob("pwned"))


def without(*gone: str) -> Callable[[Disk], None]:
    def change_(disk: Disk) -> None:
        for one in gone:
            for path in disk.root.glob(one):
                path.rmdir() if path.is_dir() else path.unlink()

    return change_


def linked(disk: Disk) -> None:
    (disk.root / "sys").rmdir()
    (disk.root / "sys").symlink_to("/boot")


def no_entry(disk: Disk) -> None:
    (disk.root / "boot/grub/grub.cfg").write_text("set default=0\n")


def used(disk: Disk) -> None:
    (disk.place / "used").touch()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without("boot/vmlinuz-*"), "has a system with a kernel; nothing was changed"),
        (without(f"lib/modules/{OLD}"), f"/lib/modules/{OLD} is missing; nothing was changed"),
        (without("usr/sbin/update-initramfs"), "neither dracut nor update-initramfs is there; nothing was changed"),
        (without("usr/sbin/update-grub"), "neither grubby nor update-grub"),
        (without("etc/default/grub", "etc/default/grub.d", "etc/default", "etc"), "no partition of .* has a system"),
        (linked, "/sys of the disk is no directory"),
        (no_entry, f"grub.cfg has no entry for {OLD}; nothing was changed"),
        (used, "is in use on the helper; nothing was changed"),
        (lambda disk: (disk.root / "boot" / f"vmlinuz-{OLD}").write_text(""), "is empty; nothing was changed"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_could_not_boot_is_refused_with_nothing_changed(made: Made, spoil: Callable[[Disk], None],
                                                             says: str) -> None:  # fmt: skip
    disk = made("debian", bound=True)
    spoil(disk)
    refused(disk, change(disk), says)
    assert disk.calls() == []


def test_a_kernel_that_is_not_there_is_not_taken(made: Made) -> None:
    disk = made("debian", bound=True)
    refused(disk, change(disk, NEW, "9.9"), "there is no kernel 9.9 in /boot; nothing was changed")


@pytest.mark.parametrize("kind", ["debian", "redhat"])
@pytest.mark.parametrize("how", ["broken", "empty", "deaf"])
def test_what_fails_or_proves_nothing_is_taken_back(made: Made, kind: str, how: str) -> None:
    """The tool fails; it leaves an empty image; the next boot would still take the other kernel."""
    disk = made(kind, how, bound=True)
    says = {"broken": "it ended with 3" if kind == "debian" else "no space for you", "empty": "left no start image",
            "deaf": "does not take" if kind == "debian" else "the next boot would still take"}[how]  # fmt: skip
    refused(disk, change(disk), says)
    assert disk.calls()


@pytest.mark.skipif("not __import__('lent').loops()")
def test_a_wrong_disk_is_not_written_to_at_all(tmp_path: Path) -> None:
    """Its bytes are the same: nothing replays its journal, either."""
    disk = Disk(tmp_path / "1", kernels=())
    try:
        without("boot/vmlinuz-*")
        image = disk.place / "root.image"
        subprocess.run(["debugfs", "-w", "-R", "rm /boot/vmlinuz-0-rescue-12ab", image], check=True, timeout=20,
                       capture_output=True)  # fmt: skip
        before = image.read_bytes()
        refused(disk, change(disk), "has a system with a kernel")
        assert image.read_bytes() == before
    finally:
        disk.close()


@pytest.mark.skipif("not __import__('lent').loops()")
def test_without_room_for_the_old_start_image_nothing_is_changed(made: Made) -> None:
    disk = made("debian", size=5)
    refused(disk, change(disk), r"there is no room for the old start image: \d+ KB are left, and \d+ KB are needed")
    assert disk.calls() == []


def test_the_disk_is_found_by_its_serial_number(made: Made) -> None:
    disk = made("debian")
    disk.serial("vol0123456789abcdef0")
    volume = lentdisk.of_volume("vol-0123456789abcdef0", "/dev/sdf")
    with door(disk):
        apply_all(apply_all((change(disk, place=volume),)))
    assert disk.calls()
    assert lentdisk.of_device("web-1").serial == "web-1"


def test_a_machine_without_the_disk_says_so(made: Made) -> None:
    disk = made("debian", bound=True)
    effect = change(disk, place=lentdisk.Place("", (f"{disk.place}/none",)))
    guard = effect.guard.replace("$n = 30", "$n = 0")
    refused(disk, LongScript(ID, "door", (), ("helper",), guard, effect.do, effect.undo, 0),
            "the helper does not have the disk; nothing was changed")  # fmt: skip


def test_loop_devices_are_used_where_there_are_any(made: Made) -> None:
    assert made("debian").bound is not loops()
