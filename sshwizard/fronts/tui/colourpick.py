"""The choice of a theme: moving in the list shows it at once, enter keeps it, esc brings the former one back."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.fronts import themes
from sshwizard.fronts.themes import THEMES
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.keys import THEMES as KEYS
from sshwizard.fronts.tui.keys import bindings
from sshwizard.fronts.tui.look import Sheet


class Themes(ModalScreen[str | None]):
    """Answers with the name of the theme, or None where all stays as it was."""

    TABLE = KEYS
    BINDINGS = [
        *bindings(KEYS),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """A list over a sample of what the marks look like."""
        with Vertical(id="dialog"):
            yield OptionList(id="themes", compact=True)
            yield Static("", id="sample")

    def on_mount(self) -> None:
        """The cursor stands on the theme that is worn now."""
        self.before = self.app.theme
        dialog, self.list = self.query_one("#dialog"), self.query_one(OptionList)
        dialog.border_title = Content("Theme")
        dialog.border_subtitle = Content.styled(look.ours("enter keeps it · esc leaves it as it was"), look.DIM)
        width = max(map(len, THEMES)) + 2
        self.list.add_options(
            [Option(Content.assemble(look.pad(name, width), theme.says), name) for name, theme in THEMES.items()]
        )
        self.list.highlighted = list(THEMES).index(self.before) if self.before in THEMES else 0
        self.list.focus()
        self.call_after_refresh(self._sample)

    def on_resize(self) -> None:
        """The sample fits the width."""
        self.call_after_refresh(self._sample)

    def _sample(self) -> None:
        sheet = Sheet(self.query_one("#sample").size.width)
        sheet.say("")
        for kind, says in look.WORDS:
            sheet.say(says, lead=look.pad(look.mark(kind), 5), lead_style=look.STYLE[kind])
        sheet.say("chmod 600 ~/.ssh/id_ed25519", "$text-primary", indent=5)
        if not self.app.is_web and THEMES[self.app.theme].least == 0:
            sheet.say("How well this can be read is decided by your terminal.", look.DIM)
        self.query_one("#sample", Static).update(sheet.content())

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show it on the whole screen."""
        self._wear(str(event.option.id))
        self._sample()

    def _wear(self, name: str) -> None:
        self.app.no_color = name == themes.PLAIN
        self.app.theme = name

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        self.dismiss(str(event.option.id))

    def action_leave(self) -> None:
        """As it was."""
        self._wear(self.before)
        self.dismiss(None)

    def action_down(self) -> None:
        """Next one."""
        self.list.action_cursor_down()

    def action_up(self) -> None:
        """The one before."""
        self.list.action_cursor_up()


def remember(name: str) -> str:
    """Keep the choice; what there is to say about it."""
    return f"Theme: {name}" if themes.remember(name) else "The theme is worn now, but the choice could not be kept."
