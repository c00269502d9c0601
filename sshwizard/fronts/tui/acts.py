"""What a person can do on the main screen. Every key has a method here and a reason when it cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshwizard import vocabulary
from sshwizard.effects import Effect, Retarget
from sshwizard.fixes import FIXES
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.dialogs import Confirm, Planned, Proposal
from sshwizard.fronts.tui.reads import Reads
from sshwizard.journal import CannotFix
from sshwizard.session import walk
from sshwizard.state import Place
from sshwizard.tree import TREE

_KEEP = "write-host-block"
_CHANGING = {"fix", "undo", "keep", "again", "restart", "session", "answer"}


class Acts(Reads):
    """The actions of the main screen."""

    if TYPE_CHECKING:
        walks: bool
        walking: bool
        busy: str
        asks: Place | None

        def soon(self) -> None: ...
        def go_on(self) -> None: ...
        async def stop_looking(self) -> None: ...

    # ---------------------------------------------------------------- can it work now?

    def why_not(self, action: str) -> str:
        """Why a key cannot work at the moment, in a sentence; empty when it can."""
        state, found = self.runner.state, self.verdict
        if action in _CHANGING and not self.walks:
            return "This is a recording: nothing is looked at or changed."
        if action in {"fix", "keep", "undo", "copy", "explain"} and (self.walking or self.busy):
            return "The walk is still under way."
        live = state.mode == "live"
        changed = any(not change.undone for change in state.changes)
        over = found is not None and found.outcome == "healthy"
        reasons = {
            "fix": "" if self._fixes() else "There is no fix to apply here.",
            "undo": "" if changed else "Nothing was changed, so there is nothing to undo.",
            "keep": "" if over and state.target.overrides else "There are no options of this run that proved to work.",
            "session": "" if live else "There is no host to log in to.",
            "explain": "" if found and found.root else "There is no cause to explain.",
            "copy": "" if self._commands() else "There is no command to copy.",
            "write": "" if found else "There is no verdict yet.",
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
        else:
            self.run_worker(self._propose(fixes[number - 1].id), group="change", exclusive=True)

    async def _propose(self, fix_id: str, *, verb: str = "Apply") -> None:
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
                return (), str(refusal)
            if self.runner.read_only and any(not isinstance(effect, Retarget) for effect in effects):
                return (), "this is read-only: nothing is changed (the command is on the page before this one)"
            return _told(effects), ""

        asks = fix.asks
        if not asks and fix.needs and not plan("")[0]:
            asks = "The fingerprint that a trusted source gave you"
        legs = self.runner.state.legs
        proposal = Proposal(
            action.title, action.risk, verb, plan, self._proof(), _undo(action.undo), asks,
            self._offer(fix_id), legs[-1].name if legs else self.runner.state.target.input,
        )  # fmt: skip
        answer = await self.app.push_screen_wait(Confirm(proposal))
        if answer is None:
            return
        try:
            await self.runner.apply(fix_id, answer)
        except CannotFix as refusal:
            await self._not_made(f"Not applied: {refusal}")
            return
        self.go_on()

    async def _not_made(self, told: str) -> None:
        """Say why; what was begun and taken back may have touched what was seen, so that is looked at again."""
        self.tell(told)
        if self.verdict is None:
            await self._again(-1, "")

    def _offer(self, fix_id: str) -> str:
        """The login name that the server itself asked for stands in the input already."""
        steps = walk(self.runner.state).steps
        return look.outside(str(steps[-1].fact.data.get("user_wanted", ""))) if steps and "user" in fix_id else ""

    def _proof(self) -> str:
        steps = walk(self.runner.state).steps
        short = TREE[steps[-1].node].asks.split("{")[0] if steps else ""
        ends = TREE[steps[-1].node].short or short if steps else "the same question"
        return f"The walk goes on by itself and asks again: {ends}"

    def action_undo(self) -> None:
        """Preview the inverse of the newest change."""
        if not self._blocked("undo"):
            self.run_worker(self._take_back(), group="change", exclusive=True)

    async def _take_back(self) -> None:
        last = next(change.did for change in reversed(self.runner.state.changes) if not change.undone)
        title = vocabulary.actions()[last.fix].title

        def plan(_: str) -> Planned:
            if self.runner.read_only:
                return (), "this is read-only: nothing is changed"
            return _told(last.inverses), "" if last.inverses else "this cannot be undone"

        proposal = Proposal(
            f"Undo: {title}", "safe", "Undo", plan,
            "The walk looks again.", "press f and apply the fix once more",
        )  # fmt: skip
        if await self.app.push_screen_wait(Confirm(proposal)) is None:
            return
        try:
            await self.runner.undo()
        except CannotFix as refusal:
            await self._not_made(f"Not undone: {refusal}")
            return
        self.go_on()

    def action_keep(self) -> None:
        """Write this run's options for this host, previewed like any fix."""
        if not self._blocked("keep"):
            self.run_worker(self._propose(_KEEP, verb="Write"), group="change", exclusive=True)

    # ---------------------------------------------------------------- looking

    def action_again(self) -> None:
        """Look again from the selected question on."""
        if not self._blocked("again"):
            place = self.picked.place if self.picked else None
            self.run_worker(self._again(*(place or (-1, "client"))), group="change", exclusive=True)

    def action_restart(self) -> None:
        """Look again at everything."""
        if not self._blocked("restart"):
            self.run_worker(self._again(-1, ""), group="change", exclusive=True)

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

    def action_session(self) -> None:
        """Hand the terminal to a real ssh."""
        if not self._blocked("session"):
            self.run_worker(self._session(), group="change", exclusive=True)

    async def _session(self) -> None:
        if self.walking:
            await self.stop_looking()
        self.tell(self.wizard.hand_over(("ssh", *self.runner.state.target.ssh_args)))

    def action_palette(self) -> None:
        """Every action by its name."""
        self.app.action_command_palette()

    async def action_leave(self) -> None:
        """Leave at once."""
        await self.wizard.action_leave()


def _undo(words: str) -> str:
    if words.startswith("nothing"):
        return "u afterwards ends the try; nothing on this computer changes"
    return "cannot be undone" if words in {"none", "impossible"} else f"u afterwards: {words}"


def _told(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    told: list[str] = []
    for effect in effects:
        if isinstance(effect, Retarget) and not effect.overrides:
            told.append("and from then on ssh without the options of this run")
        else:
            told += effect.preview()
    return tuple(told)
