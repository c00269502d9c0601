"""Google's own checks, run for the person: what they say is told harmless and kept, what they leave is deleted."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fixes.googleplans import stood
from gce import Shop, ask

from sshwizard.commands.arguments import split
from sshwizard.commands.rescue import parser, rescue
from sshwizard.effects import Effect, Refused, following, from_json, to_json
from sshwizard.effects.gcp import RunTool, TestConnectivity, place
from sshwizard.fixes import FIXES, Refusal
from sshwizard.lab.gcp import PROJECT, Gcp
from sshwizard.probes import typed

TESTS = f"networkmanagement/v1/projects/{PROJECT}/locations/global/connectivityTests"
GCLOUD = """#!{python}
import json, os, sys, urllib.request
assert sys.stdin.read() == "" and os.environ["CLOUDSDK_CORE_DISABLE_PROMPTS"] == "1"
print("Starting ssh troubleshooting for instance", sys.argv[3])
print("\\x1b[31mVPC settings: 1 issue(s) found.\\x1b[0m \\x1b]0;title\\x07")
base = os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_NETWORKMANAGEMENT"]
body = json.dumps({{"source": {{}}, "destination": {{"instance": "x"}}}}).encode()
where = base + "v1/projects/{project}/locations/global/connectivityTests?testId=ssh-troubleshoot-7"
head = {{"Authorization": "Bearer ya29.practice", "Content-Type": "application/json"}}
urllib.request.urlopen(urllib.request.Request(where, data=body, headers=head), timeout=10)
sys.exit(1)
"""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(place, "PAUSE", 0.01)
    place._ACCESS.clear()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


def tool(tmp_path: Path, text: str = GCLOUD) -> None:
    (tmp_path / "gcloud").write_text(text.format(python=sys.executable, project=PROJECT))
    (tmp_path / "gcloud").chmod(0o755)


def left(google: Gcp) -> list[dict[str, Any]]:
    return list(ask(google, TESTS)[1].get("resources") or ())


def planned(**more: Any) -> tuple[Effect, ...]:
    plan = FIXES["run-google-tools"].plan(stood("no-rule", "", **more))
    assert not isinstance(plan, Refusal), plan
    assert tuple(from_json(to_json(one)) for one in plan) == plan
    return plan


def told(effect: Effect) -> list[str]:
    rows: list[str] = []
    effect.check()
    with following.followed(rows.append, threading.Event()):
        effect.apply()
    return rows


def test_the_connectivity_test_says_what_drops_it_and_is_gone(google: Gcp) -> None:
    google.instance("web-1")
    (test, *_) = planned(source="192.88.99.7")
    assert isinstance(test, TestConnectivity)
    rows = told(test)
    assert "Google's connectivity test says: UNREACHABLE" in rows
    assert any("packet dropped" in row and "FIREWALL_RULE" in row for row in rows)
    assert left(google) == []
    back = test.inverse()
    back.check()
    back.apply()


def test_a_test_that_a_crash_left_is_deleted(google: Gcp) -> None:
    (test, *_) = planned()
    back = test.inverse()
    ask(google, f"{TESTS}?testId={test.name}", {"source": {}, "destination": {}})  # type: ignore[attr-defined]
    assert back is not None
    back.apply()
    assert left(google) == []


def test_gcloud_runs_as_a_child_without_a_terminal_and_leaves_nothing(google: Gcp, tmp_path: Path) -> None:
    tool(tmp_path)
    run = planned()[-1]
    assert isinstance(run, RunTool)
    assert "--troubleshoot" in run.preview()[0]
    rows = told(run)
    assert "Starting ssh troubleshooting for instance web-1" in rows
    assert any("VPC settings: 1 issue(s) found." in row for row in rows)
    assert not any("\x1b" in row or "\x07" in row for row in rows)
    assert any("ended with 1" in row for row in rows)
    assert left(google) == []


def test_who_ends_the_waiting_ends_the_child(google: Gcp, tmp_path: Path) -> None:
    tool(tmp_path, "#!/bin/sh\necho $$ >" + str(tmp_path / "pid") + "\nexec sleep 60\n")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with following.followed(lambda says: None, stop), pytest.raises(Refused, match="ended the waiting"):
        RunTool(PROJECT, ("gcloud", "compute")).apply()
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_without_gcloud_google_s_api_is_asked_all_the_same(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.fixes.gcp.machine.shutil.which", lambda name: None)
    assert [type(one).__name__ for one in planned()] == ["TestConnectivity"]
    assert isinstance(FIXES["run-google-tools"].plan(stood("no-rule", source="")), Refusal)


@pytest.mark.requires("ssh", "ssh-keygen")
async def test_what_they_say_stands_beside_the_verdict(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.build("sshd-typo")
    tool(tmp_path)
    given, theirs = split(parser(), [*shop.config, "gce:practice-shop/europe-west1-b/lab-web", "--do",
                                     "run-google-tools", "--yes=confirm"])  # fmt: skip
    await asyncio.wait_for(rescue(typed.parse(theirs), given), 60)
    out = capsys.readouterr()
    assert "VPC settings: 1 issue(s) found." in out.err
    assert "Google's connectivity test says: REACHABLE" in out.out
    assert left(shop.google) == []
    assert shop.google.gaps() == {}
