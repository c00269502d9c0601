"""The embedded Google Cloud for tests. `tests/conftest.py` gives the fixtures to all.

def test_it(google: Gcp) -> None:
    web = google.instance("web-1", tags=["web"])
    google.allow("ssh", "192.88.99.7/32")
    told = diagnose("web-1")
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from sshwizard.lab.gcp import PROJECT, TOKEN, ZONE, Gcp, open_gcp
from sshwizard.lab.gcp.embedded import HIDDEN

ME = "192.88.99.7"
"""Where this computer's packets seem to come from."""
NEIGHBOUR = "192.88.99.113"
IAP = "35.235.240.0/20"
VM = f"compute/v1/projects/{PROJECT}/zones/{ZONE}/instances"
_SECONDS = 60


@pytest.fixture(scope="session")
def google_process() -> Iterator[Gcp]:
    """One embedded Google Cloud for the whole run of this worker: a third of a second, when the first test asks."""
    with open_gcp() as gcp:
        yield gcp


@pytest.fixture
def google(google_process: Gcp, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gcp]:
    """A project with an empty network "default", which programs find in their environment."""
    google_process.reset()
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)
    for name, value in google_process.environment.items():
        monkeypatch.setenv(name, value)
    yield google_process
    google_process.heal()


def ask(
    google: Gcp, path: str, body: object = None, *, method: str = "", token: str = TOKEN
) -> tuple[int, dict[str, Any]]:
    """One call of an API: the status, and the answer. A body makes it a POST."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{google.url}/{path}", data=data, headers=headers, method=method or None)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def target(name: str) -> str:
    """How a VM is typed."""
    return f"gce:{PROJECT}/{ZONE}/{name}"


def diagnose(name: str, *options: str) -> dict[str, Any]:
    """The report of `sshwizard diagnose --json gce:PROJECT/ZONE/NAME`, in the environment of the fixture."""
    command = [sys.executable, "-m", "sshwizard", "diagnose", "--json", *options, target(name)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))
