"""The report as one JSON object: the public contract (`sshwizard/report/1`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sshwizard import __version__, clean, vocabulary, wording
from sshwizard.access import of_action
from sshwizard.doors.marks import MARK, leads_inside
from sshwizard.events import Saw
from sshwizard.exits import Exit
from sshwizard.language import say
from sshwizard.model import Attempt, Fact, Finding
from sshwizard.probes.inside.codes import may_decide
from sshwizard.session import Step
from sshwizard.state import State
from sshwizard.tree import INSIDE, TREE
from sshwizard.verdict import Verdict

SCHEMA = "sshwizard/report/1"


def report(state: State, verdict: Verdict, session: str = "", attempts: Sequence[Attempt] = ()) -> dict[str, Any]:
    """The whole report. `session` names the session file, for undo; `attempts` are those that a text tells of."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "target": target(state),
        "outcome": verdict.outcome,
        "symptom": verdict.symptom,
        "findings": [finding(found) for found in verdict.findings],
        "also_seen": [finding(found) for found in verdict.also],
        "unknown": [*(_blind(step) for step in verdict.unknown), *unseen(state)],
        "path": _path(state),
        "attempts": [_attempt(one) for one in attempts],
        "doors": doors(state),
        "fixed": [
            {"id": change.did.fix, "cause": change.did.code, "proved": change.proved, "undo": session}
            for change in state.changes
            if change.lasts and not change.undone
        ],
        "took_ms": state.ended.took_ms if state.ended else 0,
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "host": one.host,
        "outcome": one.outcome,
        **({"cause": one.cause} if one.cause else {}),
        "says": clean.line(one.says),
        "line": one.line,
        "judged": one.judged,
    }


def finding(found: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "cause": found.cause,
        "confidence": found.confidence,
        "title": found.title,
        "why": found.why,
        "evidence": [
            {"probe": seen.probe, "says": seen.says, "lines": list(seen.lines), "command": seen.command}
            for seen in found.evidence
        ],
        "fixes": [
            {
                "id": remedy.id,
                "title": remedy.title,
                "risk": remedy.risk,
                "access": of_action(remedy.id),
                **({"price": price} if (price := vocabulary.actions()[remedy.id].price) else {}),
                "preview": list(remedy.preview),
                "undoable": remedy.undoable,
                "commands": list(remedy.commands),
                **({"needs": remedy.refusal} if remedy.refusal else {}),
            }
            for remedy in found.remedies
        ],
        "decided_by": found.decided_by,
        **({"often": found.often} if found.often else {}),
        "doc": found.cause,
    }


def event_line(event: Saw) -> dict[str, Any]:
    """One look as a line of `--jsonl`."""
    return {"seen": event.node, "leg": event.leg, "outcome": event.fact.outcome, "says": event.fact.says}


def exit_for(verdict: Verdict) -> Exit:
    """The exit code that a verdict means."""
    if verdict.outcome in {"healthy", "degraded"}:
        return Exit.WORKS
    return Exit.CAUSE_FOUND if verdict.findings else Exit.CANNOT_TELL


def target(state: State) -> dict[str, Any]:
    """Whom it is about."""
    legs = state.legs
    last = legs[-1] if legs else None
    live = state.mode == "live" and last is not None
    return {
        "input": clean.line(state.target.input),
        "host": last.host if last and live else "",
        "port": last.port if last and live else None,
        "user": last.user if last and live else "",
        "jumps": [leg.host for leg in legs[:-1]] if live else [],
    }


def _path(state: State) -> list[dict[str, Any]]:
    from sshwizard.session import walk

    return [
        {
            "node": step.node,
            "leg": step.leg,
            "asks": question(state, step),
            "outcome": step.fact.outcome,
            "says": clean.line(step.fact.says),
            "source": step.fact.source,
            "access": TREE[step.node].via.access,
            "command": clean.line(step.fact.command),
        }
        for step in walk(state).steps
    ]


def question(state: State, step: Step) -> str:
    """A question with the names of this leg filled in."""
    text = TREE[step.node].asks
    for name, value in {"input": state.destination, **state.who(step.leg)}.items():
        text = text.replace("{" + name + "}", clean.line(value, 80))
    return wording.unnamed(text)


_OPEN = {"open": True, "shut": False}


def doors(state: State) -> list[dict[str, Any]]:
    """Ways in, the best first; `open` is null where it cannot be told."""
    return [door(name, fact) for (_, name), fact in state.facts.items() if name.startswith(MARK)]


def open_doors(state: State) -> list[str]:
    """The titles of the other ways in that are open."""
    return [row["title"] for row in doors(state) if row["open"] and row["door"] != "direct"]


def undecided_inside(verdict: Verdict) -> bool:
    """True where a look inside the server could say more than the finding."""
    root = verdict.root
    alike = tuple(found.cause for found in verdict.findings)
    return root is not None and root.node != INSIDE and may_decide(root.cause, alike, sure=root.confidence == "certain")


def server_log(state: State) -> tuple[str, ...]:
    """What the newest look inside read of the server's own log of logins, the newest line last."""
    seen = [fact for (_, node), fact in state.facts.items() if node == INSIDE]
    rows = seen[-1].data.get("server_log", ()) if seen else ()
    return tuple(clean.line(str(row)) for row in rows) if isinstance(rows, list | tuple) else ()


def inside_by(state: State, verdict: Verdict) -> str:
    """The best open door for such a look; empty where none is known, or none would help."""
    root = verdict.root
    return leads_inside(state.on(root.leg), root.cause) if root and undecided_inside(verdict) else ""


def door(name: str, fact: Fact[Any]) -> dict[str, Any]:
    """One way in."""
    told = fact.data
    return {
        "door": name.removeprefix(MARK),
        "open": _OPEN.get(fact.outcome),
        "why": clean.line(fact.says, 300),
        "title": clean.line(str(told.get("title", ""))),
        "action": clean.line(str(told.get("action", ""))),
        "needs": [clean.line(str(row)) for row in told.get("needs", ())],
        "costs": clean.line(str(told.get("costs", ""))),
        "interrupts": clean.line(str(told.get("interrupts", ""))),
        "commands": [clean.line(str(row), 500) for row in told.get("commands", ())],
        **({"cause": clean.line(str(told["code"]))} if told.get("code") else {}),
    }


def unseen(state: State) -> list[dict[str, str]]:
    """What a cloud did not let us see on the way, each once."""
    from sshwizard.session import walk

    rows = [row for step in walk(state).steps for row in step.fact.data.get("unseen", ()) if isinstance(row, Mapping)]
    told = {
        (str(row.get("call")), str(row.get("why"))): {
            "probe": clean.line(str(row.get("call") or "aws")),
            "why": clean.line(str(row.get("why"))),
            "unblock": clean.line(str(row.get("unblock"))),
        }
        for row in rows
        if row.get("kind") not in {"plain", "off"}
    }
    return list(told.values())


def _blind(step: Step) -> dict[str, str]:
    return {
        "probe": TREE[step.node].via.name,
        "why": clean.line(step.fact.why or step.fact.says),
        "unblock": clean.line(step.fact.command),
    }


def cause_page(code: str) -> str:
    """What `sshwizard explain CODE` and the screen say about a cause, as plain text in the reader's language."""
    entry = vocabulary.causes()[code]
    rows = [say(entry.title), f"[{code}]", "", say(entry.why), "", say("How it is proved"), f"  {say(entry.proof)}"]
    if entry.siblings:
        rows += ["", say("Looks the same from outside"), *(f"  {sibling}" for sibling in entry.siblings[:8])]
    rows += ["", say("What can be done")]
    for id_ in entry.actions:
        if action := vocabulary.actions().get(id_):
            rows.append(f"  {say(action.title)} ({say(action.risk)}): {say(action.does)}")
    return "\n".join(rows)
