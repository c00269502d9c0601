"""The whole wizard as a conversation in plain lines: the walk, the verdict, and what the person does about it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from sshwizard import vocabulary
from sshwizard.events import Event
from sshwizard.fixes import naming
from sshwizard.fronts import byhand, mending, plain, waysin
from sshwizard.fronts.because import plain_lines
from sshwizard.fronts.prompts import QUIT, Choice, Prompts
from sshwizard.fronts.report import cause_page
from sshwizard.fronts.why import why
from sshwizard.language import say
from sshwizard.model import Attempt, Remedy
from sshwizard.runner import Runner
from sshwizard.session import Ask, need
from sshwizard.verdict import Verdict

SLOW = 2.0
"""Seconds after which a look says what it waits for."""
OVER = "over"
Act = Callable[[], Awaitable[bool]]
"""What can be done; True when the walk should go on after it."""


class Talk:
    """One session. Every method returns to the menu; the end of input or ctrl+c ends the talk."""

    def __init__(self, runner: Runner, prompts: Prompts) -> None:
        self.runner, self.prompts = runner, prompts
        self.attempts: Sequence[Attempt] = ()
        self.told = False
        """True once a verdict was told, with the place of the session's file."""
        self.lost = ""
        """Why the session is not kept to its end, once it was said."""
        runner.listeners.append(self._heard)
        runner.journal.hand_over = mending.lend if prompts.terminal else None

    def _heard(self, event: Event) -> None:
        if self.runner.state.mode == "live":
            plain.progress(event, self.runner.state, sys.stdout)

    async def go(self) -> str:
        """Walk, tell, and do what is chosen, until the person leaves (QUIT), or begins anew by hand (OVER)."""
        while True:
            while isinstance(wanted := need(self.runner.state), Ask):
                if await byhand.open_question(self.runner, self.prompts, (wanted.leg, wanted.node)) == OVER:
                    return OVER
            self._tell(await self._walk())
            while True:
                offered = self._offered()
                self.prompts.say("")
                word = await self.prompts.choose("What now?", [choice for choice, _ in offered])
                if word in {QUIT, OVER}:
                    return word
                if await next(act for choice, act in offered if choice.word == word)():
                    break

    async def _walk(self) -> Verdict:
        clock = asyncio.create_task(self._tell_slow())
        try:
            found = await self.runner.walk()
            if self.runner.state.mode == "log" and not self.attempts:
                self.attempts = await self.runner.attempts()
            return found
        finally:
            clock.cancel()
            with suppress(asyncio.CancelledError):
                await clock

    async def _tell_slow(self) -> None:
        told = None
        while True:
            look = self.runner.waiting
            await asyncio.sleep(SLOW)
            if look and look is self.runner.waiting and look is not told:
                told = look
                plain.awaited(look[1], sys.stdout)

    def _tell(self, found: Verdict) -> None:
        """The verdict; what can be chosen follows as a list, so only the guides are told here."""
        root, others = found.root, 0
        if root is not None:
            guides = tuple(remedy for remedy in root.remedies if remedy.risk == "guide")
            others, found = len(found.findings) - 1, replace(found, findings=(replace(root, remedies=guides),))
        where = "" if self.told or not self.runner.store else str(self.runner.store.path)
        self.told = True
        if self.runner.lost and not self.lost:
            self.lost = self.runner.lost
            self.prompts.say(f"No session is kept: {self.lost}")
        print("\n" + plain.tell(self.runner.state, found, where, self.attempts), flush=True)
        if others:
            one = "One other cause looks the same from here; `why` names it."
            more = f"{others} other causes look the same from here; `why` names them."
            self.prompts.say("", one if others == 1 else more)
        if self.runner.state.mode == "hand":
            self.prompts.say("", "This rests on your answers. A look can prove it: sshwizard ask user@host")

    # ---------------------------------------------------------------- what can be done

    def _offered(self) -> list[tuple[Choice, Act]]:
        state, found = self.runner.state, self.runner.verdict()
        root = found.root if found else None
        live = state.mode == "live"
        fixes = [remedy for remedy in root.remedies if remedy.risk != "guide"] if root else []
        rows: list[tuple[Choice, Act]] = [self._fix(number, remedy) for number, remedy in enumerate(fixes, 1)]
        if found and found.outcome == "healthy" and state.target.overrides:
            keep = mending.KEEP
            title = vocabulary.actions()[keep].title
            rows.append((Choice("keep", title), lambda: mending.mend(self.runner, self.prompts, keep)))
        if live and found and found.outcome == "healthy" and naming.nameable(state.target):
            named = Choice("name", "Give this connection a name in your ssh config")
            rows.append((named, lambda: mending.mend(self.runner, self.prompts, mending.KEEP, naming.ASKS)))
        if state.in_force:
            last = vocabulary.actions()[state.changes[state.in_force[-1]].did.fix].title
            rows.append((Choice("undo", f"Take back: {last}"), lambda: mending.undo(self.runner, self.prompts)))
        rows.append((Choice("why", "Why do you think so?"), self._why))
        if root:
            rows.append((Choice("explain", "Explain this cause"), self._explain))
        if live and root:
            rows.append((Choice("other", "Try another account, to see whether only one is affected"), self._other))
        rows.append((Choice("answer", "Answer a question by hand"), self._answer))
        if live:
            rows.append((Choice("doors", "Other ways in"), lambda: waysin.doors(self.runner, self.prompts)))
            rows.append((Choice("again", "Look again at everything"), self._again))
        if live and self.prompts.terminal:
            rows.append((Choice("ssh", "Log in with plain ssh, in this terminal"), self._ssh))
        if state.mode == "hand":
            rows.append((Choice(OVER, "Begin anew with another message"), self._again))
        return [*rows, (Choice(QUIT, "Leave", ("q", "exit", "leave")), self._again)]

    def _fix(self, number: int, remedy: Remedy) -> tuple[Choice, Act]:
        not_now = "" if remedy.applicable else f". {say(f'Not now: {remedy.refusal}')}"
        word = "fix" if number == 1 else f"fix-{number}"
        says = f"{', '.join(map(say, (remedy.title, *_asks(remedy))))}{not_now}"

        async def act() -> bool:
            if not remedy.applicable:
                self.prompts.say(f"Not now: {remedy.refusal}.")
                return False
            return await mending.mend(self.runner, self.prompts, remedy.id)

        return Choice(word, says), act

    async def _why(self) -> bool:
        """The way, question by question, with what decided each, what it rules out, and what is open."""
        print("", flush=True)
        self.prompts.show(*plain_lines(why(self.runner.state)))
        return False

    async def _explain(self) -> bool:
        found = self.runner.verdict()
        if found and found.root:
            print("\n" + cause_page(found.root.cause), flush=True)
        return False

    async def _answer(self) -> bool:
        return await byhand.answer_any(self.runner, self.prompts)

    async def _other(self) -> bool:
        from sshwizard.comparing import compare

        user = (await self.prompts.line("The other login name, or an empty line to leave it:", "")).strip()
        if user:
            try:
                self.prompts.say((await compare(self.runner, user)).says)
            except ValueError as error:
                self.prompts.say(f"That cannot be done: {error}.")
        return False

    async def _again(self) -> bool:
        await self.runner.again()
        return True

    async def _ssh(self) -> bool:
        before = len(self.runner.events)
        self.prompts.say(*mending.session(self.runner))
        return len(self.runner.events) > before


def _asks(remedy: Remedy) -> tuple[str, ...]:
    """What a fix asks of the person, in words."""
    asks = {"safe": "safe", "confirm": "changes more", "typed": "asks for the name of the host"}.get(remedy.risk, "")
    lasts = not remedy.undoable and vocabulary.actions()[remedy.id].group == "repair"
    return tuple(words for words in (asks, "cannot be undone" if lasts else "") if words)
