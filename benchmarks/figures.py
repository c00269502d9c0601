"""What a benchmark found: a figure with its limit and what it is compared with, and points of a curve.

`tell` prints them as the rows of one table. Where SSHWIZARD_MEASURED names a file, they are kept there as JSON, of
which table.py and page.py make the table and the pictures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

KEEP = "SSHWIZARD_MEASURED"
HEAD = ("what", "ours", "compared with", "ratio", "limit", "verdict")
_WIDTHS = (52, 11, 40, 7, 16, 7)


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    what: str
    ours: float | None
    """None: it was not measured, `against` says why."""
    unit: str
    against: str = ""
    theirs: float | None = None
    """What it is compared with, in the same unit."""
    limit: float | None = None
    of: Literal["ratio", "more", "most", "least"] = "ratio"
    """The limit is the highest ratio, the most above theirs, the most of ours, or the least of ours."""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs."""
        return self.ours / self.theirs if self.ours is not None and self.theirs else None

    @property
    def held(self) -> bool:
        """False where the limit is missed; without a limit there is none to miss."""
        if self.limit is None or self.ours is None:
            return True
        if self.of == "least":
            return self.ours >= self.limit
        value = {"ratio": self.ratio, "more": self.ours - (self.theirs or 0.0)}.get(self.of, self.ours)
        return value is not None and value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The row, as the columns of HEAD."""
        theirs = "" if self.theirs is None else f" {self.amount(self.theirs)}"
        sign = "x" if self.of == "ratio" else f" {self.unit}"
        word = {"least": "least ", "more": "most +"}.get(self.of, "most ")
        limit = "" if self.limit is None else f"{word}{self.limit:g}{sign}"
        verdict = "-" if self.ours is None or self.limit is None else "ok" if self.held else "MISSED"
        digits = 0 if (by := self.ratio or 0.0) >= 20 else 2 if by >= 0.1 else 4
        ours = "-" if self.ours is None else self.amount(self.ours)
        return self.what, ours, f"{self.against}{theirs}", f"{by:.{digits}f}" if by else "", limit, verdict

    def amount(self, value: float) -> str:
        """A value with its unit, three digits of it; a count as it is."""
        digits = 0 if value >= 100 or isinstance(value, int) else 1 if value >= 10 else 2 if value >= 1 else 3
        return f"{value:,.{digits}f} {self.unit}"


@dataclass(frozen=True)
class Curve:
    """How something grows. Each series is a list of points, as far as it was measured."""

    name: str
    title: str
    across: str
    """What grows, with its unit."""
    up: str
    series: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)


def line(cells: Sequence[str]) -> str:
    """A row of the table on a terminal."""
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def tell(figures: Sequence[Figure], curves: Sequence[Curve] = (), each: Sequence[tuple[str, float, float]] = ()) -> int:
    """Print the rows, keep them where somebody wants to, and give the exit status: 1 where a limit is missed.

    `each`: what a figure is the sum of, by name, theirs and ours.
    """
    for cells in (HEAD, *(one.cells() for one in figures)):
        print(line(cells), flush=True)
    if where := os.environ.get(KEEP):
        rows, lines = [asdict(one) for one in figures], [asdict(one) for one in curves]
        told = {"figures": rows, "curves": lines, "each": each}
        Path(where).write_text(json.dumps(told, indent=1) + "\n")
    return 0 if all(one.held for one in figures) else 1
