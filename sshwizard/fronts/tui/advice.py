"""The right pane: one story. What it means, what was seen, how sure, what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from textual.content import Content

from sshwizard import wording
from sshwizard.fixes import FIXES
from sshwizard.fixes.naming import nameable
from sshwizard.fronts.evidence import deciding, ordered
from sshwizard.fronts.report import question
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.closing import closing
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.pane import Pane as Pane
from sshwizard.fronts.tui.rows import address, undecided
from sshwizard.language import say
from sshwizard.model import Arrived, Evidence, Finding, Remedy, unknown
from sshwizard.session import Step, walk
from sshwizard.state import State
from sshwizard.tree import TREE
from sshwizard.verdict import Verdict, disputes, open_questions, proofs

TITLES = {
    "dns": "No address", "refused": "Connection refused", "timeout": "Timed out", "unreachable": "Unreachable",
    "closed": "Connection closed", "denied": "Permission denied", "kex": "No common ground",
    "hostkey": "Host key", "config": "Before the connection", "proxy": "On the way in between",
    "session": "After the login", "none": "Verdict",
}  # fmt: skip
"""What ssh's own message is about, as the pane's title."""


_CAN = "What you can do"
_NOTHING = unknown("")


@dataclass(frozen=True)
class Waiting:
    """A look under way, for the eye."""

    asks: str
    waits: str
    seconds: float


def looking(now: Waiting | None, width: int) -> Content:
    """What is looked at, what it waits for and until when."""
    sheet = Sheet(width)
    if now is None:
        sheet.say("Getting ready to look.", look.DIM)
        return sheet.content()
    sheet.say(now.asks, look.STRONG, lead=look.mark("looking"), lead_style=look.STYLE["looking"])
    sheet.blank()
    sheet.say(f"Waiting for {now.waits or 'ssh itself to go on'}.")
    if now.seconds >= 2:
        sheet.blank()
        sheet.say(
            f"This is slow: {now.seconds:.0f} s so far. A silent answer is an answer, too; it is worth the wait.",
            look.STYLE["note"], lead=look.mark("note"), lead_style=look.STYLE["note"],
        )  # fmt: skip
        sheet.blank()
        sheet.say("esc stops looking, q leaves.", look.DIM)
    return sheet.content()


def held(width: int) -> Content:
    """Before anything was looked at, because the person wanted to read first."""
    sheet = Sheet(width)
    sheet.say("Nothing was looked at yet.", look.STRONG)
    sheet.blank()
    sheet.say("On the left is the whole way of a connection. Unfold a question to see every answer it can have, and "
              "an answer to see what would be asked then; / finds any question and any cause.")  # fmt: skip
    sheet.blank()
    line = Content.assemble(("r", "bold $text-accent"), "  Look now")
    sheet.add(line.stylize(look.click("screen.again")))
    return sheet.content()


def verdict_page(state: State, found: Verdict, room: tuple[int, int], *, beside: bool = False) -> Content:
    """The verdict; what was seen gives way so that the first fix stays in view, or when it stands `beside`."""
    width, height = room
    sheet = Sheet(width)
    for most in (-4,) if beside else (12, 8, 6, 5, 4, -4, -3, -2, -1):
        sheet = _verdict(state, found, width, most)
        if _first_fix(sheet) <= height:
            break
    return sheet.content()


def _first_fix(sheet: Sheet) -> int:
    """How many lines must be in view to see the first fix whole."""
    start = next((n for n, line in enumerate(sheet.lines) if line.plain == say(_CAN)), None)
    if start is None:
        return 0
    ends = range(start + 2, len(sheet))
    return next((n for n in ends if not sheet.lines[n].plain.startswith("     ")), len(sheet))


def _verdict(state: State, found: Verdict, width: int, most: int) -> Sheet:
    sheet = Sheet(width)
    _proofs(sheet, state)
    for step in disputes(state):
        told = f"You and a look disagree: {question(state, step)}"
        sheet.say(told, lead=look.mark("said"), lead_style=look.STYLE["said"])
    sheet.blank()
    if found.outcome == "healthy":
        _works(sheet, state)
    elif found.root is None:
        _open(sheet, state)
    if found.root:
        root = replace(found.root, evidence=ordered(walk(state), found.root.evidence))
        _finding(sheet, root, most, None if state.mode == "hand" else undecided(state))
        if found.also:
            sheet.heading("Will matter next")
        for later in found.also:
            sheet.say(later.title, lead=look.mark("note"), lead_style=look.STYLE["note"])
            sheet.say(later.evidence[0].says, look.DIM, indent=5)
        _others(sheet, found.root, found.findings[1:])
    for step in open_questions(state, found)[:4]:
        sheet.blank()
        sheet.say(
            f"{question(state, step)} {step.fact.says}", lead=look.mark("unknown"), lead_style=look.STYLE["unknown"]
        )
        if step.fact.command and found.root is None:
            sheet.show(step.fact.command, look.DIM, indent=2)
    closing(sheet, state, found)
    return sheet


def _open(sheet: Sheet, state: State) -> None:
    if isinstance(walk(state).end, Arrived):
        sheet.say("By what you say, nothing is wrong.", "bold")
        return
    sheet.say("It cannot be told what is wrong.", "bold")
    if state.mode != "hand":
        sheet.blank()
        sheet.say("Every look that could decide it was in vain. What stood in the way:")


def _proofs(sheet: Sheet, state: State) -> None:
    for change, sentence in zip(state.changes, proofs(state), strict=True):
        kind: wording.Mark = "undone" if change.undone else "ok" if change.proved else "note"
        sheet.say(look.outside(sentence), lead=look.mark(kind), lead_style=look.STYLE[kind])
    sheet.blank()


def _works(sheet: Sheet, state: State) -> None:
    sheet.say("ssh works.", f"bold {look.STYLE['ok']}")
    sheet.blank()
    if where := address(state):
        sheet.say(f"{look.outside(where)} let you in and ran a command.")
    sheet.blank()
    sheet.add(
        Content.assemble(("s", "bold $text-accent"), f"  {say('Open a session now')}").stylize(
            look.click("screen.session")
        )
    )
    named = nameable(state.target) and not state.target.overrides
    if state.target.overrides:
        sheet.blank()
        sheet.say("It works with options of this run only:", look.DIM)
        sheet.show("ssh " + " ".join(state.target.overrides), indent=3)
    if state.target.overrides or named:
        keeps = "Give this connection a name in your ssh config" if named else "Keep them in your ssh config"
        sheet.add(Content.assemble(("K", "bold $text-accent"), f"  {say(keeps)}").stylize(look.click("screen.keep")))


def _finding(sheet: Sheet, root: Finding, most: int, open_: Step | None) -> None:
    sheet.say(root.title, "bold")
    sheet.blank()
    sheet.say(root.why)
    sheet.blank()
    sheet.pair(Content.styled(say("Seen"), look.HEADING), root.confidence if most < 0 else "", look.DIM)
    left = evidence(sheet, root.evidence, most)
    if most > 0:
        sheet.blank()
        sure = wording.CONFIDENCE[root.confidence]
        sheet.say(f"{sure[:1].upper()}{sure[1:]}.", look.DIM)
    sheet.pair(Content.styled(root.cause, look.DIM), f"e: {left} more" if left else "", look.DIM)
    if open_ and root.confidence != "certain":
        key = Content.assemble(("a", "bold $text-accent"), "  ", say(f"Answer by hand: {TREE[open_.node].short}"))
        sheet.add(key.stylize(look.click("screen.answer")))
    if root.remedies:
        sheet.heading(_CAN)
        _remedies(sheet, root.remedies)


def evidence(sheet: Sheet, seen: Sequence[Evidence], most: int) -> int:
    """What was seen, at most `most` lines; returns how many were left out. Below zero, none is wrapped."""
    told, left, short, most = 0, 0, most < 0, abs(most)
    marked = next((one for one in seen if one.lines), None)
    for one in seen:
        rows = (one.says, *islice(_decider_first(one), max(most - told, 0)))[: most - told]
        told += len(rows)
        left += 1 + len(one.lines) - one.lines.count(one.says) - len(rows)
        for number, text in enumerate(rows):
            if one is marked and number == 1:
                mark, room = look.ours("»"), sheet.width - 2
                sheet.show(look.cut(text, room) if short else text, lead=mark, lead_style=look.STRONG)
            elif short:
                line = look.cut(f"{look.ours('·')} {say(text)}" if number == 0 else f"  {text}", sheet.width)
                sheet.add(Content.styled(line, "" if number == 0 else look.DIM))
            elif number == 0:
                sheet.say(text, lead=look.ours("·"), lead_style=look.DIM)
            else:
                sheet.show(text, look.DIM, indent=2)
    return left


def _decider_first(one: Evidence) -> Iterator[str]:
    """The lines of one look, that which decided before the others."""
    at = deciding(one.says, one.lines)
    for number in chain((at,), range(at), range(at + 1, len(one.lines))) if one.lines else ():
        if one.lines[number] != one.says:
            yield one.lines[number]


def _remedies(sheet: Sheet, remedies: Sequence[Remedy]) -> None:
    number, first = 0, True
    for remedy in remedies:
        if remedy.risk == "guide":
            sheet.pair(Content.assemble("   ", (say(remedy.title), look.DIM)), "guide", look.DIM)
            for line in remedy.preview:
                sheet.say(line, look.DIM, indent=5)
            continue
        number += 1
        can = remedy.applicable
        key = "f" if first and can else str(number)
        first = first and not can
        left = Content.assemble(
            (key, "bold $text-accent" if can else look.DIM), "  ", (say(remedy.title), "bold" if can else look.DIM)
        )
        sheet.pair(left.stylize(look.click(f"screen.choose({number})")), remedy.risk, look.RISK[remedy.risk])
        for line in remedy.preview[:4]:
            sheet.say(line, "$text-primary", indent=5)
        fix = FIXES.get(remedy.id)
        if can and fix and fix.asks and not remedy.preview:
            sheet.say(f"Asks first: {fix.asks[:1].lower()}{fix.asks[1:]}.", look.DIM, indent=5)
        elif remedy.refusal:
            sheet.say(remedy.refusal[:1].upper() + remedy.refusal[1:] + ".", look.DIM, indent=5)


def _others(sheet: Sheet, root: Finding, others: Sequence[Finding]) -> None:
    if others:
        sheet.heading("Looks the same from here")
        for other in others[:12]:
            sheet.say(other.title, lead=look.mark("unknown"), lead_style=look.DIM)
            sheet.say(f"Shown by: {other.decided_by}", look.DIM, indent=5)
            if other.often:
                sheet.say(other.often, look.DIM, indent=5)
    if root.decided_by:
        sheet.heading("What would decide it")
        sheet.say(root.decided_by[:1].upper() + root.decided_by[1:] + ".")
