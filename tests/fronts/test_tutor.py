"""The tutor asks before it tells: in a pipe, and on the full screen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from command import sshwizard
from textual.widgets import OptionList, Static
from told import REACHED, story, way

from sshwizard import vocabulary
from sshwizard.fronts.lessons import lessons, named_among
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.lesson import Tutor
from sshwizard.lab import EXERCISES, open_world, progress
from sshwizard.lab.practice import Practice
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.session import fold

from .seen import shown

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")


def test_it_asks_where_ssh_stopped_before_it_shows_it() -> None:
    ran = sshwizard("lab", "open-key", "--tutor", feed=b"login\n" + b"?\n" * 8)
    asked = ran.out.index("Where did ssh stop?")
    assert asked < ran.out.index("Right.") < ran.out.index("permissions")
    assert ran.out.index("So what is it?") < ran.out.index("Sure: certain")
    assert "Not solved yet" in ran.out
    row = progress.rows()["open-key"]
    assert (row.right, row.solved) == (1, 0)
    assert row.asked >= 3
    progress.reset()


def test_a_cause_that_was_named_to_the_tutor_solves_what_nobody_here_can_mend() -> None:
    ran = sshwizard("lab", "log-of-a-night", "--tutor", feed=b"host key\nchanged\nhostkey.changed\nquit\n")
    assert "Solved: log-of-a-night" in ran.out, ran.text
    progress.reset()


def test_that_nothing_is_wrong_is_named_to_the_tutor() -> None:
    ran = sshwizard("lab", "healthy", "--tutor", feed=b"none\nquit\n")
    assert ran.code == 0, ran.text
    assert "Solved: healthy. 10 points." in ran.out
    progress.reset()


def test_every_question_has_its_right_answer() -> None:
    state = fold(story(*way(0, **REACHED, login="denied", methods="public-key", will="tries-keys", user="given",
                            signing="no-trouble", keys="too-open")))  # fmt: skip
    told = lessons(state)
    assert told[0].asks == "Where did ssh stop?"
    assert told[0].right == "login"
    assert told[-1].names
    for one in told:
        assert one.right in dict(one.choices)
        assert one.says


@pytest.mark.parametrize("exercise", [one for one in EXERCISES.values() if one.ends == "named"], ids=lambda one: one.id)
def test_the_right_name_is_among_the_choices(exercise: Any) -> None:
    words = dict(named_among(exercise.causes))
    assert exercise.cause in words
    assert 3 <= len(words) <= 6
    if exercise.cause in (known := vocabulary.causes()):
        assert not set(known[exercise.cause].siblings) & set(words)


async def test_the_full_screen_covers_the_walk_until_it_asked() -> None:
    with open_world("open-key") as world:
        practice = Practice(world, tutor=True)
        app = Wizard(None, story="Once.", lab=world.root, runner=Runner.live(typed.parse(world.target_args)))
        app.practice = practice
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(100):
                await pilot.pause(0.1)
                if isinstance(app.screen, Tutor) and app.screen.lessons:
                    break
                if not isinstance(app.screen, Tutor):
                    await pilot.press("enter")  # the story
            tutor = app.screen
            assert isinstance(tutor, Tutor)
            assert tutor.lesson is not None
            seen = str(tutor.query_one("#asks", Static).render())
            assert "Where did ssh stop?" in seen
            assert "permissions" not in seen
            await pilot.press("6")
            assert "Right." in str(tutor.query_one("#asks", Static).render())
            for _ in range(20):
                if not tutor.is_current:
                    break
                await pilot.press("question_mark" if tutor.lesson and not tutor.said else "enter")
                await pilot.pause()
            assert app.screen is not tutor
            await pilot.press("H")
            await pilot.pause()
            assert "Hint 1 of 2" in shown(app)
            assert progress.rows()["open-key"].right == 1
            assert app.screen.query(OptionList) is not None
    await asyncio.to_thread(progress.reset)
