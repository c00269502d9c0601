"""How the two doors to a VM of Compute Engine stand, by an embedded Google Cloud, and how they are walked through."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from gce import TOKEN, Shop, target
from live.ports import free_port
from live.sshd import Sshd

import json

from sshwizard.cloud.gcp.iap import target as iap_target
from sshwizard.cloud.gcp.names import Place
from sshwizard.doors import gce_serial
from sshwizard.doors.way import Shut
from sshwizard.lab.gcp.relay import Relay, listen

pytestmark = [
    pytest.mark.requires("ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="practice VMs need 127.78.0.0/16"),
]


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sshwizard", *words], capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def doors(shop: Shop) -> dict[str, dict[str, Any]]:
    done = asked("doors", "--json", *shop.config, target())
    assert done.stdout, done.stderr
    return {row["door"]: row for row in json.loads(done.stdout)["doors"]}
