"""A real ssh through an Instance Connect Endpoint: in, intact, and in plain words when not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from live.process import marked_processes

from sshwizard import clean
from sshwizard.doors import endpoint_tunnel, handover, relay
from sshwizard.doors.endpoint_tunnel import choose, place, tunnel
from sshwizard.doors.way import Shut

from .private import Private, command_lines, killed, private  # noqa: F401

HOME = Path(endpoint_tunnel.__file__).parents[2]
pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice instances need 127.77.0.0/16"),
]
both = pytest.mark.parametrize("apart", [False, True], ids=["carried", "apart"])


@both
async def test_a_login_by_the_key_with_the_host_key_checked(private: Private, apart: bool) -> None:  # noqa: F811
    async with tunnel(private.access, private.to(), apart=apart) as way:
        ran = await private.ssh(way, "box", "echo in")
        assert (ran.code, ran.out) == (0, b"in\n"), ran.err
        private.world.known_hosts(f"[127.0.0.1]:{private.world.server.port} {private.world.keys.bare('another')}")
    async with tunnel(private.access, private.to(), apart=apart) as way:
        ran = await private.ssh(way, "-o", "StrictHostKeyChecking=yes", "box", "echo in")
        assert ran.code == 255
        assert "Host key verification failed" in ran.err
    assert private.aws.gaps() == {}


@both
async def test_eight_megabytes_each_way_stay_as_they_are(private: Private, apart: bool) -> None:  # noqa: F811
    sent = os.urandom(8 << 20)
    async with tunnel(private.access, private.to(), apart=apart) as way:
        ran = await private.ssh(way, "box", "cat", typed=sent)
    assert ran.code == 0, ran.err
    assert ran.out == sent


async def test_one_way_in_serves_several_connections_at_once(private: Private) -> None:  # noqa: F811
    async with tunnel(private.access, private.to()) as way:
        ran = await asyncio.gather(*(private.ssh(way, "box", f"echo {number}") for number in range(3)))
    assert [one.out for one in ran] == [b"0\n", b"1\n", b"2\n"]
    opened = [one for one in private.aws.calls() if one["action"] == "OpenTunnel"]
    assert [one["error"] for one in opened] == [None] * 3


Break = Callable[[Private], None]
FAILURES: dict[str, tuple[Break, str]] = {
    "denied": (
        lambda it: it.aws.deny("ec2-instance-connect:OpenTunnel"),
        "not authorized to perform: ec2-instance-connect:OpenTunnel",
    ),
    "expired": (lambda it: it.aws.expire(), "(403): The security token included in the request is expired"),
    "unreachable": (lambda it: it.aws.misbehave(tunnel="unreachable"), "could not reach the instance on this port"),
    "nobody listens": (lambda it: it.aws.machine(it.instance, None), "could not reach the instance on this port"),
    "the group is closed": (
        lambda it: it.net.ec2.revoke_security_group_ingress(
            GroupId=it.net.group,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": it.group}]}
            ],
        ),
        "could not reach the instance on this port",
    ),
    "text": (lambda it: it.aws.misbehave(tunnel="text"), "what answered is no tunnel"),
    "a stall": (lambda it: it.aws.misbehave(tunnel="stall", seconds=30), "nothing came back within 10 s"),
}


@both
@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_is_told_in_time(
    private: Private,  # noqa: F811
    name: str,
    apart: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    to = private.to()
    break_, words = FAILURES[name]
    if not apart:  # a program of its own waits as long as it does for everybody
        monkeypatch.setattr(relay, "FIRST_SECONDS", 1.0)
        words = words.replace("10 s", "1 s")
    break_(private)
    async with tunnel(private.access, to, apart=apart) as way:
        ran = await private.ssh(way, "box", "true")
    assert ran.code == 255
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert ran.seconds < (20 if name == "a stall" else 8)


async def test_another_secret_signs_in_vain(private: Private, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    to = private.to()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    async with tunnel(private.access, to) as way:
        ran = await private.ssh(way, "box", "true")
    assert "signature" in ran.err


async def test_no_credentials_shut_the_door(private: Private, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    to = private.to()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Shut, match="no AWS credentials"):
        async with tunnel(private.access, to):
            pass


async def test_a_tunnel_has_its_longest_time(private: Private) -> None:  # noqa: F811
    private.aws.misbehave(longest=1.5)
    async with tunnel(private.access, private.to(), apart=True) as way:
        assert "60 minutes" in way.says
        ran = await private.ssh(way, "box", "sleep 30")
    assert ran.code == 255
    assert "Maximum tunnel duration reached" in ran.err
    assert ran.seconds < 10


@both
async def test_no_secret_is_seen(private: Private, apart: bool, tmp_path: Path) -> None:  # noqa: F811
    log = tmp_path / "log"
    async with tunnel(private.access, private.to(), apart=apart) as way:
        process = await private.begin(way, "-vvv", "-E", str(log), "box", "sleep 30", typed=None)
        try:
            await _until(lambda: "Sending command" in _text(log))
            shown = command_lines()
        finally:
            await killed(process)
    assert "ProxyCommand" in shown
    secrets = list(way.env.values())
    signature = secrets[0].rpartition("=")[2] if apart else secrets[0]
    assert private.aws.secrets()
    for text in (shown, log.read_text(), repr(way), way.says, " ".join(way.options)):
        assert not [one for one in (signature, *private.aws.secrets()) if one in text]
        assert "X-Amz-Signature=" not in text
    assert signature not in clean.line(f"wss://x/openTunnel?X-Amz-Signature={signature}") or not apart


async def test_a_stranger_is_turned_away(private: Private) -> None:  # noqa: F811
    async with tunnel(private.access, private.to()) as way:
        wrong = type(way)(way.door, way.options, dict.fromkeys(way.env, "0" * 64))
        ran = await private.ssh(wrong, "box", "true")
    assert "the wizard hung up" in ran.err
    assert not [one for one in private.aws.calls() if one["action"] == "OpenTunnel"]
    ran = await private.ssh(way, "box", "true")
    assert "the wizard that opened this way is gone" in ran.err


WIZARD = """
import asyncio, json, os, sys
from sshwizard.cloud.aws.account import Aws
from sshwizard.doors.endpoint_tunnel import Tunnel, tunnel
to, command = json.loads(sys.argv[1])
async def main():
    async with tunnel(Aws().access(""), Tunnel(*to)) as way:
        ssh = await asyncio.create_subprocess_exec("ssh", *way.options, *command, env={**os.environ, **way.env})
        await ssh.wait()
asyncio.run(main())
"""


async def test_a_killed_wizard_leaves_no_process(private: Private, tmp_path: Path) -> None:  # noqa: F811
    mark, log = f"MARK_{os.getpid()}_{time.monotonic_ns()}", tmp_path / "log"
    ssh = ["-F", str(private.world.config_file), "-v", "-E", str(log), "box", "sleep 60"]
    told = json.dumps([astuple(private.to()), ssh])
    wizard = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", WIZARD, told], cwd=HOME, env={**os.environ, mark: "1"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _until(lambda: "Sending command" in _text(log))
        assert len(marked_processes(mark)) == 2  # the wizard and ssh: nothing stands between them
    finally:
        wizard.send_signal(signal.SIGKILL)
        wizard.wait(10)
    await _until(lambda: not marked_processes(mark))


def test_a_silent_endpoint_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        begun = time.monotonic()
        with pytest.raises(relay.Trouble, match=r"did not answer within") as caught:
            relay.dial(f"ws://127.0.0.1:{mute.getsockname()[1]}/openTunnel?X-Amz-Signature=abc", 0.4)
    assert time.monotonic() - begun < 5
    assert caught.value.code == relay.UNREACHED


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/?X-Amz-Signature=abc", "nonsense://?X-Amz-Signature=abc"],
                         ids=["nobody there", "no scheme that is known"])  # fmt: skip
def test_an_endpoint_that_is_not_there_is_told_without_the_url(url: str) -> None:
    with pytest.raises(relay.Trouble) as caught:
        relay.dial(url, 2)
    assert "abc" not in str(caught.value)
    assert "not reached" in str(caught.value)


def test_without_the_library_the_sentence_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['websockets'] = None\nfrom sshwizard.doors.endpoint_tunnel import prepare\n"
        "from sshwizard.doors.way import Shut\n"
        "try:\n    prepare('a tunnel')\nexcept Shut as shut:\n    print(shut, shut.unblock)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=HOME, capture_output=True, text=True, timeout=20)
    assert ran.stdout == "a tunnel needs the library websockets pip install 'sshwizard[aws]'\n", ran.stderr


def test_the_helper_without_a_url_says_so() -> None:
    ran = subprocess.run([sys.executable, "-I", relay.__file__], capture_output=True, text=True, timeout=20)
    assert (ran.returncode, ran.stderr) == (relay.USAGE, "sshwizard: there is no tunnel to open\n")


def test_the_endpoint_in_the_same_subnet_is_chosen() -> None:
    def row(id_: str, subnet: str, state: str = "create-complete", vpc: str = "vpc-1") -> dict[str, Any]:
        return {"InstanceConnectEndpointId": id_, "SubnetId": subnet, "VpcId": vpc, "State": state}

    instance = {"VpcId": "vpc-1", "SubnetId": "subnet-b"}
    rows = [row("eice-1", "subnet-a"), row("eice-2", "subnet-b"), row("eice-3", "subnet-b", vpc="vpc-2")]
    assert choose(rows, instance) == rows[1]
    assert choose([rows[0], row("eice-2", "subnet-b", "create-in-progress")], instance) == rows[0]
    assert choose(rows, instance, "eice-1") == rows[0]
    assert choose([rows[2]], instance) is None


def test_fips_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(endpoint_tunnel.INSTEAD, raising=False)
    endpoint = {"InstanceConnectEndpointId": "eice-1", "DnsName": "a.example", "FipsDnsName": "f.example"}
    assert place(endpoint, {"PrivateIpAddress": "10.0.0.1"}, 22, "eu-west-1", fips=True).host == "f.example"
    assert place(endpoint, {"PrivateIpAddress": "10.0.0.1"}, 22, "eu-west-1").host == "a.example"
    for instance, port in (({}, 22), ({"PrivateIpAddress": "10.0.0.1"}, 2222)):
        with pytest.raises(Shut):
            place(endpoint, instance, port, "eu-west-1")
    with pytest.raises(Shut):
        place({**endpoint, "DnsName": "a.example/x?"}, {"PrivateIpAddress": "10.0.0.1"}, 22, "eu-west-1")
    monkeypatch.setenv(endpoint_tunnel.INSTEAD, "ws://stranger.example")
    with pytest.raises(Shut, match="on this computer"):
        endpoint_tunnel.stand_in()


def test_the_proxy_is_the_one_that_the_aws_cli_takes() -> None:
    http, https = "http://one.example:3128", "http://two.example:3128"
    assert relay.proxy("e.example", {"HTTP_PROXY": http, "HTTPS_PROXY": https}) == http
    assert relay.proxy("e.example", {"HTTPS_PROXY": https}) == https
    assert relay.proxy("e.example", {}) is True
    assert relay.proxy("e.example", {"HTTPS_PROXY": https, "NO_PROXY": "x.example, e.example"}) is None
    assert relay.proxy("127.0.0.1", {"HTTP_PROXY": http}) is None


def test_what_a_killed_wizard_left_is_swept() -> None:
    left = Path(tempfile.mkdtemp(prefix="sshwizard-door-"))
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(left / "s"))
    with handover.open_place(lambda _line, _opened: None) as living:
        assert not left.exists()
        handover.sweep()
        assert any("ProxyUseFdpass" in word for word in living.options)
        assert list(Path(tempfile.gettempdir()).glob("sshwizard-door-*"))


async def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
