"""Sources of password guessing and the network ACL of the instance whose log names them. Pure.

An ACL takes its rules by number, and the first that matches decides (VPC User Guide, Network ACL rules). It is the
subnet's: whoever is denied reaches no other instance there, either.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Collection, Iterator, Sequence

from sshwizard.advice import Advice, blocking
from sshwizard.advice.aws.account import Account
from sshwizard.advice.wording import some
from sshwizard.cloud.aws.identify import Row, name_of
from sshwizard.reach.blocks import block

CODE = "advice.bruteforce-block"
ACTION = "deny-in-network-acl"
ROOM = 20
"""Inbound rules of one family that an ACL takes, the last denying one among them (Amazon VPC quotas)."""
NEEDS = ("instances", "acls", "subnets")
_TCP = {"6", "-1"}


def instance_of(account: Account, words: str) -> Row | None:
    """The one running instance whose id or name holds these words."""
    called = ((row, f"{row['InstanceId']} {name_of(row)}".lower()) for row in account.running)
    found = [row for row, name in called if all(word in name for word in words.lower().split())]
    return found[0] if len(found) == 1 else None


def acl_of(account: Account, instance: Row) -> Row | None:
    """The ACL of its subnet."""
    subnet = instance.get("SubnetId")
    return next((row for row in account.rows("acls")
                 for one in row.get("Associations", ()) if one.get("SubnetId") == subnet), None)  # fmt: skip


def own_of(account: Account) -> set[str]:
    """Addresses that are never denied: the one from which AWS sees us, and those of the account's own instances."""
    return {*account.sources, *(str(row.get("PublicIpAddress") or "") for row in account.rows("instances"))} - {""}


def propose(account: Account, instance: Row, addresses: Sequence[str], keep: Collection[str],
            port: int = 22) -> Advice | None:  # fmt: skip
    """The entries that would deny them; None where the ACL lets none of them in. `addresses`: the worst first."""
    acl, never = acl_of(account, instance), {*keep, *own_of(account)}
    chosen = [one for one in addresses if one not in never and ipaddress.ip_address(one).is_global][: blocking.MOST]
    if acl is None or not chosen:
        return None
    id_, rows = str(acl["NetworkAclId"]), [row for row in acl.get("Entries", ()) if not row.get("Egress")]
    let_in = {one: number for one in chosen if (number := _admits(rows, one, port))}
    if not let_in:
        return None
    entries = list(_entries(rows, let_in))
    told = (f"{id_} rule {number} lets {one} in" for one, number in let_in.items())
    left = len(let_in) - len(entries)
    behind = sorted(str(one.get("SubnetId", "")) for one in acl.get("Associations", ()))
    return Advice(
        CODE, f"The network ACL {id_} lets in addresses that guess passwords",
        "A denied packet reaches no instance of these subnets and fills no log. The addresses of guessers change.",
        (*some(told), f"it is the ACL of {', '.join(behind[:6])}",
         *((f"{left} of them find no room in the ACL",) if left else ())),
        account.called(str(instance["InstanceId"])), "soon", ACTION, (),
        (*account.place, ("entries", json.dumps([[id_, number, one] for number, one in entries])),
         ("port", str(port)), ("sources", " ".join(account.sources))),
    )  # fmt: skip


def _admits(rows: Sequence[Row], source: str, port: int) -> int:
    """The number of the rule that lets it in to the port; 0 where the first that matches denies it, or none does."""
    mine = block(source)
    for row in sorted(rows, key=lambda row: int(row["RuleNumber"])):
        one = block(str(row.get("CidrBlock") or row.get("Ipv6CidrBlock") or ""))
        if one is None or mine is None or not one.holds(mine):
            continue
        span = row.get("PortRange") or {}
        if str(row.get("Protocol")) in _TCP and int(span.get("From", 0)) <= port <= int(span.get("To", 65535)):
            return int(row["RuleNumber"]) if row.get("RuleAction") == "allow" else 0
    return 0


def _entries(rows: Sequence[Row], let_in: dict[str, int]) -> Iterator[tuple[int, str]]:
    """A free number before the rule that lets each in, as long as the ACL has room."""
    taken = {int(row["RuleNumber"]) for row in rows}
    room = {key: ROOM - sum(key in row for row in rows) for key in ("CidrBlock", "Ipv6CidrBlock")}
    for one, number in let_in.items():
        key, length = ("Ipv6CidrBlock", 128) if ":" in one else ("CidrBlock", 32)
        free = next((at for at in range(number - 1, 0, -1) if at not in taken), 0)
        if free and room[key] > 0:
            room[key] -= 1
            taken.add(free)
            yield free, f"{one}/{length}"
