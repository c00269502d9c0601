"""Who has the keyboard of a session: its owner, or one of those who joined. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

OWNER = 0
"""The number of whoever began the session; joiners are numbered from 1."""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The holder, and who waits."""

    holder: int = OWNER
    alone: bool = False
    """True: the holder's own yes makes a change; otherwise the owner's does."""
    asking: tuple[int, ...] = ()
    free: bool = False
    """True: nobody sits at the owner's screen (a served session), so it belongs to whoever asks first."""

    def may(self, who: int) -> bool:
        """True where acts of `who` count; of a free keyboard, the first act takes it."""
        return who == self.holder or (self.free and self.holder == OWNER)

    def ask(self, who: int) -> Keyboard:
        """`who` wants it."""
        if who == self.holder or who in self.asking:
            return self
        if self.free and self.holder == OWNER:
            return replace(self, holder=who, alone=True)
        return replace(self, asking=(*self.asking, who))

    def give(self, *, alone: bool) -> Keyboard:
        """The owner hands it to whoever asked first."""
        if not self.asking:
            return self
        return replace(self, holder=self.asking[0], alone=alone, asking=self.asking[1:])

    def take(self) -> Keyboard:
        """The owner has it again."""
        return replace(self, holder=OWNER, alone=False)

    def gone(self, who: int) -> Keyboard:
        """`who` gives it back, waits no longer, or left; of a free one, the next in line has it."""
        left = replace(self, asking=tuple(one for one in self.asking if one != who))
        if who != self.holder:
            return left
        left = left.take()
        return left.give(alone=True) if self.free else left
