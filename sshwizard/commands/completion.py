"""`sshwizard completion`: what a shell may offer next."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from sshwizard import commands, paths, vocabulary
from sshwizard.commands import arguments, wizard
from sshwizard.exits import Exit
from sshwizard.fronts.hosts import hosts_from_config

_HARMLESS = re.compile(r"[A-Za-z0-9._:@/=-]+")
"""Shells expand the words they are given, and a Host line may come from a stranger: the rest is left out."""

SCRIPTS = {
    "bash": """\
_sshwizard() {
    local words
    words=$(sshwizard completion words -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sshwizard sshwizard
""",
    "zsh": """\
#compdef sshwizard
_sshwizard() {
    compadd -- ${(f)"$(sshwizard completion words -- ${words[2,CURRENT-1]} 2>/dev/null)"}
    _files
}
compdef _sshwizard sshwizard
""",
    "fish": """\
complete -c sshwizard -a '(sshwizard completion words -- (commandline -opc)[2..-1] 2>/dev/null)'
""",
}


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
        print(SCRIPTS[options.shell], end="")
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
    found = _options(commands.load(name).parser())
    if before[-1] == "--via":
        from sshwizard.doors.table import DOORS

        return [door.id for door in DOORS.values() if not door.offline]
    if before[-1] == "--checklist":
        from sshwizard.advice.checklist import ENVIRONMENTS

        return [*ENVIRONMENTS]
    if before[-1] == "--only":
        from sshwizard.commands.doctor import WHERE

        return [*WHERE]
    if name in {"ask", "diagnose", "doors", "connect", "rotate"}:
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
        return [*commands.NAMES, "exit-codes"]
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
