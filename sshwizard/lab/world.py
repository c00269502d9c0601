"""Opens a practice world and closes it without a trace: the directory, and the server in a child process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sshwizard.lab import aws, child, cloud, gce, gcp
from sshwizard.lab.bench import Bench, LabError, lay_out
from sshwizard.lab.exercises import EXERCISES, FAULTS, Exercise

_ON_AWS = {**cloud.AWS_EXERCISES, cloud.OPEN_ACCOUNT.id: cloud.OPEN_ACCOUNT}
_ON_GOOGLE = {**gce.GCE_EXERCISES, gce.OPEN_PROJECT.id: gce.OPEN_PROJECT}
_EVERY = {**EXERCISES, **_ON_AWS, **_ON_GOOGLE}


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


def open_world(exercise_id: str, root: Path | None = None) -> World:
    """Open the world of an exercise; takes well under a second.

    `root` must be missing or an empty directory (which stays, with its files, when the world closes); without
    it a temporary directory is made. Raises LabError, after cleaning up, when the world cannot be opened.
    """
    exercise = _EVERY.get(exercise_id)
    if exercise is None:
        raise LabError(f"There is no exercise {exercise_id!r}; there are: {', '.join(_EVERY)}")
    undo = ExitStack()
    try:
        home, ours = _private_directory(root)
        if ours:
            undo.callback(shutil.rmtree, home, ignore_errors=True)
        amazon = undo.enter_context(aws.open_aws()) if exercise_id in _ON_AWS else None
        google = undo.enter_context(gcp.open_gcp()) if exercise_id in _ON_GOOGLE else None
        above = amazon or google
        lay_out(home, scratch=ours, pushed=above.keys if above else None)
        port, host_key = _serve(home, undo)
        bench = Bench(home, port, host_key, undo)
        if amazon:
            bench = cloud.break_(exercise_id, bench, amazon)
        elif google:
            bench = gce.break_(exercise_id, bench, google)
        else:
            bench.config()
            bench.known_hosts(host_key)
            FAULTS[exercise_id](bench)
    except BaseException as error:
        undo.close()
        if isinstance(error, OSError):
            raise LabError(f"The practice world could not be made: {error}") from error
        raise
    hidden, example = (gcp.HIDDEN, gcp.EXAMPLE) if google else (aws.HIDDEN, aws.EXAMPLE) if amazon else ((), "")
    target = ("-F", str(home / "config"), bench.hosts[0])
    return World(exercise, home, target, above.environment if above else {}, hidden, example, undo)


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
