"""How arguments are read: our own long options, and everything else for ssh."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.fronts.themes import THEMES, VARIABLE
from sshwizard.language import LANGUAGES, say, spoken
from sshwizard.language.cells import wrap


class Reader(argparse.ArgumentParser):
    """A parser that says what was wrong in one sentence, and where more stands."""

    def format_help(self) -> str:
        return f"{super().format_help()}\n{say('more: sshwizard help exit-codes | environment | keys')}\n"

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See: {self.prog} --help")


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help in the reader's language, whose letters may fill two cells each."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, say("usage:") + " " if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(say(heading or ""))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return say(action.help or "")

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, width) if spoken() else super()._split_lines(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        rows = [row for line in say(text).split("\n") for row in self._wrapped(line, width)]
        return "\n".join(f"{indent}{row}" for row in rows) + ("\n" if text.endswith("\n") else "")

    def _wrapped(self, line: str, width: int) -> list[str]:
        """A sentence is broken where it must be; an example, which stands behind a margin, is not."""
        return wrap(line, width, width) if spoken() and line[:1] != " " else [line]


def parser(name: str, description: str, examples: str = "") -> argparse.ArgumentParser:
    """A parser in the style of all commands; `examples` are commands, one a line."""
    reader = Reader(
        prog=f"sshwizard {name}".strip(),
        description=description,
        epilog=examples,
        formatter_class=Layout,
        allow_abbrev=False,
    )
    reader.add_argument(
        "--lang", choices=LANGUAGES, help="the language of what is told (or SSHWIZARD_LANG, LC_ALL, LANG)"
    )
    return reader


def split(reader: argparse.ArgumentParser, argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own long options, and what belongs to ssh.

    Raises UsageError for a long option that is not ours: ssh has none.
    """
    takes = {
        option: action.nargs is None and action.const is None and action.default is None
        for action in reader._actions
        for option in action.option_strings
    }
    ours: list[str] = []
    theirs: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            theirs += rest
            break
        name = word.partition("=")[0]
        if word == "-h" or (word.startswith("--") and name in takes):
            ours.append(word)
            if takes[name] and "=" not in word and rest:
                ours.append(rest.pop(0))
        elif word.startswith("--"):
            raise UsageError(f"{word} is not an option here. See: {reader.prog} --help")
        else:
            theirs.append(word)
    return reader.parse_args(ours), theirs


def switched_on(variable: str) -> bool:
    """True when an environment variable is set to something other than nothing or 0."""
    return os.environ.get(variable, "") not in {"", "0"}


def may_look(reader: argparse.ArgumentParser) -> None:
    """Add the option about the colours of the full screen."""
    names = ", ".join(THEMES)
    reader.add_argument("--theme", metavar="NAME", help=f"the colours of the full screen, this time: {names} "
                        "(or SSHWIZARD_THEME=NAME; the palette, ctrl+p, remembers a choice)")  # fmt: skip


def dress(given: argparse.Namespace) -> None:
    """The theme that was named, also for what is started from the screen. Raises UsageError."""
    if given.theme is not None:
        if given.theme not in THEMES:
            raise UsageError(f"there is no theme {clean.line(given.theme, 60)!r}. One of: {', '.join(THEMES)}")
        os.environ[VARIABLE] = given.theme


def unfit() -> str:
    """Why the full screen is not the right one here, in a sentence; empty when it is."""
    for name in ("SSHWIZARD_ACCESSIBLE", "ACCESSIBLE"):
        if switched_on(name):
            return f"{name} is set, so the wizard speaks line by line, as sshwizard ask does."
    if os.environ.get("TERM") in {"dumb", "unknown"}:
        return f"This terminal (TERM={os.environ['TERM']}) shows lines only, so the wizard speaks line by line."
    return ""


def on_screen() -> bool:
    """True where a full screen can be shown: on a fit terminal, or in the browser of `sshwizard serve`."""
    if os.environ.get("TEXTUAL_DRIVER", "").endswith("WebDriver"):
        return True
    return sys.stdin.isatty() and sys.stdout.isatty() and not unfit()


def may_ask(reader: argparse.ArgumentParser) -> None:
    """Add the options that say whom the looks may ask."""
    reader.add_argument("--control", metavar="HOST[:PORT]", help="a public SSH server of your choice that may be asked "
                        "whether this network lets SSH out")  # fmt: skip
    reader.add_argument("--profile", metavar="NAME", help="ask AWS with this profile; several are parted by commas")
    reader.add_argument("--region", metavar="REGION", help="ask AWS in this region")
    reader.add_argument("--project", metavar="NAME", help="look for the VM in this Google Cloud project, and ask it "
                        "about a host that nothing else says is Google's; several are parted by commas")  # fmt: skip
    reader.add_argument("--no-cloud", action="store_true", help="ask no cloud (or SSHWIZARD_NO_CLOUD=1)")


_PROJECT = re.compile(r"(?:[a-z][-a-z0-9.]{1,60}:)?[a-z][-a-z0-9]{4,28}[a-z0-9]|\d{6,19}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}", re.ASCII)


def allow(given: argparse.Namespace) -> None:
    """Let the looks ask whom the person names: they read it from the environment, as from a shell.

    Raises UsageError for what names nobody.
    """
    if not given.no_cloud and (given.control, given.profile, given.region, given.project) == (None,) * 4:
        return
    from sshwizard.cloud import cloud
    from sshwizard.probes import egress

    if given.control is not None:
        if not egress.control(given.control)[0]:
            said = clean.line(given.control, 60)
            raise UsageError(f"--control takes HOST or HOST:PORT of a public SSH server, not {said!r}")
        os.environ[egress.CONTROL] = given.control
    if given.profile is not None:
        if not all(name.strip() for name in given.profile.split(",")):
            raise UsageError("--profile takes a name, or several with commas between them")
        os.environ[cloud.PROFILE] = given.profile
    if given.region is not None:
        if not _REGION.fullmatch(given.region):
            raise UsageError(f"--region takes a name such as eu-west-1, not {clean.line(given.region, 60)!r}")
        os.environ[cloud.REGION] = given.region
    if given.project is not None:
        if not all(_PROJECT.fullmatch(name.strip()) for name in given.project.split(",")):
            said = clean.line(given.project, 60)
            raise UsageError(f"--project takes the id of a Google Cloud project, such as web-prod-1, not {said!r}")
        os.environ[cloud.PROJECT] = given.project
    if given.no_cloud:
        os.environ[cloud.NO_CLOUD] = "1"
