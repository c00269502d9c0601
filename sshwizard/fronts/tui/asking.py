"""A question to the person, with its answers as a list: by hand, or against what a look saw."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.fronts.report import question
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pane import Pane
from sshwizard.language import say
from sshwizard.model import UNKNOWN, unknown
from sshwizard.session import Step
from sshwizard.state import Place, State
from sshwizard.tree import TREE
from sshwizard.tree.hand import HOW, choices, whose


class Answers(OptionList):
    """The answers: arrows and enter, or their numbers."""

    BINDINGS = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("left,backspace", "screen.before", show=False),
        Binding("question_mark", "screen.dunno", show=False),
    ]


class Asking(Vertical):
    """One question. What is chosen goes to the screen; the widget knows nothing of the walk."""

    class Chosen(Message):
        """The person answered."""

        def __init__(self, place: Place, outcome: str) -> None:
            super().__init__()
            self.place, self.outcome = place, outcome

    def __init__(self) -> None:
        super().__init__(id="asking")
        self.place: Place | None = None
        self.outcomes: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        yield Static("", id="question")
        yield Answers(id="answers", compact=True)

    def put(self, state: State, place: Place, title: str, marked: str = "") -> None:
        """Ask; the cursor stands on `marked`, or on the answer that stands now."""
        width = max(self.scrollable_content_region.width, 24)
        node, seen = TREE[place[1]], state.facts.get(place)
        saw = seen.outcome if seen is not None and seen.known else ""
        self.border_title = Content(say(title))
        self.border_subtitle = Content.styled(look.ours("enter answers · ? I do not know"), look.DIM)
        self.query_one("#question", Static).update(self._head(state, place, width))
        before, self.place, self.outcomes = self.place, place, choices(node, saw)
        rows = self.query_one(Answers)
        kept = rows.highlighted
        rows.clear_options()
        rows.add_options([self._row(state, place, number, outcome) for number, outcome in enumerate(self.outcomes, 1)])
        said = marked or state.answers.get(place) or saw
        at = self.outcomes.index(said) if said in self.outcomes else 0
        rows.highlighted = kept if before == place and kept is not None and not marked else at

    def on_resize(self) -> None:
        """Shown, or of another size: the question is laid out again."""
        self.call_after_refresh(self.post_message, Pane.Sized())

    def _head(self, state: State, place: Place, width: int) -> Content:
        sheet, seen = Sheet(width), state.facts.get(place)
        sheet.say(look.outside(question(state, Step(*place, unknown("")))), "bold")
        if seen is not None:
            sheet.blank()
            who = whose(place[1], seen)
            who = who[:1].upper() + who[1:] if who.startswith("the") else who
            told = look.ours(f"{who} says:" if seen.known else f"{who} could not tell:")
            says = seen.says if seen.known else seen.why or seen.says
            sheet.show(f"{told} {look.ours(look.outside(says))}", look.DIM)
        if how := HOW.get(place[1]):
            sheet.blank()
            sheet.show(look.ours(how), look.DIM)
        sheet.blank()
        return sheet.content()

    def _row(self, state: State, place: Place, number: int, outcome: str) -> Option:
        seen = state.facts.get(place)
        sign = "?" if outcome == UNKNOWN else str(number) if number <= 9 else " "
        text = "I do not know" if outcome == UNKNOWN else TREE[place[1]].word(outcome)
        marks = []
        if seen is not None and seen.known and seen.outcome == outcome:
            marks.append("  " + say(f"({whose(place[1], seen)} says so)"))
        if state.answers.get(place) == outcome:
            marks.append(f"  ({look.mark('said')} {say('you said so')})")
        return Option(Content.assemble((sign, "bold"), "  ", look.ours(text), "".join(marks)), outcome)

    def focus_answers(self) -> None:
        """Put the cursor into the list."""
        self.query_one(Answers).focus()

    @property
    def holds_focus(self) -> bool:
        """True while the cursor is in the list."""
        return self.query_one(Answers).has_focus

    def choose(self, number: int) -> bool:
        """Answer with a number; False when there is no such answer."""
        if self.place is None or number > len(self.outcomes):
            return False
        self.post_message(self.Chosen(self.place, self.outcomes[number - 1]))
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        self.choose(event.option_index + 1)
