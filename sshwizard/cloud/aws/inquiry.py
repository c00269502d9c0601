"""Everything that the account says about one hop: asked in waves, beside ssh, and read by many looks.

Each part is a task (`sshwizard.cloud.patience`): one that has not come in time is unseen, the others are not touched.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sshwizard.cloud.asking import Asking
from sshwizard.cloud.aws import parts
from sshwizard.cloud.aws.access import Access, Call, configured
from sshwizard.cloud.aws.clues import Question, Wish, clue
from sshwizard.cloud.aws.identify import Identity, identify
from sshwizard.cloud.aws.trail import DAYS, MOST, lookup, visits
from sshwizard.cloud.patience import LIMIT
from sshwizard.cloud.unseen import Answer, Unseen, same

PLAIN = Unseen("", "plain", "nothing says that this host is in a cloud", "--profile NAME or --region REGION")
OFF = Unseen("", "off", "no cloud may be asked (SSHWIZARD_NO_CLOUD)", "unset SSHWIZARD_NO_CLOUD")
NONE = Unseen("", "no-credentials", "no AWS credentials are configured here", "aws configure sso")
LIBRARY = Unseen("", "no-library", "boto3 is not installed, so AWS was not asked", "pip install 'sshwizard[aws]'")
OPTIONAL = frozenset({"VpcEndpoints", "Bpa"})
"""Lists whose absence means that there are none (`sshwizard.reach`)."""
_GONE = Unseen("", "missing", "there is no instance to ask about")


@dataclass(frozen=True)
class World:
    """What the account says about the way to the instance, as boto3 said it."""

    rows: dict[str, Any]
    """A list that could not be read is absent, or None where an absent one would pass for empty."""
    unseen: tuple[Unseen, ...] = ()


class Inquiry(Asking):
    """All about one hop. Its parts: `parts.PARTS`."""

    first = parts.FIRST

    def __init__(self, wish: Wish, access: Callable[[str], Access], question: Question) -> None:
        super().__init__()
        self.question = question
        self.clue = None if wish.off else clue(question, wish)
        self.closed = self._closed(wish)
        self._wish, self._access = wish, access

    def _closed(self, wish: Wish) -> Unseen | None:
        if wish.off:
            return OFF
        if self.clue is None:
            return PLAIN
        if not configured() and not wish.profiles:
            return NONE
        return None if importlib.util.find_spec("boto3") else LIBRARY

    async def identity(self, limit: float = LIMIT) -> Identity:
        """Who it is."""
        if self.closed:
            return Identity("not-asked", self.clue, unseen=(self.closed,))
        found = await self._patience.wait("identity", self._identify, limit, "ec2:DescribeInstances")
        return Identity("unseen", self.clue, unseen=(found,)) if isinstance(found, Unseen) else found

    def permission(self, name: str) -> str:
        return parts.permission(name)

    async def changes(self, resources: Sequence[str], limit: float = LIMIT, days: int = DAYS) -> Answer:
        """What was changed lately about these resources: of the few that matter most in a diagnosis."""
        name, most = f"changes {days} {' '.join(resources)}", MOST if days == DAYS else len(resources)
        return await self._once(
            name, lambda: lookup(self._ask_home, resources, days, most), "cloudtrail:LookupEvents", limit
        )

    async def visits(self, days: int, limit: float = LIMIT) -> Answer:
        """Who came in lately by a key, a tunnel or a session."""
        name = f"visits {days}"
        return await self._once(name, lambda: visits(self._ask_home, days), "cloudtrail:LookupEvents", limit)

    async def world(self, limit: float = LIMIT) -> World:
        """What the packet path is judged by, and what of it could not be seen."""
        if self.closed:
            return World({}, (self.closed,))
        who = await self.identity(limit)
        if not who.instance:
            return World({}, who.unseen)
        names = list(parts.WORLD)
        rows: dict[str, Any] = {"Instances": [dict(who.instance)]}
        answers = await asyncio.gather(*(self.part(name, limit) for name in (*names, "bpa")))
        for name, answer in zip(names, answers, strict=False):
            there, here = parts.WORLD[name]
            if not isinstance(answer, Unseen):
                rows[here] = answer.get(there, [])
            elif here in OPTIONAL:
                rows[here] = None
        lists, more = await self._further(answers[-1], rows, limit)
        rows |= more
        unseen = [one for one in (*answers, *lists) if isinstance(one, Unseen)]
        return World(rows, tuple(dict.fromkeys(unseen)))

    async def _further(self, bpa: Answer, rows: dict[str, Any], limit: float) -> tuple[list[Answer], dict[str, Any]]:
        """The third wave: what the answers of the second one name."""
        lists = parts.prefix_lists(rows)
        wanted = {id_: Call("ec2", "get_managed_prefix_list_entries", {"PrefixListId": id_}) for id_ in lists}
        mode = parts.blocked_mode(bpa)
        if mode not in {"", "off"}:
            wanted["bpa-exclusions"] = Call("ec2", "describe_vpc_block_public_access_exclusions")
        if parts.peered(rows):
            wanted["peerings"] = Call("ec2", "describe_vpc_peering_connections")
        answers = await asyncio.gather(*(self.ask(name, call, limit) for name, call in wanted.items()))
        found = {name: one for name, one in zip(wanted, answers, strict=True) if not isinstance(one, Unseen)}
        more: dict[str, Any] = {
            "PrefixLists": {
                id_: [row["Cidr"] for row in found[id_].get("Entries", ())] for id_ in lists if id_ in found
            }
        }
        more["Bpa"] = None
        if mode and (mode == "off" or "bpa-exclusions" in found):
            exclusions = found.get("bpa-exclusions", {}).get("VpcBlockPublicAccessExclusions", [])
            more["Bpa"] = {"mode": mode, "exclusions": exclusions}
        if "peerings" in found:
            more["VpcPeeringConnections"] = found["peerings"].get("VpcPeeringConnections", [])
        return list(answers), more

    async def ask(self, name: str, call: Call, limit: float = LIMIT) -> Answer:
        """One more call about the instance, by a name of its own: made once, like a part."""
        return await self._once(name, lambda: self._ask_home(call), call.name, limit)

    # ------------------------------------------------------------- the tasks

    async def _identify(self) -> Identity:
        if self.clue is None:
            return Identity("not-asked", unseen=(PLAIN,))
        places, others = [], list[str]()
        for profile in self._wish.profiles or ("",):
            access = self._access(profile)
            if why := await access.ready():
                return Identity("unseen", self.clue, profile, unseen=(same(why, "ec2:DescribeInstances"),))
            others += [name for name in access.profiles if name not in {profile, *others}]
            region = self.clue.region or self._wish.region or access.region or "us-east-1"
            places.append((profile, region))
        found = await identify(self._ask, self.clue, self.question, places)
        return replace(found, profiles=tuple(name for name in others if name not in self._wish.profiles))

    async def _part(self, name: str) -> Answer:
        who = await asyncio.shield(self._patience.task("identity", self._identify))
        if not who.instance:
            return who.unseen[0] if who.unseen else _GONE
        call = parts.PARTS[name](who.instance)
        return {} if call is None else await self._ask(call, who.profile, who.region)

    async def _ask_home(self, call: Call) -> Answer:
        who = await asyncio.shield(self._patience.task("identity", self._identify))
        return await self._ask(call, who.profile, who.region)

    async def _ask(self, call: Call, profile: str, region: str) -> Answer:
        return await self._access(profile).call(call, region)
