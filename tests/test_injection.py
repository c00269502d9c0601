"""Words from outside take no effect in any front: as options, as markup, as commands of a terminal, in pages.

What reports make of them: tests/reports/test_hostile.py. What a server sends: tests/live/test_strange_servers.py.
"""

from __future__ import annotations

import io
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from command import harmful, strings
from fronts.terminal import wizard as on_terminal
from reports.test_hostile import BLOCKS, HOSTILE, PLAIN, check_page, tokens
from reports.worlds import Names, kept
from textual.app import App

from sshwizard import store
from sshwizard.advice import Advice, checklist
from sshwizard.exits import UsageError
from sshwizard.fleet import hosts, rows
from sshwizard.fleet import kept as sweeps
from sshwizard.fleet.groups import summary
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts import changenote, checkup, fleet, plain
from sshwizard.fronts.prompts import QUIT, Prompts
from sshwizard.fronts.report import report
from sshwizard.fronts.reports import page
from sshwizard.fronts.talk import Talk
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.fleet import FleetScreen
from sshwizard.lab.exercise import BadExercise, parse
from sshwizard.probes import typed
from sshwizard.probes.command import build
from sshwizard.probes.scene import Leg
from sshwizard.runner import Runner

EVIL: Mapping[str, str] = {
    **HOSTILE,
    "an action": "[@click=app.quit]beer[/] [link=http://evil.test]x[/link] [/] [bold red]",
    "the clipboard": "\x1b]52;c;ZXZpbA==\x07 \x1bP+q\x1b\\ \x9d52;c;ZXZpbA==\x9c",
    "a hyperlink": "\x1b]8;;http://evil.test\x1b\\text\x1b]8;;\x1b\\ \x1b]0;owned\x07",
    "a direction": "\u202etxt.exe\u2066 \u200b\u200d\u2060\u00ad \U000e0041",
    "a shell": "'; touch /tmp/owned; $(touch /tmp/owned) `touch /tmp/owned` && exit\n",
    "an option": "-oProxyCommand=touch /tmp/owned",
    "a fence of four": "````\n# out\n<b>x</b> `````",
    "bars": "a | b \\| c | https://evil.test | d",
}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
OURS = PLAIN | BLOCKS | TABLES
every = pytest.mark.parametrize("name", EVIL)


def lines(told: Iterator[str] | str) -> str:
    """A text that may be shown: no line of it commands anything."""
    text = told if isinstance(told, str) else "\n".join(told)
    assert harmful(text, allowed="\n") == []
    return text


def kinds(text: str) -> set[str]:
    return {kind.removesuffix("_open").removesuffix("_close") for kind in tokens(text)}


def row(evil: str) -> rows.Row:
    """A host of a sweep whose file came from somebody else."""
    return rows.from_json(
        {"host": f"h{evil}", "outcome": "failed", "cause": evil, "title": evil, "why": evil, "fix": evil,
         "confidence": evil, "mends": [evil], "session": evil},
    )  # fmt: skip


def advice(evil: str) -> Advice:
    return Advice("advice.no-passphrase", evil, evil, (evil,), evil, "now", "", ((evil, evil),))


# ------------------------------------------------------------------ options and shells


@every
def test_no_host_becomes_an_option(name: str) -> None:
    """What is typed, what a list of hosts names, and what `ssh -G` gives back."""
    evil = EVIL[name].encode("utf-8", "replace").decode()
    for words in ([evil], ["-l", "dana", evil], [f"dana@{evil}"]):
        try:
            target = typed.parse(words)
        except UsageError as refused:
            arguments_said = str(refused)
            assert arguments_said
            continue
        leg = Leg(evil, {"hostname": (evil,), "user": (evil,), "port": ("22",)})
        for given in (target.args, build(target, (leg,), [Path("log")], Path("known"), "token")):
            at = max(number for number, word in enumerate(given) if evil in word)
            assert not given[at].startswith("-") or given[at - 1] in {"-l", "--"}, given
    for listed in (hosts.listed(evil), [evil]):
        try:
            found = hosts.targets(listed, [])
        except UsageError:
            continue
        assert not any(one.args[-1].startswith("-") for one in found)


@every
def test_what_is_to_be_copied_is_quoted(name: str) -> None:
    evil = EVIL[name].encode("utf-8", "replace").decode()
    told = checkup.Row(Advice("advice.sg-open-world", "t", "w", data=(("region", "x"), ("group", evil)), fix=OPENS))
    words = shlex.split(told.by_hand)
    assert evil in words
    assert words[0] == "sshwizard"
    assert not {"touch", "exit", "&&"} & set(words)


OPENS = "narrow-security-group-rule"


# ------------------------------------------------------------------ sweeps


@every
def test_a_sweep(name: str) -> None:
    one = row(EVIL[name])
    told = summary([one, rows.Row("fine", "healthy")])
    lines(fleet.tell(told, "somewhere"))
    lines(fleet.line(one))
    check_page(page.written(fleet.blocks(told, [one])))
    as_json = json.dumps(fleet.as_json(told, [one]))
    assert not [text for text in strings(json.loads(as_json)) if harmful(text)]


def test_a_sweep_of_somebody_else_is_read_without_harm(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    folder.mkdir()
    evil = EVIL["a hyperlink"]
    head = {"schema": sweeps.SCHEMA, "hosts": ["fine", "-oProxyCommand=id"], "options": []}
    rest = {"host": evil, "outcome": "failed", "title": evil}
    (folder / "sweep.jsonl").write_text(f"{json.dumps(head)}\n{json.dumps(rest)}\n")
    (found,) = sweeps.load(str(folder)).rows
    assert harmful(found.host + found.title) == []
    with pytest.raises(UsageError):
        hosts.targets(sweeps.load(str(folder)).names, [])


# ------------------------------------------------------------------ the doctor, notes, lists


@every
def test_the_doctor(name: str) -> None:
    seen = checkup.Checkup(
        (checkup.Row(advice(EVIL[name])),), ("this computer",), (("AWS", EVIL[name]),), (), ("local",)
    )
    lines(checkup.plain(seen))
    read = lines(checkup.markdown(seen))
    assert kinds(read) <= OURS, read
    assert tokens(read).count("table_open") == 1
    assert tokens(read).count("td_open") == 3
    assert tokens(read).count("heading_open") == 4
    assert not [text for text in strings(checkup.as_json(seen)) if harmful(text, allowed="\n")]


@every
def test_a_change_note_and_a_checklist(name: str, tmp_path: Path) -> None:
    evil = EVIL[name]
    note = lines(changenote.text(Runner(store.load(session(tmp_path, evil)), read_only=True).state, evil))
    assert kinds(note) <= OURS, note
    found = lines(checklist.text("production", [advice(evil)], ["local"], "2026-01-02"))
    assert kinds(found) <= OURS, found
    assert "html_inline" not in tokens(found)


# ------------------------------------------------------------------ plain lines and JSON of a session


def session(place: Path, evil: str) -> Path:
    """A session in which everything that is somebody's is hostile."""
    return kept(
        place, Names(host=evil, user=evil, comment=evil, fingerprint=evil, tag=evil, instance=evil), banner=evil
    )


@every
def test_a_session_in_plain_lines_and_json(name: str, tmp_path: Path) -> None:
    runner = Runner(store.load(session(tmp_path, EVIL[name])), read_only=True)
    found = runner.verdict()
    assert found
    lines(plain.tell(runner.state, found))
    out = io.StringIO()
    for event in runner.events:
        plain.progress(event, runner.state, out)
    lines(out.getvalue())
    assert not [text for text in strings(report(runner.state, found)) if harmful(text)]


@every
async def test_a_talk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plain questions, and what is typed in answer to them."""
    typed_words = EVIL[name].encode("utf-8", "replace").replace(b"\n", b" ")
    (tmp_path / "typed").write_bytes(typed_words + b"\nwhy\nexplain\nanswer\n" + typed_words + b"\nback\nquit\n")
    runner = Runner(store.load(session(tmp_path, EVIL[name])), read_only=True)
    with (tmp_path / "typed").open() as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        assert await Talk(runner, Prompts()).go() == QUIT
    told = lines(capsys.readouterr().out)
    assert told.count("is no answer here") == 2
    assert "Why do you think so?" in told


# ------------------------------------------------------------------ the full screen


def alive(app: App[Any]) -> set[str]:
    """What a click, or a terminal that follows links, could do on this screen."""
    found = set()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style:
                found.add(segment.style.link or "")
                found |= {str(value) for key, value in segment.style.meta.items() if key.startswith("@")}
    return found


async def test_the_full_screen(tmp_path: Path) -> None:
    evil = " ".join(EVIL[name] for name in ("an action", "a hyperlink", "a direction"))
    told = {}
    for kind, words in (("evil", evil), ("tame", "beer")):
        (tmp_path / kind).mkdir()
        app = Wizard(None, runner=Runner(store.load(session(tmp_path / kind, words)), read_only=True))
        async with app.run_test(size=(110, 45)) as pilot:
            seen: set[str] = set()
            for keys in ([], ["e"], ["escape", "semicolon"], ["escape", "slash", *"[/]"], ["escape", "question_mark"]):
                await pilot.press(*keys)
                await pilot.pause()
                await pilot.pause()
                seen |= alive(app)
                lines("\n".join(strip.text for strip in app.screen._compositor.render_strips()))
            told[kind] = seen
    assert told["evil"] == told["tame"]


async def test_the_screen_of_a_sweep(tmp_path: Path) -> None:
    found = [row(evil) for evil in EVIL.values()]
    screen = FleetScreen(Sweep([], tmp_path), found, lambda one: None)
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(110, 45)) as pilot:
        for keys in ([], ["down"], ["down"], ["slash", *"[/]"]):
            await pilot.press(*keys)
            await pilot.pause()
            await pilot.pause()
            text = lines("\n".join(strip.text for strip in app.screen._compositor.render_strips()))
            assert not {one for one in alive(app) if "evil" in one or "quit" in one}
    assert "[@click=app.quit]beer" in text or "hosts" in text.lower()


def test_a_real_terminal_is_sent_no_command_from_outside(tmp_path: Path) -> None:
    """Its title, its clipboard and its links stay alone: not one operating system command (OSC) is written."""
    evil = " ".join(EVIL[name] for name in ("a hyperlink", "the clipboard", "an action"))
    with on_terminal("replay", str(session(tmp_path, evil)), rows=40, columns=120) as terminal:
        terminal.until("The way", 20)
        terminal.press("e")
        terminal.read(0.3)
        terminal.press("q")
        terminal.ended()
    for bad in (b"\x1b]52", b"\x1b]8;", b"\x1b]0;", b"\x1b]2;", b"evil.test\x1b", b"\x1bP+q", "\u202e".encode()):
        assert bad not in terminal.raw


# ------------------------------------------------------------------ exercises


@every
@pytest.mark.parametrize("key", ["title", "story", "remember"])
def test_an_exercise_of_somebody_else(key: str, name: str) -> None:
    """It is refused, or its words are words; and whatever refuses it may be shown."""
    texts = {"title": "A title", "story": "A story", "remember": "Remember it", key: EVIL[name]}
    text = "\n".join(f"{one} = {json.dumps(words)}" for one, words in texts.items())
    data = f'id = "mine"\ncause = "none"\nhints = ["a hint"]\n{text}\n'.encode("utf-8", "replace")
    try:
        made = parse(data, "mine.toml")
    except BadExercise as refused:
        lines(look.outside(str(refused)))
        return
    lines(f"{made.title}{made.story}{made.remember}")
