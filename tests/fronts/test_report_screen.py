"""The report that is written from the screen, and the recording that is stepped through there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reports.worlds import Names, kept

from .terminal import wizard


def reports() -> list[Path]:
    """What was written."""
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "sshwizard" / "reports").glob("*"))


def test_a_recording_is_stepped_through_and_taken_along(tmp_path: Path) -> None:
    path = kept(tmp_path)
    with wizard("replay", str(path), columns=100) as terminal:
        terminal.until("replay 43/43")
        terminal.until("03:04:03")
        terminal.press("v")  # after the last verdict comes the first
        terminal.until("replay 15/43")
        terminal.until("Other people can read")
        terminal.press("\x1b[C")
        terminal.until("replay 16/43  03:04:09")
        terminal.press("\x1b[H")
        terminal.until("replay 1/43  03:04:00")
        terminal.press("w")
        terminal.until("There is no verdict yet")
        terminal.press("v")
        terminal.until("replay 15/43")
        terminal.press("w")
        terminal.until(lambda text: "Write a report" in text and ".md" in text)
        terminal.press("\x1b[B")
        terminal.until(".html")
        terminal.press("m")
        terminal.until("NOTHING is masked")
        terminal.press("m")
        terminal.until("are masked")
        assert reports() == []
        terminal.press("\r")
        terminal.until("Written:")
        (page,) = reports()
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        text = page.read_text()
        assert text.startswith("<!DOCTYPE html>")
        assert not [value for value in Names().__dict__.values() if value in text]
        assert (tmp_path / "20260102-030400-a-host.legend.json").exists()
        terminal.press("w")
        terminal.until(".md")
        terminal.read(0.3)
        terminal.press("\t")
        terminal.read(0.3)
        terminal.press(page.name)  # what was selected gives way
        terminal.until(page.name)
        terminal.press("\r")
        terminal.until("there already")
        assert page.read_text() == text
        terminal.press("\x1b")
        terminal.until(lambda text: "Write a report" not in text)
        terminal.press("q")
        terminal.ended()
        assert reports() == [page]
