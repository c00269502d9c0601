"""The wizard in a real terminal: what a person sees, and what is left when it ends."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from .terminal import Terminal, left_behind, program, wizard

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def restored(terminal: Terminal) -> bool:
    """The alternate screen is left, the cursor shown, and the tty as it was."""
    raw = terminal.raw
    alternate = raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h")
    cursor = raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l")
    mouse = raw.rfind(b"\x1b[?1000l") > raw.rfind(b"\x1b[?1000h")
    return alternate and cursor and mouse and terminal.modes_now == terminal.before


def open_key(terminal: Terminal) -> None:
    """To the verdict of the first exercise, past its story."""
    terminal.until("Practice")
    terminal.press("\r")
    terminal.until("Make the key private")


def test_the_whole_way_of_the_first_exercise() -> None:
    with wizard("lab", "open-key") as terminal:
        open_key(terminal)
        assert "Other people can read" in terminal.text
        assert "Permission denied" in terminal.text
        terminal.press("f")
        terminal.until("Proof")
        terminal.until("chmod 600")
        terminal.press("y")
        terminal.until("ssh works")
        assert "proved" in terminal.text
        terminal.press("u")
        terminal.until("chmod 644")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until("Other people can read")
        terminal.press("q")
        assert terminal.ended() < 1
        assert terminal.child.returncode == 1
        assert restored(terminal)


def test_cancel_has_the_focus_first() -> None:
    with wizard("lab", "open-key") as terminal:
        open_key(terminal)
        terminal.press("f")
        terminal.until("Cancel")
        terminal.press("\r")
        terminal.until(lambda text: "Cancel" not in text)
        assert "Other people can read" in terminal.text
        terminal.press("q")
        terminal.ended()


def test_leaving_during_a_hung_look_is_quick_and_leaves_no_process(silent_port: int) -> None:
    mark = os.getpid() * 1000 + silent_port % 1000
    command = ("-p", str(silent_port), "nobody@127.0.0.1")
    with wizard(*command, SSHWIZARD_TEST=str(mark)) as terminal:
        terminal.until("Waiting for")
        terminal.until("This is slow")
        assert any("ssh -vvv" in line for line in left_behind(mark))
        terminal.press("q")
        assert terminal.ended() < 1
        assert terminal.child.returncode == 130
        assert restored(terminal)
        assert left_behind(mark) == []


def test_ctrl_c_says_so_first_and_leaves_the_second_time(silent_port: int) -> None:
    with wizard("-p", str(silent_port), "nobody@127.0.0.1") as terminal:
        terminal.until("Waiting for")
        terminal.press("\x03")
        terminal.until("once more")
        assert terminal.child.poll() is None
        terminal.press("\x03")
        assert terminal.ended() < 1
        assert terminal.child.returncode == 130
        assert restored(terminal)


def test_esc_goes_back_and_never_quits() -> None:
    with wizard("lab", "open-key") as terminal:
        open_key(terminal)
        pages = {"e": "esc back", "x": "esc back", "?": "esc back", ";": "esc back", "/": "esc brings all back"}
        for key, shown in pages.items():
            terminal.press(key)
            terminal.until(shown)
            terminal.press("\x1b")
            terminal.until(lambda text: " f Fix  u Undo" in text)
        terminal.press("\x1b")
        terminal.read(0.3)
        assert "Make the key private" in terminal.text
        assert terminal.child.poll() is None
        terminal.press("q")
        terminal.ended()


def test_another_size_keeps_the_place() -> None:
    with wizard("lab", "open-key") as terminal:
        open_key(terminal)
        terminal.resize(40, 130)
        terminal.until("Evidence")
        terminal.until("Other people can read")
        terminal.resize(20, 50)
        terminal.until(lambda text: "The way" not in text and "Other people can read" in text)
        terminal.resize(24, 80)
        terminal.until(lambda text: "The way" in text and "Other people can read" in text)
        terminal.press("q")
        terminal.ended()
        assert restored(terminal)


def test_no_color_writes_no_colour() -> None:
    with wizard("lab", "open-key", NO_COLOR="1") as terminal:
        open_key(terminal)
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
        inks = {cell.fg for cell in cells} | {cell.bg for cell in cells}
        shades = {ink for ink in inks if ink != "default"}
        assert all(len({ink[0:2], ink[2:4], ink[4:6]}) == 1 for ink in shades if len(ink) == 6), shades
        terminal.press("q")
        terminal.ended()


def test_a_terminal_without_utf8_gets_plain_symbols() -> None:
    with wizard("lab", "open-key", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as terminal:
        terminal.until("Practice")
        terminal.press("\r")
        text = terminal.until("Make the key")
        assert "[ok]" in text
        assert text.isascii()
        assert "\\" not in text
        terminal.press("q")
        terminal.ended()


def test_a_real_session_takes_the_terminal_and_gives_it_back() -> None:
    with wizard("lab", "healthy") as terminal:
        terminal.until("Practice")
        terminal.press("\r")
        terminal.until("ssh works")
        terminal.press("s")
        terminal.until("dana@lab-web:~$")
        terminal.press("exit\r")
        terminal.until("The session ended")
        assert "ssh works" in terminal.text
        terminal.press("q")
        assert terminal.ended() < 1
        assert terminal.child.returncode == 0
        assert restored(terminal)


def test_options_that_proved_to_work_can_be_kept() -> None:
    with wizard("lab", "wrong-user") as terminal:
        terminal.until("Practice")
        terminal.press("\r")
        terminal.until("The server wants the login name")
        terminal.press("f")
        terminal.until("Proof")
        terminal.until("this run only")
        terminal.press("\t\t")
        terminal.read(0.2)
        terminal.press("y")
        terminal.until("ssh works")
        terminal.until("Keep them")
        terminal.press("K")
        terminal.until("Host lab-web")
        terminal.until("User dana")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until(lambda text: "Host block" in text and text.count("proved") == 2 and "ssh works" in text)
        assert "Keep them" not in terminal.text
        terminal.press("q")
        terminal.ended()
        assert terminal.child.returncode == 0


BROKEN = """
from sshwizard import cli, commands
from sshwizard.fronts.tui.app import Wizard

class Broken(Wizard):
    def on_mount(self) -> None:
        raise ValueError("boom")

commands.load("wizard").main = lambda argv: Broken(None).run_to_exit()
cli.run()
"""


def test_a_mistake_of_ours_is_told_in_three_lines() -> None:
    with program(sys.executable, "-c", BROKEN) as terminal:
        terminal.ended()
        assert terminal.child.returncode == 3
        assert "a mistake of its own: ValueError: boom" in terminal.text
        assert "Traceback" not in terminal.text
        assert restored(terminal)
