"""Search all questions and all causes by any of their words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from sshwizard import vocabulary
from sshwizard.fronts import report
from sshwizard.fronts.tui import look
from sshwizard.language import say
from sshwizard.tree import TREE

_MOST = 60


class Find(ModalScreen[str | None]):
    """Answers with the question that was chosen; a cause opens its page here."""

    BINDINGS = [
        Binding("escape", "close", "Back", show=False),
        Binding("down", "down", show=False, priority=True),
        Binding("up", "up", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """An input over one list."""
        with Vertical(id="find"):
            yield Input(placeholder=say("a word of the question, the cause or its code"), compact=True)
            yield OptionList(compact=True)

    def on_mount(self) -> None:
        """Everything is listed at first."""
        box = self.query_one("#find")
        box.border_title = Content(say("Questions and causes"))
        box.border_subtitle = Content(look.ours("enter opens · esc back"))
        self.list = self.query_one(OptionList)
        self.list.can_focus = False
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        made: list[Option] = []
        for node in TREE.values():
            if all(word in _words(node.asks, node.short, node.id, node.stretch) for word in words):
                line = Content.assemble(("? ", look.DIM), say(_plain(node.asks)), (f"  {say(node.stretch)}", look.DIM))
                made.append(Option(line, f"question {node.id}"))
        for code, entry in vocabulary.causes().items():
            if all(word in _words(code, entry.title, entry.why) for word in words):
                mark = look.mark("trouble")
                line = Content.assemble((f"{mark} ", look.DIM), say(entry.title), (f"  {code}", look.DIM))
                made.append(Option(line, f"cause {code}"))
        self.list.clear_options()
        self.list.add_options(made[:_MOST])
        if made:
            self.list.highlighted = 0

    def action_down(self) -> None:
        """Next one."""
        self.list.action_cursor_down()

    def action_up(self) -> None:
        """The one before."""
        self.list.action_cursor_up()

    def on_input_submitted(self) -> None:
        """Open what is highlighted."""
        self.list.action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A question goes to the tree, a cause opens its page."""
        kind, _, name = str(event.option.id).partition(" ")
        if kind == "question":
            self.dismiss(name)
            return
        from sshwizard.fronts.tui.pages import Page, text_page

        self.app.push_screen(Page("Explained", text_page(report.cause_page(name))))

    def action_close(self) -> None:
        """Back, with nothing chosen."""
        self.dismiss(None)


def _words(*texts: str) -> str:
    """What is searched: English, and the reader's language."""
    return " ".join((*texts, *map(say, texts))).lower()


def _plain(question: str) -> str:
    for name, word in (
        ("{host}", "the server"),
        ("port {port}", "the port"),
        ("{port}", "the port"),
        ("{user}", "the user"),
    ):
        question = question.replace(name, word)
    return question
