"""The machines of an account as hosts of a sweep: taken by their tags, the account asked once for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sshwizard import clean
from sshwizard.advice import Blind, Machine
from sshwizard.advice.aws.account import Account
from sshwizard.advice.gcp.project import Project
from sshwizard.cloud.together import Together
from sshwizard.exits import UsageError
from sshwizard.fleet.rows import Row

Tag = tuple[str, str]
_Of = tuple[Account | Project, tuple[Machine, ...]]
_Told = tuple[list[_Of], list[Row]]
LISTS = ("instances", "subnets", "routes", "groups", "acls", "vpcs", "gateways", "bpa")
"""What tells which machines there are, and whether packets get to them."""


@dataclass(frozen=True)
class Found:
    """What the clouds told."""

    machines: tuple[_Of, ...] = ()
    idle: tuple[Row, ...] = ()
    """Those that do not run: nobody needs to connect to them."""
    blind: tuple[str, ...] = field(default=())
    """Why a cloud was not asked."""

    @property
    def own(self) -> Mapping[str, tuple[str, ...]]:
        """Each machine's options for ssh."""
        made: dict[str, tuple[str, ...]] = {}
        for _, machines in self.machines:
            by_name = {one.name: one for one in machines}
            for one in machines:
                made.setdefault(one.name, options(one, by_name.get(one.through)))
        return made

    @property
    def places(self) -> Mapping[str, tuple[str, str, str]]:
        """Of each instance of AWS the profile, the region and the id."""
        return {
            one.name: (account.profile, account.region, one.id)
            for account, machines in self.machines
            if isinstance(account, Account)
            for one in machines
        }

    async def plan(self, clouds: Together, port: int = 22) -> tuple[Row, ...]:
        """What the accounts alone say about each of them."""
        from sshwizard.fleet import plan

        rows: list[Row] = []
        for account, machines in self.machines:
            if isinstance(account, Project):
                mine = await clouds.own_address()
                rows += plan.google(account, machines, mine.addresses, port)
            else:
                rows += plan.planned(account, machines, port)
        return (*rows, *self.idle)


def tags(given: Sequence[str]) -> tuple[Tag, ...]:
    """The tags of --tag. Raises UsageError."""
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name):
            raise UsageError(f"--tag takes KEY=VALUE, not {clean.line(text, 60)!r}")
        found.append((name, value))
    return tuple(found)


def options(one: Machine, gate: Machine | None) -> tuple[str, ...]:
    """How ssh gets there: by its public address, else through the machine that leads to it, else as in a VPN."""
    words = ["-o", f"HostName={one.address or one.private}"]
    if one.user:
        words += ["-o", f"User={one.user}"]
    if not one.address and gate and gate.address:
        login = f"{gate.user}@" if gate.user else ""
        host = f"[{gate.address}]" if ":" in gate.address else gate.address
        words += ["-o", f"ProxyJump={login}{host}"]
    return tuple(words)


async def ask(wanted: Sequence[Tag], clouds: Together, *, amazon: bool, google: bool) -> Found:
    """The running Linux machines with all these tags, of each cloud that is wanted. Raises Blind where none tells."""
    found: list[_Of] = []
    idle: list[Row] = []
    reasons: list[str] = []
    for wish, look in ((amazon, _amazon), (google, _google)):
        if wish:
            try:
                told, resting = await look(wanted, clouds)
                found += told
                idle += resting
            except Blind as blind:
                reasons.append(str(blind))
    if not found:
        raise Blind("; ".join(reasons) or "no cloud was asked")
    return Found(_apart(found), tuple(idle), tuple(reasons))


def _apart(found: Sequence[_Of]) -> tuple[_Of, ...]:
    """Two accounts may call a machine the same; its id then tells which is meant."""
    often = Counter(one.name for _, machines in found for one in machines)

    def named(name: str, machines: Sequence[Machine]) -> str:
        one = next((one for one in machines if one.name == name), None)
        return f"{name}-{one.id[-6:]}" if one and often[name] > 1 else name

    return tuple(
        (account, tuple(replace(one, name=named(one.name, machines), through=named(one.through, machines))
                        for one in machines))
        for account, machines in found
    )  # fmt: skip


async def _amazon(wanted: Sequence[Tag], clouds: Together) -> _Told:
    from sshwizard.advice.aws.hosts import idle_of, machines_of
    from sshwizard.advice.aws.surveys import accounts
    from sshwizard.fleet.plan import idle

    found = await accounts(LISTS, source=True, cloud=clouds)
    for account in found:
        if why := account.unseen.get("instances"):
            raise Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
    resting = [row for account in found for row in idle(idle_of(account, *wanted))]
    return [(account, tuple(machines_of(account, *wanted))) for account in found], resting


async def _google(wanted: Sequence[Tag], clouds: Together) -> _Told:
    from sshwizard.advice.gcp.hosts import machines_of
    from sshwizard.advice.gcp.project import projects

    found = await projects(clouds)
    for project in found:
        if why := project.unseen.get("instances"):
            raise Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
    return [(project, tuple(machines_of(project, *wanted))) for project in found], []
