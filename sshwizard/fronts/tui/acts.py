"""What a person can do on the main screen. Every key has a method here and a reason when it cannot work."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from textual.screen import Screen

from sshwizard import paths, vocabulary
from sshwizard.effects import Effect, Retarget
from sshwizard.fixes import FIXES
from sshwizard.fronts import report
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.dialogs import Confirm, Planned, Proposal
from sshwizard.model import Evidence, Remedy
from sshwizard.runner import CannotFix, Runner
from sshwizard.session import walk
from sshwizard.tree import TREE

if TYPE_CHECKING:
    from sshwizard.fronts.tui.advice import Pane
    from sshwizard.fronts.tui.app import Wizard
    from sshwizard.fronts.tui.footer import Keys
    from sshwizard.fronts.tui.keys import Key
    from sshwizard.fronts.tui.rows import Row
    from sshwizard.fronts.tui.way import Way
    from sshwizard.verdict import Verdict

_KEEP = "write-host-block"
_CHANGING = {"fix", "undo", "keep", "again", "restart", "session"}


class Acts(Screen[None]):
    """The actions of the main screen."""

    if TYPE_CHECKING:
        TABLE: tuple[Key, ...]
        HERE: str
        runner: Runner
        walks: bool
        walking: bool
        busy: str
        note: str
        story: str
        picked: Row | None
        way: Way
        foot: Keys
        advice: Pane

        @property
        def verdict(self) -> Verdict | None: ...
        @property
        def wizard(self) -> Wizard: ...
        def draw(self) -> None: ...
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
            "session": "" if live else "A pasted text has no host to log in to.",
            "explain": "" if found and found.root else "There is no cause to explain.",
            "copy": "" if self._commands() else "There is no command to copy.",
            "write": "" if found else "There is no verdict yet.",
            "story": "" if self.story else "This is no practice world, so it has no story.",
        }
        if action in {"again", "restart"} and not live:
            return "A text was pasted; there is nothing to look at again."
        return reasons.get(action, "")

    def _blocked(self, action: str) -> bool:
        reason = self.why_not(action)
        if reason:
            self.tell(reason)
        return bool(reason)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the browser hides a key: it has no terminal to hand over."""
        return not (action == "session" and self.app.is_web)

    def tell(self, text: str) -> None:
        """A short message on the last line, a long one beside it."""
        text = look.outside(text)
        if not self.foot.say(text):
            self.notify(text, markup=False, timeout=8)

    # ---------------------------------------------------------------- fixes

    def _fixes(self) -> list[Remedy]:
        """What can be applied, or could be if something were typed: in the order of their numbers."""
        found = self.verdict
        return [remedy for remedy in found.root.remedies if remedy.risk != "guide"] if found and found.root else []

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
            action.title, action.risk, verb, plan, self._proof(), f"u afterwards: {action.undo}", asks,
            self._offer(fix_id), legs[-1].name if legs else self.runner.state.target.input,
        )  # fmt: skip
        answer = await self.app.push_screen_wait(Confirm(proposal))
        if answer is None:
            return
        try:
            await self.runner.apply(fix_id, answer)
        except CannotFix as refusal:
            self.tell(f"Not applied: {refusal}")
            return
        self.note = ""
        self.go_on()

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
            self.tell(f"Not undone: {refusal}")
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
        if self.picked is not None:
            self.picked, self.way.following = None, True
            self.draw()
        elif self.walking:
            await self.stop_looking()

    # ---------------------------------------------------------------- reading

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was seen: for the question under the cursor, for the verdict, or on the way so far."""
        state = self.runner.state
        if self.picked is not None and self.picked.place is not None:
            fact = state.facts.get(self.picked.place)
            name = TREE[self.picked.place[1]].via.name
            return (Evidence(name, fact.says, fact.lines, fact.command),) if fact else ()
        found = self.verdict
        if found and found.root:
            return found.root.evidence
        steps = walk(state).steps
        return tuple(
            Evidence(TREE[s.node].via.name, s.fact.says, s.fact.lines, s.fact.command) for s in reversed(steps)
        )

    def action_evidence(self) -> None:
        """Verbatim lines and commands."""
        from sshwizard.fronts.tui.pages import Page, evidence_page

        self.app.push_screen(Page("Evidence", evidence_page(self.evidence)))

    def action_log(self) -> None:
        """Every look and change."""
        from sshwizard.fronts.tui.pages import Page, log_page

        self.app.push_screen(Page("Command log", log_page(self.runner.events, self.runner.state)))

    def action_explain(self) -> None:
        """The cause's page."""
        from sshwizard.fronts.tui.pages import Page, text_page

        found = self.verdict
        if not self._blocked("explain") and found and found.root:
            self.app.push_screen(Page("Explained", text_page(report.cause_page(found.root.cause))))

    def action_help(self) -> None:
        """This place first, then every key."""
        from sshwizard.fronts.tui.pages import Page, help_page

        self.app.push_screen(Page("Help", help_page(self.HERE, self.TABLE)))

    def action_story(self) -> None:
        """The story of the practice world."""
        from sshwizard.fronts.tui.pages import Page, story_page

        if not self._blocked("story"):
            self.app.push_screen(Page("Practice", story_page(self.story), small=True))

    def action_find(self) -> None:
        """Search all questions and causes."""
        from sshwizard.fronts.tui.find import Find

        self.app.push_screen(Find(), self._found)

    def _found(self, place: str | None) -> None:
        if place:
            row = next(
                (n.data for n in self.way.root.tree._tree_nodes.values() if n.data and n.data.key[-1] == place), None
            )
            if row:
                self.way.following = False
                self.way.go(row.key)
                self.picked = row
            else:
                from sshwizard.fronts.tui.rows import Row as Line

                self.picked = Line(("question", 0, place), TREE[place].short, place=(0, place))
            self.draw()

    # ---------------------------------------------------------------- taking along

    def _commands(self) -> str:
        found = self.verdict
        if found is None or found.root is None:
            return ""
        return next(("\n".join(remedy.preview) for remedy in self._fixes() if remedy.preview), "")

    def action_copy(self) -> None:
        """The command of the first fix."""
        if not self._blocked("copy"):
            self.wizard.copy_out(self._commands())

    def action_write(self) -> None:
        """The report as a file."""
        found = self.verdict
        if self._blocked("write") or found is None:
            return
        where = str(self.runner.store.path) if self.runner.store else ""
        text = json.dumps(report.report(self.runner.state, found, where), ensure_ascii=False, indent=2)
        try:
            file = paths.state_dir() / f"report-{datetime.now():%Y%m%d-%H%M%S}.json"
            file.touch(0o600)
            file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            self.tell(f"Not written: {error.strerror}")
            return
        self.tell(f"Written: {paths.short(file)}")

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


def _told(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(line for effect in effects for line in effect.preview())
