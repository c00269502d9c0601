"""One exercise as a small TOML file: what it tells, what is broken, by the words of `faults.py`. No code is in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from sshwizard import vocabulary
from sshwizard.lab.faults import FAULTS, Value

Level = Literal["first day", "practice", "incident"]
Ends = Literal["works", "named"]
Settings = tuple[tuple[str, Value], ...]
"""Names and values of the vocabulary, in the order of the file."""

NONE = "none"
"""The cause where nothing is wrong."""
LONGEST_FILE = 64 * 1024
RESERVED = frozenset({"aws", "gcp", "next", "check"})
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
_LEVELS = ("first day", "practice", "incident")
_TEXTS = {"title": 120, "story": 2000, "remember": 2000}
"""What has to be there, and how many letters it may have."""
_KNOWN = {*_TEXTS, "id", "cause", "then", "level", "hints", "shows", "ends", "faults", "solve"}


class BadExercise(Exception):
    """A file that is no exercise: a sentence with file and line."""


@dataclass(frozen=True)
class Exercise:
    """One thing to practise. Title, story and hints never name the cause."""

    id: str
    title: str
    """What a colleague would say."""
    story: str
    """Who you are, what you wanted, what happens."""
    cause: str
    """The code that the wizard must find; "none" where nothing is wrong."""
    hints: tuple[str, ...]
    """From a nudge to nearly the answer."""
    level: Level
    remember: str = ""
    """What is worth keeping, told once it is solved."""
    shows: str = ""
    """The command that would have shown it by hand."""
    then: tuple[str, ...] = ()
    """What stands behind the first cause, one after the other."""
    ends: Ends = "works"
    """`works`: solved when plain ssh gets in. `named`: nobody here can mend it, so the cause has to be named."""
    faults: Settings = ()
    solve: Settings = ()
    """What mends it; empty: the wizard's own fixes do."""

    @property
    def cloud(self) -> Literal["", "aws", "gcp"]:
        """The cloud that its world has."""
        families = {name.partition(".")[0] for name, _ in self.faults}
        return "aws" if "aws" in families else "gcp" if "gcp" in families else ""

    @property
    def log(self) -> str:
        """The text that is to be explained, where the exercise is about a text."""
        return next((str(value) for name, value in self.faults if name == "log.text"), "")

    @property
    def causes(self) -> tuple[str, ...]:
        """All of them, in the order in which they are met."""
        return (self.cause, *self.then)


def read(file: Path) -> Exercise:
    """The exercise in `file`. Raises BadExercise."""
    try:
        if not file.is_file():
            raise BadExercise(f"{file}: there is no such file")
        if file.stat().st_size > LONGEST_FILE:
            raise BadExercise(f"{file}: an exercise has at most {LONGEST_FILE // 1024} KB")
        return parse(file.read_bytes(), str(file))
    except OSError as error:
        raise BadExercise(f"{file}: {error.strerror or error}") from None


def parse(data: bytes, name: str) -> Exercise:
    """The exercise in a file's bytes; `name` is how errors call the file. Raises BadExercise."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadExercise(f"{name}: line {data[: error.start].count(10) + 1}: this is not UTF-8") from None
    try:
        rows = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadExercise(f"{name}: {_place(str(error))}") from None
    return _Reader(rows, text, name).exercise()


def _place(says: str) -> str:
    """What tomllib says, with the line first."""
    found = re.search(r"(.*) \(at line (\d+), column \d+\)$", says, re.S)
    said, line = (found[1], found[2]) if found else (says, "the last")
    return f"line {line}: {said[:1].lower()}{said[1:]}"


class _Reader:
    """Looks at every value before it is used."""

    def __init__(self, rows: Mapping[str, Any], text: str, name: str) -> None:
        self._rows, self._text, self._name = rows, text, name

    def exercise(self) -> Exercise:
        for key in self._rows:
            if key not in _KNOWN:
                self._no(key, f"{key!r} is no word of an exercise; there are: {', '.join(sorted(_KNOWN))}")
        id_ = self._string("id", 41)
        if not _ID.fullmatch(id_) or id_ in RESERVED:
            self._no("id", f"an id has small letters, digits and dashes, and is none of {', '.join(sorted(RESERVED))}")
        told = {key: self._string(key, most) for key, most in _TEXTS.items()}
        hints = self._strings("hints", 400)
        if not 1 <= len(hints) <= 9:
            self._no("hints", "an exercise has one to nine hints")
        cause = self._code("cause", self._string("cause", 60), NONE)
        then = tuple(self._code("then", code) for code in self._strings("then", 60))
        ends, level = self._one_of("ends", "works", ("works", "named")), self._one_of("level", "practice", _LEVELS)
        for hint in hints:
            if any(code in hint for code in (cause, *then) if code != NONE):
                self._no("hints", "a hint gives the cause away")
        faults = self._settings("faults")
        self._together([name for name, _ in faults])
        return Exercise(
            id_, told["title"], told["story"], cause, hints, level, told["remember"], self._string("shows", 300, ""),
            then, ends, faults, self._settings("solve"),
        )  # fmt: skip

    def _together(self, names: Sequence[str]) -> None:
        """What cannot be combined: the server of a cloud is met at an address of that cloud."""
        clouds = [name for name in names if name.startswith(("aws.", "gcp."))]
        if len({name.partition(".")[0] for name in clouds}) > 1:
            self._no(clouds[-1], "an exercise has one cloud: faults of aws and of gcp cannot be combined")
        for name in ("hops", "server.port"):
            if clouds and name in names:
                self._no(name, f"{name} cannot be combined with a cloud, whose rules say what a packet meets")

    def _code(self, key: str, code: str, *more: str) -> str:
        if code not in vocabulary.causes() and code not in more:
            self._no(key, f"{code!r} is no cause; sshwizard causes lists them")
        return code

    def _one_of(self, key: str, default: str, words: tuple[str, ...]) -> Any:
        said = self._string(key, 40, default)
        if said not in words:
            self._no(key, f"{key} is one of: {', '.join(words)}")
        return said

    def _strings(self, key: str, most: int) -> tuple[str, ...]:
        said = self._rows.get(key, [])
        if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
            self._no(key, f"{key} is a list of texts in quotation marks")
        return tuple(self._clean(key, one, most) for one in said)

    def _string(self, key: str, most: int, default: str | None = None) -> str:
        said = self._rows.get(key, default)
        if said is None:
            self._no(key, f"{key} is missing")
        if not isinstance(said, str):
            self._no(key, f"{key} is a text in quotation marks")
        if default is None and not said.strip():
            self._no(key, f"{key} is empty")
        return self._clean(key, said, most)

    def _clean(self, key: str, said: str, most: int) -> str:
        if len(said) > most:
            self._no(key, f"{key} has more than {most} letters")
        if not all(letter.isprintable() or letter == "\n" for letter in said):
            self._no(key, f"{key} holds a letter that cannot be shown")
        return " ".join(said.split())

    def _settings(self, key: str) -> Settings:
        rows = self._rows.get(key, {})
        if not isinstance(rows, dict):
            self._no(key, f"[{key}] is a table: names of the vocabulary, each with a value")
        return tuple(self._setting(name, value) for name, value in _flat(rows))

    def _setting(self, name: str, value: Any) -> tuple[str, Value]:
        word = FAULTS.get(name)
        if word is None:
            self._no(name, f"{name!r} is no fault that there is; docs/practice.md lists them")
        wrong = word.wrong(value)
        if wrong:
            self._no(name, f"{name} takes {wrong}")
        return name, tuple(value) if isinstance(value, list) else value

    def _no(self, key: str, says: str) -> NoReturn:
        raise BadExercise(f"{self._name}: line {self._line(key)}: {says}")

    def _line(self, key: str) -> int:
        """Where a key stands; the first line where it does not."""
        for spelling in (key, key.rpartition(".")[2]):
            pattern = rf"^\s*(?:\[?['\"]?(?:\w+\.)*{re.escape(spelling)}['\"]?\s*[=\].])"
            for number, row in enumerate(self._text.splitlines(), 1):
                if re.search(pattern, row):
                    return number
        return 1


def _flat(rows: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names, in the order of the file."""
    for name, value in rows.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
