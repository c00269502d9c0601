"""Opens a practice world and closes it without a trace: the directory, and the server in a child process."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sshwizard.lab import aws, breaking, child, cloud, course, gce, gcp
from sshwizard.lab.bench import Bench, LabError, lay_out, write_private
from sshwizard.lab.exercise import Exercise, Settings
from sshwizard.lab.faults import FAULTS
from sshwizard.lab.stage import Stage

LOG = "ssh.log"
"""The text that is to be explained."""
_SSH_SECONDS = 20
_PATIENT_SECONDS = 3
"""Until a server on this machine has greeted."""
_WORD = "sshwizard-was-here"


@dataclass(frozen=True)
class World:
    """An open practice world; a context manager that closes it."""

    exercise: Exercise
    root: Path
    """Private directory (mode 700) that holds everything: config, ssh/, server/."""
    target_args: tuple[str, ...]
    """What to give to ssh: its config file and the host's name."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What programs need to meet the cloud of this world, and no other; empty where there is none."""
    hidden: tuple[str, ...] = ()
    """Variables of the person's that would outrank those: to be unset."""
    example: str = ""
    """A command to try in it."""
    stage: Stage | None = field(default=None, repr=False, compare=False)
    _open: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    def close(self) -> None:
        """Stop the server, and remove the directory if we made it. Harmless when called again."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def set(self, settings: Settings) -> None:
        """Break more of it, or set it whole again, by the vocabulary. Raises LabError."""
        assert self.stage is not None
        for name, value in settings:
            FAULTS[name].set(self.stage, value)

    def ssh(self, seconds: int = 0, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """One real ssh into it, which asks nothing. `seconds`: how long it waits for the server's greeting.
        `arguments`: others than those of the person, such as the wizard's after a try.
        """
        hasty = ("-o", f"ConnectTimeout={seconds}") if seconds else ()
        command = ["ssh", "-o", "BatchMode=yes", *hasty, *(arguments or self.target_args), f"echo {_WORD}"]
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                timeout=_SSH_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 255, "", f"ssh said nothing for {_SSH_SECONDS} seconds")

    def works(self, arguments: Sequence[str] = ()) -> bool:
        """True when a real ssh gets in, and what it finds there is a shell."""
        done = self.ssh(_PATIENT_SECONDS, arguments)
        return done.returncode == 0 and _WORD in done.stdout


class Clouds:
    """The embedded clouds of this process: each is started once, and emptied for the next world."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._aws: aws.Aws | None = None
        self._google: gcp.Gcp | None = None

    def aws(self) -> aws.Aws:
        """An empty account."""
        if self._aws is None:
            self._aws = self._open.enter_context(aws.open_aws())
        else:
            self._aws.reset()
        return self._aws

    def google(self) -> gcp.Gcp:
        """An empty project."""
        if self._google is None:
            self._google = self._open.enter_context(gcp.open_gcp())
        else:
            self._google.reset()
        return self._google

    def close(self) -> None:
        """Stop both."""
        self._open.close()


@contextmanager
def clouds() -> Iterator[Clouds]:
    """For several worlds, one after the other."""
    kept = Clouds()
    try:
        yield kept
    finally:
        kept.close()


def open_world(exercise: str | Exercise, root: Path | None = None, *, kept: Clouds | None = None) -> World:
    """Open the world of an exercise; takes well under a second, with a cloud two.

    `root` must be missing or an empty directory (which stays, with its files, when the world closes); without
    it a temporary directory is made. `kept`: clouds that run already. Raises LabError, after cleaning up, when the
    world cannot be opened.
    """
    if isinstance(exercise, str):
        exercise = course.named(exercise)
    undo = ExitStack()
    try:
        home, ours = _private_directory(root)
        if ours:
            undo.callback(shutil.rmtree, home, ignore_errors=True)
        above = kept or undo.enter_context(clouds())
        amazon = above.aws() if exercise.cloud == "aws" else None
        google = above.google() if exercise.cloud == "gcp" else None
        pushed = (amazon or google).keys if amazon or google else None  # type: ignore[union-attr]
        lay_out(home, scratch=ours, pushed=pushed)
        port, host_key = _serve(home, undo)
        stage = Stage(Bench(home, port, host_key, undo), amazon, google)
        if exercise.log:
            write_private(home / LOG, exercise.log)
        _lay(stage, exercise)
    except BaseException as error:
        undo.close()
        if isinstance(error, OSError):
            raise LabError(f"The practice world could not be made: {error}") from error
        raise
    hidden, example = (gcp.HIDDEN, gcp.EXAMPLE) if google else (aws.HIDDEN, aws.EXAMPLE) if amazon else ((), "")
    target = ("-F", str(home / "config"), stage.bench.hosts[0])
    environment = amazon.environment if amazon else google.environment if google else {}
    return World(exercise, home, target, environment, hidden, example, stage, undo)


def _lay(stage: Stage, exercise: Exercise) -> None:
    """The healthy world, then what is broken in it: first what the cloud is made of, then everything else."""
    for early in (True, False):
        for name, value in exercise.faults:
            if FAULTS[name].early is early:
                FAULTS[name].set(stage, value)
        if early:
            if stage.aws:
                cloud.lay(stage)
            elif stage.google:
                gce.lay_project(stage)
            else:
                stage.bench.config()
                stage.bench.known_hosts(stage.bench.host_key)
            breaking.accounts(stage)


def _private_directory(root: Path | None) -> tuple[Path, bool]:
    """The world's directory with mode 700, and whether we made it."""
    if root is None:
        return Path(tempfile.mkdtemp(prefix="lab-")).resolve(), True
    root = root.absolute()
    if not root.exists():
        root.mkdir(mode=0o700, parents=True)
        return root, True
    if not root.is_dir() or any(root.iterdir()):
        raise LabError(f"A practice world needs an empty directory, and this is not one: {root}")
    root.chmod(0o700)
    return root, False


def _serve(home: Path, undo: ExitStack) -> tuple[int, str]:
    """Start the server of the world in `home`; returns its port and public host key once it listens."""
    spec, complaints = home / "server" / "spec.json", home / "server" / "errors.txt"
    told = child.start("The practice server", "sshwizard.lab.server", (str(spec),), complaints, undo)
    return int(told["port"]), str(told["host_key"])
