"""Runs the tests of a copy of the project again and again, and begins nothing twice. For scripts/mutants.py.

A process that has imported what tests need of other packages, and nothing of ours, forks for each run: so a run sees
the files as they are then, and what begins slowly has begun. Questions come as lines of JSON.

    {"do": "know", "tests": […], "watch": [files], "limit": seconds} -> what each test ran of these files, and how long
    {"do": "run", "files": […], "chosen": [ids], "limit": seconds} -> {"code": pytest's exit code; null: it took longer}

What a run leaves behind (a server, a program of a test) is ended with it: it is a child of ours then (Linux).
"""

from __future__ import annotations

import compileall
import contextlib
import ctypes
import functools
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

HERE = Path.cwd()
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""
_CLOUDS = """
import json, sys
from sshwizard.lab.aws import open_aws
from sshwizard.lab.gcp import open_gcp
with open_aws() as aws, open_gcp() as gcp:
    print(json.dumps([vars(aws), vars(gcp)], default=str), flush=True)
    sys.stdin.read()
"""
"""Embedded clouds for all runs: each test that asks for one empties it first."""


class Watching:
    """Which lines of some files each test runs, and how long it takes."""

    def __init__(self, files: list[str]) -> None:
        self.files = frozenset(str(HERE / name) for name in files)
        self.tests: dict[str, dict[str, Any]] = {}
        self.lines: set[tuple[str, int]] = set()
        threading.settrace(self._called)
        sys.settrace(self._called)

    def _called(self, frame: FrameType, event: str, arg: object) -> Any:
        return self._ran if frame.f_code.co_filename in self.files else None

    def _ran(self, frame: FrameType, event: str, arg: object) -> Any:
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._ran

    def _forget(self) -> None:
        """What an earlier test asked for would not be run again (functools.lru_cache)."""
        for module in list(sys.modules.values()):
            if getattr(module, "__file__", None) in self.files:
                for one in vars(module).values():
                    if callable(forget := getattr(one, "cache_clear", None)):
                        forget()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.lines = set()
        self._forget()
        began = time.monotonic()
        yield
        lines = sorted((str(Path(name).relative_to(HERE)), line) for name, line in self.lines)
        self.tests[item.nodeid] = {"seconds": time.monotonic() - began, "lines": lines}


class Chosen:
    """Only these tests, in this order, and the clouds that are there already."""

    def __init__(self, chosen: list[str], clouds: list[dict[str, Any]]) -> None:
        self.order = {name: number for number, name in enumerate(chosen)}
        self.clouds = clouds

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self.order), key=lambda one: self.order[one.nodeid])
        if self.clouds:
            _lend(self.clouds)


def _lend(clouds: list[dict[str, Any]]) -> None:
    """The fixtures of tests/cloud.py and tests/gce.py get what runs already."""
    from sshwizard.lab.aws import Aws
    from sshwizard.lab.gcp import Gcp

    for module, name, kind, fields in (("cloud", "open_aws", Aws, clouds[0]), ("gce", "open_gcp", Gcp, clouds[1])):
        given: dict[str, Any] = {
            key: Path(value) if key in {"keys", "home"} else value for key, value in fields.items()
        }
        made = kind(**given)
        setattr(importlib.import_module(module), name, lambda made=made: contextlib.nullcontext(made))


def run(plugin: Watching | Chosen, tests: list[str], *more: str) -> int:
    """pytest in this process: its exit code. Its files are its own: one that was killed may leave some."""
    words = ("-q", "-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider", "-p", "no:xdist",
             "--hypothesis-seed=1", f"--basetemp={HERE / f't{os.getpid()}'}")  # fmt: skip
    return int(pytest.main([*words, *more, *tests], plugins=[plugin]))


def forked(work: Callable[[], int], limit: float) -> int | None:
    """Do it in a child: its exit code; None when it took longer. Nothing of it is left."""
    child = os.fork()
    if not child:
        code = 3
        try:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for handle in (0, 1, 2):
                os.dup2(nothing, handle)
            code = work()
        finally:
            os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def sweep(keep: set[int]) -> None:
    """End what a run left, for it has become our child; and take its files away, a small disk among them."""
    children = Path("/proc/self/task", str(os.getpid()), "children")
    while children.exists() and (left := {int(one) for one in children.read_text().split()} - keep):
        for one in left:
            os.kill(one, signal.SIGKILL)
            os.waitpid(one, 0)
    if (mounts := Path("/proc/mounts")).exists():
        for row in mounts.read_text().splitlines():
            if (disk := row.split()[1]).startswith(f"{HERE}/"):
                subprocess.run(["umount", "-l", disk], check=False, timeout=20, capture_output=True)
    for place in HERE.glob("t[0-9]*"):
        shutil.rmtree(place, ignore_errors=True)


def others() -> list[str]:
    """What is imported of other people's packages."""
    place = str(Path(pytest.__file__).parents[1])
    rows = {name: str(getattr(module, "__file__", None) or "") for name, module in sys.modules.items()}
    return [name for name, file in rows.items() if file.startswith(place)]


def warm(modules: list[str]) -> None:
    """Import what a run needed of other people's packages, and read botocore's large files once."""
    sys.dont_write_bytecode = True  # the file of bytecode of a wrong must not outlive it
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "boto3" in modules:
        import boto3
        from botocore.loaders import JSONFileLoader

        read = functools.cache(JSONFileLoader().load_file)
        JSONFileLoader.load_file = lambda _, path: read(path)
        boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


class Runs:
    """One copy, its clouds, and what must live from run to run."""

    def __init__(self) -> None:
        self.clouds: list[dict[str, Any]] = []
        self.keep: set[int] = set()

    def know(self, tests: list[str], watch: list[str], limit: float) -> dict[str, Any]:
        kept = HERE / "known.json"
        kept.unlink(missing_ok=True)

        def work() -> int:
            watching = Watching(watch)
            code = run(watching, tests)
            sys.settrace(None)
            kept.write_text(json.dumps({"code": code, "tests": watching.tests, "modules": others()}))
            return 0

        forked(work, limit)
        sweep(self.keep)
        if not kept.exists():
            return {"code": None, "tests": {}}
        told: dict[str, Any] = json.loads(kept.read_text())
        warm(told["modules"])
        if "boto3" in told["modules"] and not self.clouds:
            begun = subprocess.Popen([sys.executable, "-c", _CLOUDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.keep.add(begun.pid)
            assert begun.stdout is not None
            self.clouds = json.loads(begun.stdout.readline())
        return {"code": told["code"], "tests": told["tests"]}

    def run(self, files: list[str], chosen: list[str], limit: float) -> dict[str, Any]:
        code = forked(lambda: run(Chosen(chosen, self.clouds), files, "-x"), limit)
        sweep(self.keep)
        return {"code": code}


def main() -> None:
    """Answer each line; the clouds end when our end of their standard input does."""
    compileall.compile_dir = lambda *args, **more: True  # asked by tests/conftest.py; who is watched first does it here
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    runs = Runs()
    for line in sys.stdin:
        ask = json.loads(line)
        print(json.dumps(getattr(runs, ask.pop("do"))(**ask)), flush=True)


if __name__ == "__main__":
    main()
