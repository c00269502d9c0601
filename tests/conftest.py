"""What every test gets: a HOME of its own, and an honest word about tools that are missing.

A test that needs more than Python says so::

    @pytest.mark.requires("sshd", "tmux")

A name is an ability (see `ABILITIES`) or else a program.  What is missing skips the test, except with
``CI=true``: there it fails, so that a broken build machine cannot pass by testing nothing.
"""

from __future__ import annotations

import compileall
import functools
import gc
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Fixtures for every folder: an embedded AWS, an embedded Google Cloud.
from cloud import aws, aws_process  # noqa: F401
from gce import desk, google, google_process, shop  # noqa: F401

from sshwizard.lab.aws.embedded import missing

socket.setdefaulttimeout(60)  # what a test opens waits for nobody longer, in whatever thread

PRODUCT = Path(__file__).resolve().parents[1] / "sshwizard"
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
SCRUBBED = ("LC_", "LANG", "AWS_", "CLOUDSDK_", "GOOGLE_", "SSHWIZARD_", "SSH_", "XDG_")
NETNS_TOOLS = ("ip", "iptables", "unshare", "nsenter", "setpriv")


def which(tool: str) -> str | None:
    """The path of a program, also where an ordinary user's PATH does not look."""
    return shutil.which(tool, path=os.environ.get("PATH", os.defpath) + os.pathsep + SBIN)


def lacks_tools(*tools: str) -> str:
    """The programs among `tools` that are not installed, as a sentence; empty when all are."""
    lost = [tool for tool in tools if which(tool) is None]
    return f"not installed: {', '.join(lost)}" if lost else ""


def lacks_sshd() -> str:
    return lacks_tools("sshd", "ssh", "ssh-keygen", "ssh-agent", "ssh-add")


def lacks_netns() -> str:
    """Root, the tools, and a kernel that lets us make a network with a firewall in it."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if lost := lacks_tools(*NETNS_TOOLS, "sshd"):
        return lost
    probe = ["unshare", "--net", "--mount", "--pid", "--fork", "iptables", "-w", "-S"]
    env = {**os.environ, "PATH": os.environ.get("PATH", os.defpath) + os.pathsep + SBIN}
    tried = subprocess.run(probe, capture_output=True, text=True, check=False, env=env, timeout=20)
    return "" if tried.returncode == 0 else f"cannot make a network namespace: {tried.stderr.strip()}"


def lacks_ping() -> str:
    if lost := lacks_tools("ping"):
        return lost
    tried = subprocess.run(["ping", "-c", "1", "127.0.0.1"], capture_output=True, text=True, check=False, timeout=20)
    return "" if tried.returncode == 0 else f"ping does not work here: {tried.stderr.strip()}"


ABILITIES: dict[str, Callable[[], str]] = {
    "sshd": lacks_sshd,
    "netns": lacks_netns,
    "ping": lacks_ping,
    "moto": missing,
    "tmux": lambda: lacks_tools("tmux"),
}


@functools.cache
def lacks(need: str) -> str:
    """Why `need`, an ability or a program, is not there; empty when it is."""
    return ABILITIES[need]() if need in ABILITIES else lacks_tools(need)


def impossible_here(need: str) -> bool:
    """Some things this system will never have: no build machine can be blamed for that."""
    return need == "netns" and sys.platform != "linux"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # A thousand processes of ours are started. Without files of bytecode each would compile it all: 0.1 s.
        compileall.compile_dir(PRODUCT, quiet=2, workers=0)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # a run in the background makes every child deaf
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    config.addinivalue_line(
        "markers", "requires(*needs): abilities (sshd, netns, tmux, ping, moto) or programs this test needs"
    )
    config.addinivalue_line("markers", "peer: asks a program that the project does not install; only by `make peers`")
    config.addinivalue_line("markers", "netns: builds network namespaces, as root on Linux")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Seventeen thousand tests lie in memory from here on, and none is garbage before the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose needs are not met; on a build machine, fail it."""
    for mark in item.iter_markers("requires"):
        for need in mark.args:
            why = lacks(need)
            if not why:
                continue
            if os.environ.get("CI") == "true" and not impossible_here(need):
                pytest.fail(f"needs {need}: {why} (CI=true: run scripts/test-setup.sh)", pytrace=False)
            pytest.skip(f"needs {need}: {why}")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names for directories. pytest's own `mktemp` reads all that are there to find the next number."""
    below = tmp_path_factory.mktemp("homes")
    return (below / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def away_from_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the person who runs the tests is read or written: no home, agent, cloud or settings."""
    home = next(homes)
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(SCRUBBED):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name, below in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_RUNTIME_DIR", ".run"),
    ):
        monkeypatch.setenv(name, str(home / below))
    (home / ".run").mkdir(mode=0o700)
    return home
