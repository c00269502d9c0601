"""A real ssh through Session Manager: by our own data channel, and by a plugin on the PATH."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from cloud import client

from sshwizard.doors import plugin, relay, session_manager, wire
from sshwizard.doors.session_manager import session
from sshwizard.doors.way import Shut
from sshwizard.doors.wire import Wire

from .private import Private, active, command_lines, killed, private  # noqa: F401

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice instances need 127.77.0.0/16"),
]
HOME = Path(session_manager.__file__).parents[2]

PLUGIN = """#!{python}
import json, os, sys
sys.path.insert(0, {home!r})
if sys.argv[1:] == ["--version"]:
    print({version!r})
    sys.exit()
name, region, verb, profile, asked, endpoint = sys.argv[1:]
assert verb == "StartSession" and json.loads(asked)["DocumentName"] == "AWS-StartSSHSession"
told = json.loads(os.environ[name])
from sshwizard.doors import relay
from sshwizard.doors.wire import Wire
with relay.dial(told["StreamUrl"], queue=4096) as channel:
    wire = Wire(channel, told["TokenValue"])
    relay.write(1, wire.first())
    wire.carry(0, 1)
    os._exit(0)
"""


def install(directory: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session-manager-plugin that is called as AWS's own, and speaks with our channel."""
    directory.mkdir()
    file = directory / plugin.NAME
    file.write_text(PLUGIN.format(python=sys.executable, home=str(HOME), version=version))
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")


async def test_a_login_by_our_own_channel(private: Private) -> None:  # noqa: F811
    async with session(private.sessions, native=True) as way:
        assert "experimental" in way.says
        assert active(private) == []  # none before ssh asks for it
        ran = await private.ssh(way, "box", "echo in")
        assert (ran.code, ran.out) == (0, b"in\n"), ran.err
        ran = await private.ssh(way, "box", "echo again")
        assert ran.out == b"again\n", ran.err
        private.world.known_hosts(f"[127.0.0.1]:{private.world.server.port} {private.world.keys.bare('another')}")
        ran = await private.ssh(way, "-o", "StrictHostKeyChecking=yes", "box", "true")
        assert "Host key verification failed" in ran.err
    assert active(private) == []
    assert private.aws.gaps() == {}


async def test_two_megabytes_each_way(private: Private) -> None:  # noqa: F811
    sent = os.urandom(2 << 20)
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "cat", typed=sent)
    assert ran.code == 0, ran.err
    assert ran.out == sent


async def test_a_session_that_a_key_of_kms_encrypts(private: Private) -> None:  # noqa: F811
    """The data key is bound to this session; both ends prove that they have it, and what travels is sealed."""
    kms = client(private.aws, "kms")
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    private.aws.misbehave(agent="encrypt")
    sent = os.urandom(64 << 10)
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "cat", typed=sent)
    assert ran.code == 0, ran.err
    assert ran.out == sent
    assert active(private) == []


BAD_LINES = {
    "one in twenty is lost": {"loss": 0.05},
    "doubled and late": {"doubled": 0.1, "late": 0.1},
    "all of it": {"loss": 0.05, "doubled": 0.05, "late": 0.05},
    "told to pause": {"hold": 0.5},
}


@pytest.mark.parametrize("name", BAD_LINES)
async def test_a_bad_line_loses_nothing(private: Private, name: str) -> None:  # noqa: F811
    sent = os.urandom(256 << 10)
    private.aws.misbehave(**BAD_LINES[name])
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "cat", typed=sent)
    assert ran.code == 0, ran.err
    assert ran.out == sent


FAILURES = {
    "refuse": "the instance refused the connection to this port: no SSH server listens there",
    "encrypt": "the account encrypts sessions with a key of KMS, and there is no data key: ",
    "close": "Systems Manager closed the session: The session was closed by the administrator.",
    "silent": "the agent on the instance did not answer within 10 s",
}


@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_is_told_in_time(
    private: Private,  # noqa: F811
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "HANDSHAKE_SECONDS", 2.0)
    private.aws.misbehave(agent=name, seconds=30)
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "true")
    assert ran.code == 255
    assert FAILURES[name].replace("10 s", "2 s") in ran.err
    assert "Traceback" not in ran.err
    assert ran.seconds < 8
    assert active(private) == []


async def test_an_agent_that_is_offline_is_told(private: Private) -> None:  # noqa: F811
    private.aws.agent(private.instance, PingStatus="ConnectionLost")
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "true")
    assert f"Systems Manager has no connection to the agent on {private.instance}" in ran.err


async def test_a_policy_that_denies_is_told(private: Private) -> None:  # noqa: F811
    private.aws.deny("ssm:StartSession")
    async with session(private.sessions, native=True) as way:
        ran = await private.ssh(way, "box", "true")
    assert "the session did not start: you may not start session (ssm:StartSession)" in ran.err


async def test_the_plugin_is_preferred_and_told_in_private(
    private: Private,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path / "bin", "1.2.707.0", monkeypatch)
    async with session(private.sessions) as way:
        assert "carried by session-manager-plugin 1.2.707.0" in way.says
        token = json.loads(way.env[plugin.RESPONSE])["TokenValue"]
        process = await private.begin(way, "box", "echo in; sleep 20", typed=None)
        try:
            assert process.stdout is not None
            source = process.stdout
            assert await asyncio.wait_for(source.readline(), 20) == b"in\n"
            shown = command_lines()
        finally:
            await killed(process)
        assert plugin.RESPONSE in shown
        assert token not in shown + repr(way) + way.says + " ".join(way.options)
        assert len(active(private)) == 1
    assert active(private) == []


async def test_a_plugin_that_shows_tokens_is_not_used(
    private: Private,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path / "bin", "1.2.497.0", monkeypatch)
    async with session(private.sessions) as way:
        assert "1.2.497.0 is too old to be told a token in private" in way.says
        assert (await private.ssh(way, "box", "echo in")).out == b"in\n"


async def test_a_plugin_that_cannot_start_leaves_no_session(
    private: Private,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path / "bin", "1.2.707.0", monkeypatch)
    async with session(private.sessions) as way:
        (tmp_path / "bin" / plugin.NAME).unlink()
        ran = await private.ssh(way, "box", "true")
    assert ran.code == 255
    assert active(private) == []


async def test_a_session_that_does_not_start_shuts_the_door(
    private: Private,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path / "bin", "1.2.707.0", monkeypatch)
    private.aws.deny("ssm:StartSession")
    with pytest.raises(Shut, match="ssm:StartSession"):
        async with session(private.sessions):
            pass


def test_a_wrong_token_opens_nothing(private: Private) -> None:  # noqa: F811
    started = private.sessions.start()
    assert started.token not in repr(started)
    with relay.dial(started.stream) as channel, pytest.raises(relay.Trouble, match="token is not valid"):
        Wire(channel, "another").first()
