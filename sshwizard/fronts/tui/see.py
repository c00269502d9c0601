"""Where an interview begins: the messages that people see."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import SEE, bindings, numbers
from sshwizard.fronts.tui.strip import Head
from sshwizard.language import say
from sshwizard.tree.limbs import LIMBS

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard


class SeeScreen(Screen[None]):
    """Asks what the person sees; the questions go on from there."""

    CSS_PATH = "wizard.tcss"
    TABLE = SEE
    BINDINGS = [
        *bindings(SEE),
        *numbers(),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]
    HERE = "Choose what you see. The questions go on from there; nothing is looked at, and no host is needed."

    def compose(self) -> ComposeResult:
        """One list."""
        yield Head("", id="head")
        with Vertical(id="pick"):
            yield Static(
                Content.assemble((say("What do you see?"), "bold"), ("  " + say("The nearest one will do."), look.DIM)),
                id="ask",
            )
            yield OptionList(compact=True)
        yield Keys()

    def on_mount(self) -> None:
        """The frequent ones first."""
        self.foot, self.list = self.query_one(Keys), self.query_one(OptionList)
        self.list.add_options(
            [
                Option(
                    Content.assemble((str(number) if number <= 9 else " ", "bold"), "  ", look.ours(limb.sees)),
                    limb.id,
                )
                for number, limb in enumerate(LIMBS, 1)
            ]
        )
        self.list.highlighted = 0
        self.list.focus()

    def on_resize(self) -> None:
        """The lines at the edges fit the width."""
        self.query_one(Head).draw(None, "by hand", self.size.width)
        self.draw_keys()

    def draw_keys(self) -> None:
        """The footer."""
        self.foot.draw(SEE, lambda _: "", self.size.width)

    def tell(self, text: str) -> None:
        """A short message on the last line."""
        self.foot.say(text)

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)

    # ---------------------------------------------------------------- keys

    def action_down(self) -> None:
        """Next one."""
        self.list.action_cursor_down()

    def action_up(self) -> None:
        """The one before."""
        self.list.action_cursor_up()

    def action_choose(self, number: int) -> None:
        """Begin at the message with this number."""
        if number <= len(LIMBS):
            self.wizard.open_limb(LIMBS[number - 1])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.action_choose(event.option_index + 1)

    def action_go(self) -> None:
        """Begin at the highlighted one."""
        self.list.action_select()

    def action_pick(self) -> None:
        """Back to the hosts."""
        self.wizard.open_pick()

    def action_help(self) -> None:
        """Help for this place."""
        from sshwizard.fronts.tui.pages import help_page

        self.wizard.read("Help", help_page(self.HERE, SEE))

    async def action_leave(self) -> None:
        """Leave."""
        await self.wizard.action_leave()
