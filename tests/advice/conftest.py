"""A healthy ~/.ssh, made once by ssh-keygen and copied for each test; and a web server that is open to the world."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sshwizard.advice.local import agents
from sshwizard.probes import tools

from .exposed import doctor, net  # noqa: F401

PASSPHRASE = "correct horse"

CONFIG = """\
Host web-1
    HostName 192.0.2.10
    Port 2222
    User ec2-user
    IdentityFile ~/.ssh/id_ed25519
    IdentitiesOnly yes

Host *
    ServerAliveInterval 60
"""


def keygen(file: Path, *words: str, secret: str = "", comment: str = "dana@laptop-2026-01") -> str:
    """A key pair; returns its public line."""
    command = ["ssh-keygen", "-q", *(words or ("-t", "ed25519")), "-N", secret, "-C", comment, "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
    return Path(f"{file}.pub").read_text("utf-8").strip()


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that is copied."""
    place = tmp_path_factory.mktemp("healthy") / ".ssh"
    place.mkdir(mode=0o700)
    keygen(place / "id_ed25519", secret=PASSPHRASE)
    host = keygen(place.parent / "host")
    (place / "config").write_text(CONFIG)
    (place / "config").chmod(0o600)
    hashed = place / "known_hosts"
    hashed.write_text(f"web-1 {' '.join(host.split()[:2])}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(hashed)], check=True, capture_output=True, timeout=20)
    hashed.with_name("known_hosts.old").unlink()
    return place


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the programs only ssh is asked for its version, and none is too old: the others take their time."""
    monkeypatch.setattr(tools, "ASKED", {"ssh": ("-V",)})
    monkeypatch.setitem(agents.KNOWN, "ssh", ())


@pytest.fixture
def place(healthy: Path, tmp_path: Path) -> Path:
    """A copy, to be spoiled."""
    return Path(shutil.copytree(healthy, tmp_path / ".ssh"))
