"""What a report tells: the JSON report, and the story around it. Every string is harmless and, if wanted, masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sshwizard import clean, events, paths, verdict, vocabulary, wording
from sshwizard.events import Answered, Began, Did, Ended, Event, Rewound, Saw, Settled, Unanswered, Undid
from sshwizard.fronts import plain, report
from sshwizard.journal import now
from sshwizard.model import UNKNOWN, Cause, unknown
from sshwizard.session import Step, after, fold, walk
from sshwizard.state import State
from sshwizard.tree import TREE
from sshwizard.verdict import Verdict

if TYPE_CHECKING:
    from sshwizard.fronts.reports.masks import Masks

LEFT_OUT = "[left out]"
"""Stands for what a file held: a report tells which change was made, never the content."""
LONGEST = 4000
"""Characters of one string in a report."""

_WORDS = frozenset(
    ("schema", "version", "outcome", "symptom", "cause", "confidence", "id", "risk", "doc", "node", "source", "what",
     "door", "action", "probe", "made_at", "at", "event", "mode", "fix", "code", "question", "answer", "kind", "state")
)  # fmt: skip
"""Fields whose values are words of ours."""


@dataclass(frozen=True, slots=True)
class Content:
    """One report, ready to be written in any format."""

    told: dict[str, Any]
    """The JSON report (docs/report.schema.json), with `redacted`, `tried`, `ruled_out`, `changes`, `timeline`."""
    rows: list[dict[str, Any]]
    """The session's events, as its file holds them."""
    masks: Masks | None
    """None when nothing is masked."""


def content(
    seen: Sequence[Event],
    name: str,
    *,
    redact: bool = True,
    masked: bool = False,
    known: Mapping[str, str] | None = None,
) -> Content:
    """The report of a session. `name` is what undo calls it; `known` are the masks of an earlier report.

    `masked`: the session comes from a report whose names were masked already, so that nobody's are left.
    """
    state = fold(seen)
    found = verdict.judge(state) or unfinished(state)
    told = _harmless(_told(seen, state, found, name))
    if (place := walk(state).next) is not None:
        asks = report.question(state, Step(*place, unknown("")))
        why = f"{asks} The session ended before this was looked at."
        told["unknown"].append({"probe": TREE[place[1]].via.name, "why": clean.line(why), "unblock": ""})
    told["redacted"] = redact or masked
    rows = [_harmless(_row(event)) for event in seen]
    if masked or not redact:
        return Content(told, rows, None)
    masks = _masks(seen, state, (told, rows), known)
    return Content(masks.value(told, _WORDS), [masks.value(row, _WORDS) for row in rows], masks)


def unfinished(state: State) -> Verdict:
    """What is said of a session that ended before its verdict."""
    return Verdict("inconclusive", "none", (), tuple(step for step in walk(state).steps if not step.fact.known))


def _masks(seen: Sequence[Event], state: State, shown: Any, known: Mapping[str, str] | None) -> Masks:
    from sshwizard.fronts.reports import names
    from sshwizard.fronts.reports.masks import Masks

    masks = Masks(known, "\n".join(_strings(shown)))
    masks.fields = frozenset(_fields(shown))
    masks.learn(dict(_own()))
    masks.learn({value: mask.rpartition("-")[0] for mask, value in masks.legend.items()})
    if state.mode == "live":  # else it is the name of a text, or what a person saw
        masks.learn(dict(names.typed(state.target.args)))
    facts = (event.fact for event in seen if isinstance(event, Saw))
    masks.learn(dict(names.told([(one.says, one.why, one.command, one.lines, one.data) for one in facts])))
    masks.value(shown, _WORDS)  # once for the legend: what one sentence tells apart is masked in every other one
    masks.learn({value: mask.rpartition("-")[0] for mask, value in masks.legend.items()})
    return masks


def _fields(value: Any) -> Iterator[str]:
    """The keys that we gave; those below `data` may be names that a look met."""
    if isinstance(value, Mapping):
        yield from value
        for key, part in value.items():
            yield from () if key == "data" else _fields(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _fields(part)


def _own() -> Iterator[tuple[str, str]]:
    """This account and this computer: they stand in comments of keys and in paths."""
    import socket

    for value, kind in ((paths.home().name, "user"), (_login(), "user"), (socket.gethostname(), "host")):
        yield value, kind
        if kind == "host":
            yield value.partition(".")[0], kind


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return ""


# ------------------------------------------------------------------ what is told


def _told(seen: Sequence[Event], state: State, found: Verdict, name: str) -> dict[str, Any]:
    began = seen[0]
    return {
        **report.report(state, found, name),
        "made_at": now(),
        "tried": {
            "at": began.at,
            "mode": state.mode,
            "target": state.target.input,
            "looks": sum(isinstance(event, Saw) for event in seen),
            "commands": _commands(seen),
        },
        "ruled_out": list(_ruled_out(state, found)),
        "changes": list(_changes(state, name)),
        "timeline": list(timeline(seen)),
    }


def _commands(seen: Sequence[Event]) -> list[str]:
    """What a person could run to see the same, each once."""
    return list(dict.fromkeys(event.fact.command for event in seen if isinstance(event, Saw) and event.fact.command))


_PROVES = {
    "ok", "direct", "open", "fine", "none", "same", "only-one", "public-key", "tries-keys", "no-trouble", "some",
    "has-keys", "exists", "found", "running", "fits", "confirms",
}  # fmt: skip
"""Answers that rule the other ones out; that nobody was asked, or that a thing is not in use, rules out nothing."""


def _ruled_out(state: State, found: Verdict) -> Iterator[dict[str, Any]]:
    """Each question on the way that a look answered well, with the causes that another answer would have proved."""
    told = {one.cause for one in (*found.findings, *found.also)}
    if found.root:
        told.update(vocabulary.causes()[found.root.cause].siblings)
    for step in walk(state).steps:
        fine = step.fact.source != "person" and step.fact.outcome in _PROVES
        fine = fine and plain.is_fine(step.node, step.fact.outcome)
        leads = TREE[step.node].leads if fine else {}
        others = [lead for outcome, lead in leads.items() if outcome not in {step.fact.outcome, UNKNOWN}]
        sure = (lead.code for lead in others if isinstance(lead, Cause) and lead.confidence == "certain")
        if codes := [code for code in dict.fromkeys(sure) if code not in told]:
            told.update(codes)
            yield {
                "node": step.node,
                "asks": report.question(state, step),
                "says": step.fact.says,
                "causes": [{"cause": code, "title": vocabulary.causes()[code].title} for code in codes],
            }


def _changes(state: State, name: str) -> Iterator[dict[str, Any]]:
    for number, (change, sentence) in enumerate(zip(state.changes, verdict.proofs(state), strict=True), 1):
        did = change.did
        yield {
            "id": did.fix,
            "title": vocabulary.actions()[did.fix].title,
            "cause": did.code,
            "at": did.at,
            "preview": [line for effect in did.effects for line in effect.preview()],
            "proof": sentence,
            "proved": change.proved,
            "undone": change.undone,
            "undo": [line for effect in did.inverses for line in effect.preview()],
            "undo_command": f"sshwizard undo {name} --change {number}" if did.inverses and not change.undone else "",
        }


def timeline(seen: Sequence[Event]) -> Iterator[dict[str, str]]:
    """What happened, in order: looks, answers, verdicts, changes, and what was taken back."""
    state: State | None = None
    for event in seen:
        state = after(state, event)
        if says := _happened(event, state):
            yield {"at": event.at, "what": says[0], "says": says[1]}


def _happened(event: Event, state: State) -> tuple[str, str] | None:
    match event:
        case Began():
            return "began", event.target.input
        case Saw() if event.node in TREE:
            step = Step(event.leg, event.node, event.fact)
            return "look", f"{report.question(state, step)} {event.fact.says}"
        case Answered() | Unanswered():
            return "answer", " ".join(plain.said(event, state))
        case Did():
            return "change", vocabulary.actions()[event.fix].title
        case Undid():
            return "undo", vocabulary.actions()[event.fix].title
        case Settled():
            return "undo", "a change that was interrupted was looked at, and taken back where it had been made"
        case Rewound():
            return "again", "looked again"
        case Ended():
            return "verdict", headline(verdict.judge(state))
        case _:
            return None


def headline(found: Verdict | None) -> str:
    """A verdict in one sentence."""
    if found is None:
        return "the walk ended before a verdict"
    if found.outcome == "healthy":
        return "ssh works"
    if found.root is None:
        return "it cannot be told what is wrong"
    return f"{found.root.title} ({wording.CONFIDENCE[found.root.confidence].partition(':')[0]})"


# ------------------------------------------------------------------ what leaves this computer


def _row(event: Event) -> dict[str, Any]:
    row = {"schema": events.SCHEMA, **events.to_json(event)}
    if isinstance(event, Saw) and event.node == "client":
        row["fact"]["data"] = _without_environment(event.fact.data)
    for key in ("effects", "inverses"):
        if key in row:
            row[key] = [_without_content(effect) for effect in row[key]]
    for key in ("effect", "inverse"):
        if row.get(key):
            row[key] = _without_content(row[key])
    return row


def _without_environment(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a look at the client saw, without the values that SetEnv would send: they may be secrets."""
    legs = [
        {**leg, "settings": {key: [LEFT_OUT] if key == "setenv" else part for key, part in leg["settings"].items()}}
        for leg in data.get("legs", ())
    ]
    return {**data, "legs": legs} if legs else dict(data)


def _without_content(effect: Mapping[str, Any]) -> dict[str, Any]:
    """An effect without what stands or stood in files."""
    return {key: LEFT_OUT if key in {"content", "script"} and part else part for key, part in effect.items()}


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return clean.line(value, LONGEST)
    if isinstance(value, Mapping):
        return {clean.line(str(key)): _harmless(part) for key, part in value.items()}
    return [_harmless(part) for part in value] if isinstance(value, list | tuple) else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
