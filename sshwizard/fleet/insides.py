"""A look inside many servers by Run Command: whom it may help, what is sent, and what each answer makes of a row."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sshwizard import clean, store
from sshwizard.cloud.aws.access import Access
from sshwizard.cloud.together import Together
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors.machine import wanted as instance_of
from sshwizard.doors.marks import COMMAND
from sshwizard.doors.way import Shut, Way
from sshwizard.fleet import runcommand
from sshwizard.fleet.rows import Row, row
from sshwizard.fleet.runcommand import Following, Means, Order, Rate, Reply, Sent
from sshwizard.fleet.statuses import STATUSES
from sshwizard.model import Finding
from sshwizard.probes.inside.codes import NOTHING, may_decide
from sshwizard.probes.inside.protocol import script
from sshwizard.runner import Runner
from sshwizard.store import BadSession, Store
from sshwizard.tree import INSIDE
from sshwizard.verdict import Verdict

_AT_ONCE = 16
"""Sessions that are read side by side."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A host that is to be looked at, and where its instance is."""

    row: Row
    profile: str
    region: str
    instance: str
    login: str
    port: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent."""

    wanted: tuple[Wanted, ...] = ()
    unmanaged: tuple[Wanted, ...] = ()
    """Those that Systems Manager does not reach."""
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Why others that fail are not looked at, and which."""
    orders: tuple[Order, ...] = ()
    blind: tuple[str, ...] = ()
    """What could not be asked beforehand."""


class Insides:
    """One look inside many hosts of a sweep."""

    def __init__(self, keep: Callable[[Row], None], means: Means) -> None:
        """`keep`: told each row that changes."""
        self.pace = means.pace
        self.clouds = Together()
        self.followed: list[Following] = []
        self.refused: list[str] = []
        """Why a command was not sent."""
        self.moved: Callable[[], None] = lambda: None
        """Told whenever there is news."""
        self._keep, self._note = keep, means.note
        self._account, self._every, self._before = means.account, means.every, means.sent
        self._rows: dict[str, Row] = {}
        self._joins: set[asyncio.Task[None]] = set()

    @property
    def counts(self) -> Counter[str]:
        """How many stand how, over all commands."""
        whole: Counter[str] = Counter()
        for one in self.followed:
            whole += one.counts
        return whole

    async def close(self) -> None:
        """Leave AWS alone."""
        await self.clouds.close()

    # ------------------------------------------------------------- planning

    async def plan(self, rows: Iterable[Row]) -> Plan:
        """Whom it may help. Nothing is sent, and nothing is connected to."""
        gate = asyncio.Semaphore(_AT_ONCE)
        failing = [one for one in rows if one.outcome == "failed" and one.inside != "answered"]

        async def judged(one: Row) -> Wanted | str:
            async with gate:
                return await self._wanted(one)

        found: list[Wanted] = []
        without: dict[str, list[str]] = {}
        for one, told in zip(failing, await asyncio.gather(*map(judged, failing)), strict=True):
            if isinstance(told, Wanted):
                found.append(told)
            else:
                without.setdefault(told, []).append(one.host)
        reached, unmanaged, blind = await self._managed(found)
        return Plan(tuple(reached), tuple(unmanaged), {why: tuple(hosts) for why, hosts in without.items()},
                    tuple(self._orders(reached, unmanaged)), blind)  # fmt: skip

    async def _wanted(self, one: Row) -> Wanted | str:
        if not one.session:
            asleep = "their instances do not run" if one.cause.startswith("aws.instance-") else "no sessions are kept"
            return "they stand behind a jump host, where ssh stopped" if one.jump else asleep
        try:
            runner = Runner(store.load(Path(one.session)), cloud=self.clouds.view(), read_only=True)
        except (BadSession, OSError):
            return "their sessions cannot be read"
        try:
            found, state = runner.verdict(), runner.state
            root = found.root if found else None
            if found is None or root is None:
                return "there is no finding that a look inside could decide"
            if root.leg not in (-1, len(state.legs) - 1):
                return "they stand behind a jump host, where ssh stopped"
            if not (self._every or _may_help(found, root)):
                return "the cause is known, and a look inside could not say more about it"
            place = self._account.places.get(one.host) or await _place(runner)
            leg = (await runner.ready()).leg
            return Wanted(one, *place, leg.user, leg.port)
        except Shut as shut:
            return clean.line(str(shut), 200)
        finally:
            await runner.close()

    async def _managed(self, found: Sequence[Wanted]) -> tuple[list[Wanted], list[Wanted], tuple[str, ...]]:
        """Those whose agents answer, those whose agents do not, and what could not be asked."""
        reached: list[Wanted] = []
        unmanaged: list[Wanted] = []
        blind = []
        for profile, region in dict.fromkeys((one.profile, one.region) for one in found):
            here = [one for one in found if (one.profile, one.region) == (profile, region)]
            known = await runcommand.managed(await self._access(profile), region)
            if isinstance(known, Unseen):
                blind.append(known.why)
                reached += here
                continue
            for one in here:
                (reached if known.get(one.instance) == "Online" else unmanaged).append(one)
        return reached, unmanaged, tuple(blind)

    def _orders(self, reached: Sequence[Wanted], unmanaged: Sequence[Wanted]) -> Iterable[Order]:
        """One command for each login name, port and fifty instances; by tag where it is for all with the tag."""
        alike: dict[tuple[str, str, str, int], dict[str, list[str]]] = {}
        for one in reached:
            key = (one.profile, one.region, one.login, one.port)
            alike.setdefault(key, {}).setdefault(one.instance, []).append(one.row.host)
        for (profile, region, login, port), hosts in alike.items():
            named = {id_: tuple(names) for id_, names in hosts.items()}
            tagged = {id_ for *place, id_ in self._account.places.values() if place == [profile, region]}
            covered = named.keys() | {one.instance for one in unmanaged}
            by_tag = len(named) > runcommand.MOST and tagged == covered and len(self._account.tags) <= _TARGETS
            for ids in [tuple(named)] if by_tag else runcommand.batches(tuple(named)):
                nonce = secrets.token_hex(16)
                text = script(nonce, login, port, room=runcommand.ROOM).decode()
                if "{{" in text:  # Systems Manager would put a parameter in its place
                    self.refused.append("a login name holds {{, which Systems Manager reads as a parameter")
                    continue
                tags = self._account.tags if by_tag else ()
                yield Order(profile, region, {id_: named[id_] for id_ in ids}, text, nonce, tags)

    async def _access(self, profile: str) -> Access:
        access = self.clouds.aws.access(profile)
        await access.ready()
        return access

    # ------------------------------------------------------------- doing

    async def run(self, plan: Plan) -> None:
        """Send, and follow to the end. Shares hold for each command, so they go side by side; numbers hold for all of
        them together, so they go one after the other. Who leaves early cancels what is under way."""
        self._rows |= {one.row.host: one.row for one in (*plan.wanted, *plan.unmanaged)}
        for one in plan.unmanaged:
            says = "its agent does not answer, or Systems Manager does not know it"
            self._take(replace(one.row, inside="not-managed", saw=says))
        shares = self.pace.concurrency.endswith("%") and self.pace.errors.endswith("%")
        try:
            if shares:
                async with asyncio.TaskGroup() as group:
                    for order in plan.orders:
                        group.create_task(self._one(order, self.pace))
            else:
                await self._in_turn(plan.orders)
        finally:
            await asyncio.gather(*self._joins, return_exceptions=True)

    async def _in_turn(self, orders: Sequence[Order]) -> None:
        for order in orders:
            left = self.pace
            if not left.errors.endswith("%"):
                bad = sum(self.counts[STATUSES[name]] for name in ("failed", "timed-out"))
                left = replace(left, errors=str(max(0, int(left.errors) - bad)))
            if any(one.stopped for one in self.followed):
                self.refused.append("no more was sent: too many servers had failed")
                return
            await self._one(order, left)

    async def _one(self, order: Order, pace: Rate) -> None:
        access = await self._access(order.profile)
        sending = asyncio.create_task(runcommand.send(access, order, pace))
        try:
            sent = await asyncio.shield(sending)
        except asyncio.CancelledError:  # AWS may have taken it all the same
            await asyncio.wait({sending})
            if isinstance(taken := sending.result(), Sent):
                self.followed.append(Following(access, taken, lambda _: None))
                self._note(taken)
                await self.followed[-1].cancel()
            raise
        if isinstance(sent, Unseen):
            self.refused.append(f"{sent.why}; {sent.unblock}" if sent.unblock else sent.why)
            return
        await self._follow(access, sent, runcommand.patience(pace, len(order.hosts)))

    async def _follow(self, access: Access, sent: Sent, limit: float, *, again: bool = False) -> None:
        def hear(reply: Reply) -> None:
            task = asyncio.create_task(self._join(sent, reply, again=again))
            self._joins.add(task)
            task.add_done_callback(self._joins.discard)

        one = Following(access, sent, hear, limit, again=again)
        self.followed.append(one)
        if not again:
            self._note(sent)
        await one.run(lambda: self.moved())

    async def pick_up(self, rows: Iterable[Row]) -> None:
        """Read what commands of an earlier part of this sweep have answered; nothing is sent."""
        self._rows |= {one.host: one for one in rows}
        for one in self._before:
            names = [name for hosts in one.hosts.values() for name in hosts]
            if any(name in self._rows and self._rows[name].inside in {"", "unread"} for name in names):
                await self._follow(await self._access(one.profile), one, runcommand.DELIVERY, again=True)
        await asyncio.gather(*self._joins, return_exceptions=True)

    async def _join(self, sent: Sent, reply: Reply, *, again: bool = False) -> None:
        for host in sent.hosts.get(reply.instance, ()):
            before = self._rows.get(host)
            if before is None or before.inside == "answered" or (again and reply.status == "unread"):
                continue
            if reply.status == "answered":
                self._take(await self._answered(before, sent, reply))
            else:
                self._take(replace(before, inside=reply.status, saw=clean.line(reply.says, 300)))

    async def _answered(self, before: Row, sent: Sent, reply: Reply) -> Row:
        """The row once the answer was judged together with what was seen on the wire."""
        way = Way(COMMAND, says="Run Command", account=(sent.profile, sent.region), runs=lambda *_: (0, reply.out))
        try:
            path = Path(before.session)
            runner = Runner(store.load(path), store=Store(path), cloud=self.clouds.view(), read_only=True)
        except (BadSession, OSError):
            return replace(before, inside="unread", saw="its session cannot be read")
        try:
            seen = await runner.look_inside(way, nonce=sent.nonce)
            found = runner.verdict()
        finally:
            await runner.close()
        if not seen.known or found is None:
            return replace(before, inside="unread", saw=clean.line(seen.says, 300))
        now = row(before.host, found, before.took_ms, before.session, before.jump)
        # Each server has a script of its own, which the wizard on that host shows whole.
        now = replace(now, mends=now.mends[:1]) if seen.outcome != NOTHING else now
        return replace(now, inside="answered", saw=clean.line(seen.says, 300), wire=before.wire or before.cause)

    def _take(self, one: Row) -> None:
        self._rows[one.host] = one
        self._keep(one)
        self.moved()


_TARGETS = 5
"""Tags that one command may name (Systems Manager API, SendCommand, Targets)."""


def _may_help(found: Verdict, root: Finding) -> bool:
    alike = tuple(one.cause for one in found.findings)
    return root.node != INSIDE and may_decide(root.cause, alike, sure=root.confidence == "certain")


async def _place(runner: Runner) -> tuple[str, str, str]:
    """Profile, region and id of the instance, as the account says. Raises Shut."""
    found = await instance_of(await runner.ready())
    return found.who.profile, found.who.region, found.id
