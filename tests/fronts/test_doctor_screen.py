"""The check-up on the full screen, from the first screen and back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sshwizard import paths
from sshwizard.fronts.tui.app import Wizard
from sshwizard.probes import tools

from .seen import shown


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose only key is open to others."""
    place = tmp_path / ".ssh"
    place.mkdir(mode=0o700)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "id_ed25519")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=20)
    (place / "id_ed25519").chmod(0o644)
    monkeypatch.setattr(paths, "home", lambda: tmp_path)
    monkeypatch.setattr(tools, "ASKED", {"ssh": ("-V",)})
    return tmp_path


@pytest.mark.requires("ssh-keygen")
async def test_a_key_leads_to_the_check_up(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("f4")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.pause()
        page = shown(app)
        assert "readable by others" in " ".join(page.split())
        assert "chmod 600 ~/.ssh/id_ed25519" in page
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.query_one("#line")
