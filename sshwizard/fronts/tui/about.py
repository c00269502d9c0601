"""The right pane for a row of the tree: a question, an answer it could have, or a cause."""

from __future__ import annotations

from textual.content import Content

from sshwizard import vocabulary
from sshwizard.advice.server import sentences
from sshwizard.fronts.because import STANDS
from sshwizard.fronts.evidence import deciding
from sshwizard.fronts.plain import step_mark
from sshwizard.fronts.report import question
from sshwizard.fronts.tui import look
from sshwizard.fronts.tui.ahead import leads_to, short
from sshwizard.fronts.tui.look import Sheet
from sshwizard.fronts.tui.row import Row
from sshwizard.fronts.why import Why, places_of, why_cause, why_question
from sshwizard.model import unknown
from sshwizard.probes.inside.packages import from_data
from sshwizard.session import Step, lead_of
from sshwizard.state import Place, State
from sshwizard.tree import INSIDE, TREE
from sshwizard.tree.hand import HOW
from sshwizard.verdict import Verdict

_LINES = 12
_RECORDS = 100
_NOTHING = unknown("")


def reasons(state: State, row: Row, found: Verdict | None) -> Why | None:
    """Why the row stands as it stands; None for a hop. `found` is the verdict, if there is one."""
    if row.code:
        return why_cause(state, row.code, found)
    return why_question(state, row.place, row.outcome) if row.place is not None else None


def about(state: State, row: Row, width: int, found: Verdict | None = None) -> Content:
    """The question, the answer or the cause under the cursor of the tree; `found` is the verdict, if there is one."""
    sheet = Sheet(width)
    if row.code:
        _cause(sheet, state, row, found)
    elif row.place is None:
        sheet.say(look.outside(row.text), "bold")
        return sheet.content()
    else:
        fact = state.stands(row.place)
        sheet.say(look.outside(question(state, Step(*row.place, fact or _NOTHING))), "bold")
        sheet.blank()
        if row.key[0] == "answer":
            _answer(sheet, state, row, row.place)
        elif fact is None:
            _ahead(sheet, state, row.place)
        else:
            _seen(sheet, Step(*row.place, fact))
    sheet.blank()
    can = row.place is not None and state.stands(row.place) is not None
    keys = "W why · x explain · esc back" if row.code else "W why · a answer · esc back" if can else "W why · esc back"
    sheet.say(look.ours(keys), look.DIM)
    return sheet.content()


def _stands(sheet: Sheet, one: Why) -> None:
    kind = {"ruled-out": look.mark("ahead"), "found": look.mark("trouble"), "answered": look.mark("ok")}
    sheet.say(STANDS[one.standing], lead=kind.get(one.standing, look.mark("unknown")), lead_style=look.DIM)
    if one.standing in {"ruled-out", "beyond", "open", "found"}:
        sheet.say(look.outside(one.because), look.DIM, indent=2)


def _cause(sheet: Sheet, state: State, row: Row, found: Verdict | None) -> None:
    entry = vocabulary.causes()[row.code]
    sheet.say(entry.title, "bold")
    sheet.show(row.code, look.DIM)
    sheet.blank()
    _stands(sheet, why_cause(state, row.code, found))
    sheet.blank()
    sheet.say(entry.why)
    sheet.heading("How it is proved")
    sheet.say(entry.proof)
    node, outcome = places_of()[row.code]
    sheet.heading("Where it is asked")
    asks = question(state, Step(row.place[0] if row.place else 0, node, _NOTHING))
    sheet.say(look.outside(asks))
    if "." not in outcome:  # else the answer is the cause's own code
        sheet.say(look.ours(TREE[node].word(outcome)), indent=2, lead=look.ours("→"), lead_style=look.DIM)


def _answer(sheet: Sheet, state: State, row: Row, place: Place) -> None:
    node = TREE[place[1]]
    lead = lead_of(node.id, row.outcome, hop=0 <= place[0] < len(state.legs) - 1)
    sheet.say(look.ours(f"If the answer is: {node.word(row.outcome)}"))
    sheet.say(look.ours(f"it leads to {leads_to(lead)}"), look.DIM)
    if state.stands(place) is not None:
        sheet.blank()
        _stands(sheet, why_question(state, place, row.outcome))
    if isinstance(lead, str):
        _answers(sheet, lead)


def _ahead(sheet: Sheet, state: State, place: Place) -> None:
    node = TREE[place[1]]
    _stands(sheet, why_question(state, place))
    if node.via.waits:
        sheet.blank()
        sheet.say(f"The look would wait for {node.via.waits}.", look.DIM)
    if how := HOW.get(node.id):
        sheet.blank()
        sheet.say(look.ours(how), look.DIM)
    _answers(sheet, node.id)


def _answers(sheet: Sheet, node: str) -> None:
    """Every answer, and where each one leads."""
    sheet.heading("Its answers")
    for outcome in (*TREE[node].via.outcomes, "unknown"):
        lead = lead_of(node, outcome, hop=False)
        row = Content.assemble(look.ours(TREE[node].word(outcome)), (look.ours(f"  → {short(lead)}"), look.DIM))
        sheet.add(row.truncate(sheet.width, ellipsis=not look.Look.ascii_only))


def _seen(sheet: Sheet, step: Step) -> None:
    fact, kind = step.fact, step_mark(step)
    sheet.say(fact.says, lead=look.mark(kind), lead_style=look.STYLE[kind])
    if fact.lines:
        sheet.blank()
        at = deciding(fact.says, fact.lines)
        first = max(0, min(at - _LINES // 2, len(fact.lines) - _LINES))
        for number, line in enumerate(fact.lines[first : first + _LINES], first):
            look_at = number == at
            sheet.show(line, "bold" if look_at else look.DIM, lead=look.ours("»") if look_at else " ",
                       lead_style=look.STRONG)  # fmt: skip
    if step.node == INSIDE and "packages" in fact.data:
        sheet.heading("Packages around logins")
        for says in sentences(from_data(fact.data)):
            sheet.say(says)
    if step.node == INSIDE and (log := fact.data.get("server_log")):
        sheet.heading("The server's own log, the newest line first")
        for row in reversed(log[-_RECORDS:]):
            sheet.show(look.outside(str(row)), look.DIM)
    if fact.command:
        sheet.heading("See it yourself")
        sheet.show(fact.command, "$text-primary", indent=2)
