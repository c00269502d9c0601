"""A path in a previewed command."""

from __future__ import annotations

import shlex

from sshwizard import clean
from sshwizard.paths import short


def spelled(path: str) -> str:
    """`path` as a person would type it: with ~ where that needs no quotes."""
    told = clean.line(short(path))
    return told if told.startswith("~") and shlex.quote(told[1:]) == told[1:] else shlex.quote(clean.line(path))
