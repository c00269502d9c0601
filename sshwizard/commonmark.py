"""Words of strangers in Markdown (CommonMark and GitHub's), where none is more than a word.

What was written by a machine stands in code; a sentence in which a link, a name to be notified or an address could
come alive stands in a code span as a whole, and in every other one each character that means something is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ALIVE = re.compile(
    r"@|://|www\.|mailto:|xmpp:|(?<!\w)#\d|\bGH-\d|:[a-z]\w*:|\b(?!ed25519\b)[0-9a-f]{7,40}\b|[\w-]+/[\w-]+#", re.I
)
"""What turns into a link or a message by itself: addresses, mentions, issues, commits, emoji (GitHub, GitLab)."""
_NEEDS = re.compile(r"[\\`*_\[\]<>#|~&^$]|^(?:[-+=]|\d+[.)])|!(?=\[)")
"""What must be escaped where it stands; a full stop in a sentence need not."""


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


def fenced(lines: Iterable[str], kind: str = "") -> str:
    """A block of code; its fence is longer than any run of backticks in it."""
    text = "\n".join(lines)
    fence = "`" * max(_longest_run(text) + 1, 3)
    return f"{fence}{kind}\n{text}\n{fence}"


def cell(text: str) -> str:
    """The same for a cell of a table, which a bar would end even inside code (GitHub Flavored Markdown, 4.10)."""
    told = inert(text)
    return re.sub(r"(?<=\\)\|", " |", told).replace("|", r"\|") if told.startswith("`") else told


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
