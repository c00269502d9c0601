"""Each exercise fails as its fault says, and works again once exactly that fault is repaired."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable

import pytest

from sshwizard.lab import EXERCISES, Exercise, World, open_world

from .conftest import Ssh

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


def edit_config(world: World, old: str, new: str) -> None:
    config = world.root / "config"
    text = config.read_text()
    assert re.search(old, text)
    config.write_text(re.sub(old, new, text))


def trust_host_key(world: World) -> None:
    port = re.findall(r"Port (\d+)", (world.root / "config").read_text())[0]
    key = (world.root / "server" / "host_key.pub").read_text()
    (world.root / "ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}")


def trust_after_comparing(world: World) -> None:
    shown = subprocess.run(
        ["ssh-keygen", "-lf", world.root / "server" / "host_key.pub"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert shown.stdout.split()[1] in (world.root / "fingerprint.txt").read_text()
    trust_host_key(world)


def remembered_port(world: World) -> None:
    port = re.findall(r"^\[127\.0\.0\.1\]:(\d+) ", (world.root / "ssh" / "known_hosts").read_text())[0]
    edit_config(world, r"Port \d+", f"Port {port}")


def repair_line_ends(world: World) -> None:
    key = world.root / "ssh" / "id_ed25519"
    key.write_bytes(key.read_bytes().replace(b"\r\n", b"\n"))


def give_shell_back(world: World) -> None:
    accounts = world.root / "server" / "accounts.json"
    accounts.write_text(re.sub(r'"reply": ".*"', '"reply": null', accounts.read_text()))


Repair = Callable[[World], object]

FAULTS: dict[str, tuple[int, str, str, Repair]] = {
    "open-key": (255, "", "bad permissions", lambda w: (w.root / "ssh" / "id_ed25519").chmod(0o600)),
    "refused-port": (255, "", "Connection refused", remembered_port),
    "changed-host-key": (255, "", "REMOTE HOST IDENTIFICATION HAS CHANGED", trust_after_comparing),
    "wrong-user": (
        142,
        'Please login as the user "dana" rather than the user "root".\n\n',
        "",
        lambda w: edit_config(w, "User root", "User dana"),
    ),
    "unknown-host": (255, "", "Host key verification failed", trust_host_key),
    "wrong-key": (
        255,
        "",
        "Permission denied (publickey)",
        lambda w: edit_config(w, "ssh/id_ed25519", "ssh/id_team"),
    ),
    "damaged-key": (255, "", "Load key", repair_line_ends),
    "nologin": (1, "This account is currently not available.\n", "", give_shell_back),
    "healthy": (0, "TOKEN", "", lambda w: None),
}


def test_every_exercise_has_its_expectation_in_display_order() -> None:
    assert list(EXERCISES) == list(FAULTS)
    assert all(exercise.id == key for key, exercise in EXERCISES.items())


@pytest.mark.parametrize("exercise_id", FAULTS)
def test_it_fails_as_its_fault_says_and_works_when_repaired(exercise_id: str, ssh: Ssh) -> None:
    status, out, said, repair = FAULTS[exercise_id]
    with open_world(exercise_id) as world:
        broken = ssh(world, "printf TOKEN")
        assert (broken.returncode, broken.stdout) == (status, out)
        assert said in broken.stderr
        repair(world)
        repaired = ssh(world, "printf TOKEN")
        assert (repaired.returncode, repaired.stdout, repaired.stderr) == (0, "TOKEN", "")
        assert (world.root / "server" / "errors.txt").read_bytes() == b""


@pytest.mark.parametrize("exercise_id", ["wrong-user", "nologin"])
def test_the_answer_comes_instead_of_a_shell_too(exercise_id: str, ssh: Ssh) -> None:
    status, out, _, _ = FAULTS[exercise_id]
    with open_world(exercise_id) as world:
        shell = ssh(world, None, "-tt")
    assert (shell.returncode, shell.stdout) == (status, out.replace("\n", "\r\n"))


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_its_words_are_complete_and_do_not_name_the_cause(exercise: Exercise) -> None:
    assert exercise.hints
    assert exercise.level in ("first day", "practice")
    assert 2 <= len(re.findall(r"[.?](?= |$)", exercise.story)) <= 4
    assert re.fullmatch(r"none|[a-z]+\.[a-z-]+", exercise.cause)
    giveaways = {"permissions", "0644", "wrong", "changed", "unknown", "user", "crlf", "nologin", "healthy"}
    assert not giveaways & set(re.findall(r"\w+", f"{exercise.title} {exercise.story}".lower()))


def test_only_the_fault_opens_a_private_file() -> None:
    with open_world("open-key") as world:
        modes = {
            path.relative_to(world.root).as_posix(): stat.S_IMODE(path.stat().st_mode)
            for path in (world.root, world.root / "config", *(world.root / "ssh").iterdir())
        }
    assert modes["."] == 0o700
    assert modes["config"] == modes["ssh/known_hosts"] == 0o600
    assert modes["ssh/id_ed25519"] == 0o644
