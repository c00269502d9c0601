"""The tree, as it is folded: which rows are in view, and what waits so that nothing moves above the cursor. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sshwizard.fronts.tui.row import Key, Row


@dataclass(eq=False, slots=True)
class Branch:
    """A row, where it stands, and whether it is open."""

    row: Row
    up: Branch | None = None
    depth: int = 0
    open: bool = True
    line: int = -1
    """From 0, among those that were in view last; -1 where an upper row is shut."""
    under: list[Branch] = field(default_factory=list)

    def holds(self, other: Branch) -> bool:
        """True where `other` is this one, or stands under it."""
        up: Branch | None = other
        while up is not None and up is not self:
            up = up.up
        return up is self


class Folding:
    """The rows that were drawn last. A row keeps its fold as long as it stays in the tree."""

    def __init__(self) -> None:
        self.root = Branch(Row((), ""), depth=-1)
        self.lines: list[Branch] = []
        """What is in view, from top to bottom."""
        self.owes = False
        """Something waits above the branch that was held."""

    def take(self, rows: Sequence[Row], unfolded: Collection[Key], held: Branch | None) -> None:
        """These rows from now on. Nothing is put in, taken out or folded above the branch that is `held`."""
        self.owes = False
        self._take(self.root, rows, unfolded, held)
        self.lay()

    def lay(self) -> None:
        """Count anew what is in view."""
        for branch in self.lines:
            branch.line = -1
        self.lines = list(_open(self.root))
        for number, branch in enumerate(self.lines):
            branch.line = number

    def find(self, key: Key) -> Branch | None:
        """The branch in view with this key."""
        return next((branch for branch in self.lines if branch.row.key == key), None)

    def _take(self, above: Branch, rows: Sequence[Row], unfolded: Collection[Key], held: Branch | None) -> None:
        have = {branch.row.key: branch for branch in above.under}
        other = [row.key for row in rows] != list(have)
        waits = other and held is not None and _before(above, held) and not above.holds(held)
        self.owes = self.owes or waits
        made = list(above.under) if waits else []
        for row in rows:
            branch = have.get(row.key)
            if branch is None and waits:
                continue
            if branch is None:
                branch = Branch(row, above, above.depth + 1, row.open or row.key in unfolded)
            elif row.open != branch.row.open:
                if held is not None and 0 <= branch.line < held.line:
                    self.owes = True
                    row = replace(row, open=branch.row.open)
                else:
                    branch.open = row.open or row.key in unfolded
            branch.row = row
            self._take(branch, row.under, unfolded, held)
            if not waits:
                made.append(branch)
        above.under = made


def _before(branch: Branch, held: Branch) -> bool:
    """True where rows under `branch` stand above the held one."""
    return branch.up is not None and branch.open and 0 <= branch.line < held.line


def _open(above: Branch) -> Iterator[Branch]:
    for branch in above.under:
        yield branch
        if branch.open:
            yield from _open(branch)
