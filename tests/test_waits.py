"""No test waits without a limit: one that hangs holds up everybody, and says nothing. No limit hangs on the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PRODUCT = TESTS.parent / "sshwizard"
READS_WHAT_IS_THERE = {
    "command.py",
    "crash.py",
    "forked.py",
    "terminal.py",
    "test_lab_server.py",
    "test_shellscript.py",
}
"""They ask select(2) first, with a limit."""
SERVERS = {"permissionless.py", "dnsd.py", "peer.py"}
"""Programs of their own, which serve until their world ends them."""
DATES = {"doors/wire.py", "probes/inside/look.py", "advice/reading.py", "cloud/aws/errors.py", "fronts/serving/run.py",
         "fronts/ownssh.py", "probes/gcp/collected.py"}  # fmt: skip
"""Who may ask for the day: certificates, how old a key, a file or the last thing typed is, a signature of a cloud."""


def endless(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and text of calls that could wait for ever."""
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.wait_for":
            awaited |= set(map(id, node.args))
    for node in ast.walk(tree):
        if isinstance(node, ast.With):  # the end of such a block waits
            yield from ((node.lineno, ast.unparse(item)) for item in node.items if "Popen(" in ast.unparse(item))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in awaited:
            whose, name = ast.unparse(node.func.value), node.func.attr
            timed = "timeout" in {word.arg for word in node.keywords}
            if (
                (name in {"wait", "join", "result"} and not (node.args or timed))
                or (name == "communicate" and not timed)
                or (whose == "subprocess" and name in {"run", "check_output"} and not timed)
                or (whose.endswith((".stdout", ".stderr")) and name in {"read", "readline"})
                or (whose == "os" and name in {"read", "waitpid"})
            ):
                yield node.lineno, ast.unparse(node)


def test_every_wait_has_a_limit() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}: {text}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.name not in READS_WHAT_IS_THERE | SERVERS
        for line, text in endless(ast.parse(path.read_text()))
    ]
    assert found == []


def test_an_endless_wait_is_seen() -> None:
    rows = (
        "child.wait()", "thread.join()", "child.communicate()", "subprocess.run(['true'], check=True)",
        "child.stdout.readline()", "os.read(pipe, 1)", "os.waitpid(pid, 0)",
        "with subprocess.Popen(['true']) as child:\n    pass",
    )  # fmt: skip
    for row in rows:
        assert list(endless(ast.parse(row))), row
    for row in ("child.wait(5)", "', '.join(rows)", "child.communicate(timeout=5)", "subprocess.run(['a'], timeout=1)"):
        assert not list(endless(ast.parse(row))), row


def test_no_wait_depends_on_the_clock() -> None:
    """Somebody sets it, or a laptop wakes up: limits count by a clock that only goes on (time.monotonic)."""
    asked = set()
    for path in PRODUCT.rglob("*.py"):
        if "time.time()" in path.read_text("utf-8"):
            asked.add(path.relative_to(PRODUCT).as_posix())
    assert {name for name in asked if not name.startswith("lab/")} == DATES
