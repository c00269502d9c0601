"""The practice server's shell: a handful of commands that only answer with text. Nothing is ever executed."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST_LINE = 1000
"""Characters of one typed line; more are answered with a bell."""

_OPERATORS = re.compile(r"[;&|<>()]+")
_PRINTF = re.compile(r"%%|%s|\\n|\\t|\\\\")
_PRINTF_PLAIN = {"%%": "%", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}


@dataclass(frozen=True)
class Reply:
    """What a command answers: text for stdout, text for stderr, its exit status; `leave` ends the shell."""

    out: str = ""
    err: str = ""
    status: int = 0
    leave: bool = False


@dataclass(frozen=True)
class Shell:
    """The commands of one account on one host. `started`: when the server began, by time.monotonic()."""

    user: str
    host: str
    started: float

    @property
    def prompt(self) -> str:
        return f"{self.user}@{self.host}:~$ "

    @property
    def motd(self) -> str:
        return f"This is {self.host}, sshwizard's practice server. Nothing here is real; try help or exit.\n"

    def run(self, line: str) -> Reply:
        """Answer one command line. Never raises, whatever the line holds."""
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            lexer.commenters = ""
            words = list(lexer)
        except ValueError:
            return Reply(err="sh: a quotation mark is missing\n", status=2)
        if not words:
            return Reply()
        if any(_OPERATORS.fullmatch(word) for word in words):
            return Reply(err="sh: the practice server takes one plain command at a time\n", status=2)
        name, *arguments = words
        command = _COMMANDS.get(name)
        if command is None:
            return Reply(err=f"sh: {name}: command not found\n", status=127)
        return command(self, arguments)


def _echo(_: Shell, words: list[str]) -> Reply:
    if words[:1] == ["-n"]:
        return Reply(" ".join(words[1:]))
    return Reply(" ".join(words) + "\n")


def _printf(_: Shell, words: list[str]) -> Reply:
    if not words:
        return Reply(err="printf: usage: printf format [arguments]\n", status=2)
    arguments = iter(words[1:])
    return Reply(_PRINTF.sub(lambda found: _PRINTF_PLAIN.get(found[0]) or next(arguments, ""), words[0]))


def _exit(_: Shell, words: list[str]) -> Reply:
    if not words:
        return Reply(leave=True)
    if not re.fullmatch(r"[0-9]{1,9}", words[0]):
        return Reply(err="exit: a number is needed\n", status=2, leave=True)
    return Reply(status=int(words[0]) & 255, leave=True)


def _uptime(shell: Shell, _: list[str]) -> Reply:
    hours, minutes = divmod(int(time.monotonic() - shell.started) // 60, 60)
    now = time.strftime("%H:%M:%S")
    return Reply(f" {now} up {hours}:{minutes:02}, 1 user, load average: 0.00, 0.00, 0.00\n")


def _help(_: Shell, __: list[str]) -> Reply:
    return Reply(f"The practice server knows: {', '.join(sorted(_COMMANDS))}\n")


_COMMANDS: dict[str, Callable[[Shell, list[str]], Reply]] = {
    "echo": _echo,
    "exit": _exit,
    "false": lambda _, __: Reply(status=1),
    "help": _help,
    "hostname": lambda shell, _: Reply(f"{shell.host}\n"),
    "printf": _printf,
    "true": lambda _, __: Reply(),
    "uptime": _uptime,
    "whoami": lambda shell, _: Reply(f"{shell.user}\n"),
}

Typed = tuple[Literal["echo", "line", "end"], str]
"""What typing leads to: text for the screen, a finished line, or ctrl+D on an empty line."""


class LineEditor:
    """Turns what is typed into lines. Knows backspace, ctrl+U, ctrl+C, ctrl+D; arrow keys do nothing."""

    def __init__(self) -> None:
        self._line = ""
        self._escape = ""
        self._after_return = False

    def feed(self, text: str) -> Iterator[Typed]:
        """The events of `text`, in order. A line ends at CR, LF or CR LF."""
        for letter in text:
            after_return, self._after_return = self._after_return, letter == "\r"
            if self._swallows(letter) or (after_return and letter == "\n"):
                continue
            yield from self._key(letter)

    def _key(self, letter: str) -> Iterator[Typed]:
        if letter in "\r\n":
            line, self._line = self._line, ""
            yield "echo", "\n"
            yield "line", line
        elif letter == "\x03":
            self._line = ""
            yield "echo", "^C\n"
            yield "line", ""
        elif letter == "\x04":
            if not self._line:
                yield "end", ""
        elif letter == "\x15":
            yield "echo", "\b \b" * len(self._line)
            self._line = ""
        elif letter in "\x08\x7f":
            yield "echo", "\b \b" if self._line else ""
            self._line = self._line[:-1]
        elif letter.isprintable():
            yield from self._letter(letter)

    def _letter(self, letter: str) -> Iterator[Typed]:
        if len(self._line) >= LONGEST_LINE:
            yield "echo", "\a"
            return
        self._line += letter
        yield "echo", letter

    def _swallows(self, letter: str) -> bool:
        """Whether `letter` belongs to an escape sequence, such as an arrow key sends."""
        if not self._escape:
            self._escape = letter if letter == "\x1b" else ""
            return letter == "\x1b"
        if self._escape == "\x1b" and letter in "[O":
            self._escape = letter
        elif self._escape == "\x1b" or "\x40" <= letter <= "\x7e":
            self._escape = ""
        return True
