"""The exit codes of every command, in one place (see `sshwizard help exit-codes`)."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script learns from `$?`."""

    WORKS = 0
    CAUSE_FOUND = 1
    USAGE = 2
    CANNOT_TELL = 3
    NOT_PROVED = 4
    INTERRUPTED = 130


MEANING = {
    Exit.WORKS: "ssh works",
    Exit.CAUSE_FOUND: "a cause was found",
    Exit.USAGE: "the command was not understood",
    Exit.CANNOT_TELL: "could not tell",
    Exit.NOT_PROVED: "a fix was applied, and it is not proved to have helped",
    Exit.INTERRUPTED: "interrupted",
}


class UsageError(Exception):
    """A sentence for the person: what was wrong, where, and what to do. Ends with exit code 2."""
