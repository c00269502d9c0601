"""The kernel before the one that does not boot: the script is run by a real sh, on a disk that is made up."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sshwizard.fixes import lines
from sshwizard.fixes.oldkernel import CHOOSE
from sshwizard.model import Fact

from .plans import ACCOUNT, at

OLD, NEW = "5.10.0-9-amd64", "5.10.0-28-amd64"
GRUB = f"""menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple-uuid' {{
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-uuid' {{
	menuentry 'Linux {NEW}' --class debian $menuentry_id_option 'gnulinux-{NEW}-advanced-uuid' {{
	menuentry 'Linux {OLD}' --class debian $menuentry_id_option 'gnulinux-{OLD}-advanced-uuid' {{
"""


class Disk:
    """Its /boot, /etc and /lib/modules, and stand-ins for its tools, which note how they were called."""

    def __init__(self, root: Path, *tools: str, kernels: tuple[str, ...] = (OLD, NEW)) -> None:
        self.root, self.noted = root, root / "noted"
        for folder in ("boot/grub", "etc/default", "bin", *(f"lib/modules/{one}" for one in kernels)):
            (root / folder).mkdir(parents=True)
        for one in (*kernels, "0-rescue-12ab"):
            (root / "boot" / f"vmlinuz-{one}").touch()
        (root / "boot/grub/grub.cfg").write_text(GRUB)
        for one in tools:
            (root / "bin" / one).write_text(f'#!/bin/sh\necho {one} "$@" >>{self.noted}\n')
            (root / "bin" / one).chmod(0o755)
        for one in ("sh", "ls", "sed", "grep", "sort", "tail", "head", "mkdir", "echo"):
            found = subprocess.run(
                ["sh", "-c", f"command -v {one}"], capture_output=True, text=True, check=True, timeout=20
            ).stdout
            if found.startswith("/"):
                (root / "bin" / one).symlink_to(found.strip())

    def run(self, bad: str = "") -> tuple[int, str]:
        """Its exit code, and what it says."""
        text = CHOOSE.replace("{bad}", f"'{bad}'").replace("PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH", "PATH=$PATH")
        for place in ("/boot", "/etc/default", "/lib/modules"):
            text = text.replace(f" {place}", f" {self.root}{place}").replace(f'"{place}', f'"{self.root}{place}')
            text = text.replace(f">{place}", f">{self.root}{place}")
        ran = subprocess.run(
            ["/bin/sh", "-s"], input=text, env={"PATH": str(self.root / "bin")}, capture_output=True, text=True,
            check=False, timeout=20,
        )  # fmt: skip
        return ran.returncode, ran.stdout + ran.stderr

    def calls(self) -> list[str]:
        return self.noted.read_text().replace(str(self.root), "").splitlines() if self.noted.exists() else []


@pytest.mark.parametrize(("bad", "takes"), [("", OLD), (NEW, OLD), (OLD, NEW), ("6.1-not-there", OLD)])
def test_grubby_sets_the_kernel_before(tmp_path: Path, bad: str, takes: str) -> None:
    disk = Disk(tmp_path, "dracut", "grubby")
    code, said = disk.run(bad)
    assert (code, f"the next boot takes {takes}" in said) == (0, True), said
    assert disk.calls() == [
        f"dracut --force --no-hostonly /boot/initramfs-{takes}.img {takes}",
        "grubby --default-kernel",
        f"grubby --set-default /boot/vmlinuz-{takes}",
    ]


def test_grub_of_debian_gets_the_entry_of_its_submenu(tmp_path: Path) -> None:
    disk = Disk(tmp_path, "update-initramfs", "update-grub")
    code, said = disk.run(NEW)
    assert code == 0, said
    assert disk.calls() == [f"update-initramfs -u -k {OLD}", "update-grub"]
    drop_in = (tmp_path / "etc/default/grub.d/zz-sshwizard.cfg").read_text()
    assert drop_in == f"GRUB_DEFAULT='gnulinux-advanced-uuid>gnulinux-{OLD}-advanced-uuid'\n"


def test_a_single_kernel_gets_its_start_image_again(tmp_path: Path) -> None:
    disk = Disk(tmp_path, "dracut", "grubby", kernels=(NEW,))
    assert disk.run(NEW)[0] == 0
    assert disk.calls()[0].endswith(NEW)


def test_what_could_not_boot_is_not_set(tmp_path: Path) -> None:
    disk = Disk(tmp_path, "dracut", "grubby")
    (tmp_path / "lib/modules" / OLD).rmdir()
    code, said = disk.run(NEW)
    assert (code, "nothing was changed" in said, disk.calls()) == (1, True, [])


@pytest.mark.parametrize("cloud", [True, False])
def test_the_lines_are_filled_in_and_readable_by_a_shell(tmp_path: Path, cloud: bool) -> None:
    there = at(tmp_path, "server.bootloader-failed")
    says = f"the console says: it ended (the kernel of this boot: {NEW})"
    facts = {"cloud": Fact("instance", "", data={**ACCOUNT, "volume": "vol-0123456789abcdef0"})} if cloud else {}
    told = lines("guide-previous-kernel", replace(there, found=replace(there.found, says=says), facts=facts))
    text = "\n".join(told)
    assert f"bad={NEW}" in text
    assert ("vol0123456789abcdef0" in text) is cloud
    assert ("disk=/dev/DISK" in text) is not cloud
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False, timeout=20).returncode == 0
    evil = replace(there.found, says="(the kernel of this boot: 6.1';reboot;')")
    assert "reboot" not in "\n".join(lines("guide-previous-kernel", replace(there, found=evil, facts=facts)))
