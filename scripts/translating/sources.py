"""The messages of the sources, room by room."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sshwizard.language.catalogue import pieces
from translating.places import EXACT, Place, is_sentence, is_text
from translating.variants import Reader

PACKAGE = Path(__file__).parents[2] / "sshwizard"

ROOMS = ("commands", "fronts", "tree", "data", "core", "probes", "probes-aws", "probes-gcp", "probes-inside", "fixes",
         "doors", "effects", "cloud", "reach", "lab", "foreign")  # fmt: skip
"""One file of the catalogue each, so that several people can translate side by side."""

_PARTS = re.compile(r"\n+| {2,}")
PLAYED = ("lab/aws/", "lab/gcp/", "lab/shell.py", "lab/server.py", "lab/breaking.py", "lab/template.py",
          "lab/manner.py", "lab/channel.py", "lab/gate.py")  # fmt: skip
"""What the servers and clouds of the practice worlds answer: evidence, as from real ones, and the files in them."""
OWN = (
    "safe", "confirm", "typed", "guide", "certain", "likely", "possible", "open", "shut", "cannot tell", "healthy",
    "degraded", "failed", "inconclusive", "nothing", "costs", "needs", "interrupts", "Guide", "Fix (safe)",
    "Fix (confirm)", "Fix (typed)", "recent", "ssh config", "look", "target", "the host", "this user", "the target",
    "Apply", "Write", "watched", "Look", "ssh check-up",
)  # fmt: skip
"""Words of the model that are shown as they are: risks, confidences, states."""
FOREIGN = (
    "usage:", "options", "positional arguments", "show this help message and exit",
    "the following arguments are required: {names}", "argument {name}: {why}", "expected one argument",
    "expected at least one argument", "unrecognized arguments: {names}", "ignored explicit argument {value}",
    "invalid choice: {value} (choose from {names})", "invalid int value: {value}", "not allowed with argument {name}",
    "{message}. See: {prog} --help",
)  # fmt: skip
"""What argparse says."""


def room_of(path: Path) -> str:
    """The room that a source belongs to."""
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return "core"
    if parts[0] == "probes" and len(parts) > 2:
        return f"probes-{parts[1]}"
    return parts[0] if parts[0] in ROOMS else "core"


def sources() -> Iterator[Path]:
    """Every source of the package, in order."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(("language/", "locale/")) or name in EXACT:
            continue
        if path.name == _EMBEDDED or not name.startswith(PLAYED):
            yield path


_EMBEDDED = "embedded.py"
"""Its sentences are for a person, though the rest of a played cloud is not."""


@dataclass(frozen=True, slots=True)
class Message:
    """One text that a person may read."""

    text: str
    place: str
    """The file that says it first."""
    limit: int = 0
    """Cells that it may fill; 0: as many as it needs."""


@cache
def messages() -> dict[str, list[Message]]:
    """For each room: its messages, in the order of the files. A message stands in one room only."""
    found: dict[str, dict[str, Message]] = {room: {} for room in ROOMS}
    at: dict[str, str] = {}
    rows = [("foreign", Message(text, "argparse")) for text in FOREIGN]
    rows += [("core", Message(text, "model.py")) for text in OWN]
    rows += [("data", message) for message in data()]
    rows += [("lab", message) for message in course()]
    for path in sources():
        name = str(path.relative_to(PACKAGE))
        limits = of_source(path.read_text("utf-8"), sentences=path.name == _EMBEDDED)
        rows += [(room_of(path), Message(text, name, limit)) for text, limit in limits.items()]
    for room, message in sorted(rows, key=lambda row: ROOMS.index(row[0])):
        home = found[at.setdefault(message.text, room)]
        known = home.get(message.text)
        limits_ = [one.limit for one in (known, message) if one and one.limit]
        home[message.text] = Message(message.text, (known or message).place, min(limits_, default=0))
    return {room: list(rows.values()) for room, rows in found.items()}


def data() -> Iterator[Message]:
    """The sentences of the vocabulary."""
    for name, fields in (("causes", ("title", "why", "proof")), ("actions", ("title", "does", "undo"))):
        for row in json.loads((PACKAGE / "data" / f"{name}.json").read_text("utf-8")):
            for field in fields:
                for text in parts(row[field]):
                    yield Message(text, f"data/{name}.json")


def course() -> Iterator[Message]:
    """What the exercises of the course tell, each text as it is shown: without the line breaks of its file."""
    for path in sorted((PACKAGE / "lab" / "exercises").glob("*.toml")):
        told = tomllib.loads(path.read_text("utf-8"))
        for text in (told["title"], told["story"], *told["hints"], told.get("remember", "")):
            yield from (Message(part, f"lab/exercises/{path.name}") for part in parts(" ".join(text.split())))


def of_source(text: str, *, sentences: bool = False) -> dict[str, int]:
    """The messages of one source, and how many cells each may fill. `sentences`: only what reads like one."""
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    raw = _raw(text, tree)
    found: list[tuple[ast.AST, list[str], Place]] = []
    used: set[ast.AST] = set()
    for nodes, reader in _scopes(tree):
        for node in _strings(nodes, parents):
            place = Place(node, parents)
            if place.never or node in raw or _is_doc(node, parents):
                reader.wordings(node) if isinstance(node, ast.JoinedStr) else None
                continue
            found.append((node, reader.wordings(node), place))
        used |= reader.used
    made: dict[str, int] = {}
    for string, wordings, where in found:
        if string in used and not where.always:
            continue
        fits = is_text if where.always and not sentences else is_sentence
        for part in (part for wording in wordings for part in parts(wording) if fits(part)):
            made[part] = min((limit for limit in (made.get(part, 0), where.limit) if limit), default=0)
    return made


def parts(text: str) -> list[str]:
    """A text as it is looked up, without margins."""
    return [part.strip() for part in pieces(text) if part.strip()]


def _strings(nodes: Iterable[ast.AST], parents: dict[ast.AST, ast.AST]) -> Iterator[ast.expr]:
    """The outermost strings of a function or module, sums of strings among them."""
    for node in nodes:
        above = parents.get(node)
        if not isinstance(node, ast.expr):
            continue
        if isinstance(above, ast.JoinedStr | ast.FormattedValue) or _in_sum(above):
            continue
        plain = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if plain or isinstance(node, ast.JoinedStr) or _in_sum(node):
            yield node


def _in_sum(node: ast.AST | None) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in _terms(node)
    )  # fmt: skip


def _terms(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _walk(scope: ast.AST) -> Iterator[ast.AST]:
    """A scope without the functions inside it."""
    todo: list[ast.AST] = [*ast.iter_child_nodes(scope)][::-1]
    while todo:
        node = todo.pop()
        if isinstance(node, _Function):
            continue
        yield node
        todo += [*ast.iter_child_nodes(node)][::-1]


def _scopes(tree: ast.Module) -> Iterator[tuple[list[ast.AST], Reader]]:
    for scope in (tree, *(node for node in ast.walk(tree) if isinstance(node, _Function))):
        names: dict[str, ast.expr | None] = {}
        nodes = list(_walk(scope))
        for node in nodes:
            for target, value in _set(node):
                names[target] = value if target not in names else None
        known = {} if scope is tree else {name: value for name, value in names.items() if value is not None}
        yield nodes, Reader(known, frozenset(_alone(nodes)))


def _alone(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that are read outside of any f-string."""
    for node in nodes:
        if not isinstance(node, ast.FormattedValue):
            for one in ast.iter_child_nodes(node):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                    yield one.id


def _set(node: ast.AST) -> Iterable[tuple[str, ast.expr | None]]:
    """What a statement sets names to; None where it cannot be told."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Name):
            return [(target.id, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            return [(one.id, value) for one, value in pairs if isinstance(one, ast.Name)]
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For) and isinstance(node.target, ast.Name):
        return [(node.target.id, None)]
    return []


def _is_doc(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    return isinstance(parents.get(node), ast.Expr)


def _raw(text: str, tree: ast.Module) -> set[ast.AST]:
    """Raw strings: patterns, never words."""
    lines = text.splitlines()
    return {
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        and isinstance(getattr(node, "value", ""), str)
        and re.match(r"[fF]?[rR]|[bB]|[rR][fF]", _from(lines, node))
    }


def _from(lines: list[str], node: ast.expr) -> str:
    return lines[node.lineno - 1].encode()[node.col_offset :][:3].decode(errors="ignore").split('"')[0].split("'")[0]
