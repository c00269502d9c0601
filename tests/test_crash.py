"""A wizard that is killed, and two wizards at once: no file is lost or torn, and the journals tell the truth."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from sshwizard import store
from sshwizard.effects import (
    Chmod,
    CloseShared,
    CopyKey,
    EditLines,
    Effect,
    InTerminal,
    MakeDirectory,
    Refused,
    Restore,
    WriteFile,
    digest,
)
from sshwizard.effects.content import write_whole
from sshwizard.events import Began, Did, Doing, Settled
from sshwizard.journal import CannotFix, Overtaken
from sshwizard.model import Target
from sshwizard.runner import Runner
from sshwizard.session import fold
from sshwizard.store import Store

HERE = Path(__file__).parent


def test_killed_at_a_random_moment() -> None:
    """Fifty of them; `make soak` plays five hundred. The seed is in the output."""
    seed = random.randrange(10**6)
    ran = subprocess.run(
        [sys.executable, str(HERE / "crash.py"), "50", str(seed)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(HERE.parent)}, timeout=140,
    )  # fmt: skip
    assert ran.returncode == 0, f"seed {seed}\n{ran.stdout}{ran.stderr}"


# ------------------------------------------------------------------ what settling says


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "ssh" / "config"
    path.parent.mkdir()
    path.write_text("# mine\n")
    return path


def wizard(*rest: Any) -> Runner:
    kept = Store.create("box")
    for event in (Began(Target("box", ("box",))), *rest):
        kept.append(event)
    return Runner(store.load(kept.path), store=kept)


def added(path: Path, row: str) -> EditLines:
    return EditLines(str(path), digest(path.read_bytes()), (), (row,))


def test_what_was_made_is_taken_back(config: Path) -> None:
    effect = added(config, "new")
    runner = wizard(Doing("edit-config-value", effect, effect.inverse()))
    effect.apply()
    assert runner.settle()[0].startswith("It had been made, and was taken back: ")
    assert config.read_text() == "# mine\n"
    assert not fold(store.load(runner.store.path if runner.store else Path())).pending


def test_what_was_not_made_is_said_and_swept(config: Path) -> None:
    effect = added(config, "new")
    runner = wizard(Doing("edit-config-value", effect, effect.inverse()))
    (config.parent / ".config.sshwizard-abc").write_text("half")
    assert runner.settle()[0].startswith("It had not been made: ")
    assert [path.name for path in config.parent.iterdir()] == ["config"]


def test_what_somebody_changed_since_stays(config: Path) -> None:
    """It is said once, with the place of the copy, and stands in nobody's way afterwards."""
    effect = added(config, "new")
    inverse = effect.inverse()
    assert isinstance(inverse, Restore)
    runner = wizard(Doing("edit-config-value", effect, inverse))
    effect.apply()
    config.write_text("somebody's own\n")
    told = runner.settle()[0]
    assert told.startswith("Somebody changed it since, so it stays as it is: ")
    assert Path(inverse.backup).name in told
    assert config.read_text() == "somebody's own\n"
    assert not runner.state.pending


def test_what_has_no_way_back_is_said(config: Path) -> None:
    gone = CloseShared(str(config.parent / "cm"), "box")
    runner = wizard(Doing("close-control-socket", gone, None))
    assert runner.settle()[0].startswith("It was made, and there is no way back: ")


def test_what_a_terminal_did_is_not_known(config: Path) -> None:
    """Whether ssh-add came to its end nobody can see, so nothing is run."""
    mark = config.parent / "ran"
    effect = InTerminal(("touch", str(mark)), ("touch", str(mark)))
    told = wizard(Doing("add-key-to-agent", effect, effect.inverse())).settle()[0]
    assert told.startswith("It may have been made: ")
    assert "This takes it back: touch" in told
    assert not mark.exists()


def test_a_half_written_file_does_not_keep_a_new_directory(config: Path) -> None:
    """Killed while the first file was written into it: both go."""
    new = config.parent / "new"
    copy = CopyKey(str(config), str(new / "copy"), digest(config.read_bytes()))
    made: Effect = MakeDirectory(str(new))
    runner = wizard(Doing("copy-key-home", made, made.inverse()), Doing("copy-key-home", copy, copy.inverse()))
    made.apply()
    (new / ".copy.sshwizard-abc").write_text("half")
    told = runner.settle()
    assert [row.split(":")[0] for row in told] == ["It had not been made", "It had been made, and was taken back"]
    assert [path.name for path in config.parent.iterdir()] == ["config"]


def test_an_undo_that_was_killed_after_it_removed_a_file(config: Path) -> None:
    """What it had removed is there again, as it was."""
    new = config.with_name("new")
    made: Effect = WriteFile(str(new), "text\n", "")
    back = made.inverse()
    assert back
    made.apply()
    runner = wizard(Doing("fix-pub-file", back, back.inverse()))
    back.apply()
    assert runner.settle()[0].startswith("It had been made, and was taken back: ")
    assert (new.read_text(), new.stat().st_mode & 0o777) == ("text\n", 0o644)


def test_read_only_settles_nothing(config: Path) -> None:
    effect = added(config, "new")
    kept = wizard(Doing("edit-config-value", effect, effect.inverse())).store
    assert kept
    effect.apply()
    with pytest.raises(CannotFix, match="read-only"):
        Runner(store.load(kept.path), store=kept, read_only=True).settle()
    assert config.read_text() == "# mine\nnew\n"
    assert fold(store.load(kept.path)).pending


# ------------------------------------------------------------------ two at once


def test_the_second_one_refuses(config: Path) -> None:
    """Both previews saw the same file; only one promise can be kept."""
    first, second = wizard(), wizard()
    mine, theirs = added(config, "mine"), added(config, "theirs")
    first.journal.change("edit-config-value", (mine,))
    with pytest.raises(Overtaken, match="changed by somebody else"):
        second.journal.change("edit-config-value", (theirs,))
    assert config.read_text() == "# mine\nmine\n"
    assert not second.state.pending


def test_who_waits_too_long_refuses_with_a_sentence() -> None:
    said = "another sshwizard is changing files now"
    with store.changing(), pytest.raises(TimeoutError, match=said), store.changing(0.1):
        pass


def test_many_at_once_lose_nothing(config: Path) -> None:
    """Processes that add lines to one file: each retries until its own promise holds."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3])\n"
        "from test_crash import added, wizard; from sshwizard.events import Did; from sshwizard.journal import *\n"
        "path, runner = Path(sys.argv[1]), wizard()\n"
        "for number in range(8):\n"
        "    while True:\n"
        "        effect = added(path, f'{sys.argv[2]} {number}')\n"
        "        try:\n"
        "            back = runner.journal.change('pin-host-key', (effect,))\n"
        "        except Overtaken:\n"
        "            continue\n"
        "        runner.see(Did('pin-host-key', 'c', 0, 'tcp', 'o', 'tcp', 'o', (effect,), back)); break\n"
        "print(runner.store.path)\n"
    )
    names = ("a", "b", "c")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(config), name, str(HERE)], stdout=subprocess.PIPE, text=True
        )
        for name in names
    ]
    journals = [Path(one.communicate(timeout=60)[0].strip()) for one in running]
    assert all(one.returncode == 0 for one in running)
    wanted = [f"{name} {number}" for name in names for number in range(8)]
    rows = config.read_text().splitlines()
    assert sorted(rows) == sorted(["# mine", *wanted])
    told = [
        row for path in journals for event in store.load(path) if isinstance(event, Did)
        for effect in event.effects if isinstance(effect, EditLines) for row in effect.add
    ]  # fmt: skip
    assert sorted(told) == wanted
    assert [path.name for path in config.parent.iterdir()] == ["config"]


def test_two_undos_of_one_change(config: Path) -> None:
    """The second finds it taken back already, and breaks nothing."""
    runner = wizard()
    effect = added(config, "new")
    back = runner.journal.change("edit-config-value", (effect,))
    runner.journal.change("edit-config-value", back)
    with pytest.raises(Overtaken):
        wizard().journal.change("edit-config-value", back)
    assert config.read_text() == "# mine\n"


def test_a_reader_never_meets_half_a_file(config: Path) -> None:
    """While it is replaced again and again, whoever reads it gets one of the two contents."""
    contents = (b"a" * 300_000, b"b" * 500_000)
    config.write_bytes(contents[0])
    over, met = threading.Event(), set()

    def read() -> None:
        while not over.is_set():
            met.add(config.read_bytes())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        for number in range(20):
            write_whole(config, contents[number % 2])
    finally:
        over.set()
    reader.join(20)
    assert not reader.is_alive()
    assert met <= set(contents)


def test_a_proof_that_fails_leaves_the_file(config: Path) -> None:
    """What would take its place was looked at, and nothing of it is left."""

    def refuse(made: Path) -> None:
        raise Refused(made.read_text())

    with pytest.raises(Refused, match="new"):
        write_whole(config, b"new", prove=refuse)
    assert [path.name for path in config.parent.iterdir()] == ["config"]
    assert config.read_text() == "# mine\n"


def test_settling_is_in_the_journal(config: Path) -> None:
    effect: Effect = Chmod(str(config), 0o600, 0o644)
    runner = wizard(Doing("chmod-key", effect, effect.inverse()))
    runner.settle()
    assert isinstance(runner.events[-1], Settled)
