"""The first screen without a target: a host of the ssh config, a recent one, anything typed or pasted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sshwizard.exits import UsageError
from sshwizard.fronts.hosts import understand
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.footer import Keys
from sshwizard.fronts.tui.keys import PICK, bindings
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.strip import Head
from sshwizard.language import say
from sshwizard.model import Target

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_HAND = "Answer questions"
_HAND_ID = "?"
"""No host is named so."""
_SAYS = "Whom do you want to reach?"
_HINT = "Type user@host, or paste the ssh command that failed, or its error."


class Line(Input):
    """The input. A paste of several lines is an error or a log, and is kept whole."""

    def __init__(self, pasted: Callable[[str], bool]) -> None:
        super().__init__(placeholder=say("user@host, ssh …, or a pasted error"), compact=True, id="line")
        self._pasted = pasted

    def _on_paste(self, event: events.Paste) -> None:
        if self._pasted(event.text):
            event.stop()
            event.prevent_default()
        else:
            super()._on_paste(event)


class PickScreen(Screen[None]):
    """Asks whom it is about."""

    CSS_PATH = "wizard.tcss"

    TABLE = PICK
    BINDINGS = [*bindings(tuple(key for key in PICK if key.action != "go"), priority=True)]
    HERE = (
        "Choose a host, or type or paste what you have: user@host, a whole ssh command, or the error that ssh printed."
    )

    def compose(self) -> ComposeResult:
        """An input over one list."""
        yield Head("", id="head")
        with Vertical(id="pick"):
            yield Static(Content.assemble((say(_SAYS), "bold"), "\n", (say(_HINT), look.DIM)), id="ask")
            yield Line(self._take_paste)
            yield Static("", id="trouble")
            yield OptionList(compact=True)
        yield Keys()

    def on_mount(self) -> None:
        """The input first; the names come after the first frame."""
        self.names: list[tuple[str, str]] = []
        self.trouble, self.list = self.query_one("#trouble", Static), self.query_one(OptionList)
        self.list.can_focus = False
        self.query_one("#line").focus()
        self.call_after_refresh(self._offer)

    def on_resize(self) -> None:
        """The lines at the edges fit the width."""
        self.query_one(Head).draw(None, self.wizard.mode, self.size.width)
        self.draw_keys()

    def draw_keys(self) -> None:
        """The footer."""
        self.query_one(Keys).draw(PICK, self.why_not, self.size.width)

    def why_not(self, action: str) -> str:
        """Everything works here."""
        return ""

    @property
    def wizard(self) -> Wizard:
        """The app."""
        return cast("Wizard", self.app)

    def tell(self, text: str) -> None:
        """A message under the input."""
        self.trouble.update(Content.styled(say(look.outside(text)), look.STYLE["note"]))

    # ---------------------------------------------------------------- names

    def _offer(self) -> None:
        from sshwizard import followup, paths
        from sshwizard.fronts.hosts import hosts_from_config, recent_targets

        self.names = [(name, "recent") for name in recent_targets()]
        known = {name for name, _ in self.names}
        config = paths.ssh_dir() / "config"
        self.names += [(name, "ssh config") for name in hosts_from_config(config) if name not in known]
        self._fill("")
        if waits := followup.line():
            self.tell(waits)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Typing narrows the list."""
        self.trouble.update("")
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        word = text.strip().lower()
        fits = [(name, source) for name, source in self.names if word in name.lower()][:100]
        self.list.clear_options()
        offer = (
            [Option(Content.assemble(say(_HAND), ("  " + say("no host needed"), look.DIM)), _HAND_ID)]
            if not word
            else []
        )
        self.list.add_options(offer)
        self.list.add_options(
            [
                Option(Content.assemble(look.outside(name), (f"  {say(source)}", look.DIM)), name)
                for name, source in fits
            ]
        )
        if not word or (fits and fits[0][0].lower() == word):
            self.list.highlighted = len(offer) if fits else 0

    def action_down(self) -> None:
        """Next name."""
        self.list.action_cursor_down()

    def action_up(self) -> None:
        """The name before."""
        self.list.action_cursor_up()

    def action_clear(self) -> None:
        """Start over."""
        self.query_one("#line", Line).value = ""

    # ---------------------------------------------------------------- choosing

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click on a name."""
        self._take(str(event.option.id))

    def action_hand(self) -> None:
        """Answer questions instead."""
        self.wizard.open_sights()

    def _take(self, name: str) -> None:
        if name == _HAND_ID:
            self.action_hand()
        else:
            self._open(name)

    def action_go(self) -> None:
        """Enter."""
        self.on_input_submitted()

    def action_later(self) -> None:
        """The same, but nothing is looked at yet."""
        before, self.wizard.later = self.wizard.later, True
        self.on_input_submitted()
        self.wizard.later = before

    def on_input_submitted(self) -> None:
        """What is highlighted, or what was typed."""
        typed = self.query_one("#line", Line).value
        at = self.list.highlighted
        if at is not None and self.list.option_count:
            self._take(str(self.list.get_option_at_index(at).id))
        else:
            self._open(typed)

    def _take_paste(self, text: str) -> bool:
        if len(text.strip().splitlines()) > 1:
            self.wizard.open_text(text)
            return True
        return False

    def _open(self, text: str) -> None:
        """A target, or a pasted error; what was typed stays when it is neither."""
        try:
            kind = understand(text)
        except UsageError as error:
            self.tell(str(error)[:1].upper() + str(error)[1:])
            return
        if isinstance(kind, Target):
            self.wizard.open_target(kind)
        else:
            self.wizard.open_text(kind)

    async def action_doctor(self) -> None:
        """Look at this computer, and show what was found."""
        self.tell("Looking at your .ssh directory, the agent and the programs…")
        self.run_worker(Later(self._examine), exclusive=True)

    async def _examine(self) -> None:
        from sshwizard.fronts.tui.doctor import doctor_page

        page = await doctor_page()
        self.trouble.update("")
        self.wizard.read("Check-up", page)

    def action_help(self) -> None:
        """Help for this place."""
        from sshwizard.fronts.tui.pages import help_page

        self.wizard.read("Help", help_page(self.HERE, PICK))

    async def action_leave(self) -> None:
        """Leave."""
        await self.wizard.action_leave()
