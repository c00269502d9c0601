"""Where a value of the ssh config comes from: file and line of each setting that applied.

`ssh -G` stays the judge of the value. Which files were read and which blocks applied is not evaluated here
either: the trace that `ssh -vvv -G` writes says so in reading order ("Reading configuration data", "Including
file", "Applying options for", "match found"), also for `Match exec`. This reader follows the trace through the
files and notes the lines in between, in ssh's own order, where the first value wins (ssh_config(5)).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sshwizard import clean, paths
from sshwizard.probes.scene import Setting, Settings

Kind = Literal["reading", "applying", "including", "asked", "matched", "unmatched", "again"]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the trace that says how ssh read its configuration."""

    kind: Kind
    file: str = ""
    line: int = 0
    text: str = ""


_STEPS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("reading", re.compile(r"debug1: Reading configuration data (?P<file>.+)$")),
    ("applying", re.compile(r"debug1: (?P<file>.+) line (?P<line>\d+): Applying options for (?P<text>.*)$")),
    ("including", re.compile(r"debug3: (?P<file>.+) line (?P<line>\d+): Including file (?P<text>.+?) depth \d+")),
    ("asked", re.compile(r"debug2: checking match for '(?P<text>.*)' host ")),
    ("matched", re.compile(r"debug2: match found$")),
    ("unmatched", re.compile(r"debug2: match not found$")),
    ("again", re.compile(r"debug1: re-parsing configuration$")),
)

GLOBAL, ANY = -2, -1
"""How special a line is that stands before every block, and one in a Match block that names no host."""

EXACT = 1000
"""How special a block is that names the host without a wildcard; below it, the letters of its pattern count."""


def trace(text: str) -> tuple[Step, ...]:
    """The steps in what `ssh -vvv -G` writes to standard error."""
    return tuple(_steps(text.splitlines()))


def _steps(rows: Sequence[str]) -> Iterator[Step]:
    for row in rows:
        for kind, pattern in _STEPS:
            if found := pattern.match(row.rstrip("\r")):
                part = found.groupdict()
                yield Step(kind, part.get("file") or "", int(part.get("line") or 0), part.get("text") or "")
                break


def on_disk(file: str) -> list[str]:
    """The lines of a config file. Raises OSError."""
    return paths.expand(file).read_bytes().decode("utf-8", "surrogateescape").split("\n")


def unread(args: Sequence[str]) -> Path | None:
    """The person's own config, or its directory, when ssh would read it and may not: it is passed over without a
    word. With -F, ssh itself stops and says so."""
    if "-F" in args:
        return None
    file = paths.ssh_dir() / "config"
    if file.parent.is_dir() and not os.access(file.parent, os.X_OK):
        return file.parent
    return file if os.access(file, os.F_OK) and not os.access(file, os.R_OK) else None


class Lost(Exception):
    """The trace and the files do not agree; what was read before still holds."""


class Reader:
    """Follows one trace through the files. `found` holds the settings that applied, in ssh's order."""

    def __init__(self, steps: Sequence[Step], read: Callable[[str], list[str]] = on_disk) -> None:
        self.found: list[Setting] = []
        self.whole = True
        """False when the trace could not be followed to its end."""
        self._steps = list(steps)
        self._at = 0
        self._read = read
        self._active = False
        self._block = ("", GLOBAL)
        try:
            while step := self._next("reading", "again"):
                if step.kind == "reading":
                    self._active, self._block = True, ("", GLOBAL)
                    self._file(step.file, never=False)
            self.whole = self._at == len(self._steps)
        except (Lost, OSError, RecursionError):
            self.whole = False

    def _next(self, *kinds: Kind, file: str = "", line: int = 0) -> Step | None:
        """The next step of the trace, taken, if it is one of `kinds` at this place."""
        if self._at >= len(self._steps):
            return None
        step = self._steps[self._at]
        if step.kind not in kinds or (line and step.line != line) or (file and step.file != file[:200]):
            return None  # a message of ssh holds 200 letters of a name
        self._at += 1
        return step

    def _file(self, file: str, *, never: bool) -> None:
        for number, row in enumerate(self._read(file), 1):
            keyword, value = split(row)
            if keyword == "host":
                step = self._next("applying", file=file, line=number)
                self._active = step is not None and not never
                self._block = (f"Host {value}", _special(step.text) if step else GLOBAL)
            elif keyword == "match":
                if not self._next("asked") or not (step := self._next("matched", "unmatched")):
                    raise Lost
                self._active = step.kind == "matched" and not never
                self._block = (f"Match {value}", special_match(value))
            elif keyword == "include":
                self._include(file, number, never)
            elif keyword and self._active:
                name, special = self._block
                self._note(Setting(keyword, clean.line(value, 400), file, number, clean.line(name, 120), special))

    def _include(self, file: str, number: int, never: bool) -> None:
        outer = (self._active, self._block)
        while step := self._next("including", file=file, line=number):
            if self._next("reading"):  # a file that vanished meanwhile is passed over
                self._file(step.text, never=never or not outer[0])
            self._active, self._block = outer

    def _note(self, setting: Setting) -> None:
        place = (setting.file, setting.line)
        if place not in {(one.file, one.line) for one in self.found}:  # the final pass reads all again
            self.found.append(setting)


_ROW = re.compile(r"\s*(?P<keyword>[A-Za-z][A-Za-z0-9]*)\s*(?:=|\s)\s*(?P<value>.*?)\s*$")
_WHOLE = {"proxycommand", "localcommand", "remotecommand", "knownhostscommand", "match"}
"""Keywords that take the rest of the line as it stands, quotes and all."""


def split(row: str) -> tuple[str, str]:
    """Keyword, in lower case, and value of one line; two empty texts for a comment or a blank line."""
    found = _ROW.match(row)
    if found is None:
        return "", ""
    keyword, value = found["keyword"].lower(), found["value"]
    return keyword, value if keyword in _WHOLE else " ".join(words(value))


def words(value: str) -> tuple[str, ...]:
    """The words of a value, without quotes and without a comment at the end."""
    found = []
    for part in re.finditer(r"\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"']+)", value):
        if part["bare"] is not None and part["bare"].startswith("#"):
            break
        found.append(next(text for text in part.group("double", "single", "bare") if text is not None))
    return tuple(found)


def _special(pattern: str) -> int:
    letters = len(re.sub(r"[*?]", "", pattern))
    return EXACT if letters == len(pattern) else letters


def special_match(condition: str) -> int:
    """How special a Match line is: by the narrowest host pattern that it names."""
    named = re.findall(r"\b(?:original)?host[ =]+(\"[^\"]*\"|\S+)", condition, re.I)
    patterns = [part for text in named for part in text.strip('"').split(",") if not part.startswith("!")]
    return max((_special(part) for part in patterns), default=ANY)


# ------------------------------------------------------------------ the command line

_LETTERS = {
    "p": "port", "l": "user", "i": "identityfile", "J": "proxyjump", "b": "bindaddress", "B": "bindinterface",
    "c": "ciphers", "m": "macs", "I": "pkcs11provider",
}  # fmt: skip
_FLAGS = {"-4": ("addressfamily", "inet"), "-6": ("addressfamily", "inet6")}


def from_arguments(args: Sequence[str]) -> list[Setting]:
    """The settings on ssh's command line: they stand before every file (ssh_config(5))."""
    found, rest = [], list(args)
    while len(rest) > 1:
        word = rest.pop(0)
        if word in _FLAGS:
            found.append(Setting(*_FLAGS[word]))
        elif word == "-o":
            found.append(Setting(*split(rest.pop(0))))
        elif word[:1] == "-" and word[1:] in _LETTERS:
            found.append(Setting(_LETTERS[word[1:]], rest.pop(0)))
        elif word in {"-F", "-S"}:
            rest.pop(0)
    user, at, _ = rest[0].rpartition("@") if rest else ("", "", "")
    return [*found, *([Setting("user", user)] if at else [])]


_ADD_UP = {"identityfile", "certificatefile", "sendenv", "setenv", "localforward", "remoteforward", "dynamicforward"}
"""Keywords whose lines add up: each gives a value of its own (ssh_config(5))."""


def settings_in_order(args: Sequence[str], text: str, effective: Settings) -> tuple[Setting, ...]:
    """Every setting that applies to `ssh args`, winners first; `text` is the trace. Where our reading of a
    keyword and `ssh -G` disagree, ssh is right, and nothing is said about that keyword."""
    reader = Reader(trace(text))
    found = [*from_arguments(args), *reader.found]
    doubtful = set()
    for keyword in {one.keyword for one in found} - _ADD_UP:
        first = next(one for one in found if one.keyword == keyword)
        if not _agrees(first.value, effective.get(keyword, ())):
            doubtful.add(keyword)
    return tuple(_absolute(one) for one in found if one.keyword not in doubtful)


def _agrees(value: str, effective: Sequence[str]) -> bool:
    """Can `value` be what ssh made `effective` of? Tokens, lists with + - ^ and several words are not compared."""
    if not effective or re.search(r"[%$+^~\s]|^-", value):
        return True
    same = {"true": "yes", "false": "no"}
    return same.get(value.lower(), value.lower()) in {same.get(one.lower(), one.lower()) for one in effective}


def _absolute(setting: Setting) -> Setting:
    file = setting.file
    return replace(setting, file=str(paths.expand(file).absolute())) if file and Path(file).name else setting
