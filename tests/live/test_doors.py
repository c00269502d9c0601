"""Doors to a real sshd that asks for pushed keys, as one with EC2 Instance Connect does, in an embedded account."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloud import AMAZON

from sshwizard.doors import passage
from sshwizard.doors.instance_connect import walk
from sshwizard.doors.serial import Console, pinned
from sshwizard.doors.table import DOORS
from sshwizard.doors.way import Shut
from sshwizard.fronts.report import report
from sshwizard.probes import process, typed
from sshwizard.runner import Runner

from .doorsite import HERE, Site, left_behind
from .leaks import Watch, leaked, left, private_lines
from .ports import LOOPBACK
from .sshd import me, wait_until
from .world import SshdWorld

pytestmark = [
    pytest.mark.requires("moto", "sshd", "ssh"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


async def login(site: Site, options: tuple[str, ...]) -> process.Result:
    return await process.run(("ssh", "-o", "BatchMode=yes", *options, *site.args, "echo let-in"), 20)


async def test_a_pushed_key_lets_in_and_nothing_of_it_stays(site: Site) -> None:
    assert (await login(site, ())).code == 255
    async with site.scene() as scene:
        async with walk(scene) as way:
            key = Path(way.options[1])
            assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
            let_in = await login(site, way.options)
            assert (let_in.code, let_in.out) == (0, "let-in\n"), let_in.err
            assert way.until is not None
            assert 50 < way.until - time.monotonic() <= 60
        assert left_behind() == []
    (pushed,) = site.aws.pushed()
    assert (pushed["instance"], pushed["user"]) == (site.web, me())


async def test_a_key_that_is_used_too_late_opens_nothing(site: Site) -> None:
    site.aws.key_seconds(0.5)
    async with site.scene() as scene, walk(scene) as way:
        time.sleep(0.7)  # noqa: ASYNC251
        late = await login(site, way.options)
        assert late.code == 255
        assert way.until is not None
        read = passage.read(way, 255, late.err)
        assert (read.cause, "eic.package-missing" in read.also) == ("eic.pushed-key-refused", True)
        expired = passage.read(replace(way, until=time.monotonic() - 1), 255, late.err)
        assert (expired.cause, expired.also) == ("eic.key-expired", ())


async def test_a_server_that_never_asks_for_keys(site: Site) -> None:
    """The push is accepted, and that is no login."""
    site.world.server.start()
    async with site.scene() as scene, walk(scene) as way:
        denied = await login(site, way.options)
    assert passage.read(way, 255, denied.err).cause == "eic.pushed-key-refused"


HERE_ARE = [name for name in DOORS if name not in {"iap", "gce-serial"}]
"""The doors of a machine of AWS."""


@pytest.mark.parametrize("what", ["denied", "stopped"])
async def test_a_push_that_is_refused_says_why(site: Site, what: str) -> None:
    if what == "denied":
        site.aws.deny("ec2-instance-connect:*")
    async with site.scene() as scene:
        if what == "stopped":
            site.aws.hold(site.web, "stopping")
        with pytest.raises(Shut) as shut:
            async with walk(scene):
                raise AssertionError("it opened")
    assert shut.value.code == {"denied": "eic.permission-missing", "stopped": "aws.instance-stopped"}[what]
    assert left_behind() == []


async def test_the_host_key_is_verified_as_always(site: Site) -> None:
    site.world.known_hosts()
    async with site.scene() as scene, walk(scene) as way:
        refused = await login(site, way.options)
    assert refused.code == 255
    assert "Host key verification failed" in refused.err
    assert passage.read(way, 255, refused.err).cause == ""


# ------------------------------------------------------------------ the list


def listed(site: Site, *words: str) -> tuple[int, dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "doors", "--json", *words, *site.args],
        capture_output=True, text=True, timeout=60, check=False, env=site.env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return ran.returncode, {row["door"]: row for row in json.loads(ran.stdout)["doors"]}


def test_the_doors_of_a_server_that_refuses_the_key(site: Site) -> None:
    code, rows = listed(site)
    assert list(rows) == HERE_ARE
    assert {name: row["open"] for name, row in rows.items() if not DOORS[name].offline} == {
        "direct": False, "other-login": False, "eic": None, "browser": False, "eice": False, "ssm": False,
        "ssm-shell": False,
        "serial": False, "jump": False,
    }  # fmt: skip
    assert code == 3  # whether that image of their own has the package, nobody knows
    assert rows["serial"]["cause"] == "serial.account-access-off"
    assert all(row["interrupts"] for name, row in rows.items() if name in {"user-data", "volume"})
    site.aws.agent(site.web)
    assert listed(site)[0] == 0
    site.world.server.authorize("mine")
    code, rows = listed(site)
    assert (code, rows["direct"]["open"]) == (0, True)


def test_a_closed_network_shuts_the_doors_that_go_through_it(site: Site) -> None:
    site.net.ec2.revoke_security_group_ingress(
        GroupId=site.net.group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": site.aws.port, "ToPort": site.aws.port,
                        "IpRanges": [{"CidrIp": HERE}]}],
    )  # fmt: skip
    site.net.ec2.enable_serial_console_access()
    code, rows = listed(site)
    assert (rows["direct"]["open"], rows["eic"]["open"], rows["serial"]["open"]) == (False, False, True)
    assert code == 0


async def test_a_diagnosis_carries_the_doors_and_asks_little(site: Site) -> None:
    before = len(site.aws.calls())
    runner = Runner.live(typed.parse(site.args), read_only=True)
    try:
        found = await runner.walk()
        told = report(runner.state, found)
    finally:
        await runner.close()
    assert [row["door"] for row in told["doors"]] == HERE_ARE
    jsonschema.validate(
        told, json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text("utf-8"))
    )
    made = site.aws.calls()[before:]
    assert len(made) <= 21, [one["action"] for one in made]
    assert not [one for one in made if one["mutating"]]


def test_a_door_is_offered_and_never_walked_through_by_itself(site: Site) -> None:
    """An image that comes with the package: the verdict offers the door, and --fix leaves it shut."""
    site.launch(AMAZON, "ec2-user")
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "diagnose", "--json", "--fix", *site.args],
        capture_output=True, text=True, timeout=90, check=False, env=site.env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    (offered,) = [fix for fix in told["findings"][0]["fixes"] if fix["id"] == "connect-instance-connect"]
    assert offered["preview"][0].startswith("sshwizard connect --via eic ")
    assert offered["preview"][0].endswith(site.web)
    assert (told["fixed"], site.aws.pushed()) == ([], [])


def test_a_plain_host_has_its_own_doors(world: SshdWorld) -> None:
    command = [sys.executable, "-m", "sshwizard", "doors", *world.target_args]
    env = {**world.env(), "PYTHONPATH": str(Path(__file__).parents[2])}
    for code, sign in ((0, "[ok] Plain ssh (direct): open"), (1, "[--] Plain ssh (direct): shut")):
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=env, stdin=subprocess.DEVNULL
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert sign in ran.stdout
        world.server.authorize()
    world.config_file.write_text("Host other\n  ProxyJump bastion\n" + world.config_file.read_text())
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=env, stdin=subprocess.DEVNULL
    )
    assert (ran.returncode, "ssh -J bastion" in ran.stdout) == (3, True)


# ------------------------------------------------------------------ the serial console's server


async def test_only_the_published_host_key_passes(world: SshdWorld) -> None:
    """ssh asks our word about the key that the server shows, and takes no file's."""
    public = world.keys.public(world.server.host_key)
    shown = await process.run(("ssh-keygen", "-l", "-f", "-"), 5, (public + "\n").encode())
    console = Console(LOOPBACK, shown.out.split()[1])
    world.known_hosts("# nothing")
    key = ("-F", "none", "-i", str(world.ssh_dir / "id_ed25519"), "-p", str(world.server.port), "-o", "BatchMode=yes")
    for server, code in ((console, 0), (Console(LOOPBACK, "SHA256:" + "A" * 43), 255)):
        ran = await process.run(("ssh", *key, *pinned(server), "-l", me(), LOOPBACK, "true"), 20)
        assert ran.code == code, ran.err
    wait_until(lambda: "Accepted publickey" in world.server.log(), "the login is logged")


async def test_nobody_sees_the_key_of_the_serial_console(site: Site, tmp_path: Path) -> None:
    """ssh is led to a server of ours, which has not the published host key: it comes no further."""
    site.net.ec2.enable_serial_console_access()
    with Watch() as watch:
        async with site.scene() as scene, DOORS["serial"].walk(scene) as way:  # type: ignore[misc]
            secret = private_lines()
            here = ("-o", f"HostName={LOOPBACK}", "-p", str(site.world.server.port))
            ran = await process.run(("ssh", "-vvv", *way.options, *here, *way.target), 20)
            assert (ran.code, "Host key verification failed" in ran.err) == (255, True)
            shown = " ".join((*way.options, *way.target, way.says, repr(way))).encode()
    assert [one["user"] for one in site.aws.pushed()] == ["port0"]
    assert leaked(secret, *watch.seen, shown, ran.err.encode(), left(tmp_path / "state")) == []
    assert left_behind() == []
