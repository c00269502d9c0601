"""The walk as plain lines: for pipes, logs and screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from sshwizard import clean, vocabulary, wording
from sshwizard.events import Answered, Did, Event, Saw, Unanswered, Undid
from sshwizard.fronts import deciding
from sshwizard.fronts.report import inside_by, open_doors, question
from sshwizard.language import say
from sshwizard.model import UNKNOWN, Arrived, Attempt, Finding, unknown
from sshwizard.probes.scene import Probe
from sshwizard.session import Step, walk
from sshwizard.state import State
from sshwizard.tree import START, TREE
from sshwizard.tree.hand import HOW, choices, in_words
from sshwizard.verdict import Verdict, disputes, open_questions, proofs
from sshwizard.wording import Mark


def progress(event: Event, state: State, stream: TextIO) -> None:
    """Say one look as it ends."""
    if isinstance(event, Saw) and event.node in TREE:
        print(step_line(state, Step(event.leg, event.node, event.fact)), file=stream, flush=True)
    elif isinstance(event, Answered | Unanswered):
        print(say("[you]"), *map(say, said(event, state)), file=stream)
    elif isinstance(event, Did):
        print(
            say("[did]"),
            f"{event.fix}:",
            "; ".join(say(row) for e in event.effects for row in e.preview()),
            file=stream,
        )
    elif isinstance(event, Undid):
        print(say("[undone]"), event.fix, file=stream)


def awaited(probe: Probe[Any], stream: TextIO) -> None:
    """Say what a slow look waits for."""
    if probe.waits:
        print(f"     {say(f'waiting for {probe.waits}')}", file=stream, flush=True)


def step_line(state: State, step: Step) -> str:
    """One answered question."""
    sign = wording.mark(step_mark(step), ascii_only=True)
    return f"{sign} {say(question(state, step))} {say(clean.line(step.fact.says))}"


def said(event: Answered | Unanswered, state: State) -> tuple[str, str]:
    """A question, and what a person said, or took back."""
    asks = question(state, Step(event.leg, event.node, unknown("")))
    if isinstance(event, Unanswered):
        return asks, "you take your answer back"
    return asks, in_words(event.node, event.outcome).says


def asked(state: State) -> str:
    """The question that waits for a person, and the answers that it has."""
    leg, node = walk(state).next or (-1, START)
    asks = say(question(state, Step(leg, node, unknown(""))))
    rows = [asks, *([f"  {say(HOW[node])}"] if node in HOW else []), ""]
    for outcome in choices(TREE[node]):
        says = "I do not know" if outcome == UNKNOWN else TREE[node].word(outcome)
        rows.append(f"  --answer {f'{node}={outcome}':<34} {say(says)}")
    return "\n".join(rows)


def step_mark(step: Step) -> Mark:
    """How a question ended, as a symbol: fine only when its lead goes on along the way."""
    if not step.fact.known:
        return "unknown"
    return "ok" if is_fine(step.node, step.fact.outcome) else "trouble"


MOST_OTHERS = 12
"""Look-alikes that are listed; the report has all of them."""

_FINE = {
    "ok", "direct", "elsewhere", "open", "fine", "none", "same", "only-one", "public-key", "tries-keys", "no-trouble",
    "unused", "not-wanted", "some", "given", "has-keys", "exists", "no-other",
}  # fmt: skip


def is_fine(node: str, outcome: str) -> bool:
    """True when an outcome is no trouble by itself."""
    if node in {"agent-for-keys", "agent-for-passphrase", "agent-last", "offered", "keys"} and outcome == "none":
        return False
    return outcome in _FINE or outcome in _OF_CLOUDS.get(node.partition("-")[0], ())


_ASKED = {
    "instance", "not-asked", "nobody", "several", "running", "nothing", "empty", "no-data", "fits", "unclear", "silent",
    "has-one", "confirms", "admits", "no-hop", "allowed",
}  # fmt: skip
_OF_CLOUDS = {
    "typed": {"instance", "vm"},
    "machine": {"found"},
    "vm": {"found"},
    "cloud": _ASKED,
    "google": {*_ASKED, "metadata", "oslogin", "windows", "may", "old", "not-windows", "on"},
    "door": {*_ASKED, "online", "usable"},
    "serial": _ASKED,
}
"""Outcomes that are no trouble where a cloud is asked, by the first word of the question's name."""


def tell(state: State, verdict: Verdict, session: str = "", attempts: Sequence[Attempt] = ()) -> str:
    """The verdict in words."""
    rows = _attempts(attempts)
    for sentence in proofs(state):
        rows.append(say(f"Change: {sentence}"))
    for step in disputes(state):
        rows.append(say(f"You disagree with a look. {question(state, step)} {clean.line(step.fact.says)}"))
    if verdict.outcome == "healthy":
        rows.append(say("ssh works."))
    elif verdict.root is None:
        arrived = isinstance(walk(state).end, Arrived)
        rows.append(say("By what you say, nothing is wrong." if arrived else "Cannot tell what is wrong."))
    if verdict.root:
        rows += _finding(verdict.root, asks=state.mode == "live")
        for later in verdict.also:
            shown = [f"    $ {seen.command}" for seen in later.evidence if seen.command]
            rows += ["", f"{say(f'Will matter next: {later.title}')} [{later.cause}]"]
            rows += [f"    {say(later.evidence[0].says)}", *shown]
        others = verdict.findings[1:]
        if others:
            rows += ["", say("Looks the same from here:")]
            for found in others[:MOST_OTHERS]:
                rows += [f"  {say(found.title)} [{found.cause}]", f"      {say(f'shown by: {found.decided_by}')}"]
                rows += [f"      {say(found.often)}"] * bool(found.often)
    if ways := open_doors(state):
        names = ", ".join(map(say, ways))
        rows += ["", say(f"Other ways in: {names}. Try: sshwizard connect TARGET, or sshwizard doors TARGET")]
    if way := inside_by(state, verdict):
        rows += [say(f"A look at the server itself may decide it. Try: sshwizard inside TARGET --via {way}")]
    rows += _blind(state, verdict)
    if verdict.root and state.mode == "log" and (asked := deciding.look(verdict.root, state.who(verdict.root.leg))):
        rows += ["", *asked]
    if session:
        rows += ["", f"{say('Session:')} {session}"]
    return "\n".join(rows).lstrip("\n")


MOST_ATTEMPTS = 12


def _attempts(attempts: Sequence[Attempt]) -> list[str]:
    """The connections that a text tells of, where it is more than one; the newest ones, and the judged one."""
    if len(attempts) < 2:
        return []
    rows = [say(f"{len(attempts)} attempts in this text:")]
    for number, one in enumerate(attempts):
        if number >= len(attempts) - MOST_ATTEMPTS or one.judged:
            how = f"{say(one.outcome)}: {say(one.says)}" if one.outcome != "healthy" else say("ssh worked")
            cause = f" [{one.cause}]" if one.cause else ""
            here = f"  <- {say('judged here')}" if one.judged else ""
            rows.append(f"  {say(f'line {one.line}')}: {one.host or say('a host')}: {how}{cause}{here}")
    return [*rows, ""]


def _blind(state: State, verdict: Verdict) -> list[str]:
    """What could not be told; in a text, the questions that only a live look answers are counted, not listed."""
    told = open_questions(state, verdict)
    rows = [say(f"Not known: {question(state, step)} {clean.line(step.fact.says)}") for step in told]
    if left := len(verdict.unknown) - len(told):
        rows.append(say(f"Not asked: {left} question{'s' * (left > 1)} that need a live look. Try: sshwizard TARGET"))
    return ["", *rows] if rows else []


def _finding(found: Finding, *, asks: bool) -> list[str]:
    rows = ["", say(found.title), say(found.why), ""]
    rows.append(say("Seen:"))
    for seen in found.evidence:
        rows.append(f"  {say(seen.says)}")
        rows += [f"      {line}" for line in seen.lines]
        rows += [f"      $ {seen.command}"] * bool(seen.command)
    rows += ["", f"{say(f'Sure: {wording.CONFIDENCE[found.confidence]}')}   [{found.cause}]"]
    if found.decided_by and asks:
        rows.append(say(f"What would decide it: {found.decided_by}"))
    for remedy in found.remedies:
        kind = "Guide" if remedy.risk == "guide" else f"Fix ({remedy.risk})"
        action = vocabulary.actions()[remedy.id]
        rows += ["", f"{say(kind)}: {say(remedy.title)}", f"    {say(f'Needs {action.needs}.')}"]
        rows += [f"    {say(action.price)}"] * bool(action.price)
        rows += [f"    {say(line)}" for line in remedy.preview]
        if remedy.refusal:
            rows.append(f"    {say(f'Not yet: {remedy.refusal}')}")
        elif not remedy.undoable and vocabulary.actions()[remedy.id].group == "repair" and remedy.risk != "guide":
            rows.append(f"    {say('This cannot be undone.')}")
        if remedy.commands not in {(), remedy.preview}:
            rows += [f"    {say('The same by hand:')}", *(f"      {line}" for line in remedy.commands)]
    return rows
