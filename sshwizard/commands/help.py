"""`sshwizard help`: what the parsers say, and the exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from sshwizard import commands
from sshwizard.commands import arguments, wizard
from sshwizard.exits import MEANING, Exit, UsageError
from sshwizard.language import say


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "help",
        "Explain a command, or the exit codes.",
        "examples:\n  sshwizard help diagnose\n  sshwizard help exit-codes\n",
    )
    reader.add_argument("topic", nargs="?", help="a command, or exit-codes")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    topic = parser().parse_args(argv).topic
    if topic == "exit-codes":
        for code, meaning in MEANING.items():
            print(f"{int(code):>4}  {say(meaning)}")
    elif topic in commands.NAMES:
        commands.load(topic).parser().print_help()
    elif topic:
        raise UsageError(f"there is no command {topic!r}. Commands: {', '.join(commands.NAMES)}")
    else:
        wizard.parser().print_help()
    return Exit.WORKS
