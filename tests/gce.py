"""The embedded Google Cloud for tests. `tests/conftest.py` gives the fixtures to all.

def test_it(google: Gcp) -> None:  # facts only
    web = google.instance("web-1", tags=["web"])
    google.allow("ssh", "192.88.99.7/32")
    told = diagnose("web-1")

@pytest.mark.requires("ssh", "ssh-keygen")
def test_it(shop: Shop) -> None:  # packets and logins, too, of a world of lab/gcp/worlds.py
    shop.build("deny-wins")
    assert shop.diagnose()["findings"][0]["cause"] in shop.causes
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sshwizard.lab import child, gce
from sshwizard.lab.bench import Bench, lay_out
from sshwizard.lab.gcp import HIDDEN, PROJECT, TOKEN, ZONE, Gcp, open_gcp
from sshwizard.lab.gcp.site import NAME, Plan, Site
from sshwizard.lab.gcp.worlds import WORLDS

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


def target(name: str = NAME) -> str:
    """How a VM is typed."""
    return f"gce:{PROJECT}/{ZONE}/{name}"


def diagnose(name: str, *options: str) -> dict[str, Any]:
    """The report of `sshwizard diagnose --json gce:PROJECT/ZONE/NAME`, in the environment of the fixture."""
    return run(*options, target(name))


def run(*words: str) -> dict[str, Any]:
    """The report of `sshwizard diagnose --json` with these words behind it."""
    command = [sys.executable, "-m", "sshwizard", "diagnose", "--json", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def desk(google_process: Gcp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Keys of a person, and one SSH server for every VM: it lets in whom the guests of the project let in."""
    home = tmp_path_factory.mktemp("desk")
    lay_out(home, scratch=False, pushed=google_process.keys)
    with ExitStack() as undo:
        spec, complaints = str(home / "server" / "spec.json"), home / "server" / "errors.txt"
        told = child.start("The practice server", "sshwizard.lab.server", (spec,), complaints, undo)
        yield Bench(home, int(told["port"]), str(told["host_key"]), undo)


class Shop:
    """A project with the web server `lab-web`, and somebody who has a key for it. It begins with `build`."""

    bench: Bench
    """The person's side."""
    causes: tuple[str, ...]
    """The codes that are right, the best first."""

    def __init__(self, google: Gcp, desk: Bench) -> None:
        self.google, self._desk = google, desk

    def build(self, world: str = "gcp") -> None:
        """Begin again with one of lab/gcp/worlds.py, else with the healthy project."""
        self.google.reset()
        self.bench = gce.lay(world, self._desk, self.google)
        self.causes = WORLDS[world].causes

    @property
    def site(self) -> Site:
        """To break more: its methods vm, rules, metadata, boots."""
        return Site(self.google, Plan(self.bench.public_key(), self.bench.host_key, self._desk.port))

    @property
    def config(self) -> tuple[str, str]:
        """ssh's option for the config, which knows the VM as gcloud names it, as lab-web, and by its address."""
        return "-F", str(self.bench.root / "config")

    def diagnose(self, *options: str) -> dict[str, Any]:
        """The report about gce:PROJECT/ZONE/lab-web."""
        return diagnose(NAME, *options, *self.config)

    def ssh(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Plain ssh, by the VM's name."""
        command = ("ssh", *self.config, "-o", "BatchMode=yes", "-o", "ConnectTimeout=1", *options, NAME, "echo TOKEN")
        return subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )


@pytest.fixture
def shop(google: Gcp, desk: Bench) -> Shop:
    """A project that `build` makes. Needs ssh, ssh-keygen, and Linux."""
    return Shop(google, desk)
