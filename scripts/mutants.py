"""Mutation testing: small wrongs are put into the code, one at a time, and the tests of its room must notice each.

    python scripts/mutants.py [ROOM…] [--sample N] [--seed N] [--jobs N] [--show]

A wrong is another comparison, `or` for `and`, a condition turned round, another number, True for False, or nothing
returned. It is put into a copy, never into the code itself. A wrong that makes the tests hang counts as caught; one
that stands in a line of --show and changes nothing that can be seen is told by a person, not by a program.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

HOME = Path(__file__).parents[1]
ROOMS = {
    "reach/aws": ("sshwizard/reach/aws", ("tests/reach", "-k", "aws")),
    "reach/gcp": ("sshwizard/reach/gcp", ("tests/reach", "-k", "gcp")),
    "sshlog": (
        "sshwizard/probes/sshlog.py",
        ("tests/probes/test_sshlog.py", "tests/probes/test_sshlog_limits.py", "tests/probes/test_waiting.py"),
    ),
    "effects": ("sshwizard/effects", ("tests/test_effects.py", "tests/fixes")),
}
"""Where the code is, and the tests that stand for it."""
SLOWER = 4.0
"""A mutant's tests may take so many times as long as those of the code."""

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip


class Mutant(NamedTuple):
    """One wrong: what stands instead of a part of a file."""

    file: Path
    begin: int
    end: int
    instead: str
    line: int

    def text(self) -> str:
        """The whole file with it."""
        raw = self.file.read_bytes()
        return (raw[: self.begin] + self.instead.encode() + raw[self.end :]).decode()

    def shown(self) -> str:
        """The place, and what becomes of it."""
        was = self.file.read_bytes()[self.begin : self.end].decode()
        return f"{self.file.relative_to(HOME)}:{self.line}: {' '.join(was.split())[:60]} -> {self.instead[:60]}"


def mutants(file: Path) -> Iterator[Mutant]:
    """Every wrong that can be put into a file."""
    source = file.read_text("utf-8")
    starts = [0]
    for row in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(row))

    def at(node: ast.expr | ast.stmt, instead: str) -> Mutant:
        end = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        return Mutant(file, starts[node.lineno - 1] + node.col_offset, end, instead, node.lineno)

    for node in _code(ast.parse(source)):
        match node:
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                yield at(node, f"({ast.unparse(left)} {_COMPARE[type(op)]} {ast.unparse(right)})")
            case ast.BoolOp(op=op, values=values):
                word = " or " if isinstance(op, ast.And) else " and "
                yield at(node, f"({word.join(f'({ast.unparse(one)})' for one in values)})")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield at(node, f"bool({ast.unparse(operand)})")
            case ast.Constant(value=bool() as truth):
                yield at(node, str(not truth))
            case ast.Constant(value=int() as number):
                yield at(node, str(number + 1))
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield at(node, "return None")
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if isinstance(
                test, ast.Name | ast.Call
            ):
                yield at(test, f"(not {ast.unparse(test)})")


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: no annotation, no decorator, nothing for a type checker only."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _code(child)


def of_room(room: str) -> list[Mutant]:
    """All mutants of a room."""
    place = HOME / ROOMS[room][0]
    files = [place] if place.is_file() else sorted(place.glob("*.py"))
    return [mutant for file in files for mutant in mutants(file)]


def passes(place: Path, room: str, seconds: float) -> bool:
    """True when the tests of a room pass in a copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *ROOMS[room][1]]
    env = {
        **os.environ,
        "PYTHONPATH": str(place),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(place),
    }
    ran = subprocess.Popen(command, cwd=place, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        return ran.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(ran)


def _end(ran: subprocess.Popen[bytes]) -> None:
    """End the tests and what they began."""
    try:
        os.killpg(ran.pid, 9)
    except ProcessLookupError:
        pass
    ran.wait()


def survivors(room: str, sample: list[Mutant], copies: list[Path]) -> list[Mutant]:
    """The mutants that the tests of a room do not notice."""
    began = time.monotonic()
    if not passes(copies[0], room, 600):
        raise SystemExit(f"{room}: its tests fail without any mutant")
    limit = 10 + SLOWER * (time.monotonic() - began)
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def lives(mutant: Mutant) -> bool:
        copy = free.get()
        file = copy / mutant.file.relative_to(HOME)
        try:
            file.write_text(mutant.text(), "utf-8")
            return passes(copy, room, limit)
        finally:
            shutil.copyfile(mutant.file, file)
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        return [mutant for mutant, lived in zip(sample, pool.map(lives, sample), strict=True) if lived]


def main() -> int:
    """A table: room, mutants in all, tried, caught."""
    reader = argparse.ArgumentParser(description="Small wrongs in the code, and whether the tests notice them.")
    reader.add_argument("rooms", nargs="*", metavar="ROOM", help=f"one of {', '.join(ROOMS)}; all of them by default")
    reader.add_argument("--sample", type=int, default=60, help="mutants of each room")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--jobs", type=int, default=2)
    options = reader.parse_args()
    print(f"{'room':12}{'mutants':>9}{'tried':>7}{'caught':>8}{'part':>7}")
    with tempfile.TemporaryDirectory(prefix="sshwizard-mutants-") as place:
        copies = [Path(place, str(number)) for number in range(options.jobs)]
        for copy in copies:
            for name in ("sshwizard", "tests", "scripts", "docs", "screenshots"):
                shutil.copytree(HOME / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            for name in ("pyproject.toml", "README.md", "Makefile"):
                shutil.copyfile(HOME / name, copy / name)
        for room in options.rooms or ROOMS:
            every = of_room(room)
            sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
            left = survivors(room, sample, copies)
            caught = len(sample) - len(left)
            print(f"{room:12}{len(every):9}{len(sample):7}{caught:8}{caught / len(sample):7.0%}", flush=True)
            for mutant in left:
                print(f"  {mutant.shown()}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
