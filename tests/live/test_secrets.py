"""No secret is kept, shown or left: files for this account only, nothing in arguments, nothing in a report of a bug."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command import harmful

from sshwizard.doors.keys import TemporaryKey

from .leaks import Watch, leaked, left
from .process import run
from .world import CHECKOUT, PRODUCT_LIMIT, SshdWorld

PRODUCT = CHECKOUT / "sshwizard"


def open_to_others(folder: Path) -> list[str]:
    """Everything below that another account could read or enter; sockets and links have no mode of their own."""
    return [
        f"{stat.filemode(path.lstat().st_mode)} {path}"
        for path in (folder, *folder.rglob("*"))
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]


COMMANDS = (
    ("diagnose", "--json", "TARGET"),
    ("diagnose", "--fix", "TARGET"),
    ("undo",),
    ("report", "last", "--format", "bundle"),
    ("sweep", "--json", "box", "--", "-F", "CONFIG"),
    ("lab", "open-key", "--hint"),
)


@pytest.mark.requires("sshd")
def test_every_file_of_ours_is_for_this_account_only(world: SshdWorld) -> None:
    """With the loosest umask, and in a directory that somebody made open to all."""
    state = world.home / ".local" / "state" / "sshwizard"
    state.mkdir(parents=True)
    state.chmod(0o777)
    world.key("mine", mode=0o644)
    for words in COMMANDS:
        given = [part for word in words for part in (world.target_args if word == "TARGET" else [word])]
        given = [str(world.config_file) if word == "CONFIG" else word for word in given]
        command = ["sh", "-c", 'umask 000; exec "$@"', "sh", sys.executable, "-m", "sshwizard", *given]
        ran = run(command, world.env(), CHECKOUT, PRODUCT_LIMIT)
        assert b"a mistake of its own" not in ran.err, ran.text
        assert open_to_others(state) == [], words
    kinds = {path.relative_to(state).parts[0] for path in state.rglob("*") if path.is_file()}
    assert {"sessions", "lock", "reports", "sweeps", "lab-progress.json"} <= kinds, kinds
    for secret in world.keys.secrets():
        assert secret.encode() not in left(state)


@pytest.mark.requires("sshd")
def test_no_argument_of_a_child_holds_a_secret(world: SshdWorld) -> None:
    """A diagnosis with an agent: what `ps` shows of everything that it starts."""
    world.agent("mine")
    world.no_key()
    world.config(identity="none")
    env = {"AWS_SESSION_TOKEN": "FQoGZXIvYXdzSECRET", "SSHWIZARD_NO_CLOUD": "1"}
    world.extra_env.update(env)
    with Watch(environments=False) as seen:
        ran = world.diagnose(world.target_args)
    assert ran.code == 0, ran.text
    shown = b"\n".join(seen.seen)
    assert b"-vvv" in shown, "ssh was not seen at all"
    secrets = [secret.encode() for secret in world.keys.secrets()] + [env["AWS_SESSION_TOKEN"].encode()]
    assert leaked(secrets, shown, ran.out, ran.err, left(world.home / ".local")) == []


BUG = """
import sys
from sshwizard import cli
def bug(argv):
    passphrase = "hunter2-of-a-variable"
    raise RuntimeError("\\x1b]0;owned\\x07 token=abcdef \\u202e " + {key!r})
cli.main = bug
cli.run()
"""


@pytest.mark.parametrize("debug", [False, True])
def test_a_mistake_of_ours_tells_no_secret(debug: bool) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA\n-----END OPENSSH PRIVATE KEY-----"
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), **({"SSHWIZARD_DEBUG": "1"} if debug else {})}
    command = [sys.executable, "-c", BUG.format(key=key)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=env)
    assert ran.returncode == 3
    assert ("Traceback" in ran.stderr) is debug
    assert harmful(ran.stderr, allowed="\n") == []
    for secret in ("abcdef", "b3BlbnNza", "hunter2", "owned"):
        assert secret not in ran.stderr


MADE = {
    "scratch.py": "live/test_ended.py::test_what_a_killed_wizard_left_is_swept_by_the_next_one",
    "doors/keys.py": "live/test_doors_command.py::test_a_killed_wizard_leaves_a_key_that_the_next_start_sweeps",
    "doors/handover.py": "doors/test_tunnel.py::test_what_a_killed_wizard_left_is_swept",
    "lab/scratch.py": "lab/aws/test_aws_process.py::test_what_is_left_of_a_killed_lab_is_swept_and_a_living_one_stays",
    "lab/world.py": "lab/test_lab_world.py::test_killing_the_parent_ends_the_server_and_removes_the_directory",
    "effects/content.py": "test_crash.py::test_what_was_not_made_is_said_and_swept",
    "effects/acl.py": "backups, which stay for undo",
    "fronts/serving/run.py": "fronts/test_serve_command.py"
    "::test_the_browser_is_opened_without_the_token_in_its_arguments",
}
"""Who makes temporary files, and the test that shows that none stays after a kill."""


def test_temporary_files_are_made_where_they_are_swept() -> None:
    makers = set()
    for path in PRODUCT.rglob("*.py"):
        if "tempfile" not in (text := path.read_text("utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr in {"mkdtemp", "mkstemp"}:
                makers.add(str(path.relative_to(PRODUCT)))
            assert not (
                isinstance(node, ast.Attribute) and node.attr in {"TemporaryDirectory", "NamedTemporaryFile"}
            ), path
    assert makers == set(MADE)
    for shown in MADE.values():
        file, found, test = shown.partition("::")
        assert not found or f"def {test}(" in (CHECKOUT / "tests" / file).read_text("utf-8"), shown


def test_a_temporary_key_tells_nothing_about_itself() -> None:
    """It holds the file's name and the public half; the private one is in the file alone."""
    assert set(TemporaryKey.__dataclass_fields__) == {"private", "public"}
    assert "PRIVATE" not in json.dumps(repr(TemporaryKey(Path("key"), "ssh-ed25519 AAAA")))


@pytest.mark.requires("sshd")
def test_a_team_s_config_runs_nothing_more(world: SshdWorld) -> None:
    """What plain ssh would run only after a login, or for a shell, is not run by a diagnosis."""
    world.agent("mine")
    run_by, shared = world.home / "ran", world.sockets / "cm"
    world.config(
        "PermitLocalCommand yes", f"LocalCommand touch {run_by}-local", f"RemoteCommand touch {run_by}-remote",
        "RequestTTY force", "ForwardAgent yes", "ForwardX11 yes", "ControlMaster auto", f"ControlPath {shared}",
        "ControlPersist yes", f"RemoteForward {world.sockets}/back {world.sockets}/there", "AddKeysToAgent yes",
        "UpdateHostKeys yes", "SetEnv EVIL=1",
    )  # fmt: skip
    before = world.known_hosts_file.read_bytes()
    ran = world.diagnose(world.target_args)
    assert ran.code == 0, ran.text
    assert list(world.home.glob("ran*")) == []
    assert not shared.exists()
    assert not (world.sockets / "back").exists()
    assert world.known_hosts_file.read_bytes() == before
