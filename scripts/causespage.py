"""docs/causes.md: every cause that the tree can name, how it is proved, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard import alike, verdict, vocabulary
from sshwizard.fixes import FIXES, PRINTED
from sshwizard.model import Cause
from sshwizard.remedies import UNTRIED
from sshwizard.tree import INSIDE, START, TREE, causes
from sshwizard.tree.node import Node
from sshwizard.vocabulary import Action, Entry

FAMILIES = {
    "client": "This computer",
    "config": "The ssh config",
    "target": "The target that was named",
    "dns": "Names",
    "network": "The network",
    "proxy": "Jump hosts and proxies",
    "kex": "The handshake",
    "hostkey": "The host key",
    "key": "Key files",
    "agent": "The ssh agent",
    "cert": "Certificates",
    "auth": "The login",
    "session": "After the login",
    "server": "The server",
    "aws": "AWS",
    "gcp": "Compute Engine",
    "eic": "EC2 Instance Connect",
    "ssm": "Systems Manager",
    "serial": "The serial console",
    "iam": "Cloud permissions",
}

# ------------------------------------------------------------------ what the tree can name


def leaves() -> dict[str, list[tuple[Node[str], str, Cause]]]:
    """Every place in the tree that makes a code the root cause, by code."""
    found: dict[str, list[tuple[Node[str], str, Cause]]] = {}
    for node, outcome, cause in causes(TREE):
        found.setdefault(cause.code, []).append((node, outcome, cause))
    return found


def beside() -> dict[str, set[str]]:
    """The codes that follow a finding as possible, with the findings they follow."""
    found: dict[str, set[str]] = {}
    for _, _, cause in causes(TREE):
        for code in alike.also(cause, {}):
            if code != cause.code:
                found.setdefault(code, set()).add(cause.code)
    return found


def hops() -> dict[str, list[str]]:
    """The codes for trouble at a jump host, with the stretches of the way that they stand for."""
    found: dict[str, list[str]] = {}
    for stretch, code in verdict.AT_HOP.items():
        found.setdefault(code, []).append(stretch)
    return found


def way_to(wanted: str) -> list[str]:
    """The questions on the shortest way to a question, itself included."""
    ways = [[START]]
    seen = {START}
    while ways:
        way = ways.pop(0)
        if way[-1] == wanted:
            return way
        node = TREE[way[-1]]
        for lead in (*node.leads.values(), *node.at_hop.values()):
            if isinstance(lead, str) and lead not in seen:
                seen.add(lead)
                ways.append([*way, lead])
    raise LookupError(f"no way leads to the question {wanted}")


# ------------------------------------------------------------------ the page

INTRO = """\
# Causes

<!-- Made by scripts/docs.py from the tree and the vocabulary. Do not edit: change those, and run it again. -->

Everything that a report of this version can name, {named} of the {all} codes that are known. A code is never
renamed and never used for something else. `sshwizard explain CODE` shows the same entry in the terminal, and
`sshwizard causes` lists the codes.

How sure a finding can be: **certain**, a look or ssh's own log proved it; **likely**, it fits, and from outside it
cannot be told from what stands under "Looks the same"; **possible**, it is only listed after such a finding.
Under "What can be done", *(here)* marks what this version can do after it was confirmed, *(words)* what it tells a
person to do or to type, *(untried)* what was written for Windows from its manuals and never ran there, and *(later)*
what no part of this version does yet.

| family | codes here |
|---|---|
"""


def causes_page() -> str:
    """The page of causes."""
    root, side, hop = leaves(), beside(), hops()
    entries = vocabulary.causes()
    named = [entry for entry in entries.values() if entry.code in root or entry.code in side or entry.code in hop]
    families = {family: [entry for entry in named if _family(entry) == family] for family in FAMILIES}
    if lost := {_family(entry) for entry in entries.values()} - set(FAMILIES):
        raise LookupError(f"families without a name: {', '.join(sorted(lost))}")
    rows = [INTRO.format(named=len(named), all=len(entries)).rstrip("\n")]
    rows += [
        f"| [{FAMILIES[family]}](#{_anchor(FAMILIES[family])}) | {len(found)} |"
        for family, found in families.items()
        if found
    ]
    for family, found in families.items():
        if found:
            rows += ["", f"## {FAMILIES[family]}"]
        for entry in found:
            rows += ["", *_entry(entry, root.get(entry.code, []), side.get(entry.code, set()), hop)]
    known = {entry.code for entry in named}
    rows += ["", "## Known, and not found yet", "", "No report of this version names these codes.", ""]
    rows += ["| code | what it will say |", "|---|---|"]
    rows += [f"| `{entry.code}` | {_cell(entry.title)} |" for entry in entries.values() if entry.code not in known]
    return "\n".join(rows) + "\n"


def _family(entry: Entry) -> str:
    return entry.code.partition(".")[0]


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _entry(
    entry: Entry, places: list[tuple[Node[str], str, Cause]], side: set[str], hop: dict[str, list[str]]
) -> list[str]:
    rows = [f"### `{entry.code}`", "", f"**{_text(entry.title.rstrip('.'))}.** {_text(entry.why)}", ""]
    rows.append(f"- How it is proved: {_text(entry.proof)}")
    rows.append(f"- How sure: {_sure(places, entry.code in hop)}")
    rows += _questions(places)
    if entry.code in hop:
        rows.append(f"- At a jump host: trouble of the hop itself in the stretch {_list(hop[entry.code])}")
    if side:
        rows.append(f"- Listed as possible after: {_codes(sorted(side))}")
    if entry.siblings:
        rows.append(f"- Looks the same: {_codes(entry.siblings)}")
    actions = [action for id_ in entry.actions if (action := vocabulary.actions().get(id_))]
    if actions:
        rows += ["", "What can be done:", "", *map(_action, actions)]
    return rows


def _sure(places: list[tuple[Node[str], str, Cause]], at_hop: bool) -> str:
    sure = {cause.confidence for _, _, cause in places}
    if at_hop:
        sure.add("certain")
    told = "only possible" if not sure else " or ".join(sorted(sure)) + (", by the answer" if len(sure) > 1 else "")
    return told + ("; ssh connects all the same" if any(cause.degrades for _, _, cause in places) else "")


def _questions(places: list[tuple[Node[str], str, Cause]]) -> Iterator[str]:
    """One line for each question, with the answers that lead to the cause."""
    asked: dict[str, tuple[list[str], list[str]]] = {}
    for node, outcome, _ in places:
        answers, ways = asked.setdefault(_asks(node), ([], []))
        said = "it cannot be told" if outcome == "unknown" else node.words.get(outcome, outcome.replace("-", " "))
        if said not in answers:
            answers.append(said)
        way = _before(node.id)
        if way and way not in ways:
            ways.append(way)
    for question, (answers, ways) in asked.items():
        answer = "this line stands in it" if question.endswith("own log say?") else ", ".join(answers)
        yield f"- Question: {question} Answer: {answer}. Before it: {'; or '.join(ways) or 'nothing'}"


def _before(name: str) -> str:
    """The questions on the way to one; the look inside stands on no way: the person asks for it."""
    return (
        "a finding, and `sshwizard inside`"
        if name == INSIDE
        else " › ".join(TREE[one].short for one in way_to(name)[:-1])
    )


def _asks(node: Node[str]) -> str:
    text = node.asks
    for name in ("host", "port", "user"):
        text = text.replace("{" + name + "}", name.upper())
    return text


def _action(action: Action) -> str:
    if action.group == "never":
        return f"- never: {_text(action.title)}: {_text(action.does)}"
    told = action.risk == "guide" or action.id in PRINTED
    state = "untried" if action.id in UNTRIED else "here" if action.id in FIXES else "words" if told else "later"
    return f"- {_text(action.title)} (`{action.id}`, {action.risk}) *({state})*: {_text(action.does)}"


def _codes(codes: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _list(words: list[str]) -> str:
    return " or ".join(f'"{word}"' for word in words)


def _text(text: str) -> str:
    """Prose of the vocabulary, safe as Markdown outside of code spans."""
    parts = text.strip().split("`")
    for number in range(0, len(parts), 2):
        for sign in "*<":
            parts[number] = parts[number].replace(sign, f"\\{sign}")
    return "`".join(parts)


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")
