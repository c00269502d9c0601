"""The one place where anything is changed: each effect is written down before it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sshwizard import clean, effects
from sshwizard.effects import Effect, Refused, Restore
from sshwizard.events import Doing
from sshwizard.paths import short
from sshwizard.store import Store, changing


class CannotFix(Exception):
    """A change was not made; the text says why, and the world is as it was."""


class Overtaken(CannotFix):
    """The world is no longer as the preview saw it, so another look may tell another story."""


class Journal:
    """Makes changes, one wizard at a time, and writes each into the session file first."""

    def __init__(self, store: Store | None, *, read_only: bool, noted: Callable[[Doing], None]) -> None:
        self.store = store
        self.read_only = read_only
        self.hand_over: Callable[[], AbstractContextManager[object]] | None = None
        """Gives the person's terminal to a program that may ask; None where there is none."""
        self.noted = noted
        """Told of each change once it is written down."""

    def change(self, fix_id: str, planned: Sequence[Effect]) -> tuple[Effect, ...]:
        """Apply effects in order and return their inverses, last first. Raises CannotFix, with nothing changed."""
        world = [effect for effect in planned if effect.changes]
        if self.read_only and world:
            raise CannotFix("read-only: nothing is changed")
        if self.store is None and world:
            raise CannotFix("no session is kept, so the change could not be taken back; nothing was changed")
        asks = any(effect.terminal for effect in planned)
        if asks and self.hand_over is None:
            typed = "; ".join(line for effect in planned for line in effect.preview())
            raise CannotFix(f"this needs a terminal; type it there: {typed}")

        def note(effect: Effect, inverse: Effect | None) -> None:
            if effect.changes:
                self._write(Doing(fix_id, effect, inverse, now()))

        with contextlib.ExitStack() as held:
            try:
                if world:
                    held.enter_context(changing())
                if asks and self.hand_over:
                    held.enter_context(self.hand_over())
                return effects.apply_all(planned, note)
            except Refused as error:
                raise Overtaken(clean.line(str(error))) from None
            except OSError as error:
                raise CannotFix(effects.in_words(error)) from None

    def _write(self, event: Doing) -> None:
        try:
            if self.store is None:
                raise OSError(None, "the session is gone")
            self.store.append(event)
        except OSError as error:
            raise OSError(f"the journal cannot be written ({error.strerror}), so nothing was changed") from None
        self.noted(event)

    def settle(self, pending: Sequence[Doing]) -> tuple[str, ...]:
        """After a crash in the middle of a change: say of each effect whether it was made, and take it back.

        What somebody changed since stays as it is, and is said. Raises CannotFix when nothing may be changed now.
        """
        if pending and not self.read_only:
            try:
                with changing():
                    for doing in pending:  # first: a half-written file would keep a new directory from being empty
                        effects.sweep_after(doing.effect)
            except OSError as error:
                raise CannotFix(effects.in_words(error)) from None
        return tuple(self._settled(doing) for doing in reversed(pending))

    def _settled(self, doing: Doing) -> str:
        what = clean.line("; ".join(doing.effect.preview()), 400)
        if doing.effect.terminal:
            back = "; ".join(doing.inverse.preview()) if doing.inverse else ""
            return f"It may have been made: {what}" + (f". This takes it back: {back}" if back else "")
        if doing.inverse and holds(doing.inverse):
            self.change(doing.fix, (doing.inverse,))
            return f"It had been made, and was taken back: {what}"
        if holds(doing.effect):
            return f"It had not been made: {what}"
        if doing.inverse is None:
            return f"It was made, and there is no way back: {what}"
        copy = doing.inverse.backup if isinstance(doing.inverse, Restore) else ""
        before = f". What was there before is in {short(copy)}" if copy else ""
        return f"Somebody changed it since, so it stays as it is: {what}{before}"


def holds(effect: Effect) -> bool:
    """True when the world is as the effect expects it."""
    try:
        effect.check()
    except (Refused, OSError):
        return False
    return True


def now() -> str:
    """Local time, ISO 8601 with its offset."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
