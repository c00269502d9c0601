"""The main screen of a session that others may join: this process alone looks and changes, whoever has the keyboard."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from textual.binding import Binding

from sshwizard.fronts.pairing.acts import Act
from sshwizard.fronts.pairing.host import Host
from sshwizard.fronts.pairing.keyboard import OWNER
from sshwizard.fronts.tui.acts import Acts
from sshwizard.fronts.tui.dialogs import Planned, Proposal
from sshwizard.fronts.tui.handing import KEYBOARD, Handing, SharedConfirm
from sshwizard.fronts.tui.keys import WALK
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner
from sshwizard.session import walk
from sshwizard.tree import TREE
from sshwizard.tree.hand import can_be

_ACTS = {"fix", "undo", "keep", "again", "restart", "session", "answer", "inside"}
"""What the keyboard is for: whoever has handed it over still reads everything."""


class SharedScreen(WalkScreen):
    """The walk, with a local socket beside it."""

    TABLE = (*WALK[:-1], KEYBOARD, WALK[-1])
    BINDINGS = [Binding(KEYBOARD.keys, KEYBOARD.action, KEYBOARD.verb, show=False, priority=True, id=KEYBOARD.action)]

    def __init__(
        self,
        runner: Runner,
        *,
        mode: str = "",
        story: str = "",
        later: bool = False,
        free: bool = False,
        joinable: bool = True,
    ) -> None:
        """`free` where nobody sits at this screen, because its session is served."""
        super().__init__(runner, mode=mode, story=story, later=later)
        self.free, self.joinable = free, joinable
        self.host: Host | None = None
        self.dialog: SharedConfirm | None = None
        self._own_mode, self._number, self._theirs = self.mode, 0, False

    def on_mount(self) -> None:
        """Listen, once the first frame stands."""
        self.call_after_refresh(lambda: self.run_worker(Later(self._open), group="pairing"))

    async def _open(self) -> None:
        from sshwizard.fronts.pairing.place import place

        if self.runner.store is None or not self.joinable or self.wizard.lab is not None:
            return  # a practice session leaves nothing behind
        with contextlib.suppress(OSError):  # no place for a socket: the wizard works as ever
            host = Host(place(self.runner.store.path), free=self.free)
            await host.open()
            host.acted, host.changed, self.host = self._acted, self._keyboard_went, host

    async def on_unmount(self) -> None:
        """The socket goes with the screen."""
        if self.host is not None:
            await self.host.close()

    # ---------------------------------------------------------------- the keyboard

    @property
    def lent(self) -> str:
        """Who has the keyboard instead of the owner."""
        return self.host.holder if self.host is not None else ""

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        if action == "keyboard":
            return "" if self.host and (self.host.holder or self.host.first) else "Nobody asks for the keyboard."
        if action in _ACTS and self.lent and not self._theirs:
            return f"{self.lent} has the keyboard: ctrl+k takes it back."
        return super().why_not(action)

    def action_keyboard(self) -> None:
        """Take the keyboard back; or hand it to whoever asks."""
        if self._blocked("keyboard") or self.host is None:
            return
        if self.host.holder:
            self.host.take()
            self.tell("The keyboard is yours again.")
        elif not isinstance(self.app.screen, Handing):
            self.app.push_screen(Handing(self.host.first), self._handed)

    def _handed(self, how: str | None) -> None:
        if self.host is not None and how:
            self.host.give(alone=how == "alone")
        elif self.host is not None:
            self.host.decline()

    def _keyboard_went(self, says: str) -> None:
        host = self.host
        if host is None or not self.is_attached:
            return
        self.mode = self._own_mode
        if host.holder:
            self.mode = f"{host.holder[:24]} has the keyboard: ctrl+k"
        elif host.first:
            self.mode = f"{host.first[:24]} asks: ctrl+k"
        if self.dialog is not None:
            self.dialog.say(self._whose())
        if says:
            self.wizard.say(f"{says} (ctrl+k)." if host.first and not host.holder else f"{says}.")
        self.soon()

    def _whose(self) -> str:
        """Whose yes makes the proposed change."""
        if not self.lent:
            return ""
        if self.host is not None and self.host.keyboard.alone:
            return f"{self.lent} decides, or you do."
        return f"{self.lent} proposes this; your yes makes it."

    # ---------------------------------------------------------------- changes, at both screens

    def tell(self, text: str) -> None:
        """A message here, and for those who act from elsewhere."""
        super().tell(text)
        if self.lent and self.host is not None:
            self.host.tell(text)

    async def confirmed(self, proposal: Proposal) -> str | None:
        """Ask for a change on every screen; one answer is taken."""
        self._number += 1
        number = self._number

        def plan(answer: str) -> Planned:
            planned = proposal.plan(answer)
            if self.host is not None:
                self.host.show(_shown(number, proposal, planned, answer))
            return planned

        self.dialog = SharedConfirm(replace(proposal, plan=plan), self._whose(), self.action_keyboard)
        try:
            return await self.app.push_screen_wait(self.dialog)
        finally:
            self.dialog = None
            if self.host is not None:
                self.host.shut()

    def _decide(self, act: Act) -> None:
        dialog = self.dialog
        if dialog is None or act.numbers["number"] != self._number or self.host is None:
            return
        if act.name == "leave":
            dialog.close(None)
        elif act.name == "plan":
            dialog.put(act.words["text"])
        elif not self.host.keyboard.alone:
            dialog.say(f"{self.lent} says yes. Your yes makes the change.")
            self.host.tell("The owner's yes is needed, too: it was asked for.")
        elif dialog.typed != act.words["text"] or not dialog.planned.lines:
            self.host.tell("This is no longer what is proposed; look again.")
        elif dialog.proposal.risk == "typed" and act.words["name"] != dialog.proposal.name:
            self.host.tell("The name was not typed, so nothing was changed.")
        else:
            dialog.close(act.words["text"])

    # ---------------------------------------------------------------- acts of who joined

    def _acted(self, who: int, act: Act) -> None:
        """Do what the holder of the keyboard wants, by the same rules as for the owner."""
        assert who != OWNER
        if act.name in {"plan", "confirm", "leave"}:
            self._decide(act)
            return
        if self.dialog is not None:
            self.tell("A change is proposed: answer that first.")
            return
        self._theirs = True
        try:
            self._do(act)
        finally:
            self._theirs = False

    def _do(self, act: Act) -> None:
        if act.name == "fix":
            self._fix(act.words["fix"])
        elif act.name == "undo":
            self.action_undo()
        elif act.name == "inside":
            self.action_inside(act.words["door"])
        elif act.name == "stop":
            if self.walking:
                self.run_worker(Later(self.stop_looking), group="change")
            elif self.rests or self.told:
                self.workers.cancel_group(self, "change")
        elif self.busy or self.rests or self.told:
            self.tell("The walk is still under way.")
        elif act.name == "look":
            leg, node = act.numbers["leg"], act.words["node"]
            if (not node or node in TREE) and not self._blocked("again"):
                self.run_worker(Later(self._again, leg, node), group="change", exclusive=True)
        elif act.name == "answer":
            self._answer(act)

    def _fix(self, name: str) -> None:
        ids = [remedy.id for remedy in self._fixes()]
        if name == "write-host-block" and name not in ids:
            self.action_keep()
        elif name in ids:
            Acts.action_choose(self, ids.index(name) + 1)
        else:
            self.tell("There is no such fix here.")

    def _answer(self, act: Act) -> None:
        place, outcome = (act.numbers["leg"], act.words["id"]), act.words["outcome"]
        way = walk(self.runner.state)
        if place not in {way.next, *(step.place for step in way.steps)} or not can_be(place[1], outcome):
            self.tell("The way has not come to this question.")
        else:
            self.answer(place, outcome)


def _shown(number: int, proposal: Proposal, planned: Planned, answer: str) -> dict[str, Any]:
    """A proposal as it is sent."""
    return {
        "number": number, "title": proposal.title, "risk": proposal.risk, "verb": proposal.verb,
        "proof": proposal.proof, "asks": proposal.asks, "offers": proposal.offers, "name": proposal.name,
        "answer": answer, "lines": list(planned.lines), "refusal": planned.refusal,
        "commands": list(planned.commands), "undo": planned.undo,
    }  # fmt: skip
