"""docs/sshwizard.1: the manual page, as groff with the man macros, from what the commands say of themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from sshwizard import __version__, commands
from sshwizard.commands.help import ENVIRONMENT
from sshwizard.exits import MEANING


def man_page() -> str:
    """The manual page, as groff with the man macros."""
    wizard: argparse.ArgumentParser = commands.load("wizard").parser()
    parsers: dict[str, argparse.ArgumentParser] = {name: commands.load(name).parser() for name in commands.NAMES}
    rows = [
        '.\\" Made by scripts/docs.py from the command line of sshwizard. Do not edit.',
        f'.TH SSHWIZARD 1 "" "sshwizard {__version__}" "User Commands"',
        ".SH NAME",
        "sshwizard \\- finds out why an SSH connection fails",
        ".SH SYNOPSIS",
        ".nf",
        *(_roff(row.strip().removeprefix("usage: ")) for row in _usage(wizard).splitlines()),
        *(_roff(_usage(parser)) for parser in parsers.values()),
        ".fi",
        ".SH DESCRIPTION",
        *_paragraphs(wizard.description or ""),
        ".PP",
        "Without a command it opens the wizard.",
        "What is no option of its own goes to ssh as it stands.",
        ".SH OPTIONS",
        *_options(wizard),
        ".SH COMMANDS",
    ]
    for name, parser in parsers.items():
        rows += [f".SS {name}", *_paragraphs(parser.description or ""), *_options(parser)]
        if examples := _examples(parser):
            rows += [".PP", "Examples:", *examples]
    rows += [".SH EXAMPLES", *_examples(wizard)]
    rows.append(".SH EXIT STATUS")
    for code, meaning in MEANING.items():
        rows += [".TP", f".B {int(code)}", _roff(meaning)]
    rows.append(".SH ENVIRONMENT")
    for name, meaning in ENVIRONMENT.items():
        rows += [".TP", f".B {name}", _roff(meaning)]
    rows += [".SH SEE ALSO", ".BR ssh (1),", ".BR ssh_config (5),", ".BR ssh\\-keygen (1)"]
    return "\n".join(rows) + "\n"


def _usage(parser: argparse.ArgumentParser) -> str:
    """The usage line; made here, because argparse words it differently from one Python to the next."""
    if parser.usage:
        return parser.usage
    words = [parser.prog]
    for action in parser._actions:
        if action.option_strings:
            words.append(f"[{action.option_strings[0]}]")
        else:
            name = _metavar(action)
            words.append({"?": f"[{name}]", "*": f"[{name} …]"}.get(str(action.nargs), name))
    return " ".join(words)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield ".TP"
        yield f".B {_roff(_spelled(action) if action.option_strings else _metavar(action))}"
        yield _roff(_help(action))


def _help(action: argparse.Action) -> str:
    known = {"help": "show the help and exit", "version": "show the version and exit"}
    return known.get(action.dest, action.help or "")


def _spelled(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {_metavar(action)}"


def _metavar(action: argparse.Action) -> str:
    return action.metavar if isinstance(action.metavar, str) else action.dest.upper()


def _paragraphs(text: str) -> list[str]:
    rows: list[str] = []
    for number, part in enumerate(text.strip().split("\n\n")):
        rows += [".PP"] if number else []
        rows += [_roff(row.strip()) for row in part.splitlines()]
    return rows


def _examples(parser: argparse.ArgumentParser) -> list[str]:
    """The examples of a command: what its epilog says from that word to the next empty line."""
    told = (parser.epilog or "").partition("examples:\n")[2].partition("\n\n")[0]
    return [".RS", ".nf", *(_roff(row.strip()) for row in told.splitlines()), ".fi", ".RE"] if told else []


def _roff(text: str) -> str:
    """Text as groff input: its own signs escaped, everything in ASCII."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(sign if ord(sign) < 128 else f"\\[u{ord(sign):04X}]" for sign in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
