"""A person at a terminal: opens it, presses keys, reads what stands there, makes it another size."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SMALL, LARGE = (80, 24), (160, 50)
WAIT = 25.0
"""Seconds that a busy machine may take until words appear."""

Size = tuple[int, int]


def words(text: str) -> re.Pattern[str]:
    """`text` as it may stand in a pane: a line may end within it, and another pane may stand beside it."""
    return re.compile(r"(?: +|[^\n]*\n[^\n]*?)".join(map(re.escape, text.split())))


def _lacking(shown: str, texts: Sequence[str | Callable[[str], bool]]) -> list[str | Callable[[str], bool]]:
    return [text for text in texts if not (text(shown) if callable(text) else words(text).search(shown))]


class Terminal:
    """One window of a tmux server of its own."""

    def __init__(self, place: Path, size: Size, command: str, env: Mapping[str, str]) -> None:
        self._place, self._env = place, dict(env)
        self._size, self._stood = size, ""
        columns, rows = map(str, size)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "-c", str(CHECKOUT),
                   f"{command}; code=$?; echo; echo it ended with $code; sleep 60")  # fmt: skip
        self._tmux("set-option", "-g", "status", "off")
        self.resize(size)

    def _tmux(self, *given: str) -> str:
        ran = subprocess.run(["tmux", "-S", str(self._place), *given], env=self._env, capture_output=True, text=True,
                             check=True, timeout=20)  # fmt: skip
        return ran.stdout

    def screen(self, *, colours: bool = False, past: bool = False) -> str:
        """What stands there, with its colours as escape sequences, or with what was scrolled away, if wanted."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []), *(["-S", "-500"] if past else []))

    def wait_for(self, *texts: str | Callable[[str], bool], seconds: float = WAIT) -> str:
        """Until all of it stands there; returns the screen. What stood there before the last key proves nothing."""
        stood, self._stood = self._stood, ""
        if stood and not _lacking(stood, texts):
            raise AssertionError(f"{texts!r} stood there before the key:\n{stood}")
        end, held = time.monotonic() + seconds, False
        while True:
            shown = self.screen()
            lacks = _lacking(shown, texts)
            if held and not lacks:  # twice: the first may have been half a frame
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"never showed {lacks!r} within {seconds} s:\n{shown}") from None
            held = not lacks
            time.sleep(0.05)

    def press(self, *keys: str) -> Terminal:
        """Keys by the names of tmux(1): f, Enter, Escape, Up, C-c."""
        self._stood = self.screen()
        self._tmux("send-keys", *keys)
        return self

    def type(self, text: str) -> Terminal:
        """Letters, as they are."""
        self._stood = self.screen()
        self._tmux("send-keys", "-l", text)
        return self

    def resize(self, size: Size) -> Terminal:
        """Make the window another size. A full screen is wiped first: what tmux cuts to size, nobody has drawn."""
        columns, rows = map(str, size)
        if self._tmux("display-message", "-p", "#{alternate_on}").strip() == "1":
            if self._size == size:
                return self
            self._tmux("send-keys", "-R")
        self._size, self._stood = size, ""
        self._tmux("resize-window", "-x", columns, "-y", rows)
        return self

    def at_both_sizes(self, *texts: str) -> Terminal:
        """The same can be read in the other size, too; the window has its own again in the end."""
        own = self._size
        for size in (own, LARGE if own == SMALL else SMALL, own):
            self.resize(size).wait_for(*texts)
        return self

    def leave(self, code: int, key: str = "q") -> None:
        """Quit, and see the exit code."""
        self.press(key).wait_for(f"it ended with {code}")

    def close(self) -> None:
        """Nothing stays."""
        subprocess.run(["tmux", "-S", str(self._place), "kill-server"], env=self._env, capture_output=True, timeout=20)


_NUMBER = itertools.count()


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a program at the terminal sees: UTF-8, no cloud, no agent, and a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
    ours = {
        "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor",
        "AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": str(CHECKOUT),
    }  # fmt: skip
    return {**kept, **ours, **more}


def sshwizard(*given: str) -> str:
    """The command line of our own program."""
    return shlex.join((sys.executable, "-m", "sshwizard", *given))


@contextmanager
def opened(size: Size, command: str, env: Mapping[str, str]) -> Iterator[Terminal]:
    """A terminal with `command` in it. Its socket lies in a short path: the system allows 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="sw") as folder:
        terminal = Terminal(Path(folder) / f"t{next(_NUMBER)}", size, command, env)
        try:
            yield terminal
        finally:
            terminal.close()
