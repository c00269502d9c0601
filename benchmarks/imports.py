"""What each command costs before its first look: CPU time of a fresh interpreter, and what it imports.

Ratios against `python -c pass` of the same series; the guard that cannot drift is tests/test_imports.py.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from figures import Figure, tell

ROUNDS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "--version": ["-m", "sshwizard", "--version"],
    "explain CODE": ["-m", "sshwizard", "explain", "key.permissions-too-open"],
    "causes": ["-m", "sshwizard", "causes"],
}


def cpu(arguments: list[str]) -> float:
    """Milliseconds of CPU that one run takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, timeout=20)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> int:
    """Alternate the commands, so that a busy machine slows them all."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            taken[name].append(cpu(arguments))
    (bare, *_), *others = ([statistics.median(times)] for times in taken.values())
    names = list(taken)[1:]
    return tell(
        [Figure(f"{name}: CPU", one, "ms", "python -c pass", bare) for name, (one,) in zip(names, others, strict=True)]
    )


if __name__ == "__main__":
    raise SystemExit(main())
