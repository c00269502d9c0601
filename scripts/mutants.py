"""Mutation testing: small wrongs are put into the code, one at a time, and the tests of its room must notice each.

    python scripts/mutants.py [ROOM…] [--sample N] [--seed N] [--jobs N]

A wrong is another comparison, `or` for `and`, a condition turned round, another number, True for False, or nothing
returned. It is put into a copy, never into the code itself. First every test of the room runs once, and is watched: a
wrong is then shown to the tests that run its statement, to no others, the quickest first. What stands outside of every
function is shown to all that run anything of its file. Where they hang, it counts as caught. All that survive are
printed, also those that change nothing that can be seen: to tell them is left to a person, and they count.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

HOME = Path(__file__).parents[1]
RUNS = Path(__file__).with_name("mutant_tests.py")
ROOMS = {
    "reach/aws": ("sshwizard/reach/aws/*.py", ("tests/reach",)),
    "reach/gcp": ("sshwizard/reach/gcp/*.py", ("tests/reach",)),
    "sshlog": (
        "sshwizard/probes/sshlog.py",
        ("tests/probes/test_sshlog.py", "tests/probes/test_sshlog_limits.py", "tests/probes/test_waiting.py"),
    ),
    "effects": (
        "sshwizard/effects/*.py",
        ("tests/effects", "tests/test_effects.py", "tests/test_obstacles.py", "tests/test_crash.py", "tests/fixes",
         "tests/live/test_rotate.py"),
    ),
    "effects/aws": (
        "sshwizard/effects/aws/*.py",
        ("tests/effects/test_shown_aws.py", "tests/effects/test_bootdata.py", "tests/aws/test_changes.py",
         "tests/aws/test_account_changes.py",
         "tests/aws/test_rule_details.py", "tests/aws/test_change_details.py", "tests/aws/test_rescue_boot.py",
         "tests/aws/test_boot_repairs.py", "tests/fixes/test_account_plans.py",
         "tests/advice/test_narrowing.py", "tests/advice/test_aws_upkeep.py", "tests/advice/test_denials.py"),
    ),
    "effects/gcp": (
        "sshwizard/effects/gcp/*.py",
        ("tests/effects/test_shown_gcp.py", "tests/gcp/test_changes.py", "tests/gcp/test_network_changes.py",
         "tests/gcp/test_change_details.py"),
    ),
}  # fmt: skip
"""Where the code is, and the tests that stand for it."""
SLOWER = 4.0
"""A wrong's tests may take so many times as long as those of the code."""
WATCHED = 1200.0
"""Seconds for all tests of a room, watched."""

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip


class Place(NamedTuple):
    """The lines of a statement, of one with a body those of its head, and whether it stands in a function."""

    first: int
    last: int
    inside: bool


class Mutant(NamedTuple):
    """One wrong: what stands instead of a part of a file."""

    name: str
    """The file, as seen from the project."""
    source: bytes
    begin: int
    end: int
    instead: str
    line: int
    place: Place

    def text(self) -> bytes:
        """The whole file with it."""
        return self.source[: self.begin] + self.instead.encode() + self.source[self.end :]

    def shown(self) -> str:
        """The place, and what becomes of it."""
        was = self.source[self.begin : self.end].decode()
        return f"{self.name}:{self.line}: {' '.join(was.split())[:60]} -> {self.instead[:60]}"


def mutants(file: Path) -> Iterator[Mutant]:
    """Every wrong that can be put into a file."""
    source, name = file.read_bytes(), str(file.relative_to(HOME))
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))

    def at(node: ast.expr | ast.stmt, instead: str) -> Mutant:
        end = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        return Mutant(name, source, starts[node.lineno - 1] + node.col_offset, end, instead, node.lineno, place)

    for node, found in _code(ast.parse(source), Place(1, 1, False)):
        place = found
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


def _code(node: ast.AST, place: Place) -> Iterator[tuple[ast.AST, Place]]:
    """What runs, and where: no annotation, no decorator, nothing for a type checker only."""
    if isinstance(node, ast.stmt):
        place = Place(node.lineno, node.end_lineno or node.lineno, place.inside)
    elif isinstance(node, ast.match_case):
        place = place._replace(first=node.pattern.lineno, last=node.pattern.end_lineno or node.pattern.lineno)
    below = place
    if isinstance(body := getattr(node, "body", None), list) and body and not isinstance(node, ast.Module):
        place = place._replace(last=max(place.first, body[0].lineno - 1))
        below = place._replace(inside=place.inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    yield node, place
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _code(child, below if name == "body" else place)


def of_room(room: str) -> list[Mutant]:
    """All mutants of a room."""
    return [mutant for file in sorted(HOME.glob(ROOMS[room][0])) for mutant in mutants(file)]


class Copy:
    """A copy of the project, and the process that runs its tests."""

    def __init__(self, place: Path) -> None:
        self.place, self._turned = place, 0
        for name in ("sshwizard", "tests", "scripts", "docs", "screenshots", "benchmarks"):
            shutil.copytree(HOME / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "Makefile"):
            shutil.copy2(HOME / name, place / name)
        env = {**os.environ, "PYTHONPATH": str(place), "HYPOTHESIS_STORAGE_DIRECTORY": str(place / "examples")}
        self._runs = subprocess.Popen([sys.executable, str(RUNS)], cwd=place, env=env, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip

    def _ask(self, **asked: Any) -> Any:
        assert self._runs.stdin is not None
        assert self._runs.stdout is not None
        self._runs.stdin.write(json.dumps(asked) + "\n")
        self._runs.stdin.flush()
        return json.loads(self._runs.stdout.readline())

    def know(self, room: str, every: list[Mutant]) -> Known:
        """Run the tests of a room, watched."""
        files = sorted({mutant.name for mutant in every})
        told = self._ask(do="know", tests=ROOMS[room][1], watch=files, limit=WATCHED)
        known = Known(told["tests"])
        if told["code"] != 0 or not self.sound(known):
            raise SystemExit(f"{room}: its tests fail without any mutant")
        return known

    def sound(self, known: Known) -> bool:
        """True when all tests pass without any mutant, run as they are for one."""
        return self._passes(*known.ordered(set(known.seconds)))

    def _passes(self, chosen: list[str], seconds: float) -> bool:
        files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))
        return bool(self._ask(do="run", files=files, chosen=chosen, limit=10 + SLOWER * seconds)["code"] == 0)

    def lives(self, mutant: Mutant, known: Known) -> bool:
        """True when no test notices."""
        chosen, seconds = known.of(mutant)
        if not chosen:
            return True
        file = self.place / mutant.name
        info = file.stat()
        self._turned += 1
        try:
            file.write_bytes(mutant.text())
            os.utime(file, (info.st_atime, info.st_mtime + self._turned))  # no bytecode is of this moment
            return self._passes(chosen, seconds)
        finally:
            file.write_bytes(mutant.source)
            os.utime(file, (info.st_atime, info.st_mtime))

    def end(self) -> None:
        assert self._runs.stdin is not None
        self._runs.stdin.close()
        self._runs.wait(30)


class Known:
    """Which test runs which line."""

    def __init__(self, tests: dict[str, Any]) -> None:
        self.seconds = {name: float(told["seconds"]) for name, told in tests.items()}
        self.ran: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, told in tests.items():
            for file, line in told["lines"]:
                self.ran[file][line].add(name)

    def of(self, mutant: Mutant) -> tuple[list[str], float]:
        """The tests for a mutant, those of the quickest file first, and how long they take together."""
        first, last, inside = mutant.place
        found = {
            name for line, names in self.ran[mutant.name].items() if not inside or first <= line <= last
            for name in names
        }  # fmt: skip
        return self.ordered(found)

    def ordered(self, found: set[str]) -> tuple[list[str], float]:
        """These tests, and how long they take."""
        files: dict[str, float] = defaultdict(float)
        for name in found:
            files[name.partition("::")[0]] += self.seconds[name]
        order = sorted(
            found, key=lambda name: (files[name.partition("::")[0]], name.partition("::")[0], self.seconds[name])
        )
        return order, sum(files.values())


def survivors(sample: list[Mutant], known: Known, copies: list[Copy]) -> Iterator[Mutant]:
    """The mutants that no test notices, as they are found."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def lives(mutant: Mutant) -> bool:
        copy = free.get()
        try:
            return copy.lives(mutant, known)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from (mutant for mutant, lived in zip(sample, pool.map(lives, sample), strict=True) if lived)


def main() -> int:
    """A table: room, mutants in all, tried, caught."""
    reader = argparse.ArgumentParser(description="Small wrongs in the code, and whether the tests notice them.")
    reader.add_argument("rooms", nargs="*", metavar="ROOM", help=f"one of {', '.join(ROOMS)}; all of them by default")
    reader.add_argument("--sample", type=int, default=140, help="mutants of each room")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--jobs", type=int, default=2)
    options = reader.parse_args()
    print(f"{'room':12}{'mutants':>9}{'tried':>7}{'caught':>8}{'part':>7}")
    with tempfile.TemporaryDirectory(prefix="sshwizard-mutants-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)  # sshd reads below it as another account
        rooms = {room: of_room(room) for room in options.rooms or ROOMS}
        copies = [Copy(Path(place, str(number))) for number in range(options.jobs)]
        for room, every in rooms.items():
            with ThreadPoolExecutor(len(copies)) as pool:
                known, *_ = pool.map(Copy.know, copies, repeat(room), repeat(every))
            sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
            caught = len(sample)
            for mutant in survivors(sample, known, copies):
                caught -= 1
                print(f"  {mutant.shown()}{'' if known.of(mutant)[0] else '   (no test comes there)'}", flush=True)
            if not all(copy.sound(known) for copy in copies):
                raise SystemExit(f"{room}: a mutant left something behind, and the tests fail without any now")
            print(f"{room:12}{len(every):9}{len(sample):7}{caught:8}{caught / len(sample):7.0%}", flush=True)
        for copy in copies:
            copy.end()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
