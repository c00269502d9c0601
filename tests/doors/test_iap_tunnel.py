"""A real ssh through Google's relay, as it is practised on loopback: in, intact, and in plain words when not."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from live.ports import Peer, answers, free_port, says

from sshwizard.cloud.gcp.iap import client, dial, knock
from sshwizard.cloud.gcp.iap.codes import Ended
from sshwizard.doors import iap_apart, iap_tunnel
from sshwizard.doors.way import Shut

from .iap import TO, Behind, certificate
from .private import command_lines, killed

pytest.importorskip("websockets")
pytestmark = pytest.mark.requires("sshd", "ssh")
both = pytest.mark.parametrize("apart", [False, True], ids=["carried", "apart"])


@both
async def test_a_login_by_the_key_with_the_host_key_checked(behind: Behind, apart: bool) -> None:
    async with behind.way(apart=apart) as way:
        ran = await behind.ssh(way, "box", "echo in")
    assert (ran.code, ran.out) == (0, b"in\n"), ran.err
    (call,) = behind.relay.calls
    assert call["origin"] == "bot:iap-tunneler"
    assert call["protocol"] == "relay.tunnel.cloudproxy.app"
    asked = [call[key] for key in ("project", "zone", "instance", "interface", "port", "newWebsocket")]
    assert asked == ["practice-1", "europe-west1-b", "web-1", "nic0", "22", "True"]


@pytest.mark.parametrize("breaks", ["nothing", "drops", "reauthentications"])
async def test_eight_megabytes_each_way_stay_as_they_are(behind: Behind, breaks: str) -> None:
    if breaks != "nothing":
        setattr(behind.relay.oddities, breaks, [3000, 3 << 20, 9 << 20])
    sent = os.urandom(8 << 20)
    async with behind.way() as way:
        ran = await behind.ssh(way, "box", "cat", typed=sent)
    assert ran.code == 0, ran.err
    assert hashlib.sha256(ran.out).digest() == hashlib.sha256(sent).digest()
    again = [call for call in behind.relay.calls if call["path"] == "/v4/reconnect"]
    assert len(again) == (0 if breaks == "nothing" else 3)
    assert behind.given == [False, *[breaks == "reauthentications"] * len(again)]


async def test_a_process_of_its_own_continues_a_dropped_socket_and_asks_for_no_second_token(
    behind: Behind,
) -> None:
    behind.relay.oddities.drops = [3000]
    async with behind.way(apart=True) as way:
        ran = await behind.ssh(way, "box", "echo in")
    assert (ran.code, ran.out) == (0, b"in\n"), ran.err
    behind.relay.oddities.reauthentications = [3000]
    async with behind.way(apart=True) as way:
        ran = await behind.ssh(way, "box", "echo in")
    assert ran.code == 255
    assert "Google wants a new login" in ran.err


async def test_an_expired_token_is_renewed_at_the_handshake(behind: Behind) -> None:
    behind.relay.tokens.discard("ya29.practice-0")
    async with behind.way() as way:
        ran = await behind.ssh(way, "box", "echo in")
    assert (ran.code, behind.given) == (0, [False, True]), ran.err


Bend = Callable[[Behind], object]
FAILURES: dict[str, tuple[Bend, knock.Outcome, str, str]] = {
    "4003": (lambda it: it.ports.update({"web-1": -4003}), "backend-unreachable", "gcp.iap-backend-unreachable",
             "did not answer on this port"),
    "nobody listens": (lambda it: it.ports.update({"web-1": 1}), "backend-unreachable", "gcp.iap-backend-unreachable",
                       "[4003: 'failed to connect to backend']"),
    "4033": (lambda it: it.ports.update({"web-1": -4033}), "not-authorized", "gcp.iap-permission-missing",
             "you may not use the tunnel"),
    "4047": (lambda it: it.ports.update({"web-1": -4047}), "not-found", "iam.wrong-account-or-region",
             "finds no running VM of this name"),
    "401": (lambda it: it.relay.tokens.clear(), "no-login", "iam.credentials-missing", "did not take the token"),
    "403": (lambda it: setattr(it.relay.oddities, "status", 403), "not-authorized", "gcp.iap-permission-missing",
            "HTTP 403 (practice refusal)"),
    "503": (lambda it: setattr(it.relay.oddities, "status", 503), "unreached", "", "answered with HTTP 503"),
    "text": (lambda it: setattr(it.relay.oddities, "text", True), "odd", "", "it sent text"),
    "no welcome": (lambda it: setattr(it.relay.oddities, "hang", "welcome"), "unreached", "", "said nothing"),
    "no banner": (lambda it: setattr(it.relay.oddities, "hang", "data"), "silent", "kex.no-banner",
                  "nothing came back within"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_is_told_in_time(
    behind: Behind,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the knock, which names the cause, and by ssh, which shows the same sentence."""
    bend, outcome, cause, words = FAILURES[name]
    bend(behind)
    monkeypatch.setattr(client, "WELCOME_SECONDS", 0.4)
    monkeypatch.setattr(client.Client.first, "__defaults__", (0.4,))
    met = await asyncio.to_thread(knock.knock, TO, behind.secret, str(certificate(behind)), 0.4)
    assert (met.outcome, met.end.cause if met.end else None) == (outcome, cause)
    assert words in met.says
    assert met.seconds < 4
    async with behind.way() as way:
        ran = await behind.ssh(way, "box", "true")
    assert ran.code == 255
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert ran.seconds < 8


async def test_the_knock_sees_the_banner_and_leaves_no_session(behind: Behind) -> None:
    met = await asyncio.to_thread(knock.knock, TO, behind.secret, str(certificate(behind)))
    assert (met.outcome, met.end) == ("banner", None)
    assert met.banner.startswith("SSH-2.0-OpenSSH")
    assert met.seconds < 2


async def test_another_service_behind_the_port_is_no_ssh_server(behind: Behind) -> None:
    port = free_port()
    peer = Peer(port, says(b"220 mail.example ESMTP\r\n"))
    try:
        behind.ports["web-1"] = port
        met = await asyncio.to_thread(knock.knock, TO, behind.secret, str(certificate(behind)))
    finally:
        peer.close()
    assert met.outcome == "other-service"
    assert met.end is not None
    assert met.end.cause == "kex.not-ssh"


@pytest.mark.parametrize("ack", ["back", "beyond"])
async def test_a_wrong_acknowledgement_ends_the_connection(behind: Behind, ack: str) -> None:
    behind.relay.oddities.ack = "back" if ack == "back" else "beyond"
    async with behind.way(apart=True) as way:
        ran = await behind.ssh(way, "box", "true")
    assert ran.code == 255
    assert ("goes back" if ack == "back" else "are acknowledged") in ran.err


async def test_a_relay_that_stays_away_is_given_up(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "AGAIN_SECONDS", 1.0)
    async with behind.way() as way:
        running = asyncio.create_task(behind.ssh(way, "box", "sleep 20"))
        await _until(lambda: any(line.far > 2000 for line in behind.relay.lines.values()))
        behind.relay.oddities.status = 503
        for line in behind.relay.lines.values():
            line.cut()
        ran = await running
    assert ran.code == 255
    assert ran.seconds < 10
    assert sum(call["path"] == "/v4/reconnect" for call in behind.relay.calls) > 1


@both
async def test_no_secret_is_seen(behind: Behind, apart: bool, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with behind.way(apart=apart) as way:
        process = await behind.begin(way, "-vvv", "-E", str(log), "box", "sleep 20")
        try:
            await _until(lambda: log.exists() and "Sending command" in log.read_text())
            shown = command_lines()
        finally:
            await killed(process)
    assert "ProxyCommand" in shown
    sid = next(reversed(behind.relay.lines))
    for text in (shown, log.read_text(), repr(way), way.says, " ".join(way.options)):
        assert "ya29" not in text
        assert sid not in text
    assert apart == any("ya29" in value for value in way.env.values())


async def test_the_end_of_the_way_ends_what_uses_it(behind: Behind) -> None:
    async with behind.way() as way:
        running = asyncio.create_task(behind.ssh(way, "box", "sleep 20"))
        await _until(lambda: any(line.far > 2000 for line in behind.relay.lines.values()))
    assert (await asyncio.wait_for(running, 10)).code == 255


async def test_the_door_knocks_first_and_says_the_cause(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = str(certificate(behind))
    async with iap_tunnel.through(TO, behind.token, trust=trust) as way:
        ran = await behind.ssh(way, "box", "echo in")
    assert ran.out == b"in\n", ran.err
    behind.ports["web-1"] = -4033
    with pytest.raises(Shut, match="4033") as caught:
        async with iap_tunnel.through(TO, behind.token, trust=trust):
            pass
    assert caught.value.code == "gcp.iap-permission-missing"

    async def none(fresh: bool) -> str:
        raise Shut("nobody is logged in", "iam.credentials-missing")

    with pytest.raises(Shut, match="no token for Google: nobody is logged in") as caught:
        async with iap_tunnel.through(TO, none, trust=trust):
            pass
    assert caught.value.code == "iam.credentials-missing"


async def test_where_our_own_client_fails_gcloud_is_taken(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind.relay.oddities.text = True
    program = tmp_path / "gcloud"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    async with iap_tunnel.through(TO, behind.token, trust=str(certificate(behind))) as way:
        assert "it sent text" in way.says
        assert f"ProxyCommand={program} compute start-iap-tunnel web-1 22 --listen-on-stdin" in " ".join(way.options)
    monkeypatch.setattr(iap_tunnel, "prepared", lambda: False)
    async with iap_tunnel.through(TO, behind.token) as way:
        assert "websockets is not installed" in way.says
    program.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Shut, match="needs the library websockets, or gcloud"):
        async with iap_tunnel.through(TO, behind.token):
            pass


@pytest.mark.peer
@pytest.mark.parametrize("port", [0, -4033])
async def test_gcloud_itself_takes_our_relay_for_googles(
    behind: Behind,
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So what the relay practises is what Google's client expects; and its words are the ones we read."""
    if port:
        behind.ports["web-1"] = port
    (tmp_path / "token").write_text("ya29.practice-0")
    for name, value in (
        ("AUTH_ACCESS_TOKEN_FILE", tmp_path / "token"), ("CONFIG", tmp_path / "config"), ("CORE_PROJECT", "practice-1"),
        ("CORE_CUSTOM_CA_CERTS_FILE", certificate(behind)), ("CORE_DISABLE_USAGE_REPORTING", "1"),
        ("API_ENDPOINT_OVERRIDES_COMPUTE", "http://127.0.0.1:9/compute/v1/"),
    ):  # fmt: skip
        monkeypatch.setenv(f"CLOUDSDK_{name}", str(value))
    ran = await behind.ssh(iap_tunnel.by_gcloud(TO, shutil.which("gcloud") or ""), "box", "echo in")
    print(ran)
    if port:
        assert "[4033: 'not authorized']" in ran.err
    else:
        assert (ran.code, ran.out) == (0, b"in\n"), ran.err


def test_the_process_of_its_own_without_a_token_says_so() -> None:
    command = [sys.executable, "-I", "-m", iap_apart.__name__, "p", "z", "i", "nic0", "22"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (ran.returncode, ran.stderr) == (iap_apart.USAGE, "sshwizard: there is no tunnel to open\n")


def test_a_proxy_on_the_way_is_named(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "_HERE", set())
    for answer, cause in ((b"HTTP/1.1 407 Who\r\n\r\n", "proxy.authentication-required"),
                          (b"HTTP/1.1 403 No\r\n\r\n", "proxy.port-not-allowed")):  # fmt: skip
        port = free_port()
        peer = Peer(port, answers(answer))
        monkeypatch.setenv("https_proxy", f"http://someone:secret@127.0.0.1:{port}")
        try:
            met = knock.knock(TO, behind.secret, str(certificate(behind)))
        finally:
            peer.close()
        assert (met.outcome, met.end and met.end.cause) == ("unreached", cause)
        assert "secret" not in met.says
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert knock.knock(TO, behind.secret, str(certificate(behind))).outcome == "banner"


def test_a_handshake_that_stalls_is_tried_a_second_time(behind: Behind) -> None:
    behind.relay.oddities.hang = "handshake"
    threading.Timer(0.3, lambda: setattr(behind.relay.oddities, "hang", "")).start()
    opened = dial.dial(TO.connect(), "ya29.practice-0", 2.0, str(certificate(behind)))
    opened.close()
    assert len(behind.relay.calls) == 2
    behind.relay.oddities.hang = "handshake"
    with pytest.raises(Ended, match=r"127\.0\.0\.1 did not answer within 1 s"):
        dial.dial(TO.connect(), "ya29.practice-0", 0.6, str(certificate(behind)))


def test_a_certificate_that_nobody_vouches_for_is_refused(behind: Behind) -> None:
    met = knock.knock(TO, behind.secret)
    assert met.outcome == "unreached"
    assert "is not trusted here" in met.says


async def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
