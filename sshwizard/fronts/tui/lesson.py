"""The tutor on the full screen: it covers the walk, asks before it tells, and then shows what was really seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.fronts.lessons import Lesson, lessons
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.keys import TUTOR, bindings
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.taught import hinted
from sshwizard.fronts.tutor import DUNNO
from sshwizard.language import say
from sshwizard.wording import Mark

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard
    from sshwizard.lab.practice import Practice
    from sshwizard.runner import Runner

_LOOKS = 0.1
"""Seconds between two looks whether the walk is over."""


class Tutor(Screen[None]):
    """One question after the other; nothing of the walk is seen before it was asked about."""

    CSS = """
    Tutor { align: center middle; }
    Tutor #lesson { width: 90%; max-width: 100; height: 90%; border: round $primary; padding: 0 1; }
    Tutor #told { height: 1fr; }
    Tutor #answers { height: auto; max-height: 60%; border: none; padding: 0; background: $background; }
    """
    TABLE = TUTOR
    BINDINGS = [
        *bindings(TUTOR),
        *(Binding(str(number), f"answer({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, runner: Runner, practice: Practice) -> None:
        super().__init__()
        self.runner, self.practice = runner, practice
        self.lessons: tuple[Lesson, ...] = ()
        self.at = -1
        self.right = 0
        self.said = ""
        """What was answered to the question that is shown; empty: it waits."""

    def compose(self) -> ComposeResult:
        """The question, what is told about it, its answers."""
        with Vertical(id="lesson"):
            with VerticalScroll(id="told", can_focus=False):
                yield Static("", id="asks")
            yield OptionList(id="answers", compact=True)

    def on_mount(self) -> None:
        """Wait for the walk, which goes on behind."""
        self.query_one("#lesson").border_title = Content(say("Tutor"))
        self.query_one("#lesson").border_subtitle = Content.styled(
            look.ours("enter answers · ? I do not know · H hint · esc leaves the tutor"), look.DIM
        )
        self._sheet("The wizard looks for itself now, and keeps to itself what it sees. Then it asks you.")
        self._timer = self.set_interval(_LOOKS, self._look)
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        """The question is laid out again."""
        if self.at >= 0:
            self.call_after_refresh(self._draw)

    def _look(self) -> None:
        if self.runner.verdict() is not None:
            self._timer.stop()
            self.lessons = lessons(self.runner.state)
            self._next()

    @property
    def lesson(self) -> Lesson | None:
        """The question that is shown."""
        return self.lessons[self.at] if 0 <= self.at < len(self.lessons) else None

    def _next(self) -> None:
        self.at, self.said = self.at + 1, ""
        if self.lesson is None and self.lessons:
            self.practice.taught(len(self.lessons), self.right)
        rows = self.query_one(OptionList)
        rows.clear_options()
        if self.lesson is None:
            rows.add_options([Option(Content(look.ours("Go on to the wizard's own verdict, and mend it")), "on")])
        else:
            answers = [*self.lesson.choices, (DUNNO, "I do not know")]
            for number, (word, says) in enumerate(answers, 1):
                sign = word if word == DUNNO else str(number)
                rows.add_option(Option(Content.assemble((sign, "bold"), "  ", look.ours(says)), word))
        rows.highlighted = 0
        self._draw()

    def _draw(self) -> None:
        lesson = self.lesson
        if lesson is None:
            self._sheet(f"The tutor asked {len(self.lessons)}, and you were right {self.right} times.")
            return
        sheet = Sheet(self.query_one("#told").content_region.width or 60)
        sheet.say(f"Question {self.at + 1} of {len(self.lessons)}", look.DIM)
        sheet.blank()
        sheet.say(look.outside(lesson.asks), "bold")
        if self.said:
            sheet.blank()
            right = self.said == lesson.right
            mark: Mark = "ok" if right else "trouble"
            says = "Right." if right else f"It was this: {lesson.says}."
            sheet.say(look.ours(says), "bold", lead=look.mark(mark), lead_style=look.STYLE[mark])
            sheet.blank()
            sheet.say(look.outside(lesson.told))
            for line in lesson.lines:
                sheet.show(look.outside(line), "$text-primary", indent=2)
            if lesson.command:
                sheet.show(look.outside(lesson.command), "$text-primary", indent=2, lead="$", lead_style=look.DIM)
            if lesson.how:
                sheet.blank()
                sheet.say(look.ours(lesson.how), look.DIM, lead="By hand:", lead_style=look.DIM)
        self.query_one("#asks", Static).update(sheet.content())

    def _sheet(self, text: str) -> None:
        sheet = Sheet(self.query_one("#told").content_region.width or 60)
        sheet.say(text)
        self.query_one("#asks", Static).update(sheet.content())

    # ---------------------------------------------------------------- answers

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        self._take(str(event.option_id))

    def action_answer(self, number: int) -> None:
        """An answer by its number."""
        if self.lesson is not None and not self.said and number <= len(self.lesson.choices):
            self._take(self.lesson.choices[number - 1][0])

    def action_dunno(self) -> None:
        """Not to know is an answer, too."""
        if self.lesson is not None and not self.said:
            self._take(DUNNO)

    def _take(self, word: str) -> None:
        if self.lesson is None:
            if self.at >= 0:
                self.dismiss(None)
        elif self.said:
            self._next()
        else:
            self.said = word
            self.right += word == self.lesson.right
            if self.lesson.names:
                self.practice.name(word, free=True)
            rows = self.query_one(OptionList)
            rows.clear_options()
            rows.add_options([Option(Content(look.ours("Next")), "next")])
            rows.highlighted = 0
            self._draw()

    def action_hint(self) -> None:
        """One hint."""
        cast("Wizard", self.app).read("Hint", hinted(self.practice), small=True)

    def action_leave(self) -> None:
        """Back to the walk, of which everything is seen now."""
        self.dismiss(None)
