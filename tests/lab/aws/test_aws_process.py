"""The embedded AWS as a process: it starts or says why not, ends with us, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from cloud import client
from command import first_line, lines_to, running

import sshwizard
from sshwizard.lab import LabError, scratch
from sshwizard.lab.aws import Aws, embedded, open_aws

pytestmark = pytest.mark.requires("moto", "ps")

HOME = Path(sshwizard.__file__).parents[1]


def processes(word: str) -> list[str]:
    shown = subprocess.run(["ps", "-axww", "-o", "stat=,command="], capture_output=True, text=True, timeout=10)
    return [line for line in shown.stdout.splitlines() if word in line and not line.startswith("Z")]


def soon(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_closing_leaves_no_process_and_no_directory() -> None:
    with open_aws() as aws:
        home = aws.keys.parent
        assert len(processes(str(home))) == 1
        assert home.stat().st_mode & 0o777 == 0o700
    assert processes(str(home)) == []
    assert not home.exists()


def test_killing_the_parent_ends_it_and_removes_the_directory() -> None:
    script = (
        "import time\nfrom sshwizard.lab.aws import open_aws\n"
        "with open_aws() as aws:\n    print(aws.keys.parent, flush=True)\n    time.sleep(60)\n"
    )
    with running([sys.executable, "-c", script], cwd=HOME) as parent:
        home = Path(first_line(parent).strip())
        assert processes(str(home))
        os.kill(parent.pid, signal.SIGKILL)
    assert soon(lambda: not processes(str(home)) and not home.exists())


def test_what_is_left_of_a_killed_lab_is_swept_and_a_living_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, foreign = tmp_path / "sshwizard-aws-dead", tmp_path / "sshwizard-aws-foreign"
    for home in (dead, foreign):
        home.mkdir()
    (dead / "alive").touch()
    with scratch.directory("aws") as living:
        for home in (dead, foreign, living):
            os.utime(home, (1, 1))
        scratch.sweep("aws")
        assert not dead.exists()
        assert foreign.exists()
        assert living.exists()


def test_a_missing_library_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_NEEDED", ("moto", "no_such_library"))
    said = r"needs no_such_library\. Install the extra: pip install 'sshwizard\[lab\]'"
    with pytest.raises(LabError, match=said), open_aws():
        pass


def test_a_start_that_fails_tells_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "modules"
    (broken / "flask").mkdir(parents=True)
    (broken / "flask" / "__init__.py").write_text("raise ImportError('no flask today')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    with pytest.raises(LabError, match="no flask today"), open_aws():
        pass


def test_a_proxy_of_the_persons_is_not_asked(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert aws.calls() == []
    assert client(aws, "ec2").describe_instances()["Reservations"] == []


def test_only_a_program_tells_it_anything(aws: Aws) -> None:
    """What a page in a browser can send to another origin changes nothing."""
    aws.come_from("8.8.4.4")
    form = urllib.request.Request(f"{aws.url}/sshwizard-lab/reset", data=b"{}", method="POST")
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(form, timeout=10) as answer:
        answer.read()
    with urllib.request.urlopen(f"{aws.url}/checkip", timeout=10) as answer:
        assert answer.read() == b"8.8.4.4\n"


@pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only")
def test_serving_tells_how_to_reach_it_and_ends_with_ctrl_c() -> None:
    command = [sys.executable, "-m", "sshwizard", "lab", "aws"]
    with running(command, cwd=HOME, err=subprocess.PIPE) as served:
        told = lines_to(served, "ctrl+c")
        settings = dict(one.removeprefix("export ").split("=", 1) for one in told if one.startswith("export "))
        script = "import boto3; print(len(boto3.client('ec2').describe_instances()['Reservations']))"
        environment = {**os.environ, **settings}
        asked = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
        assert asked.stdout == "1\n", asked.stderr
        config = next(one for one in told if one.startswith("# ssh ")).split()[3]
        assert Path(config).exists()
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=20)
        assert served.returncode == 0
        assert not Path(config).exists()


def test_importing_the_lab_asks_for_none_of_it() -> None:
    script = "import sys, sshwizard.lab, sshwizard.commands.lab; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True, timeout=30)
    assert not {"moto", "boto3", "botocore", "flask", "werkzeug"} & set(done.stdout.split())
