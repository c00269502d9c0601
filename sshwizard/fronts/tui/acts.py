"""What a person can do on the main screen. Every key has a method here and a reason when it cannot work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sshwizard import remedies, vocabulary
from sshwizard.doors.marks import MARK
from sshwizard.effects import Effect, RemoteScript, Wait
from sshwizard.fixes import FIXES
from sshwizard.fixes.naming import ASKS, nameable
from sshwizard.fronts import ownssh, previews
from sshwizard.fronts.tui.dialogs import Confirm, Planned, Proposal
from sshwizard.fronts.tui.goingin import GoingIn
from sshwizard.fronts.tui.later import Later
from sshwizard.fronts.tui.taught import NO_PRACTICE, Taught
from sshwizard.journal import CannotFix
from sshwizard.probes import vouching
from sshwizard.remedies import by_hand
from sshwizard.state import Place

_KEEP = "write-host-block"
_INSIDE = "diagnose-from-inside"
_CHANGING = {"fix", "undo", "keep", "again", "restart", "session", "answer", "inside"}
_NOTHING_TO_KEEP = "There is nothing of this run to be kept."
_AFTER = {"fix", "keep", "undo", "copy", "explain", "doors", "inside"}
_NO_FILE = "A page writes no files. In a terminal: sshwizard report last"


class Acts(Taught, GoingIn):
    """The actions of the main screen."""

    if TYPE_CHECKING:
        walks: bool
        walking: bool
        busy: str
        told: str
        """How far a change is that takes minutes."""
        rests: int
        asks: Place | None
        held: bool
        """Nothing was looked at yet, as the person wished."""

        def soon(self) -> None: ...
        def go_on(self) -> None: ...
        def resting(self, seconds: int) -> AbstractContextManager[None]: ...
        async def stop_looking(self) -> None: ...

    # ---------------------------------------------------------------- can it work now?

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        state, found = self.runner.state, self.verdict
        if action in _CHANGING and not self.walks:
            return "This is a recording: nothing is looked at or changed."
        if action == "explain" and self.picked is not None and self.picked.code:
            return ""
        if action in _AFTER and (self.walking or self.busy or self.rests or self.told):
            return "The walk is still under way."
        live = state.mode == "live"
        lasts = any(change.lasts and not change.undone for change in state.changes)
        none = "What was changed cannot be undone." if lasts else "Nothing was changed, so there is nothing to undo."
        over = found is not None and found.outcome == "healthy"
        reasons = {
            "fix": "" if self._fixes() else "There is no fix to apply here.",
            "undo": "" if state.in_force else none,
            "keep": "" if over and (state.target.overrides or nameable(state.target)) else _NOTHING_TO_KEEP,
            "session": "" if live else "There is no host to log in to.",
            "doors": self._no_doors(),
            "inside": self._no_inside(),
            "explain": "" if found and found.root else "There is no cause to explain.",
            "copy": "" if self._commands() else "There is no command to copy.",
            "write": ("" if found else "There is no verdict yet.") if not self.app.is_web else _NO_FILE,
            "hint": "" if self.practice else NO_PRACTICE,
            "tutor": "" if self.practice else NO_PRACTICE,
            "story": "" if self.story else "This is no practice world, so it has no story.",
        }
        if action in {"again", "restart"} and not live:
            return "There is nothing to look at again: no host was given."
        return reasons.get(action, "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the browser hides a key: it has no terminal to hand over."""
        return not (action == "session" and self.app.is_web)

    # ---------------------------------------------------------------- fixes

    def action_fix(self) -> None:
        """Preview the first fix that can be applied."""
        if not self._blocked("fix"):
            able = [number for number, remedy in enumerate(self._fixes(), 1) if remedy.applicable]
            self.action_choose(able[0] if able else 1)

    def action_choose(self, number: int) -> None:
        """Preview the fix with this number."""
        if self._blocked("fix"):
            return
        fixes = self._fixes()
        if number > len(fixes):
            self.tell(f"There is no fix {number} here.")
        elif not fixes[number - 1].applicable:
            self.tell(f"Not now: {fixes[number - 1].refusal}")
        elif fixes[number - 1].id == _INSIDE:
            self.action_inside()
        else:
            self.run_worker(Later(self._propose, fixes[number - 1].id), group="change", exclusive=True)

    async def confirmed(self, proposal: Proposal) -> str | None:
        """Ask for a change; the answer is what was typed, or None."""
        return await self.app.push_screen_wait(Confirm(proposal))

    async def _propose(self, fix_id: str, *, verb: str = "Apply", asks: str = "") -> None:
        fix, action = FIXES[fix_id], vocabulary.actions()[fix_id]
        if fix.needs and self.verdict and self.verdict.root:
            self.busy = f"Waiting for {fix.needs.waits}" if fix.needs.waits else action.title
            self.soon()
            try:
                await self.runner.prepare(fix_id)
            finally:
                self.busy = ""
                self.soon()

        def plan(answer: str) -> Planned:
            try:
                effects = self.runner.plan(fix_id, answer)
            except CannotFix as refusal:
                return Planned((), str(refusal))
            if self.runner.read_only and any(effect.changes for effect in effects):
                return Planned((), "this is read-only: nothing is changed (the command is on the page before this one)")
            typed = by_hand(fix_id, effects, self.runner.state.target)
            return Planned(previews.told(effects), "", typed, previews.way_back(action.undo, effects, "u"))

        asks = asks or self.runner.asks(fix_id)
        if not asks and fix.needs is vouching.offered and not plan("").lines:
            asks = "The fingerprint that a trusted source gave you"
        legs = self.runner.state.legs
        proposal = Proposal(
            action.title, action.risk, verb, plan, previews.proof(self.runner), asks,
            previews.offered(self.runner, fix_id), legs[-1].name if legs else self.runner.state.target.input,
            action.needs, action.price,
        )  # fmt: skip
        answer = await self.confirmed(proposal)
        if answer is None:
            return
        try:
            self._goes_through(self.runner.plan(fix_id, answer))
            with self.resting(self._rests(fix_id, answer)), self.following():
                await self.runner.apply(fix_id, answer)
        except CannotFix as refusal:
            await self._not_made(f"Not applied: {refusal}")
            return
        finally:
            self.busy = ""
            self.soon()
        self.go_on()

    def _goes_through(self, effects: tuple[Effect, ...]) -> None:
        """A change on the server takes its time."""
        if any(isinstance(effect, RemoteScript) for effect in effects):
            self.busy = "Going in to make the change, and in again to see that the way is open"
            self.soon()

    @contextlib.contextmanager
    def following(self) -> Iterator[None]:
        """While a change takes minutes, it is told how far it is; esc ends it, and what was begun is taken back."""

        def tell(says: str) -> None:
            self.told = says
            self.soon()

        self.runner.progress = tell
        try:
            yield
        finally:
            self.told = ""
            self.soon()

    def _rests(self, fix_id: str, answer: str) -> int:
        """Seconds that a fix lets pass before it looks again."""
        return sum(effect.seconds for effect in self.runner.plan(fix_id, answer) if isinstance(effect, Wait))

    async def _not_made(self, told: str) -> None:
        """Say why; what was begun and taken back may have touched what was seen, so that is looked at again."""
        self.tell(told)
        if self.verdict is None:
            await self._again(-1, "")

    def action_undo(self) -> None:
        """Preview the inverse of the newest change."""
        if not self._blocked("undo"):
            self.run_worker(Later(self._take_back), group="change", exclusive=True)

    async def _take_back(self) -> None:
        last = self.runner.state.changes[self.runner.state.in_force[-1]].did
        title = vocabulary.actions()[last.fix].title

        def plan(_: str) -> Planned:
            if self.runner.read_only:
                return Planned((), "this is read-only: nothing is changed")
            typed = remedies.commands(last.inverses, self.runner.state.target.args)
            return Planned(previews.told(last.inverses), "", typed, "press f and apply the fix once more")

        proposal = Proposal(f"Undo: {title}", "safe", "Undo", plan, "The walk looks again.")
        if await self.confirmed(proposal) is None:
            return
        try:
            self._goes_through(last.inverses)
            with self.following():
                await self.runner.undo()
        except CannotFix as refusal:
            await self._not_made(f"Not undone: {refusal}")
            return
        finally:
            self.busy = ""
            self.soon()
        self.go_on()

    def action_keep(self) -> None:
        """Write this run's options for this host, or a name for what was typed; previewed like any fix."""
        if not self._blocked("keep"):
            asks = "" if self.runner.state.target.overrides else ASKS
            self.run_worker(Later(self._propose, _KEEP, verb="Write", asks=asks), group="change", exclusive=True)

    # ---------------------------------------------------------------- looking

    def action_again(self) -> None:
        """Look again from the selected question on; for the first time, where nothing was looked at yet."""
        if self.held and not self._blocked("again"):
            self.go_on()
        elif not self._blocked("again"):
            place = self.picked.place if self.picked else None
            self.run_worker(Later(self._again, *(place or (-1, "client"))), group="change", exclusive=True)

    def action_restart(self) -> None:
        """Look again at everything."""
        if not self._blocked("restart"):
            self.run_worker(Later(self._again, -1, ""), group="change", exclusive=True)

    async def _again(self, leg: int, node: str) -> None:
        self.workers.cancel_group(self, "look")
        await self.runner.again(leg, node)
        self.go_on()

    async def action_back(self) -> None:
        """Back to the verdict; while something is looked at, stop that."""
        if self.asks is not None or self.picked is not None:
            self.asks, self.picked, self.way.following = None, None, True
            self.draw()
        elif self.walking:
            await self.stop_looking()
        elif self.rests or self.told:
            self.workers.cancel_group(self, "change")

    def action_session(self) -> None:
        """Hand the terminal to a real ssh."""
        if not self._blocked("session"):
            self.run_worker(Later(self._session), group="change", exclusive=True)

    async def _session(self) -> None:
        if self.walking:
            await self.stop_looking()
        told, ended = self.wizard.hand_over(("ssh", *self.runner.state.target.ssh_args))
        if ended and (broke := ownssh.lost(ended)) and self.runner.state.legs:
            self.runner.broke(broke)
            told = broke.says
        self.tell(told)

    def _no_doors(self) -> str:
        if self.runner.state.mode != "live":
            return "There is no host to get into."
        known = any(name.startswith(MARK) for _, name in self.runner.state.facts)
        return "" if known or self.walks else "This recording knows no doors."

    def action_doors(self) -> None:
        """Every way in."""
        if not self._blocked("doors"):
            from sshwizard.fronts.tui.doors import DoorsScreen

            def back(door: str | None) -> None:
                if door:
                    self.action_inside(door)

            self.app.push_screen(DoorsScreen(self.runner, self.wizard.mode, walks=self.walks), back)

    def action_palette(self) -> None:
        """Every action by its name."""
        self.app.action_command_palette()

    async def action_leave(self) -> None:
        """Leave at once."""
        await self.wizard.action_leave()
