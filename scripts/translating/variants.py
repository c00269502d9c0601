"""What a string of the sources can look like: every wording of it, with gaps for what is filled in.

    f"{left} question{'s' * (left > 1)} that need a look"   ->   "{left} question that need a look",
                                                                 "{left} questions that need a look"

A condition inside a sentence makes two sentences, so that nobody has to translate a half.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import product

MOST = 16
"""Wordings of one sentence; beyond it, its conditions become gaps."""

Names = Mapping[str, ast.expr]
"""What the names of a function were set to, where that happens once."""


class Reader:
    """The wordings of the strings of one function or module."""

    def __init__(self, names: Names, alone: frozenset[str] = frozenset()) -> None:
        """`alone` are names that stand by themselves somewhere, so that what they hold is a message, too."""
        self._names, self._alone = names, alone
        self.used: set[ast.AST] = set()
        """Strings that stand in the wordings of another one."""

    def wordings(self, node: ast.expr) -> list[str]:
        """Every wording of a string; none of what is no string at all."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            return self._joined(node)
        if isinstance(node, ast.IfExp):
            return [*self.wordings(node.body), *self.wordings(node.orelse)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._added(node)
        return []

    def _joined(self, node: ast.JoinedStr) -> list[str]:
        parts = [self._part(value, at) for at, value in enumerate(node.values)]
        if _count(parts) > MOST:
            parts = [part if len(part) == 1 else [f"{{{at}}}"] for at, part in enumerate(parts)]
        return _distinct(parts)

    def _added(self, node: ast.BinOp) -> list[str]:
        left, right = self._side(node.left, 0), self._side(node.right, 1)
        parts = [left, right]
        return _distinct(parts) if _count(parts) <= MOST else []

    def _side(self, node: ast.expr, at: int) -> list[str]:
        found = self.wordings(node)
        self._use(node)
        return found or [f"{{{_name(node, at)}}}"]

    def _part(self, node: ast.expr, at: int) -> list[str]:
        if isinstance(node, ast.Constant):
            return [str(node.value).replace("{", "{{").replace("}", "}}")]
        assert isinstance(node, ast.FormattedValue)
        value, gap = node.value, f"{{{_name(node.value, at)}}}"
        if node.conversion == ord("r"):
            return [gap]
        found = self._inner(value, gap)
        if found:
            self._use(value)
        return found or [gap]

    def _inner(self, value: ast.expr, gap: str, depth: int = 0) -> list[str]:
        """What a gap can hold where the source says so: a choice between words."""
        if isinstance(value, ast.Constant | ast.JoinedStr):
            return self.wordings(value)
        if isinstance(value, ast.IfExp):
            both = [self._inner(one, gap, depth) or [gap] for one in (value.body, value.orelse)]
            return list(dict.fromkeys([*both[0], *both[1]]))
        if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
            return list(dict.fromkeys([gap, *self._inner(value.values[-1], gap, depth)]))
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
            word = next(
                (one for one in (value.left, value.right) if isinstance(one, ast.Constant | ast.JoinedStr)), None
            )
            return ["", *self.wordings(word)] if word is not None else []
        if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Dict):
            return [one for row in value.value.values for one in self.wordings(row)]
        if isinstance(value, ast.Name) and depth == 0 and value.id in self._names:
            set_to = self._names[value.id]
            if isinstance(set_to, ast.Constant | ast.JoinedStr | ast.IfExp):
                found = self._inner(set_to, gap, depth + 1)
                if found and any(one != gap for one in found) and value.id not in self._alone:
                    self._use(set_to)
                return found
        return []

    def _use(self, node: ast.AST) -> None:
        self.used.update(one for one in ast.walk(node) if isinstance(one, ast.Constant | ast.JoinedStr))


def _count(parts: Sequence[Sequence[str]]) -> int:
    count = 1
    for part in parts:
        count *= len(part)
    return count


def _distinct(parts: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys("".join(row) for row in product(*parts)))


def _name(node: ast.expr, at: int) -> str:
    """The name of a gap: the last word of what fills it, else its place."""
    if isinstance(node, ast.Name):
        return node.id.strip("_")
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value if node.slice.value.isidentifier() else str(at)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            return "names"
        if node.args and isinstance(node.args[0], ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            return _name(node.args[0], at)
        if isinstance(node.func, ast.Attribute) and not node.args:
            return _name(node.func.value, at)
        if node.args and isinstance(node.args[0], ast.Constant) and str(node.args[0].value).isidentifier():
            return str(node.args[0].value)  # data.get("path")
    return str(at)
