"""A look inside many servers by Run Command: one script, really run on each, joined with what the wire said."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList, Static

from sshwizard import paths, store
from sshwizard.cli import main
from sshwizard.exits import Exit
from sshwizard.fleet import kept
from sshwizard.fleet.runcommand import Means, Rate
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.dialogs import Confirm
from sshwizard.fronts.tui.fleet import FleetScreen
from sshwizard.lab.aws import REGION, Aws
from sshwizard.runner import Runner
from sshwizard.store import Store

from .fleetworld import HOSTILE, TAG, Fleet, made_before
from .keys import KeyRing
from .scenarios.inside import STOP
from .sshd import wait_until

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns", "moto")]

NAMES = ("web-1", "web-2")
FIRST, SECOND = NAMES


@pytest.fixture(scope="module")
def fleet(aws_process: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """sshd is stopped on one server, and on one others may write the home of the login; one has no agent."""
    aws_process.reset()
    with Fleet(aws_process, KeyRing(tmp_path_factory.mktemp("keys")), NAMES) as world:
        world.servers[FIRST].sh(STOP)
        world.servers[SECOND].sh("chmod 777 /home/dana")
        world.launch("web-3", None, managed=False)
        yield world


@pytest.fixture(autouse=True)
def person(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is the person's."""
    for name, value in {**fleet.env, "SSHWIZARD_AWS_REGION": "", "SSHWIZARD_AWS_PROFILE": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sshwizard.fleet.runcommand.PAUSE", 0.2)
    monkeypatch.setattr("sshwizard.fleet.runcommand.GRACE", 0.5)
    yield
    fleet.aws.heal()


Told = tuple[dict[str, Any], str, Counter[str]]
Sweeps = Callable[..., Told]


@pytest.fixture
def sweeps(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Sweeps:
    """The report of a sweep with a look inside, what it says beside that, and the calls that it made."""

    def swept(*words: str, tag: str = TAG, whole: bool = False) -> Told:
        before = len(fleet.aws.calls())
        chosen = ["--tag", tag, "--region", REGION, *words, *fleet.options]
        if not whole and "--resume" not in words:
            chosen = ["--resume", made_before(fleet, tag), *words]
            capsys.readouterr()
        main(["sweep", "--json", "--inside", *(words if "--resume" in words else chosen)])
        out, err = capsys.readouterr()
        assert out, err[-3000:]
        calls = Counter(row["action"] for row in fleet.aws.calls()[before:])
        return json.loads(out), err, calls

    return swept


def shown(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["host"]: (row["cause"], row["inside"]) for row in told["rows"]}


SEEN = {
    FIRST: ("server.sshd-not-running", "answered"),
    SECOND: ("auth.authorized-keys-permissions", "answered"),
    "web-3": ("server.sshd-not-running", "not-managed"),
}


def test_what_each_server_shows_makes_the_groups(fleet: Fleet, sweeps: Sweeps, tmp_path: Path) -> None:
    for server in fleet.servers.values():
        server.sh("touch /run/mark; sleep 0.02")
    page = tmp_path / "sweep.html"
    told, said, calls = sweeps("--yes=confirm", "--html", str(page), whole=True)
    assert shown(told) == SEEN
    assert {row["confidence"] for row in told["rows"] if row["inside"] == "answered"} == {"certain"}
    group = told["groups"][0]
    assert (len(group["hosts"]), group["seen"], group["wires"]) == (2, 1, {"kex.closed-before-banner": 1})
    assert [calls[name] for name in ("DescribeInstanceInformation", "SendCommand", "GetCommandInvocation")] == [1, 1, 2]
    assert "Systems Manager does not reach 1 of them, which get nothing: web-3" in said
    assert "ssm:SendCommand, ssm:ListCommandInvocations, ssm:GetCommandInvocation, ssm:CancelCommand" in said
    assert "seen on the server itself: 1 of 2" in page.read_text()
    for server in fleet.servers.values():  # it reads, and writes nothing
        places = f"/home /run /var/lib/sshwizard {server.directory}/own/upper"
        assert server.sh(f"find {places} -newer /run/mark") == ""

    # Who answered is not asked again, and what was sent when a sweep was killed is read without sending it anew.
    file = max(paths.sweeps_dir().glob("*/sweep.jsonl"))
    again, _, calls = sweeps("--resume", "last", "--yes=confirm")
    assert (shown(again), calls["SendCommand"]) == (SEEN, 0)
    rows = file.read_text().splitlines()
    file.write_text("\n".join(rows[: 1 + next(at for at, row in enumerate(rows) if '"sent"' in row)]) + "\n")
    again, _, calls = sweeps("--resume", "last", "--yes=confirm")
    assert (shown(again), calls["SendCommand"], calls["GetCommandInvocation"]) == (SEEN, 0, 2)


def test_nothing_is_sent_before_somebody_says_so(sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch) -> None:
    _, said, calls = sweeps()
    assert "Not sent. To send it: --yes=confirm" in said
    monkeypatch.setenv("SSHWIZARD_READ_ONLY", "1")
    told, said, more = sweeps("--yes=confirm")
    assert "Not sent: this is read-only" in said
    assert (calls + more)["SendCommand"] == 0
    assert {row["inside"] for row in told["rows"]} == {""}


def test_all_with_a_tag_are_one_command(fleet: Fleet, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than one command can name; those without an agent Systems Manager leaves out itself."""
    monkeypatch.setattr("sshwizard.fleet.runcommand.MOST", 1)
    told, said, calls = sweeps("--yes=confirm", "--max-concurrency", "100%")
    assert (shown(told), calls["SendCommand"]) == (SEEN, 1)
    assert f"to all that are tagged {TAG}" in said


@pytest.mark.parametrize(
    ("deny", "says", "inside", "cancelled"),
    [
        ("ssm:SendCommand", "The command was not sent: you may not send command (ssm:SendCommand)", "", 0),
        ("ssm:ListCommandInvocations", "not followed to its end: you may not list command invocations", "unread", 1),
        ("ssm:DescribeInstanceInformation", "was not told beforehand", "answered", 0),
    ],
)
def test_what_may_not_be_asked_is_said(
    fleet: Fleet, sweeps: Sweeps, deny: str, says: str, inside: str, cancelled: int
) -> None:
    fleet.aws.deny(deny)
    told, said, calls = sweeps("--yes=confirm", "--max-concurrency", "100%")
    assert says in said
    rows = {row["host"]: row for row in told["rows"]}
    assert (rows[FIRST]["inside"], calls["CancelCommand"]) == (inside, cancelled)
    if inside == "unread":
        assert f"allow {deny}" in rows[FIRST]["saw"]
    if deny.endswith("Information"):
        assert rows["web-3"]["inside"] == "not-reached"


def test_a_throttled_api_is_waited_for(fleet: Fleet, sweeps: Sweeps) -> None:
    fleet.aws.throttle("ssm:ListCommandInvocations", 2)
    told, _, _ = sweeps("--yes=confirm", "--max-concurrency", "100%")
    assert shown(told) == SEEN


def test_what_a_hostile_server_writes_reaches_nobody(fleet: Fleet, sweeps: Sweeps, tmp_path: Path) -> None:
    script = tmp_path / "hostile.py"
    script.write_text(HOSTILE)
    fleet.launch("evil-1", None, [sys.executable, str(script)], tag="evil=1")
    noise = "printf '\\033]52;c;eA==\\007<b>'; head -c 900000 /dev/zero | tr '\\0' B"
    fleet.launch("evil-2", None, ["sh", "-c", noise, "sh"], tag="evil=1")
    page = tmp_path / "page.html"
    told, said, _ = sweeps("--yes=confirm", "--max-concurrency", "2", "--html", str(page), "--no-redact", tag="evil=1")
    rows = {row["host"]: row for row in told["rows"]}
    assert (rows["evil-1"]["cause"], rows["evil-1"]["inside"]) == ("server.sshd-config-error", "answered")
    assert rows["evil-2"]["inside"] == "unread"
    everything = json.dumps(told, ensure_ascii=False) + said + page.read_text()
    assert not any(letter in everything for letter in "\x1b\x07\u202e")
    assert "<script>alert" not in page.read_text()
    assert len(everything) < 60_000


def test_too_many_failures_end_it(fleet: Fleet, sweeps: Sweeps) -> None:
    for number in range(3):
        fleet.launch(f"bad-{number}", None, ["sh", "-c", "echo no room >&2; exit 7", "sh"], tag="bad=1")
    told, said, _ = sweeps("--yes=confirm", "--max-concurrency", "1", "--max-errors", "0", tag="bad=1")
    assert Counter(row["inside"] for row in told["rows"]) == {"failed": 1, "cancelled": 2}
    assert "Systems Manager sent no more, because too many servers had failed." in said
    assert {row["saw"] for row in told["rows"] if row["inside"] == "failed"} == {"the agent says Failed: no room"}


async def shows(pilot: Any, ready: Callable[[], bool], what: str) -> None:
    for _ in range(250):
        await pilot.pause(0.1)
        if ready():
            return
    raise AssertionError(f"never: {what}")


def on_screen(fleet: Fleet, tag: str) -> FleetScreen:
    """A sweep that was made before, without a look inside."""
    before = kept.load(made_before(fleet, tag))
    means = Means(account=before.account, pace=Rate("100%", "100%"))
    return FleetScreen(Sweep((), None), list(before.rows), lambda _: None, means)


async def test_the_screen_previews_it_sends_it_and_has_the_groups(fleet: Fleet) -> None:
    screen = await asyncio.to_thread(on_screen, fleet, TAG)
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(100, 30)) as pilot:
        await shows(pilot, lambda: screen.over, "the sweep is over")
        before = len(fleet.aws.calls())
        await pilot.press("i")
        await shows(pilot, lambda: isinstance(app.screen, Confirm), "the preview")
        await pilot.pause(0.2)
        assert isinstance(app.screen, Confirm)
        assert "ssm:SendCommand" in str(app.screen.query_one("#what", Static).visual)
        assert "SendCommand" not in {row["action"] for row in fleet.aws.calls()[before:]}
        await pilot.press("y")
        await shows(pilot, lambda: all(one.inside for one in screen.found), "every answer")
        screen.draw()
        await pilot.pause(0.2)
        await pilot.press("down")
        await pilot.pause(0.2)
        assert "seen on the server itself: 1 of 2" in str(screen.query_one("#mends", Static).visual)
        assert {one.host: (one.cause, one.inside) for one in screen.found} == SEEN
        groups = [option.id for option in screen.query_one(OptionList).options]
        assert groups == ["all", "server.sshd-not-running", "auth.authorized-keys-permissions"]


async def test_key_i_cancels_what_goes_on(fleet: Fleet) -> None:
    fleet.launch("tired-1", None, ["sh", "-c", "sleep 50", "sh"], tag="tired=1")
    screen = await asyncio.to_thread(on_screen, fleet, "tired=1")
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, lambda: screen.over, "the sweep is over")
        await pilot.press("i")
        await shows(pilot, lambda: isinstance(app.screen, Confirm), "the preview")
        await pilot.press("y")
        await shows(pilot, lambda: "1 in progress" in screen.looking_inside, "it goes on")
        await pilot.press("i")
        await shows(pilot, lambda: not screen.looking_inside, "it has ended")
        assert screen.look
        assert [one.ended for one in screen.look.followed] == [True]
    assert fleet.aws.calls()[-1]["action"] == "CancelCommand"


def test_ctrl_c_cancels_the_command(fleet: Fleet) -> None:
    fleet.launch("slow-1", None, ["sh", "-c", "sleep 50", "sh"], tag="slow=1")
    command = [sys.executable, "-m", "sshwizard", "sweep", "--tag", "slow=1", "--region", REGION, "--plain", "--inside",
               "--yes=confirm", *fleet.options]  # fmt: skip
    started = subprocess.Popen(
        command, env=fleet.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, text=True,
    )  # fmt: skip
    try:
        before = len(fleet.aws.calls())

        def called(name: str) -> bool:
            return any(row["action"] == name for row in fleet.aws.calls()[before:])

        wait_until(lambda: called("ListCommandInvocations"), "it is followed", 30)
        started.send_signal(signal.SIGINT)
        told, _ = started.communicate(timeout=15)
    finally:
        started.kill()
    assert started.returncode == Exit.INTERRUPTED, told
    assert "was cancelled: a server that had not begun does not begin." in told
    assert "Traceback" not in told
    assert called("CancelCommand")


async def test_what_was_found_is_mended_by_the_same_way(fleet: Fleet, sweeps: Sweeps) -> None:
    """From the row of one server to its wizard: the change is sent to that server alone."""
    told, _, _ = await asyncio.to_thread(sweeps, "--yes=confirm", "--max-concurrency", "100%")
    row = next(row for row in told["rows"] if row["host"] == SECOND)
    assert (row["fix"], row["mends"]) == (
        "fix-authorized-keys-permissions",
        [f"# on {SECOND} as root, through: ssm-command"],
    )
    path = Path(row["session"])
    runner = Runner(store.load(path), store=Store(path))
    try:
        await runner.apply(row["fix"])
        assert (await runner.walk()).outcome == "healthy"
        await runner.undo()
    finally:
        await runner.close()
    assert "777" in fleet.servers[SECOND].sh("stat -c %a /home/dana")
