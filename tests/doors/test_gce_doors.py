"""How the doors to a VM of Compute Engine stand, by an embedded Google Cloud, and how they are walked through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fronts.terminal import Terminal
from gce import IAP, Shop, target
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.cloud.gcp.iap import target as place
from sshwizard.cloud.gcp.names import Place
from sshwizard.doors import gce_serial
from sshwizard.doors.way import Shut
from sshwizard.lab.gcp import TOKEN
from sshwizard.lab.gcp.relay import Relay, Served, listen
from sshwizard.probes import process

pytestmark = [
    pytest.mark.requires("ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice VMs need 127.78.0.0/16"),
]
ZONE_HOST = "lab-web.europe-west1-b.practice-shop"
"""As `gcloud compute config-ssh` names the VM."""


def doors(shop: Shop) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "sshwizard", "doors", "--json", *shop.config, target()]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )  # fmt: skip
    assert done.stdout, done.stderr
    return {row["door"]: row for row in json.loads(done.stdout)["doors"]}


def test_the_doors_stand_as_google_says(shop: Shop) -> None:
    shop.build("serial-disabled")
    found = doors(shop)
    assert (found["iap"]["open"], found["iap"]["cause"]) == (False, "gcp.iap-range-blocked")
    assert (found["gce-serial"]["open"], found["gce-serial"]["cause"]) == (False, "serial.gcp-port-off")
    assert "organization policy" in found["gce-serial"]["why"]
    assert set(found) == {"direct", "other-login", "iap", "gce-serial", "jump"}  # and none of the other cloud


def test_the_doors_open_with_a_rule_and_a_value(shop: Shop) -> None:
    shop.build()
    shop.google.allow("iap", IAP, port=shop.google.port)
    shop.google.project(metadata={"serial-port-enable": "TRUE"})
    found = doors(shop)
    assert found["iap"]["open"], found["iap"]["why"]
    assert "--tunnel-through-iap" in found["iap"]["commands"][0]
    assert found["gce-serial"]["open"], found["gce-serial"]["why"]


@pytest.fixture
def relayed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    pytest.importorskip("websockets")
    shop.build()
    served = listen(Relay(lambda asked: shop.site.plan.server or -4003, {TOKEN}), None)
    monkeypatch.setenv(place.INSTEAD, served.url)
    yield served
    served.stop()


@contextmanager
def connecting(shop: Shop, door: str) -> Iterator[Terminal]:
    words = ["connect", "--via", door, *shop.config, ZONE_HOST]
    terminal = Terminal([sys.executable, "-m", "sshwizard", *words], dict(os.environ), owns=True)
    try:
        yield terminal
    finally:
        terminal.close()


def test_the_command_gets_in_through_iap(shop: Shop, relayed: Served) -> None:
    with connecting(shop, "iap") as terminal:
        terminal.until("a tunnel through Identity-Aware Proxy to lab-web port", 30)
        terminal.until("dana@lab-web:~$", 20)
        terminal.press("exit\n")
        terminal.ended(10)
        assert terminal.child.returncode == 0
        assert TOKEN not in terminal.text
    assert [call["instance"] for call in relayed.relay.calls] == ["lab-web", "lab-web"]  # the knock, and ssh


def test_the_command_says_why_not(shop: Shop, relayed: Served) -> None:
    relayed.relay.oddities.close = 4033
    with connecting(shop, "iap") as terminal:
        terminal.until("IAP says [4033: 'not authorized']", 30)
        terminal.until("gcp.iap-permission-missing", 10)
        terminal.ended(10)


# ------------------------------------------------------------------ the serial console


@pytest.fixture
def published(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[SshdWorld, dict[str, str]]]:
    """A regional server, and the texts that are published about it, by path."""
    world = SshdWorld(tmp_path, KeyRing(tmp_path_factory.mktemp("keys")))
    texts = {"/europe-west1/europe-west1.pub": f"{world.keys.bare(world.server.host_key)}\n"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = texts.get(self.path)
            self.send_response(404 if text is None else 200)
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv(gce_serial.KEYS, f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv(gce_serial.SERVER, f"127.0.0.1:{world.server.port}")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    try:
        yield world, texts
    finally:
        server.shutdown()
        server.server_close()
        world.close()


VM = Place("web-1", "europe-west1-b", "practice-shop")


async def _says(key: Path) -> tuple[str, str]:
    """What ssh says at the console, and the login name that it uses there."""
    async with gce_serial.console(VM, "dana", (str(key),)) as way:
        command = ["ssh", "-v", "-o", "BatchMode=yes", *way.options, *way.target]
        ran = await process.run(tuple(command), 20)
        return ran.err, way.target[1]


@pytest.mark.requires("sshd")
async def test_only_the_published_host_key_passes(published: tuple[SshdWorld, dict[str, str]]) -> None:
    world, texts = published
    said, login = await _says(world.ssh_dir / "id_ed25519")
    assert login == "practice-shop.europe-west1-b.web-1.dana.port=1"
    assert "Host key verification failed" not in said
    assert f"as '{login}'" in said
    assert not list((Path(os.environ["XDG_STATE_HOME"])).rglob("known_hosts"))
    texts["/europe-west1/europe-west1.pub"] = f"<html>\n{world.keys.bare('another')}\n"
    said, _ = await _says(world.ssh_dir / "id_ed25519")
    assert "Host key verification failed" in said
    texts.clear()
    with pytest.raises(Shut, match="it is not guessed"):
        await _says(world.ssh_dir / "id_ed25519")


def test_a_stand_in_must_be_on_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gce_serial.KEYS, "http://stranger.example")
    with pytest.raises(Shut, match="on this computer"):
        gce_serial.published("europe-west1")
