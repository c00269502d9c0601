"""Questions as plain lines: each says its choices in words, and is answered by a number, a word, or a text.

In a terminal a line is edited with questionary; elsewhere it is read as it comes. But for the answer that is being
typed, nothing is ever painted over, so a screen reader, a chat or a log has all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from sshwizard import clean
from sshwizard.cloud.pool import Pool
from sshwizard.language import say


class Stopped(Exception):
    """ctrl+c at a question."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its word, and what it means."""

    word: str
    says: str
    also: tuple[str, ...] = ()
    """Other words for it."""


LONGEST = 4000
"""Letters of a printed line: a preview is shown whole."""
QUIT = "quit"
END = "."
"""The line that ends a pasted text."""


class Prompts:
    """Where no terminal is: lines from standard input, each question on a line of its own."""

    terminal = False
    """True where a program may be given the person's terminal."""

    def __init__(self) -> None:
        self._rest = b""
        self._over = sys.stdin is None  # closed by whoever started us
        self._reader = Pool("answers", 1)

    async def line(self, asks: str, offer: str = "") -> str:
        """What the person types; nothing means `offer`. Raises EOFError at the end of input, and Stopped."""
        hint = " " + say(f"(nothing means {offer})") if offer else ""
        print(say(asks) + hint, end=" " if _is_terminal(sys.stdin) else "\n", flush=True)
        typed = await self._read()
        return typed if typed.strip() else offer

    async def _read(self) -> str:
        """One line. The thread that reads may stay behind at the end, so it must hold no lock of sys.stdin."""
        while b"\n" not in self._rest and not self._over:
            try:
                read = await self._reader.ask(lambda: os.read(sys.stdin.fileno(), 65536))
            except OSError:  # the terminal has gone, or it is a directory
                read = b""
            self._rest, self._over = self._rest + read, not read
        if not self._rest:
            raise EOFError
        row, _, self._rest = self._rest.partition(b"\n")
        return row.decode("utf-8", "replace").removesuffix("\r")

    # ---------------------------------------------------------------- the same everywhere

    def say(self, *rows: str) -> None:
        """Print lines of ours; what is in them from outside is made harmless."""
        self.show(*map(say, rows))

    def show(self, *rows: str) -> None:
        """Print lines as they stand: evidence, commands."""
        if rows:
            print("\n".join(clean.line(row, LONGEST) if row else "" for row in rows), flush=True)

    async def choose(self, asks: str, choices: Sequence[Choice]) -> str:
        """The word of the answer; a wrong one is asked again."""
        self.listed(choices)
        while True:
            said = await self.typed(asks, choices)
            fits = [one.word for one in choices if said and one.word.startswith(said.lower())]
            if said in fits or len(fits) == 1:
                return said if said in fits else fits[0]
            self.say(
                f"It could be {' or '.join(fits)}."
                if fits
                else f"{clean.line(said, 60) or 'An empty line'} is no answer here."
            )

    def listed(self, choices: Sequence[Choice]) -> None:
        """The answers, one a line."""
        for number, one in enumerate(choices, 1):
            self.show(f"  {number}. {say(one.says)}" + ("" if one.says.startswith(one.word) else f" [{one.word}]"))

    async def typed(self, asks: str, choices: Sequence[Choice], other: str = "a word in brackets") -> str:
        """The word of the answer that was meant, or whatever else was typed; `other` says what that may be.

        Raises EOFError for the word that leaves, which every question knows.
        """
        numbers = f"a number from 1 to {len(choices)}" if len(choices) > 1 else "1"
        leaves = "" if any(one.word == QUIT for one in choices) else f" ({QUIT} leaves)"
        while True:
            said = (await self.line(f"{say(asks)} {say(f'Type {numbers}, or {other}{leaves}:')}")).strip()
            if not said.isdecimal():
                low = said.lower()
                if low == QUIT and leaves:
                    raise EOFError
                return next((one.word for one in choices if low in {one.word, *one.also}), said)
            if 1 <= int(said[:9]) <= len(choices):
                return choices[int(said[:9]) - 1].word
            self.say(f"There is no answer {said[:9]}.")

    async def agrees(self, asks: str) -> bool:
        """Yes or no, in so many words."""
        while True:
            said = (await self.line(f"{say(asks)} {say('Type yes or no:')}")).strip().lower()
            if said in {"yes", "y", "no", "n"}:
                return said.startswith("y")
            self.say("It takes yes or no.")

    async def text(self, asks: str) -> str:
        """Several lines, up to one that holds only a dot, or to the end of input."""
        self.say(asks, f"A line that holds only a dot ({END}) ends it.")
        rows: list[str] = []
        while True:
            try:
                rows += (await self.line("Text:")).splitlines() or [""]
            except EOFError:
                return "\n".join(rows)
            if rows[-1].strip() == END:
                return "\n".join(rows[:-1])


class Edited(Prompts):
    """In a terminal: a line that can be edited, and into which several lines can be pasted."""

    terminal = True

    async def line(self, asks: str, offer: str = "") -> str:
        """What the person types. Raises EOFError for ctrl+d, and Stopped."""
        os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"  # the terminal is not asked where its cursor stands
        import questionary

        print(say(asks), flush=True)  # what is edited is painted again and again, so that is the answer alone
        question = questionary.text("", default=offer, qmark=">", style=questionary.Style(_BARE))
        try:
            said: str = await question.unsafe_ask_async()
        except KeyboardInterrupt:
            raise Stopped from None
        return said


_BARE = [(name, "noinherit") for name in ("qmark", "question", "answer")]
"""No colours: what a prompt says does not rest on them."""


def prompts() -> Prompts:
    """How this person can be asked."""
    both = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    bare = os.environ.get("TERM", "dumb") == "dumb" or os.environ.get("SSHWIZARD_PLAIN", "") not in {"", "0"}
    asker = Prompts() if bare or not both else Edited()
    asker.terminal = both
    return asker


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
