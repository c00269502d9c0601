"""A report as Markdown (CommonMark and GitHub's), in which no word from outside is more than a word.

What was written by a machine stands in code; a sentence in which a link, a name to be notified or an address could
come alive stands in a code span as a whole, and in every other one each character that means something is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sshwizard import wording
from sshwizard.fronts.reports.story import Block, Code, Heading, Items, Say

_ALIVE = re.compile(
    r"@|://|www\.|mailto:|xmpp:|(?<!\w)#\d|\bGH-\d|:[a-z]\w*:|\b(?!ed25519\b)[0-9a-f]{7,40}\b|[\w-]+/[\w-]+#", re.I
)
"""What turns into a link or a message by itself: addresses, mentions, issues, commits, emoji (GitHub, GitLab)."""
_NEEDS = re.compile(r"[\\`*_\[\]<>#|~&^$]|^(?:[-+=]|\d+[.)])|!(?=\[)")
"""What must be escaped where it stands; a full stop in a sentence need not."""


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
            yield _fenced(block.lines)
        case Items():
            yield "\n".join(_items(block))


def _items(block: Items) -> Iterator[str]:
    for number, row in enumerate(block.rows, 1):
        lead = f"{number}. " if block.ordered else "- "
        sign = f"{wording.mark(row.mark, ascii_only=False)} " if row.mark else ""
        yield f"{lead}{sign}{inert(row.text)}"
        for more in row.more:
            yield f"{' ' * len(lead)}- {inert(more)}"


def inert(text: str) -> str:
    """A sentence as one line of Markdown that says just this."""
    if not text.strip():
        return ""
    if _ALIVE.search(text):
        return span(text)
    return _NEEDS.sub(lambda found: re.sub(r"([^\w\s])", r"\\\1", found[0]), text.strip())


def span(text: str) -> str:
    """A code span; its fence is longer than any run of backticks in it."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    fence = "`" * max(_longest_run(text) + 1, 3)
    return f"{fence}text\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
