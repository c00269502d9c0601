"""`sshwizard completion`: what a shell may offer next."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from importlib.resources import files

from sshwizard import commands, paths, vocabulary
from sshwizard.commands import arguments, wizard
from sshwizard.exits import Exit
from sshwizard.fronts.hosts import hosts_from_config

_HARMLESS = re.compile(r"[A-Za-z0-9._:@/=-]+")
"""Shells expand the words they are given, and a Host line may come from a stranger: the rest is left out."""

SCRIPTS = {"bash": "sshwizard.bash", "zsh": "_sshwizard", "fish": "sshwizard.fish"}
"""The files in data/completion; the wheel also puts them where the shells of its prefix look (pyproject.toml)."""


def script(shell: str) -> str:
    """What a shell has to read once."""
    return (files("sshwizard") / "data" / "completion" / SCRIPTS[shell]).read_text("utf-8")


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "completion",
        "Print a script that teaches a shell to complete commands, options, hosts and causes.",
        "examples:\n  source <(sshwizard completion bash)\n  sshwizard completion zsh > ~/.zfunc/_sshwizard\n"
        "  sshwizard completion fish > ~/.config/fish/completions/sshwizard.fish\n",
    )
    reader.add_argument("shell", choices=(*SCRIPTS, "words"), help="which shell; words: what may come next")
    reader.add_argument("before", nargs="*", metavar="WORD", help="with words: what stands before")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    if options.shell == "words":
        print("\n".join(word for word in words(options.before) if _HARMLESS.fullmatch(word)))
    else:
        print(script(options.shell), end="")
    return Exit.WORKS


def words(before: Sequence[str]) -> list[str]:
    """Everything that may stand after `before`."""
    if before and before[-1] == "--see":
        from sshwizard.tree.limbs import LIMBS

        return [limb.id for limb in LIMBS]
    if before and before[-1] == "--theme":
        from sshwizard.fronts.themes import THEMES

        return [*THEMES]
    name = before[0] if before and before[0] in commands.NAMES else ""
    if not name:
        return [*([] if before else commands.NAMES), *_options(wizard.parser()), *_hosts()]
    reader = commands.load(name).parser()
    found = _options(reader)
    for action in reader._actions:
        if action.choices and before[-1] in action.option_strings:
            return [str(choice) for choice in action.choices]
    if before[-1] == "--via":
        from sshwizard.doors.table import DOORS

        return [door.id for door in DOORS.values() if not door.offline]
    if before[-1] == "--checklist":
        from sshwizard.advice.checklist import ENVIRONMENTS

        return [*ENVIRONMENTS]
    if before[-1] == "--only":
        from sshwizard.commands.doctor import WHERE

        return [*WHERE]
    if name in {"ask", "diagnose", "inside", "doors", "connect", "rescue", "changes", "rotate", "sweep", "serve"}:
        return [*found, *_hosts()]
    if name == "explain":
        return [*found, *vocabulary.causes()]
    if name == "reach":
        from sshwizard.commands.reach import CLOUDS

        return [*found, *CLOUDS]
    if before[-1] == "--format":
        from sshwizard.fronts.reports.writing import FORMATS

        return [*FORMATS]
    if name in {"replay", "report", "undo"}:
        from sshwizard import store

        return [*found, *(["last"] if name != "undo" else []), *(path.stem for path in store.recent())]
    if name == "watch":
        from sshwizard.commands.watch import LAST

        return [*found, LAST]
    if name == "help":
        from sshwizard.commands.help import TOPICS

        return [*commands.NAMES, *TOPICS]
    if name == "completion":
        return [*found, *SCRIPTS]
    if name == "lab":
        from sshwizard.lab import EXERCISES, OPEN, course

        if before[-1] == "--answer":
            return [*vocabulary.causes(), "none"]
        more = [] if len(before) > 1 and before[1] == "check" else ["next", "check", *OPEN]
        return [*found, *EXERCISES, *(one.id for one in course.teams()[0]), *more]
    return found


def _options(reader: argparse.ArgumentParser) -> list[str]:
    return [option for action in reader._actions for option in action.option_strings if option.startswith("--")]


def _hosts() -> list[str]:
    return hosts_from_config(paths.ssh_dir() / "config")
