"""A session of another terminal, joined: what is pressed here is sent to its owner, where it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual.binding import Binding

from sshwizard.fronts.pairing.guest import Guest
from sshwizard.fronts.tui.dialogs import Planned, Proposal
from sshwizard.fronts.tui.handing import ASKING, SharedConfirm
from sshwizard.fronts.tui.keys import WALK, bindings
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.watch import WatchScreen
from sshwizard.fronts.watching import Tail
from sshwizard.state import Place

_OUT = {"session", "story", "hint", "tutor"}
"""The owner's own."""
_LESS = {"answer", "find"}
"""Less often wanted here than the keyboard."""
_ACTS = {"fix", "undo", "keep", "again", "restart", "answer", "inside"}
_TABLE = (
    *(
        replace(key, footer=False, wide=True) if key.action in _LESS else key
        for key in WALK[:-1]
        if key.action not in _OUT
    ),
    ASKING,
    WALK[-1],
)
_ASK = "The keyboard is elsewhere: ctrl+k asks for it."


class JoinScreen(WatchScreen):
    """The walk as its owner sees it; with the keyboard, every act goes to the owner's process."""

    TABLE = _TABLE
    BINDINGS = [
        *bindings(tuple(key for key in WALK if key.action in _ACTS)),
        Binding(ASKING.keys, ASKING.action, ASKING.verb, show=False, priority=True, id=ASKING.action),
    ]
    HERE = (
        "A session of another terminal, as it goes on. ctrl+k asks its owner for the keyboard; then your keys drive "
        "that one session. Every look and every change is made there, and every preview shows at both screens."
    )

    def __init__(self, tail: Tail, guest: Guest) -> None:
        super().__init__(tail)
        self.guest = guest
        self.dialog: SharedConfirm | None = None
        self._shown: dict[str, Any] = {}
        self.mode = "joined"

    def on_mount(self) -> None:
        """Follow, and listen."""
        self.run_worker(Later(self._listen), group="pairing")

    def on_unmount(self) -> None:
        """Hang up."""
        self.guest.close()

    async def _listen(self) -> None:
        await self.guest.listen(self._heard_from)
        self._shut()
        if self.is_attached:
            self.mode = "watching"
            self.draw()

    # ---------------------------------------------------------------- hearing

    def _heard_from(self, message: dict[str, Any]) -> None:
        if not self.is_attached:
            return
        kind = message.get("says")
        if kind == "keyboard":
            self._keyboard()
        elif kind == "preview":
            self._preview(message)
        elif kind == "shut":
            self._shut()
        elif kind in {"told", "refused"}:
            self.wizard.say(str(message.get("text", ""))[:400])

    def _keyboard(self) -> None:
        board = self.guest.keyboard
        if board.get("yours"):
            self.mode = "you have the keyboard"
            if board.get("waits"):
                self.mode = f"{str(board['waits'])[:24]} asks: ctrl+k"
                self.wizard.say(f"{board['waits']} asks for the keyboard: ctrl+k passes it on.")
        elif board.get("asked"):
            self.mode = "asked for the keyboard"
        elif board.get("holder"):
            self.mode = f"{str(board['holder'])[:24]} has the keyboard"
        else:
            self.mode = "joined"
        if self.dialog is not None:
            self.dialog.say(self._whose())
        self.soon()

    def _whose(self) -> str:
        board = self.guest.keyboard
        if not board.get("yours"):
            return "You see what is proposed; whoever has the keyboard decides."
        return "" if board.get("alone") else "You may propose this; the owner's yes makes it."

    def _preview(self, message: dict[str, Any]) -> None:
        before, self._shown = self._shown, message
        if self.dialog is not None and message.get("number") == before.get("number"):
            if self.dialog.is_attached:  # else it was left here, and is still open elsewhere
                if not self.guest.may:
                    self.dialog.put(str(message["answer"]))
                self.dialog.again()
            return
        self._shut()
        self._shown, number = message, int(message["number"])
        texts = {name: str(message[name]) for name in ("title", "verb", "proof", "asks", "offers", "name")}
        proposal = Proposal(risk=message["risk"], plan=self._plan, **texts)
        self.dialog = SharedConfirm(
            proposal, self._whose(), self.action_keyboard, lambda text: self._send("plan", number=number, text=text)
        )
        self.dialog.decided = lambda yes, typed, name: self._decided(number, yes, typed, name)
        self.app.push_screen(self.dialog)

    def _plan(self, answer: str) -> Planned:
        """What the owner's process planned for it, if that has come."""
        shown = self._shown
        if shown.get("answer") != answer:
            return Planned((), "the owner's process plans it")
        return Planned(tuple(shown["lines"]), shown["refusal"], tuple(shown["commands"]), shown["undo"])

    def _decided(self, number: int, yes: bool, typed: str, name: str) -> bool:
        """Send it to the owner; who only looks on may leave the dialog."""
        if yes and not self.guest.may:
            assert self.dialog is not None
            self.dialog.say(_ASK)
        elif yes:
            self.guest.send("confirm", number=number, text=typed, name=name)
        elif self.guest.may:
            self.guest.send("leave", number=number)
        return yes or self.guest.may

    def _shut(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None and dialog.is_attached:
            dialog.close(None)

    # ---------------------------------------------------------------- keys

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        if action == "keyboard":
            return "" if self.guest.keyboard else "The session is over, or its owner hung up."
        if action in _ACTS and not self.guest.may:
            return _ASK if self.guest.keyboard else "The session is over, or its owner hung up."
        self.walks = action in _ACTS
        try:
            return super(WatchScreen, self).why_not(action)
        finally:
            self.walks = False

    def _send(self, act: str, **fields: str | int) -> None:
        if self.guest.may:
            self.guest.send(act, **fields)

    def action_keyboard(self) -> None:
        """Ask for the keyboard, or give it back."""
        board = self.guest.keyboard
        if self._blocked("keyboard"):
            return
        if board.get("yours") or board.get("asked"):
            self.guest.send("back")
        else:
            self.guest.send("ask")

    async def _propose(self, fix_id: str, *, verb: str = "Apply", asks: str = "") -> None:
        self._send("fix", fix=fix_id)

    async def _take_back(self) -> None:
        self._send("undo")

    async def _inside(self, door: str) -> None:
        self._send("inside", door=door)

    async def _again(self, leg: int, node: str) -> None:
        self._send("look", leg=leg, node=node)

    def answer(self, place: Place, outcome: str) -> None:
        """Send it."""
        self.asks = None
        self._send("answer", leg=place[0], id=place[1], outcome=outcome)
        self.draw()

    async def action_back(self) -> None:
        """Back to the verdict; with the keyboard, while something is looked at, stop that."""
        if self.asks is None and self.picked is None and self.verdict is None:
            self._send("stop")
        await super().action_back()
