"""A repair at the next boot: made once, reported on the console, the old user data put back to the byte, and undone."""

from __future__ import annotations

import base64
import email
import gzip
import threading
from pathlib import Path

import pytest
from cloud import Network

from aws.boot_machine import BootMachine
from sshwizard import effects
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import RescueBoot, bootdata
from sshwizard.effects.aws.rescue import digest
from sshwizard.effects.following import followed
from sshwizard.events import Doing
from sshwizard.journal import Journal
from sshwizard.lab.aws import REGION, Aws, boots
from sshwizard.store import Store

SECRET = "hunter2-in-old-user-data"
OLD = f"#!/bin/sh\necho {SECRET} >>{{place}}/first-boot\n"
MARK = "0a1b2c"
DO = 'echo "was $(cat {place}/file)" >"$D/old"\necho mended >{place}/file'
UNDO = "echo broken >{place}/file"


@pytest.fixture
def machine(tmp_path: Path) -> BootMachine:
    made = BootMachine(tmp_path / "machine")
    (made.place / "file").write_text("broken\n")
    return made


class World:
    """An instance that boots as the machine, and what is looked at of it."""

    def __init__(self, aws: Aws, machine: BootMachine, old: str | bytes = OLD) -> None:
        self.aws, self.machine, self.net = aws, machine, Network(aws)
        text = old if isinstance(old, bytes) else old.format(place=machine.place).encode()
        self.old = text
        self.web = self.net.launch("web-1", UserData=text)
        machine.behind(aws, self.web)
        self.said: list[str] = []

    @property
    def held(self) -> bytes:
        found = self.net.ec2.describe_instance_attribute(InstanceId=self.web, Attribute="userData")
        return base64.b64decode(found["UserData"].get("Value", ""))

    @property
    def state(self) -> str:
        return str(self.net.instance(self.web)["State"]["Name"])

    @property
    def file(self) -> str:
        return (self.machine.place / "file").read_text().strip()

    @property
    def healthy(self) -> bool:
        return (self.held, self.state) == (self.old, "running")

    def rescue(self, do: str = DO, undo: str = UNDO) -> RescueBoot:
        launched = self.net.instance(self.web)["LaunchTime"].isoformat()
        text = do.format(place=self.machine.place), undo.format(place=self.machine.place)
        return RescueBoot("", REGION, self.web, MARK, *text, digest(self.old), launched)

    def apply(self, *planned: Effect) -> tuple[Effect, ...]:
        with followed(self.said.append, threading.Event()):
            return effects.apply_all(planned)


@pytest.mark.requires("moto")
def test_it_is_mended_at_one_boot_and_the_old_user_data_is_back(aws: Aws, machine: BootMachine) -> None:
    world = World(aws, machine)
    back = world.apply(world.rescue())
    assert (world.file, world.healthy) == ("mended", True)
    assert not (machine.place / "first-boot").exists(), "the script of the first boot ran again"
    assert any("the script says: done" in row for row in world.said)
    world.apply(*back)
    assert (world.file, world.healthy) == ("broken", True)
    assert not list(machine.state.iterdir())
    assert not (machine.place / "first-boot").exists()
    assert aws.gaps() == {}


@pytest.mark.requires("moto")
def test_a_script_that_fails_takes_back_what_it_began(aws: Aws, machine: BootMachine) -> None:
    world = World(aws, machine)
    with pytest.raises(Refused, match="failed: no such thing"):
        world.apply(world.rescue(do=f"{DO}\necho no such thing; false"))
    assert (world.file, world.healthy) == ("broken", True)
    assert not list(machine.state.iterdir())


@pytest.mark.requires("moto")
def test_a_machine_that_never_reports_gets_its_user_data_back(
    aws: Aws, machine: BootMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshwizard.effects.aws.rescue.BOOT", 0.1)
    world = World(aws, machine)
    aws.boots(world.web)
    with pytest.raises(Refused, match="did not end within"):
        world.apply(world.rescue())
    assert (world.file, world.healthy) == ("broken", True)


@pytest.mark.requires("moto")
@pytest.mark.parametrize("old", ["", "#cloud-config\npackages: [curl]\n"])
def test_any_user_data_comes_back(aws: Aws, machine: BootMachine, old: str) -> None:
    world = World(aws, machine, old)
    world.apply(world.rescue())
    assert (world.file, world.healthy) == ("mended", True)


@pytest.mark.requires("moto")
def test_it_is_refused_when_somebody_was_faster(aws: Aws, machine: BootMachine) -> None:
    world = World(aws, machine)
    planned = world.rescue()
    world.net.ec2.stop_instances(InstanceIds=[world.web])
    with pytest.raises(Refused, match="is stopped"):
        world.apply(planned)
    world.net.ec2.modify_instance_attribute(InstanceId=world.web, UserData={"Value": b"#!/bin/sh\n: theirs\n"})
    world.net.ec2.start_instances(InstanceIds=[world.web])
    with pytest.raises(Refused, match=r"changed the user data|started anew"):
        world.apply(planned)
    assert b"theirs" in world.held


STEPS = {
    "before it": (),
    "it is stopped": ("stop",),
    "the script is in": ("stop", "put"),
    "it boots with it": ("stop", "put", "start"),
    "stopped once more": ("stop", "put", "start", "stop"),
    "put back": ("stop", "put", "start", "stop", "back"),
    "all of it": ("stop", "put", "start", "stop", "back", "start"),
}


@pytest.mark.requires("moto")
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_a_crash_after_any_step_is_settled(aws: Aws, machine: BootMachine, steps: tuple[str, ...]) -> None:
    """What the steps left is all that the next wizard has, beside the journal."""
    world = World(aws, machine)
    planned = world.rescue()
    doing = Doing("rescue-with-user-data", planned, planned.inverse(), "2026-01-02")
    ec2, fresh = world.net.ec2, bootdata.data(bootdata.script(MARK, planned.do, planned.undo), world.old)
    for step in steps:
        if step == "stop":
            ec2.stop_instances(InstanceIds=[world.web])
        elif step == "start":
            ec2.start_instances(InstanceIds=[world.web])
        else:
            content = fresh if step == "put" else world.old
            ec2.modify_instance_attribute(InstanceId=world.web, UserData={"Value": content})
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    (said,) = journal.settle((doing,))
    assert ("was taken back" in said) is bool(steps), said
    assert (world.file, world.healthy) == ("broken", True)
    assert not list(machine.state.iterdir())
    assert not (machine.place / "first-boot").exists()


@pytest.mark.requires("moto")
def test_the_journal_never_holds_what_the_old_user_data_says(aws: Aws, machine: BootMachine) -> None:
    world = World(aws, machine)
    planned = world.rescue()
    text = str([effects.to_json(one) for one in (planned, planned.inverse())])
    assert SECRET not in text
    assert base64.b64encode(world.old).decode()[:40] not in text
    copy = Path(planned.inverse().copy)  # type: ignore[attr-defined]
    assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (world.old, 0o600)


# ------------------------------------------------------------------ the user data itself

MULTI = """Content-Type: multipart/mixed; boundary="x"
MIME-Version: 1.0

--x
Content-Type: text/x-shellscript
Content-Disposition: attachment; filename="setup.sh"

#!/bin/sh
rm -rf /important
--x
Content-Type: text/cloud-config

packages: [curl]
--x--
"""


@pytest.mark.parametrize(
    ("old", "names"),
    [(b"", []), (b"#!/bin/sh\n:\n", ["part-001"]), (b"#cloud-config\n", []), (MULTI.encode(), ["setup.sh"]),
     (gzip.compress(b"#!/bin/sh\n", mtime=0), ["part-001"])],
)  # fmt: skip
def test_scripts_that_would_run_again_are_covered(old: bytes, names: list[str]) -> None:
    assert bootdata.kept(old) == names
    made = bootdata.data(bootdata.script(MARK, "true", ""), old)
    scripts, always = boots.parts(made)
    assert always
    assert set(scripts) == {"part-001", *names}
    assert all(text.split() == ["#!/bin/sh", "exit", "0"] for name, text in scripts.items() if name != "part-001")
    message = email.message_from_bytes(made)
    assert [part.get_content_type() for part in message.walk()][:3] == [
        "multipart/mixed", "text/cloud-config", "text/x-shellscript",
    ]  # fmt: skip
    assert not message.defects


@pytest.mark.parametrize("old", [b"#include\nhttps://example.org/x\n", gzip.compress(b"#!", mtime=0)[:-9],
                                 MULTI.replace("setup.sh", "../x").encode()])  # fmt: skip
def test_what_would_run_again_and_is_not_known_is_refused(old: bytes) -> None:
    with pytest.raises(bootdata.Unclear):
        bootdata.data("#!/bin/sh\n", old)


def test_more_than_ec2_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="EC2 takes 16384"):
        bootdata.data("#!/bin/sh\n" + "#" * 16384, b"")
