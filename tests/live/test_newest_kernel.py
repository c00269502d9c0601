"""The newest kernel is installed again on a server that boots, by ssh itself, and the default before it comes back."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from lent import NEW, OLD, Disk, needs_root, run

from sshwizard import cli

from .world import SshdWorld

pytestmark = [needs_root, pytest.mark.requires("sshd", "busybox", "netns")]
_APT = """#!/bin/sh
echo "apt-get $*" >>/noted
case $* in *--reinstall*) echo "installed again" >/boot/initrd.img-5.10.0-28-amd64; update-grub ;; esac
"""
_DPKG = """#!/bin/sh
echo "linux-image-${2#/boot/vmlinuz-}: $2"
"""
_RPM = """#!/bin/sh
echo "kernel-core-${4#/boot/vmlinuz-}"
"""
_DNF = """#!/bin/sh
echo "dnf $*" >>/noted
[ ! -e /gone ] || { echo 'dnf: no such package' >&2; exit 1; }
echo "installed again" >/boot/initramfs-5.10.0-28-amd64.img
"""
_TOOLS = {"debian": {"apt-get": _APT, "dpkg-query": _DPKG}, "redhat": {"dnf": _DNF, "rpm": _RPM}}


class Server(Disk):
    """Whoever logs in is in its system, which boots the older kernel by now."""

    def __init__(self, world: SshdWorld, place: Path, kind: str, *more: str) -> None:
        super().__init__(place, kind, *more, bound=True)
        for name, text in _TOOLS[kind].items():
            (self.root / "usr/sbin" / name).write_text(text)
            (self.root / "usr/sbin" / name).chmod(0o755)
        if kind == "debian":
            (self.root / "etc/default/grub.d/zz-sshwizard.cfg").write_text(f"GRUB_DEFAULT='old>{OLD}'\n")
        else:
            (self.root / "boot/grub2/grubenv").write_text(f"saved_entry=/boot/vmlinuz-{OLD}\n")
        self.shell()
        (self.root / "var/lib/sshwizard").mkdir(mode=0o700)  # stays, as after every change on a server
        door = place / "door"
        door.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --make-rprivate /
mount --bind {self.root} {self.root}; mount -t proc proc {self.root}/proc
mount --bind /dev {self.root}/dev; PATH=/usr/sbin:/bin
exec /usr/sbin/chroot {self.root} /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
""")
        door.chmod(0o755)
        world.server.start(f"ForceCommand {door}")

    def shell(self) -> None:
        """This machine's own, with its libraries: busybox's prefers its applet to the rpm on PATH."""
        sh = os.path.realpath("/bin/sh")
        (self.root / "bin/sh").unlink()
        shutil.copy(sh, self.root / "bin/sh")
        for name in re.findall(r"(/\S+) \(0x", run("ldd", sh)):
            (self.root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, self.root / name[1:])


@pytest.fixture
def words(world: SshdWorld, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    for name, value in world.env().items():
        monkeypatch.setenv(name, value)
    return ("rescue", *world.target_args, "--do", "guide-previous-kernel", "--with", "newest")


@pytest.mark.parametrize("kind", ["debian", "redhat"])
def test_it_is_installed_booted_by_default_and_taken_back(
    world: SshdWorld, tmp_path: Path, kind: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(world, tmp_path / "server-root", kind)
    before = server.files()
    assert cli.main([*words]) == 1
    assert "type the instance for it: --type box" in capsys.readouterr().err
    assert server.files() == before
    assert cli.main([*words, "--type", "box"]) == 0, capsys.readouterr()
    told = capsys.readouterr()
    assert f"the next boot takes {NEW}" in told.err
    if kind == "debian":
        assert f"apt-get -q install -y --reinstall linux-image-{NEW}" in server.calls()
        assert "etc/default/grub.d/zz-sshwizard.cfg" not in server.files()
        assert 'set default="0"' in server.text("boot/grub/grub.cfg")
    else:
        assert f"dnf -y reinstall kernel-core-{NEW}" in server.calls()
        assert server.text("boot/grub2/grubenv") == f"saved_entry=/boot/vmlinuz-{NEW}\n"
    assert cli.main([*words, "--type", "box"]) == 1
    assert "it was done today already, and undo takes it back" in capsys.readouterr().err
    assert cli.main(["undo"]) == 0, capsys.readouterr()
    assert server.files() == before


def test_a_package_that_is_gone_leaves_the_older_kernel_the_default(
    world: SshdWorld, tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(world, tmp_path / "server-root", "redhat", "gone")
    before = server.files()
    assert cli.main([*words, "--type", "box"]) == 1
    assert "not applied: the server says: dnf: no such package" in capsys.readouterr().err
    assert server.files() == before
