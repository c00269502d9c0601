"""Run Command of Systems Manager: one script on many instances. AWS paces it, and stops it at too many errors."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.unseen import Unseen
from sshwizard.exits import UsageError
from sshwizard.fleet.statuses import STATUSES, Status, ended, why, words
from sshwizard.probes.process import spell

DOCUMENT = "AWS-RunShellScript"
NEEDS = ("ssm:SendCommand", "ssm:ListCommandInvocations", "ssm:GetCommandInvocation", "ssm:CancelCommand")
MOST = 50
"""Instances that one command may name (Systems Manager API, SendCommand)."""
PAGE = 50
ROOM = 23_000
"""Characters of an answer: GetCommandInvocation gives the first 24,000 of standard output."""
EXECUTION = 60
"""Seconds for the script on one server (executionTimeout)."""
DELIVERY = 600
"""Seconds until an agent must have taken it (TimeoutSeconds): the later waves wait, too."""
PAUSE, LONGEST = 1.0, 12.0
"""Seconds between two looks at how far it is, at first and at most."""
GRACE = 20.0
"""Seconds after the last news until an instance that no list names counts as not reached."""
_BUSY = {"throttled", "slow", "unreachable"}
"""Why a call may well succeed a little later."""
_TIMES = 3
"""How often an answer is asked for again then."""
_CANCEL = 8.0


@dataclass(frozen=True, slots=True)
class Rate:
    """MaxConcurrency and MaxErrors: a number, or a share of the instances of one command."""

    concurrency: str = "10%"
    errors: str = "10%"


def rate(concurrency: str, errors: str) -> Rate:
    """Of the options. Raises UsageError."""
    if not re.fullmatch(r"[1-9]\d{0,6}|([1-9]\d?|100)%", concurrency):
        raise UsageError(f"--max-concurrency takes a number or a share such as 10%, not {clean.line(concurrency, 40)}")
    if not re.fullmatch(r"\d{1,7}|(\d{1,2}|100)%", errors):
        raise UsageError(f"--max-errors takes a number or a share such as 10%, not {clean.line(errors, 40)}")
    return Rate(concurrency, errors)


@dataclass(frozen=True, slots=True)
class Order:
    """What one command is to do."""

    profile: str
    region: str
    hosts: Mapping[str, tuple[str, ...]]
    """The instances, each with the names that it has in the sweep."""
    script: str
    nonce: str
    """The word that begins each line of an answer."""
    tags: tuple[tuple[str, str], ...] = ()
    """Where it is sent to all instances with these tags, which are the same ones."""

    def call(self, pace: Rate) -> Call:
        """The call that sends it."""
        targets = [{"Key": f"tag:{key}", "Values": [value]} for key, value in self.tags]
        return Call("ssm", "send_command", {
            "Targets": targets or [{"Key": "InstanceIds", "Values": list(self.hosts)}],
            "DocumentName": DOCUMENT,
            "Comment": "sshwizard: a look inside that changes nothing",
            "Parameters": {"commands": [self.script], "executionTimeout": [str(EXECUTION)]},
            "TimeoutSeconds": DELIVERY,
            "MaxConcurrency": pace.concurrency,
            "MaxErrors": pace.errors,
        })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that AWS has taken."""

    id: str
    profile: str
    region: str
    nonce: str
    hosts: Mapping[str, tuple[str, ...]]

    def stopped_by(self) -> str:
        """What a person would type to end it."""
        profile = ("--profile", self.profile) if self.profile else ()
        words = ("aws", "ssm", "cancel-command", "--command-id", self.id, "--region", self.region, *profile)
        return clean.line(spell(words), 300)


@dataclass(frozen=True, slots=True)
class Instances:
    """Hosts that are instances of AWS, which were taken by their tags."""

    places: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Of each its profile, its region and its id."""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Means:
    """What a look inside goes by."""

    note: Callable[[Sent], None] = lambda _: None
    """Where it is written down what was sent."""
    pace: Rate = Rate()
    account: Instances = Instances()
    sent: tuple[Sent, ...] = ()
    """What an earlier part of this sweep had sent."""
    every: bool = False
    """Also where the finding needs no such look."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of it on one instance."""

    instance: str
    status: Status
    out: bytes = b""
    says: str = ""
    """Why there is no answer."""


@dataclass
class Following:
    """One command to its end."""

    access: Access
    sent: Sent
    hear: Callable[[Reply], None]
    """Told each reply, once."""
    limit: float = 3600.0
    counts: Counter[str] = field(default_factory=Counter)
    """How many stand how, those that ended among them."""
    again: bool = False
    """True where it is followed once more, after its sweep had ended: what cannot be read then is no news."""
    why: str = ""
    """What stood in the way of following it; empty where it was followed to its end."""
    over: bool = False
    ended: Unseen | bool = False
    """True once we cancelled it; why not, where that failed."""
    stopped: bool = False
    """True where AWS stopped it, because too many servers had failed."""

    async def run(self, moved: Callable[[], None] = lambda: None) -> None:
        """Until every instance has ended. Who leaves early cancels the command at AWS."""
        try:
            await self._run(moved)
        except asyncio.CancelledError:
            if not self.over:
                await asyncio.shield(self.cancel())
            raise

    async def _run(self, moved: Callable[[], None]) -> None:
        left, pause, now = set(self.sent.hosts), PAUSE, time.monotonic()
        end, news = now + self.limit, now
        asked = Call("ssm", "list_command_invocations", {"CommandId": self.sent.id, "MaxResults": PAGE})
        while left and time.monotonic() < end:
            await asyncio.sleep(pause)
            answer = await self.access.call(asked, self.sent.region, 30)
            if isinstance(answer, Unseen):
                self.why = answer.why if not answer.unblock else f"{answer.why}; {answer.unblock}"
                if answer.kind not in _BUSY:
                    break
                pause = min(pause * 2, LONGEST)
                continue
            self.why = ""
            rows = {str(row.get("InstanceId", "")): row for row in answer.get("CommandInvocations", ())}
            over = [id_ for id_ in self.sent.hosts if id_ in left and id_ in rows and ended(rows[id_])]
            before, self.counts = self.counts, Counter(words(row) for id_, row in rows.items() if id_ in
                                                       self.sent.hosts)  # fmt: skip
            for reply in await asyncio.gather(*(self._reply(id_, rows[id_]) for id_ in over)):
                left.discard(reply.instance)
                self.hear(reply)
            moved()
            if self.counts != before:
                pause, news = PAUSE, time.monotonic()
            elif not left & rows.keys() and time.monotonic() - news > GRACE:
                break
            pause = min(pause * 1.4, LONGEST)
        await self._rest(left, late=time.monotonic() >= end)
        moved()

    async def _rest(self, left: Collection[str], *, late: bool) -> None:
        """Those that gave no answer: not read, or never reached."""
        status: Status = "unread" if self.why or late else "not-reached"
        says = self.why or ("it did not end in time" if late else "no agent took the command")
        if left and status == "unread" and not self.again:
            await self.cancel()
        self.over = True
        for id_ in sorted(left):
            self.counts[STATUSES[status]] += 1
            self.hear(Reply(id_, status, says=says))

    async def _reply(self, id_: str, row: Mapping[str, Any]) -> Reply:
        status = ended(row) or "failed"
        self.stopped = self.stopped or row.get("StatusDetails") == "Terminated"
        if status in {"cancelled", "timed-out"}:
            return Reply(id_, status, says=why(row))
        asked = Call("ssm", "get_command_invocation", {"CommandId": self.sent.id, "InstanceId": id_})
        answer = await self.access.call(asked, self.sent.region, 60)
        for _ in range(_TIMES):
            if not (isinstance(answer, Unseen) and answer.kind in _BUSY):
                break
            await asyncio.sleep(LONGEST)
            answer = await self.access.call(asked, self.sent.region, 60)
        if isinstance(answer, Unseen):
            return Reply(id_, "unread", says=f"{answer.why}; {answer.unblock}" if answer.unblock else answer.why)
        out = str(answer.get("StandardOutputContent", "")).encode("utf-8", "replace")
        if status == "failed":
            said = clean.lines(str(answer.get("StandardErrorContent", ""))[-2000:])[-1:]
            return Reply(id_, status, out, ": ".join((why(row), *(clean.line(line, 200) for line in said))))
        return Reply(id_, status, out)

    async def cancel(self) -> None:
        """End it at AWS: who has not begun does not begin."""
        self.over = True
        call = Call("ssm", "cancel_command", {"CommandId": self.sent.id})
        answer = await self.access.call(call, self.sent.region, _CANCEL)
        self.ended = answer if isinstance(answer, Unseen) else True


async def send(access: Access, order: Order, pace: Rate) -> Sent | Unseen:
    """Give it to AWS; what was taken, or why it was not."""
    answer = await access.call(order.call(pace), order.region, 20)
    if isinstance(answer, Unseen):
        return answer
    id_ = clean.line(str(answer.get("Command", {}).get("CommandId", "")), 60)
    return Sent(id_, order.profile, order.region, order.nonce, order.hosts)


async def managed(access: Access, region: str) -> Mapping[str, str] | Unseen:
    """Each instance that Systems Manager knows, with how its agent stands: Online, ConnectionLost, Inactive."""
    call = Call("ssm", "describe_instance_information", {"MaxResults": PAGE})
    answer = await access.call(call, region, 60)
    if isinstance(answer, Unseen):
        return answer
    return {str(row.get("InstanceId")): str(row.get("PingStatus")) for row in answer.get("InstanceInformationList", ())}


def batches(instances: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many as one command may name."""
    for at in range(0, len(instances), MOST):
        yield tuple(instances[at : at + MOST])


def patience(pace: Rate, count: int) -> float:
    """Seconds that a command of so many instances may take: each wave its time, after the first delivery."""
    share = pace.concurrency
    many = max(1, int(share[:-1]) * count // 100) if share.endswith("%") else int(share)
    return DELIVERY + math.ceil(count / many) * (EXECUTION + 10)
