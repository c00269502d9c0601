"""Which of two versions of an rpm is the newer one. Pure."""

from __future__ import annotations

import re


def compared(one: str, other: str) -> int:
    """rpm's order of [EPOCH:]VERSION-RELEASE (rpm-version(7)): below 0, 0, above 0."""
    for mine, theirs in zip(_parts(one), _parts(other), strict=True):
        if found := _segments(mine, theirs):
            return found
    return 0


def _parts(text: str) -> tuple[str, str, str]:
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    version, _, release = rest.rpartition("-")
    return epoch, version or release, release if version else ""


_SEGMENT = re.compile(r"\d+|[A-Za-z]+|~|\^")


def _segments(one: str, other: str) -> int:
    """Runs of digits as numbers, runs of letters as text; numbers win over letters; ~ sorts before the end, and ^
    after the end but before anything else."""
    mine, theirs = _SEGMENT.findall(one), _SEGMENT.findall(other)
    for left, right in zip([*mine, ""], [*theirs, ""], strict=False):
        if left == right:
            continue
        for mark in ("~", "^"):
            if mark in (left, right):
                bare = not (right if left == mark else left)
                ahead = left == mark
                wins = ahead if mark == "^" and bare else not ahead
                return 1 if wins else -1
        if not left or not right:
            return 1 if left else -1
        if left.isdigit() != right.isdigit():
            return 1 if left.isdigit() else -1
        if left.isdigit():
            if int(left) != int(right):
                return 1 if int(left) > int(right) else -1
            continue
        return 1 if left > right else -1
    return (len(mine) > len(theirs)) - (len(mine) < len(theirs))
