"""Run Command at the edges: what may be said about its pace, what is kept of it, and an answer that comes packed."""

from __future__ import annotations

import base64
import gzip
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.unseen import Answer as Told
from sshwizard.cloud.unseen import Unseen
from sshwizard.exits import UsageError
from sshwizard.fleet import kept, runcommand
from sshwizard.fleet.rows import Row, from_json, to_json
from sshwizard.fleet.runcommand import Following, Instances, Order, Rate, Reply, Sent
from sshwizard.probes.inside.protocol import LARGEST, Answer, read, script, unpacked

NONCE = "0123456789abcdef0123456789abcdef"


def packed(text: bytes) -> bytes:
    return f"{NONCE} packed x".encode() + base64.b64encode(gzip.compress(text)) + b"\n"


# ---------------------------------------------------------------- what comes back


def test_a_packed_answer_is_read_like_a_plain_one() -> None:
    rows = f"{NONCE} begin x31\n{NONCE} me x726f6f74 x30\n{NONCE} end x31\n".encode()
    assert read(b"motd\n" + packed(rows), NONCE) == read(rows, NONCE)
    assert not read(packed(rows)[:60], NONCE).whole  # cut by AWS


def test_an_answer_cannot_swell() -> None:
    assert len(unpacked(packed(b"\0" * (8 * LARGEST)), NONCE)) == LARGEST


@given(st.binary(max_size=400))
def test_whatever_is_packed_breaks_nothing(noise: bytes) -> None:
    for raw in (packed(noise), f"{NONCE} packed x".encode() + noise, packed(noise)[:-9] + noise):
        assert read(raw, "f" * 32).rows == {}
        read(raw, NONCE)


def answered(room: int, *shell: str) -> bytes:
    """What the script writes on this machine."""
    words = [*shell, "-c", script(NONCE, "root", 22, room=room).decode()]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False).stdout


@pytest.mark.requires("bash", "busybox")
@pytest.mark.parametrize("shell", ["bash", "busybox sh"])
def test_an_answer_is_packed_in_each_shell(shell: str) -> None:
    raw = answered(runcommand.ROOM, *shell.split())
    assert b" packed x" in raw
    assert read(raw, NONCE).whole
    assert len(raw) <= runcommand.ROOM + 1


@pytest.mark.requires("bash", "busybox")
@pytest.mark.parametrize("shell", ["sh", "bash", "busybox sh"])
def test_what_has_no_room_is_said_and_never_taken_for_absent(shell: str, tmp_path: Path) -> None:
    """The script with rows of our own in place of what it reads; they hold noise, which cannot be packed."""

    def value(size: int) -> str:
        return f"x{secrets.token_hex(size)}"

    path = b"/home/dana/.ssh/authorized_keys".hex()
    rows = ["begin x31", "me x726f6f74 x30", f"log {value(4000)}", f"keys x{path} {value(2000)}", f"tcp {value(900)}",
            f"config {value(5)} {value(300)}", f"config {value(5)} {value(700)}", "end x31"]  # fmt: skip
    (tmp_path / "rows").write_text("".join(f"{NONCE} {row}\n" for row in rows))

    def told(room: int) -> Answer:
        text = script(NONCE, "dana", 22, room=room).decode()
        head, found, tail = text.rpartition("if [ -n")
        asked = f"{head}main() {{ cat {tmp_path}/rows; }}\n{found}{tail}"
        ran = subprocess.run([*shell.split(), "-c", asked], capture_output=True, timeout=60, check=True)
        assert len(ran.stdout) <= max(room, 160) + 1
        return read(ran.stdout, NONCE)

    assert told(40_000).all("unseen") == ()
    less = told(4000)
    assert (less.whole, [row[0] for row in less.all("unseen")]) == (True, ["log", bytes.fromhex(path).decode()])
    assert (less.all("log"), less.all("keys"), len(less.all("config")), len(less.all("tcp"))) == ((), (), 2, 1)
    tight = told(2200)
    assert (len(tight.all("config")), len(tight.all("tcp"))) == (1, 1)  # who listens is never left out
    nothing = told(100)
    assert (nothing.begun, nothing.whole, [row[0] for row in nothing.all("unseen")]) == (True, False, ["this server"])


def test_nothing_in_the_script_is_a_parameter_of_systems_manager() -> None:
    assert "{{" not in script(NONCE, "dana", 22, room=1).decode()


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize(("at_once", "errors"), [("10%", "0"), ("1", "100%"), ("100%", "3"), ("500", "0%")])
def test_a_pace_is_a_number_or_a_share(at_once: str, errors: str) -> None:
    assert runcommand.rate(at_once, errors) == Rate(at_once, errors)


@pytest.mark.parametrize(
    ("at_once", "errors"), [("0", "1"), ("0%", "1"), ("101%", "1"), ("1", "-1"), ("1", "x"), ("", "1")]
)
def test_another_pace_is_refused(at_once: str, errors: str) -> None:
    with pytest.raises(UsageError):
        runcommand.rate(at_once, errors)


def test_a_command_names_its_instances_or_its_tags() -> None:
    order = Order("", "eu-west-1", {"i-1": ("a",), "i-2": ("b",)}, "true", NONCE)
    params: dict[str, Any] = dict(order.call(Rate()).params)
    assert params["Targets"] == [{"Key": "InstanceIds", "Values": ["i-1", "i-2"]}]
    assert (params["MaxConcurrency"], params["MaxErrors"], params["TimeoutSeconds"]) == ("10%", "10%", 600)
    assert params["Parameters"]["executionTimeout"] == ["60"]
    tagged = Order("", "eu-west-1", {"i-1": ("a",)}, "true", NONCE, (("env", "prod"), ("tier", "web")))
    assert tagged.call(Rate()).params["Targets"] == [
        {"Key": "tag:env", "Values": ["prod"]}, {"Key": "tag:tier", "Values": ["web"]},
    ]  # fmt: skip


# ---------------------------------------------------------------- following


class Account:
    """Gives these answers to ListCommandInvocations, the last one again and again. Its clock is the test's."""

    def __init__(self, *answers: Told) -> None:
        self.answers, self.calls = list(answers), list[str]()

    async def call(self, call: Call, region: str = "", limit: float = 9.0) -> Told:
        self.calls.append(call.operation)
        if call.operation == "list_command_invocations":
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return {"StandardOutputContent": "text"}


def listed(**status: str) -> Told:
    rows = [{"InstanceId": id_, "Status": word, "StatusDetails": word} for id_, word in status.items()]
    return {"CommandInvocations": rows}


async def followed(account: Any, *instances: str, limit: float = 5.0) -> tuple[dict[str, str], Following]:
    told: list[Reply] = []
    sent = Sent("c", "", "eu-west-1", NONCE, {id_: (id_,) for id_ in instances})
    one = Following(account, sent, told.append, limit)
    await one.run()
    assert len(told) == len(instances)
    return {reply.instance: reply.status for reply in told}, one


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runcommand, "PAUSE", 0.001)
    monkeypatch.setattr(runcommand, "LONGEST", 0.01)
    monkeypatch.setattr(runcommand, "GRACE", 0.05)


async def test_each_end_is_told_once() -> None:
    first = listed(a="InProgress", b="Pending", c="Success")
    last = listed(a="TimedOut", b="Cancelled", c="Success", d="Failed", stranger="Success")
    told, one = await followed(Account(first, last), "a", "b", "c", "d")
    assert told == {"a": "timed-out", "b": "cancelled", "c": "answered", "d": "failed"}
    assert one.counts == {"timed out": 1, "cancelled": 1, "answered": 1, "failed": 1}


async def test_an_instance_that_no_list_names_was_not_reached() -> None:
    told, one = await followed(Account(listed(a="Success")), "a", "gone")
    assert (told, one.ended) == ({"a": "answered", "gone": "not-reached"}, False)


async def test_a_busy_api_is_asked_again_and_a_closed_one_is_not() -> None:
    busy = Unseen("ssm:ListCommandInvocations", "throttled", "slow down")
    told, one = await followed(Account(busy, busy, listed(a="Success")), "a")
    assert (told, one.why) == ({"a": "answered"}, "")
    closed = Account(Unseen("ssm:ListCommandInvocations", "denied", "you may not", "allow it"))
    told, one = await followed(closed, "a")
    assert (told, one.why, one.ended) == ({"a": "unread"}, "you may not; allow it", True)
    assert closed.calls == ["list_command_invocations", "cancel_command"]


async def test_an_answer_that_may_not_be_read_is_none() -> None:
    class Shut(Account):
        async def call(self, call: Call, region: str = "", limit: float = 9.0) -> Told:
            if call.operation == "get_command_invocation":
                return Unseen("ssm:GetCommandInvocation", "denied", "you may not", "allow it")
            return await super().call(call, region, limit)

    told, one = await followed(Shut(listed(a="Success")), "a")
    assert (told, one.ended) == ({"a": "unread"}, False)


async def test_what_does_not_end_is_cancelled() -> None:
    account = Account(listed(a="InProgress"))
    told, one = await followed(account, "a", limit=0.1)
    assert (told, one.ended, account.calls[-1]) == ({"a": "unread"}, True, "cancel_command")


# ---------------------------------------------------------------- what is kept


def test_what_was_sent_is_kept_beside_the_rows() -> None:
    account = Instances({"web-1": ("p", "eu-west-1", "i-1")}, (("env", "prod"),))
    folder = kept.create(["web-1"], (), {"web-1": ("-o", "HostName=192.0.2.1")}, account)
    sent = Sent("c-1", "p", "eu-west-1", NONCE, {"i-1": ("web-1",)})
    kept.note(folder, sent)
    one = Row("web-1", "failed", "c", inside="answered", saw="nothing listens", wire="network.port-refused")
    kept.add(folder, one)
    with (folder / "sweep.jsonl").open("a") as file:
        file.write('{"sent": {"id": 1, "hosts": []}}\n{"sent": 5}\n[]\n')
    found = kept.load(folder.name)
    assert (found.account, found.sent, found.rows) == (account, (sent,), (one,))
    assert from_json(to_json(one)) == one
