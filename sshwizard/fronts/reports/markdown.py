"""A report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sshwizard import wording
from sshwizard.commonmark import fenced, inert
from sshwizard.fronts.reports.story import Block, Code, Heading, Items, Say


def written(blocks: Iterable[Block]) -> str:
    """The text of a report."""
    return "\n\n".join(part for block in blocks for part in _block(block)) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {inert(block.text)}"
        case Say():
            yield inert(block.text)
        case Code():
            yield fenced(block.lines, "text")
        case Items():
            yield "\n".join(_items(block))


def _items(block: Items) -> Iterator[str]:
    for number, row in enumerate(block.rows, 1):
        lead = f"{number}. " if block.ordered else "- "
        sign = f"{wording.mark(row.mark, ascii_only=False)} " if row.mark else ""
        yield f"{lead}{sign}{inert(row.text)}"
        for more in row.more:
            yield f"{' ' * len(lead)}- {inert(more)}"
