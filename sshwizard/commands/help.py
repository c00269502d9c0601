"""`sshwizard help`: what the parsers say, and what holds for every command."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence

from sshwizard import commands
from sshwizard.commands import arguments, wizard
from sshwizard.exits import MEANING, Exit, UsageError
from sshwizard.language import say
from sshwizard.language.cells import wrap

ENVIRONMENT: Mapping[str, str] = {
    "SSHWIZARD_READ_ONLY": "Set to 1: look, and change nothing, as with --read-only.",
    "SSHWIZARD_LANG": "The language of what is told: en or ja; --lang comes before it, the locale after.",
    "SSHWIZARD_PLAIN": "Set to 1: plain lines instead of the full screen, as with --plain.",
    "SSHWIZARD_NO_CLOUD": "Set to 1: ask no cloud, as with --no-cloud.",
    "SSHWIZARD_NO_FREQUENCY": "Set to 1: which causes were met before is neither kept nor used.",
    "SSHWIZARD_DEBUG": "Set to 1: a mistake of sshwizard itself is shown with all its lines.",
    "NO_COLOR": "Set to anything: no colours on the full screen.",
    "SSH_AUTH_SOCK": "The agent that ssh asks for keys; sshwizard asks the same one.",
    "AWS_PROFILE, AWS_REGION": "Which account and region of AWS are asked; --profile and --region come first.",
    "CLOUDSDK_CONFIG": "Where gcloud keeps its settings: the project and the account of Google Cloud are read there.",
    "GOOGLE_APPLICATION_CREDENTIALS": "A file with credentials for Google Cloud, as for every program of Google's.",
    "XDG_STATE_HOME": "Where sessions and backups are kept, below sshwizard; else ~/.local/state.",
}
"""What a person may set. The man page has the same."""


def _exit_codes() -> Iterable[tuple[str, str]]:
    return [(str(int(code)), meaning) for code, meaning in MEANING.items()]


def _keys() -> Iterable[tuple[str, str]]:
    from sshwizard.fronts.tui.keys import WALK

    return [(key.shown, key.says) for key in WALK]


TOPICS: Mapping[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "exit-codes": _exit_codes,
    "environment": ENVIRONMENT.items,
    "keys": _keys,
}
"""What holds for every command: rows of a word and what it means."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "help",
        "Explain a command, the exit codes, the environment variables, or the keys of the full screen.",
        "examples:\n  sshwizard help diagnose\n  sshwizard help exit-codes\n  sshwizard help environment\n"
        "  sshwizard help keys\n",
    )
    reader.add_argument("topic", nargs="?", help=f"a command, or one of {', '.join(TOPICS)}")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    topic = parser().parse_args(argv).topic
    if topic in TOPICS:
        print("\n".join(_table(TOPICS[topic](), shutil.get_terminal_size().columns)))
    elif topic in commands.NAMES:
        commands.load(topic).parser().print_help()
    elif topic:
        raise UsageError(f"there is no command {topic!r}. Commands: {', '.join((*commands.NAMES, *TOPICS))}")
    else:
        wizard.parser().print_help()
    return Exit.WORKS


def _table(rows: Iterable[tuple[str, str]], columns: int) -> Iterable[str]:
    """Two columns; in a narrow terminal, or behind a long word, the meaning stands below."""
    rows = list(rows)
    indent = min(max(len(word) for word, _ in rows), 22) + 4
    width = max(min(columns, 120), 40)
    for word, meaning in rows:
        lines = wrap(say(meaning), width - indent, width - indent)
        if len(word) + 4 <= indent:
            yield f"  {word:<{indent - 4}}  {lines[0]}"
            lines = lines[1:]
        else:
            yield f"  {word}"
        yield from (" " * indent + line for line in lines)
