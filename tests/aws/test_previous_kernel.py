"""`sshwizard rescue --do guide-previous-kernel` on EC2: the disk goes to the helper, is mended there, comes back, and
ssh proves it; whatever goes wrong on the way, the server runs with its own disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from lent import MENU, OLD, Disk, needs_root
from live.sshd import Sshd

from aws.stage import Stage
from aws.test_rescue_command import asked
from sshwizard.commands import undo
from sshwizard.exits import Exit
from sshwizard.fixes.oldkernel import ID

pytestmark = [needs_root, pytest.mark.requires("moto", "sshd", "busybox", "mke2fs", "netns", "flock", "lsblk")]


class Helper:
    """A second instance, which has packets, the disk of the first one, and an sshd of its own."""

    def __init__(self, stage: Stage, place: Path) -> None:
        self.stage, self.disk = stage, Disk(place / "lent", bound=True)
        self.id = stage.net.launch("helper")
        self.volume = str(stage.net.instance(stage.web)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])
        self.disk.serial(self.volume.replace("-", ""))
        self.sshd = Sshd(place / "helper", stage.keys, "host-of-jump")
        self.sshd.authorize("mine")
        self.sshd.start(f"ForceCommand {self.disk.enter}")
        self.words = ("--do", ID, "--with", f"{self.id} helper", "--type", stage.web)
        # The server lets in once its disk boots the older kernel.
        booted = f'grep -q "^set default=.*>gnulinux-{OLD}-" /boot/grub/grub.cfg && cp /keys /authorized || :'
        tool = self.disk.root / "usr/sbin/update-grub"
        tool.write_text(f"{tool.read_text()}{booted}\n")
        (self.disk.root / "keys").write_text(stage.keys.public("mine") + "\n")
        stage.sshd.start(f"AuthorizedKeysFile {self.disk.root}/authorized")
        stage.elastic()
        address = stage.net.instance(stage.web)["PublicIpAddress"]
        stage.known_hosts("host", address)
        known = stage.home / "known_hosts"
        known.write_text(known.read_text() + self.sshd.known_hosts_line() + "\n")
        stage.config("", "", "Host helper", "  HostName 127.0.0.1", f"  Port {self.sshd.port}",
                     f"Host {stage.web}", f"  HostName {address}")  # fmt: skip

    def at(self) -> tuple[str, str]:
        """Who has the disk, and whether the server runs."""
        (volume,) = self.stage.ec2.describe_volumes(VolumeIds=[self.volume])["Volumes"]
        holder = next((one["InstanceId"] for one in volume["Attachments"]), "")
        return holder, self.stage.net.instance(self.stage.web)["State"]["Name"]

    def close(self) -> None:
        self.sshd.stop()
        self.disk.close()


@pytest.fixture
def helper(stage: Stage, tmp_path: Path) -> Iterator[Helper]:
    made = Helper(stage, tmp_path)
    yield made
    made.close()


def calls(stage: Stage) -> list[str]:
    return [call["action"] for call in stage.aws.calls() if call["mutating"] and not call["error"]]


async def test_the_older_kernel_is_booted_and_all_is_taken_back(
    stage: Stage, helper: Helper, capsys: pytest.CaptureFixture[str]
) -> None:
    before, made = helper.disk.files(), len(calls(stage))
    assert await asked(stage, *helper.words[:4], "--dry-run") == Exit.WORKS
    assert "a start image that is made anew" in capsys.readouterr().err
    assert calls(stage)[made:] == []
    code = await asked(stage, *helper.words)
    told = capsys.readouterr()
    assert code == Exit.WORKS, told
    assert "ssh works" in told.out
    for says in (f"the next boot takes {OLD}", "running", f"--do {ID} --with newest"):
        assert says in told.err
    lent = ["StopInstances", "DetachVolume", "AttachVolume", "DetachVolume", "AttachVolume", "StartInstances"]
    assert calls(stage)[made:] == lent
    assert helper.at() == (stage.web, "running")
    assert f'set default="{MENU}>gnulinux-{OLD}-advanced-uuid"' in helper.disk.text("boot/grub/grub.cfg")
    assert await asyncio.to_thread(undo.main, []) == Exit.WORKS
    assert calls(stage)[made + 6 :] == lent
    assert (helper.disk.files(), helper.disk.left(), helper.disk.mounted()) == (before, [], False)
    assert helper.at() == (stage.web, "running")


@pytest.mark.parametrize("how", ["the tool fails", "no login"])
async def test_what_goes_wrong_leaves_the_server_running_with_its_disk(
    stage: Stage, helper: Helper, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the helper; or nobody gets in there: then nothing is stopped."""
    if how == "the tool fails":
        (helper.disk.root / "broken").touch()
    else:
        helper.sshd.stop()
    before, made = helper.disk.files(), len(calls(stage))
    assert await asked(stage, *helper.words) == Exit.CAUSE_FOUND
    told = capsys.readouterr().err
    assert "not applied: " in told
    assert helper.at() == (stage.web, "running")
    assert (helper.disk.files(), helper.disk.left(), helper.disk.mounted()) == (before, [], False)
    assert (calls(stage)[made:] == []) is (how == "no login")


async def test_who_ends_the_waiting_gets_the_server_back(stage: Stage, helper: Helper) -> None:
    """Ctrl+c while the start image is made: the script takes back, then the disk comes home, then the server runs."""
    (helper.disk.root / "slow").touch()
    before = helper.disk.files()
    runner = stage.runner()
    seen = asyncio.Event()
    runner.progress = lambda says: seen.set() if "makes the start image" in says else None
    try:
        await runner.walk()
        await runner.prepare(ID)
        made = asyncio.create_task(runner.apply(ID, helper.words[3]))
        await asyncio.wait_for(seen.wait(), 30)
        made.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(made, 60)
        assert helper.at() == (stage.web, "running")
        assert (helper.disk.files(), helper.disk.left(), helper.disk.mounted()) == (before, [], False)
        assert not runner.state.pending
    finally:
        await runner.close()


async def test_where_no_ssh_leads_to_the_helper_its_agent_does_it(
    stage: Stage, helper: Helper, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run Command, and nothing is stopped where no agent answers."""
    words, made = ("--do", ID, "--with", helper.id, "--type", stage.web), len(calls(stage))
    before = helper.disk.files()
    assert await asked(stage, *words) == Exit.CAUSE_FOUND
    assert f"no agent of Systems Manager answers on {helper.id}" in capsys.readouterr().err
    assert calls(stage)[made:] == []
    stage.aws.agent(helper.id)
    stage.aws.machine(helper.id, None, shell=[str(helper.disk.enter)])
    assert await asked(stage, *words) == Exit.WORKS
    assert f"the next boot takes {OLD}" in capsys.readouterr().err
    assert helper.at() == (stage.web, "running")
    assert await asyncio.to_thread(undo.main, []) == Exit.WORKS
    assert (helper.disk.files(), helper.disk.left(), helper.disk.mounted()) == (before, [], False)
