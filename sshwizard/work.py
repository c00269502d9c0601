"""A session that is about no diagnosis: changes that a command makes, journaled and undone like all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sshwizard import followup
from sshwizard.effects import Effect
from sshwizard.events import Began, Did
from sshwizard.journal import CannotFix, now
from sshwizard.model import Target
from sshwizard.runner import Runner
from sshwizard.store import Store
from sshwizard.tree import START


class Work:
    """One such session. Its file is made when the first change is."""

    def __init__(self, name: str, *, read_only: bool = False) -> None:
        self.name, self.read_only = name, read_only
        self.runner: Runner | None = None
        self.hand_over: Callable[[], AbstractContextManager[object]] | None = None
        """Gives the person's terminal to a program that may ask; None where there is none."""

    @property
    def path(self) -> Path | None:
        """The session's file, for undo; None while nothing was changed."""
        return self.runner.store.path if self.runner and self.runner.store else None

    def change(self, fix: str, code: str, plan: Sequence[Effect]) -> Did:
        """Make a change. Raises CannotFix, with nothing changed."""
        if self.read_only:
            raise CannotFix("read-only: nothing is changed")
        runner = self._begun()
        runner.journal.hand_over = self.hand_over
        inverses = runner.journal.change(fix, plan)
        did = Did(fix, code, -1, START, "", START, "", tuple(plan), inverses, now())
        runner.see(did)
        followup.note(self.path, len(runner.state.changes) - 1, self.name, did)
        return did

    async def undo(self) -> None:
        """Take the newest change back. Raises CannotFix."""
        if self.runner:
            await self.runner.undo()

    def _begun(self) -> Runner:
        if self.runner is None:
            try:
                store = Store.create(self.name)
                began = Began(Target(self.name), "hand", now())
                store.append(began)
            except OSError as error:
                raise CannotFix(f"no session can be kept ({error.strerror}), so nothing was changed") from None
            self.runner = Runner([began], store=store)
        return self.runner
