"""One go at an exercise: its clock, its hints, what the tutor asked, and whether it is solved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from sshwizard.lab import progress
from sshwizard.lab.exercise import NONE, Exercise
from sshwizard.lab.world import World


class Practice:
    """What the screen and the conversation share about the exercise that is being done."""

    def __init__(self, world: World, *, tutor: bool = False) -> None:
        self.world, self.exercise, self.tutor = world, world.exercise, tutor
        self._began = time.monotonic()
        self._named = ""
        with suppress(OSError):
            progress.begun(self.exercise.id)

    def taught(self, asked: int, right: int) -> None:
        """The tutor asked."""
        with suppress(OSError):
            progress.taught(self.exercise.id, asked, right)

    def name(self, cause: str, *, free: bool = False) -> bool:
        """The learner says which cause it is; True when that is right. `free`: a wrong one costs nothing."""
        right = cause in self.exercise.causes
        self._named = cause if right else self._named
        if not right and not free:
            with suppress(OSError):
                progress.missed(self.exercise.id)
        return right

    @property
    def wants_name(self) -> bool:
        """True while the cause has to be named, and was not yet."""
        return self.exercise.ends == "named" and not self._named

    def solved(self, arguments: Sequence[str] = ()) -> bool:
        """Whether it is solved now: a real ssh gets in, or the cause that nobody here can mend was named.

        `arguments`: with which the wizard would call ssh.
        """
        if self.exercise.ends == "named" and self._named:
            return True
        if self.exercise.cause == NONE or self.exercise.log:
            return False
        other = tuple(arguments) not in {(), self.world.target_args}
        return self.world.works() or (other and self.world.works(arguments))

    def keep(self) -> progress.Row | None:
        """Write down that it is solved; None where nothing can be written."""
        with suppress(OSError):
            return progress.solved(self.exercise.id, time.monotonic() - self._began)
        return None


def hint(exercise: Exercise) -> tuple[int, str]:
    """The next hint of an exercise and its number, kept as told; after the last one, the last one again."""
    row = progress.rows().get(exercise.id, progress.Row())
    number = min(row.hints + 1, len(exercise.hints))
    with suppress(OSError):
        progress.hinted(exercise.id, number)
    return number, exercise.hints[number - 1]
