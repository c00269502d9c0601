"""What a person can read and take along: nothing here changes anything but our own report file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from sshwizard import paths
from sshwizard.fronts import report
from sshwizard.fronts.evidence import ordered
from sshwizard.fronts.tui import look
from sshwizard.language import say
from sshwizard.model import Evidence, Remedy
from sshwizard.runner import Runner
from sshwizard.session import walk
from sshwizard.tree import TREE

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard
    from sshwizard.fronts.tui.footer import Keys
    from sshwizard.fronts.tui.keys import Key
    from sshwizard.fronts.tui.row import Row
    from sshwizard.fronts.tui.way import Way
    from sshwizard.verdict import Verdict


class Reads(Screen[None]):
    """Pages, search, copy, report."""

    masked = False
    """True for a recording in which names were masked already."""
    source: Path | None = None
    """The file of a recording."""

    if TYPE_CHECKING:
        TABLE: tuple[Key, ...]
        HERE: str
        runner: Runner
        story: str
        picked: Row | None
        way: Way
        foot: Keys

        @property
        def verdict(self) -> Verdict | None: ...
        @property
        def wizard(self) -> Wizard: ...
        def draw(self) -> None: ...
        def why_not(self, action: str) -> str: ...

    def _blocked(self, action: str) -> bool:
        reason = self.why_not(action)
        if reason:
            self.tell(reason)
        return bool(reason)

    def tell(self, text: str) -> None:
        """A short message on the last line, a long one beside it."""
        text = say(look.outside(text))
        if not self.foot.say(text):
            self.notify(text, markup=False, timeout=8)

    def _fixes(self) -> list[Remedy]:
        """What can be applied, or could be if something were typed: in the order of their numbers."""
        found = self.verdict
        return [remedy for remedy in found.root.remedies if remedy.risk != "guide"] if found and found.root else []

    # ---------------------------------------------------------------- reading

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was seen: for the question under the cursor, for the verdict, or on the way so far."""
        state = self.runner.state
        if self.picked is not None and self.picked.place is not None:
            fact = state.stands(self.picked.place)
            name = TREE[self.picked.place[1]].via.name
            if fact:
                return (Evidence(name, fact.says, fact.lines, fact.command),)
        found = self.verdict
        if found and found.root:
            return ordered(walk(state), found.root.evidence)
        steps = walk(state).steps
        return tuple(
            Evidence(TREE[s.node].via.name, s.fact.says, s.fact.lines, s.fact.command) for s in reversed(steps)
        )

    def action_evidence(self) -> None:
        """Verbatim lines and commands."""
        from sshwizard.fronts.tui.pages import evidence_page

        of_verdict = self.verdict is not None or self.picked is not None
        self.wizard.read("Evidence", evidence_page(self.evidence, verdict=of_verdict))

    def action_log(self) -> None:
        """Every look and change."""
        from sshwizard.fronts.tui.commands import commands, log_page

        events, state = self.runner.events, self.runner.state
        self.wizard.read("Command log", log_page(events, state), copies=commands(events, state))

    def action_why(self) -> None:
        """Why do you think so: of the row under the cursor, else of the verdict."""
        from sshwizard.fronts.tui.about import reasons
        from sshwizard.fronts.tui.pages import why_page
        from sshwizard.fronts.why import why

        state = self.runner.state
        found = self.verdict
        one = reasons(state, self.picked, found) if self.picked is not None else None
        self.wizard.read("Why do you think so", why_page(one or why(state, found)))

    def action_explain(self) -> None:
        """The page of the cause under the cursor, else of the verdict's."""
        from sshwizard.fronts.tui.pages import text_page

        found = self.verdict
        code = self.picked.code if self.picked is not None else ""
        if not code and found and found.root:
            code = found.root.cause
        if not self._blocked("explain") and code:
            self.wizard.read("Explained", text_page(report.cause_page(code)))

    def action_help(self) -> None:
        """This place first, then every key."""
        from sshwizard.fronts.tui.pages import help_page

        self.wizard.read("Help", help_page(self.HERE, self.TABLE))

    def action_story(self) -> None:
        """The story of the practice world."""
        from sshwizard.fronts.tui.pages import story_page

        if not self._blocked("story"):
            self.wizard.read("Practice", story_page(self.story), small=True)

    # ---------------------------------------------------------------- taking along

    def _commands(self) -> str:
        found = self.verdict
        if found is None or found.root is None:
            return ""
        return next(("\n".join(remedy.commands) for remedy in self._fixes() if remedy.commands), "")

    def action_copy(self) -> None:
        """The command of the first fix."""
        if not self._blocked("copy"):
            self.wizard.copy_out(self._commands())

    def action_write(self) -> None:
        """The report as a file: asks for its format and place."""
        if self._blocked("write"):
            return
        from sshwizard.fronts.reports import writing
        from sshwizard.fronts.reports.content import content
        from sshwizard.fronts.tui.taking import Taking, Wanted
        from sshwizard.store import short_name

        kept = self.runner.store.path if self.runner.store else self.source
        name = short_name(kept) if kept else datetime.now().strftime("%Y%m%d-%H%M%S")

        def write(wanted: Wanted) -> str:
            session = kept or wanted.path
            known = writing.known_masks(session)
            told = content(self.runner.events, name, redact=wanted.redact, masked=self.masked, known=known)
            writing.save(wanted.path, writing.made(told, wanted.format))
            if told.masks:
                writing.keep_legend(session, told.masks.legend)
            return f"Written: {paths.short(wanted.path)}"

        self.app.push_screen(Taking(name, write), lambda told: self.tell(told) if told else None)
