"""From the end of the walk to findings: one cause, its evidence, its remedies. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sshwizard import alike, clean, frequency, remedies, vocabulary, wording
from sshwizard.fixes import FIXES
from sshwizard.model import Arrived, Cause, Confidence, Evidence, Fact, Finding, Outcome
from sshwizard.probes import compared
from sshwizard.probes.ahead import ahead
from sshwizard.probes.scene import Leg
from sshwizard.session import Step, Walk, walk
from sshwizard.state import State
from sshwizard.symptoms import symptom
from sshwizard.tree import TREE

AT_HOP = {
    "name": "proxy.jump-unresolvable",
    "network": "proxy.jump-unreachable",
    "handshake": "proxy.jump-unreachable",
    "host key": "proxy.jump-host-key",
    "login": "proxy.jump-auth-failed",
}
"""What trouble in a stretch is called when it strikes a hop."""

_OWN = {"client", "key", "agent", "cert", "proxy"}
"""Families that keep their own name at a hop: the trouble is on this computer, or is named for hops already."""


def at_hop(code: str, node: str) -> str:
    """The code of a leaf on a leg before the last one."""
    family, stretch = code.partition(".")[0], TREE[node].stretch
    if family in _OWN or (family == "config" and stretch == "login"):
        return code
    return AT_HOP.get(stretch, code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the walk came to."""

    outcome: Outcome
    symptom: str
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Step, ...] = ()
    """Questions on the way that could not be answered, each with its reason."""
    also: tuple[Finding, ...] = ()
    """Defects that are not why it fails, and will matter next."""

    @property
    def root(self) -> Finding | None:
        """The root cause."""
        return self.findings[0] if self.findings else None


def judge(state: State, answer: str = "") -> Verdict | None:
    """The verdict, or None while the walk goes on."""
    way = walk(state)
    if way.next:
        return None
    blind = tuple(step for step in way.steps if not step.fact.known)
    said = any(step.fact.source == "person" for step in way.steps)  # nobody's word makes ssh work
    if isinstance(way.end, Cause):
        findings = _findings(state, way, way.end, answer)
        outcome: Outcome = "degraded" if way.end.degrades and not said else "failed"
        return Verdict(outcome, symptom(way), findings, blind, _also_seen(state))
    if isinstance(way.end, Arrived):
        return Verdict("inconclusive" if said else "healthy", "none", (), blind)
    return Verdict("inconclusive", symptom(way) if way.steps[-1].fact.known else "none", (), blind)


_BEFORE_LOGIN = {"name", "network", "handshake", "host key"}


def ahead_of(state: State) -> range:
    """The legs whose login ssh did not come to, because it failed on the way there."""
    way = walk(state)
    failed = isinstance(way.end, Cause) and TREE[way.steps[-1].node].stretch in _BEFORE_LOGIN
    return range(max(way.steps[-1].leg, 0), len(state.legs)) if failed else range(0)


def _also_seen(state: State) -> tuple[Finding, ...]:
    """What a look ahead found: each file once, by the leaf that the tree has for it."""
    found: dict[str, Finding] = {}
    for leg in ahead_of(state):
        fact = state.facts.get((leg, ahead.name))
        if fact is None or fact.outcome != "keys":
            continue
        lead = TREE["keys"].leads.get(fact.data["outcome"])
        if isinstance(lead, Cause):
            found.setdefault(str(fact.data["path"]), _ahead(fact, lead, leg))
    return tuple(found.values())


def _ahead(fact: Fact[Any], cause: Cause, leg: int) -> Finding:
    """A key file that will be in the way at the login; with an agent, perhaps."""
    entry, by_agent = vocabulary.causes()[cause.code], fact.data["by_agent"]
    title = _fill(cause.title, _Fields({"named": clean.line(str(fact.data["named"]), 80)})) or entry.title
    sure: Confidence = "likely" if by_agent else "certain"
    decided = "whether the agent holds the same key: ssh-add -l" if by_agent else ""
    return Finding(cause.code, sure, title, entry.why, (_quoted(ahead.name, fact),), (), leg, "keys", decided)


def _findings(state: State, way: Walk, cause: Cause, answer: str) -> tuple[Finding, ...]:
    step = way.steps[-1]
    leg = remedies.leg_of(state, step.leg)
    hop = 0 <= step.leg < len(state.legs) - 1
    root = _finding(state, way, cause, step, leg, answer)
    if hop and (code := at_hop(cause.code, step.node)) != cause.code:
        outer = vocabulary.causes()[code]
        inner = Evidence(cause.code, root.title)
        title = f"Hop {step.leg + 1} of {len(state.legs)}, {leg.name}: {_lower(root.title)}"
        root = replace(root, cause=outer.code, title=title, evidence=(inner, *root.evidence))
    counts, of = frequency.counts_of(state.facts.get((step.leg, frequency.NAME)))
    others = tuple(
        Finding(
            code, "possible", entry.title, entry.why, leg=step.leg, node=step.node, decided_by=entry.proof,
            often=frequency.said(counts[code], of) if code in counts else "",
        )
        for code in alike.also(cause, counts)
        if (entry := vocabulary.causes().get(code)) and code != root.cause
    )  # fmt: skip
    return (root, *others)


def _finding(state: State, way: Walk, cause: Cause, step: Step, leg: Leg, answer: str) -> Finding:
    entry = vocabulary.causes()[cause.code]
    fields = _fields(state, way, step, leg)
    sure = _confidence(cause, *way.steps)
    return Finding(
        cause.code,
        sure,
        _fill(cause.title, fields) or entry.title,
        _fill(cause.why, fields) or entry.why,
        (*_evidence(way, step, disputes(state)), *_lately(state, step.leg)),
        remedies.remedies(state, cause.code, step, leg, answer),
        step.leg,
        step.node,
        cause.decided_by or ("" if sure == "certain" else entry.proof),
    )


def _confidence(cause: Cause, *way: Step) -> Confidence:
    """`certain` needs a look or ssh's own log; a way that a person's word led never makes it."""
    said = any(step.fact.source == "person" and step.fact.known for step in way)
    if cause.confidence == "certain" and (said or not way[-1].fact.known):
        return "likely"
    return cause.confidence


def disputes(state: State) -> tuple[Step, ...]:
    """The questions on the way where the person says one thing and a look saw another."""
    return tuple(step for step in walk(state).steps if state.disputed(step.place))


def _evidence(way: Walk, step: Step, disputed: tuple[Step, ...]) -> tuple[Evidence, ...]:
    """The deciding fact, disputes, the question at which ssh stopped, then what else the same stretch saw."""
    stretch = TREE[step.node].stretch
    against = [one for one in disputed if one != step]
    earlier = [
        one
        for one in reversed(way.steps[:-1])
        if one not in against
        and one.leg == step.leg
        and one.fact.known
        and (one.fact.lines or one.fact.source == "person")
    ]
    stopped = [one for one in earlier if TREE[one.node].spine][:1]
    beside = [one for one in earlier if TREE[one.node].stretch == stretch and one not in stopped]
    return tuple(
        _quoted(TREE[one.node].via.name, one.fact)
        for one in [*([step] if step.fact.known or not earlier else []), *against, *stopped, *beside][:4]
    )


def _quoted(look: str, fact: Fact[Any]) -> Evidence:
    lines = tuple(clean.line(row) for row in fact.lines)
    return Evidence(look, clean.line(fact.says), lines, clean.line(fact.command))


TOLD = "fix.told"
"""The name of the fact that keeps what a fix told while it was made."""


def _lately(state: State, leg: int) -> Iterator[Evidence]:
    """What was changed not long ago, what became of another account, and what a cloud's own tools told."""
    for name in ("aws.changes", "gcp.changes", compared.NAME, TOLD):
        fact = state.facts.get((leg, name))
        if fact is not None and fact.known and fact.outcome != "nothing":
            yield Evidence(name, clean.line(fact.says), fact.lines, clean.line(fact.command))


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"the {key.replace('_', ' ')}"


def _fields(state: State, way: Walk, step: Step, leg: Leg) -> Mapping[str, str]:
    """What a sentence may name: the deciding fact's own words first, then what earlier looks of this leg named."""
    after = state.legs[step.leg + 1] if 0 <= step.leg < len(state.legs) - 1 else leg
    base = {
        "input": state.target.input,
        **state.who(step.leg),
        "next": f"{after.host} port {after.port}" if state.mode == "live" else "the target",
        "next_host": after.host if state.mode == "live" else "of the target",
    }
    earlier = [one.fact.data for one in way.steps if one.leg == step.leg and one is not step]
    named = {k: v for data in (*earlier, base, step.fact.data) for k, v in data.items() if isinstance(v, str | int)}
    told = {key: clean.line(str(value), 80) for key, value in named.items() if value != ""}
    return told if step.fact.source == "person" else _Fields(told)


def _fill(template: str, fields: Mapping[str, str]) -> str:
    try:
        filled = wording.unnamed(template.format_map(fields))
    except KeyError:  # a person's answer names no file, key or address
        return ""
    return "The server" + filled.removeprefix("the server") if filled.startswith("the server") else filled


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def open_questions(state: State, found: Verdict) -> tuple[Step, ...]:
    """The unanswered questions that are worth telling: of a text, only those that a text could answer."""
    return tuple(step for step in found.unknown if state.mode != "log" or TREE[step.node].via.reads_log)


def proofs(state: State) -> tuple[str, ...]:
    """One sentence for each change: proved, not proved, or undone."""
    told = []
    for change in state.changes:
        title = vocabulary.actions()[change.did.fix].title
        if change.undone:
            told.append(f"{title}: undone")
        elif not change.lasts and not change.proved:
            told.append(f"{title}: done; a look afterwards sees the same trouble")
        elif change.proved:
            seen = change.proof or change.passed
            told.append(f"{title}: proved, the same look now says: {clean.line(seen.says) if seen else ''}")
        elif change.did.fix in FIXES and FIXES[change.did.fix].prepares:
            gone = "; undo takes it away" if change.did.inverses else ""
            told.append(f"{title}: done; by itself it mends nothing{gone}")
        elif change.helped is False:
            back = ". Undo takes it back" if change.did.inverses else ""
            told.append(f"{title}: it did not help, the trouble is still there{back}")
        else:
            told.append(f"{title}: done, not proved")
    return tuple(told)
