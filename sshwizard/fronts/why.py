"""Why do you think so? From the state to the chain of questions behind a verdict, a question or a cause. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Literal

from sshwizard import clean, vocabulary
from sshwizard.fronts.evidence import decider, deciding
from sshwizard.fronts.plain import is_fine, step_mark
from sshwizard.fronts.report import question
from sshwizard.model import UNKNOWN, Cause, Finding, Lead, unknown
from sshwizard.session import Step, Walk, lead_of, walk
from sshwizard.state import Place, State
from sshwizard.tree import TREE, leads
from sshwizard.verdict import Verdict, judge
from sshwizard.wording import Mark

Standing = Literal["found", "possible", "ahead", "open", "beyond", "ruled-out", "answered", "aside"]
"""found: the verdict; possible: it looks the same from here; ahead: the way may still come to it; open: a look that
could tell was in vain; beyond: ssh stopped before it, so nobody looked; aside: this way never comes to it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One question of the chain, and what its answer took off the table."""

    place: Place
    asks: str
    answer: str
    """In a few words."""
    says: str
    line: str
    """The line of the evidence that decided; empty where none was seen."""
    command: str
    mark: Mark
    by: str
    """Who answered, as it stands in brackets: you, by the text, else what the look needed (access.Access)."""
    rules_out: tuple[str, ...] = ()
    """Codes of the causes that were possible before this answer and are not after it."""


@dataclass(frozen=True, slots=True)
class Why:
    """Everything behind one claim."""

    claim: str
    standing: Standing
    because: str
    """One sentence: what makes it stand so."""
    chain: tuple[Link, ...] = ()
    code: str = ""
    sure: str = ""
    """How sure, for a verdict."""
    no_surer: str = ""
    """Why it is not surer; empty where nothing is open."""
    decides: str = ""
    """What would decide it."""
    alike: tuple[str, ...] = ()
    """Codes of the causes that look the same from here."""
    often: Mapping[str, str] = field(default_factory=dict)
    """How often each of them was met before, where it was: among equals those stand first."""

    @property
    def unknown(self) -> tuple[Link, ...]:
        """The questions of the chain that could not be answered."""
        return tuple(link for link in self.chain if link.mark == "unknown")


def why(state: State, found: Verdict | None = None) -> Why:
    """Why the verdict is what it is; while the walk goes on, why it stands where it stands. `found` is the verdict,
    where it was judged already."""
    way, found = walk(state), found or judge(state)
    chain = _chain(state, way.steps)
    if found is None:
        asks = question(state, Step(*(way.next or (-1, "typed")), unknown("")))
        return Why(asks, "ahead", "Nothing is decided yet: this is the next question.", chain)
    if found.root is None:
        works = found.outcome == "healthy"
        claim = "ssh works." if works else "It cannot be told what is wrong."
        told = "Every question was answered well." if works else "What could decide it could not be looked at."
        return Why(claim, "found", told, chain, sure="certain" if works else "", decides=_opens(found))
    root = found.root
    last = decider(way)
    because = f"{question(state, last)} {clean.line(last.fact.says)}"
    alike = tuple(other.cause for other in found.findings[1:])
    return Why(
        root.title, "found", because, chain, root.cause, root.confidence, _no_surer(way, root, len(alike)),
        root.decided_by, alike, {other.cause: other.often for other in found.findings[1:] if other.often},
    )  # fmt: skip


def why_question(state: State, place: Place, outcome: str = "") -> Why:
    """Why a question was answered as it was, or was not asked; with `outcome`, why this answer is not the one."""
    way = walk(state)
    places = [step.place for step in way.steps]
    asks = question(state, Step(*place, unknown("")))
    claim = f"{asks} {TREE[place[1]].word(outcome)}" if outcome else asks
    if place in places:
        at = places.index(place)
        step, chain = way.steps[at], _chain(state, way.steps[: at + 1])
        if outcome in {"", step.fact.outcome}:
            return Why(claim, "answered", clean.line(step.fact.says), chain, sure=_of_answer(step))
        if step.fact.known:
            return Why(claim, "ruled-out", clean.line(step.fact.says), chain)
        return Why(claim, "open", f"It could not be told: {clean.line(step.fact.says)}", chain)
    if way.next and (place == way.next or place[1] in questions_from(way.next[1]) or place[0] > way.next[0]):
        return Why(claim, "ahead", "The way has not come to this question yet.", _chain(state, way.steps))
    turned = [step for step in way.steps if place[1] in questions_from(step.node)]
    if not turned:
        return Why(claim, "aside", "This way never comes to that question.", _chain(state, way.steps))
    return _turned_off(state, way, claim, turned[-1], place[1])


def why_cause(state: State, code: str, found: Verdict | None = None) -> Why:
    """How a cause stands: found, possible, still ahead, or ruled out, and by which look."""
    way, found, title = walk(state), found or judge(state), vocabulary.causes()[code].title
    if found is not None and found.root is not None and code == found.root.cause:
        return why(state, found)
    other = next((one for one in found.findings[1:] if one.cause == code), None) if found else None
    if other is not None:
        told = "From here it looks the same as what was found, and it was not ruled out."
        told = f"{told} {other.often}" if other.often else told
        return Why(title, "possible", told, _chain(state, way.steps), code, decides=other.decided_by)
    decides = vocabulary.causes()[code].proof
    if way.next and code in causes_from(way.next[1]):
        told = "The looks made so far leave it open; the way may still come to it."
        return Why(title, "ahead", told, _chain(state, way.steps), code, decides=decides)
    blind = [step for step in way.steps if not step.fact.known and code in _other_causes(step)]
    if blind:
        asks = question(state, blind[-1])
        return Why(title, "open", f"Not ruled out: {asks} {clean.line(blind[-1].fact.says)}",
                   _chain(state, way.steps), code, decides=decides)  # fmt: skip
    turned = [step for step in way.steps if code in causes_from(step.node)]
    if not turned:
        return Why(title, "aside", "This way never comes to a question that could show it.", (), code, decides=decides)
    return _turned_off(state, way, title, turned[-1], code, decides)


def _turned_off(state: State, way: Walk, claim: str, step: Step, wanted: str, decides: str = "") -> Why:
    """The way went another way at `step` than to `wanted`, a question or a cause."""
    chain = _chain(state, way.steps[: way.steps.index(step) + 1])
    told = f"{question(state, step)} {clean.line(step.fact.says)}"
    standing: Standing = "ruled-out"
    if not step.fact.known:
        standing = "open"
    elif _is_beyond(step, wanted):
        standing = "beyond"
    elif step.fact.source == "person":
        told = f"By what you say: {told}"
    return Why(claim, standing, told, chain, "" if wanted in TREE else wanted, decides=decides)


def _is_beyond(step: Step, wanted: str) -> bool:
    """True where a connection that goes on could still have come to it."""
    return wanted in _beyond(step) or any(
        isinstance(lead, str) and wanted in questions_from(lead) for lead in _fine_leads(step)
    )


def _beyond(step: Step) -> frozenset[str]:
    """The causes that only a connection which goes on would come to: nobody looked for them."""
    return frozenset().union(*map(_causes_of, _fine_leads(step)))


def _fine_leads(step: Step) -> list[Lead]:
    """Where the way would have gone on, at a question where it did not."""
    if is_fine(step.node, step.fact.outcome):
        return []
    return [lead for outcome, lead in TREE[step.node].leads.items() if is_fine(step.node, outcome)]


def _of_answer(step: Step) -> str:
    return "" if not step.fact.known else "your word" if step.fact.source == "person" else "seen"


def _no_surer(way: Walk, root: Finding, alike: int) -> str:
    """Why a finding is not certain."""
    if root.confidence == "certain":
        return ""
    said = next((step for step in way.steps if step.fact.source == "person" and step.fact.known), None)
    if said is not None:
        return f"Your word led the way at “{TREE[said.node].short}”, and no look proved it."
    blind = [step for step in way.steps if not step.fact.known]
    if blind:
        return f"“{TREE[blind[-1].node].short}” could not be told: {clean.line(blind[-1].fact.says)}"
    if alike:
        return f"Causes that look the same from here: {alike}. None of the looks made tells them apart."
    return "It fits what was seen, and from here it cannot be proved."


def _opens(found: Verdict) -> str:
    return next((clean.line(step.fact.command) for step in reversed(found.unknown) if step.fact.command), "")


# ------------------------------------------------------------------ the chain


class _Links:
    """The links of the newest state, each made once: every key in the tree asks for the same ones again."""

    state: State | None = None
    made: ClassVar[dict[Place, Link]] = {}


def _chain(state: State, steps: tuple[Step, ...]) -> tuple[Link, ...]:
    last = len(state.legs) - 1
    if _Links.state is not state:
        _Links.state, _Links.made = state, {}
    for step in steps:
        if step.place not in _Links.made:
            _Links.made[step.place] = _link(state, step, hop=0 <= step.leg < last)
    return tuple(_Links.made[step.place] for step in steps)


def _link(state: State, step: Step, *, hop: bool) -> Link:
    fact = step.fact
    at = deciding(fact.says, fact.lines)
    by = {"person": "you", "log": "by the text"}.get(fact.source, TREE[step.node].via.access)
    line = clean.line(fact.lines[at]) if at >= 0 else ""
    return Link(
        step.place, question(state, step), TREE[step.node].word(fact.outcome), clean.line(fact.says), line,
        clean.line(fact.command), step_mark(step), by, _rules_out(step, hop=hop),
    )  # fmt: skip


def _rules_out(step: Step, *, hop: bool) -> tuple[str, ...]:
    """A look that could not tell rules nothing out; nor is ruled out what would have come later on the way."""
    if not step.fact.known:
        return ()
    kept = _causes_of(lead_of(step.node, step.fact.outcome, hop=hop)) | _beyond(step)
    others = [lead for outcome, lead in TREE[step.node].leads.items() if outcome not in {step.fact.outcome, UNKNOWN}]
    near = dict.fromkeys(lead.code for lead in others if isinstance(lead, Cause))
    far = sorted(frozenset().union(*map(_causes_of, others)))
    return tuple(code for code in dict.fromkeys((*near, *far)) if code not in kept)


def _other_causes(step: Step) -> frozenset[str]:
    others = (lead for outcome, lead in TREE[step.node].leads.items() if outcome != step.fact.outcome)
    return frozenset().union(*map(_causes_of, others))


def _causes_of(lead: Lead) -> frozenset[str]:
    if isinstance(lead, str):
        return causes_from(lead)
    if isinstance(lead, Cause):
        alike = vocabulary.causes()[lead.code].siblings if lead.confidence != "certain" else ()
        return frozenset((lead.code, *lead.also, *alike))
    return frozenset()


@cache
def causes_from(node: str) -> frozenset[str]:
    """Every cause to which the way from a question can lead."""
    return frozenset().union(*(_causes_of(lead) for lead in leads(TREE[node])))


@cache
def questions_from(node: str) -> frozenset[str]:
    """Every question that can come after this one, and the question itself."""
    later = (questions_from(lead) for lead in leads(TREE[node]) if isinstance(lead, str))
    return frozenset((node,)).union(*later)


@cache
def places_of() -> Mapping[str, tuple[str, str]]:
    """For each cause the question that shows it, and the answer: the most certain one, then the first."""
    made: dict[str, tuple[str, str]] = {}
    ranks: dict[str, int] = {}
    for node in TREE.values():
        for outcome, lead in node.leads.items():
            if not isinstance(lead, Cause):
                continue
            for code in (lead.code, *lead.also):
                rank = 2 if code != lead.code else int(lead.confidence != "certain")
                rank += 3 * (node.id == "server-log")  # where only a text was given
                if code not in ranks or rank < ranks[code]:
                    made[code], ranks[code] = (node.id, outcome), rank
    return made
