"""The instances of an account as hosts of a team: where each is reached, as whom, and through which other one.

Who is reached from outside stands for itself. One without a way from outside is reached through a bastion of its own
network: an instance whose name says so, else the only one there that has a public address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice import Machine
from sshwizard.advice.aws.account import Account
from sshwizard.cloud.aws.identify import Row, name_of, state
from sshwizard.probes.aws.images import read_user

_BASTION = re.compile(r"bastion|jump|gateway|gate\b", re.I)
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def machines_of(account: Account, tag: tuple[str, str] | None = None, *more: tuple[str, str]) -> Iterator[Machine]:
    """The running Linux instances with this tag, each name once. A bastion that leads to one is among them."""
    rows = [row for row in account.running if str(row.get("Platform", "")).lower() != "windows"]
    names, users = _names(rows), _users(account)
    chosen = {str(row["InstanceId"]) for row in rows if all(_has(row, one) for one in (tag, *more) if one)}
    gates = _gates(rows)
    chosen |= {gates[id_] for id_ in tuple(chosen) if id_ in gates}
    for row in rows:
        id_ = str(row["InstanceId"])
        if id_ in chosen:
            yield Machine(
                names[id_], _public(row), str(row.get("PrivateIpAddress", "")), users.get(str(row.get("ImageId")), ""),
                names.get(gates.get(id_, ""), ""), 22, id_, tuple(sorted(_tags(row).items())),
            )  # fmt: skip


def idle_of(account: Account, *tags: tuple[str, str]) -> Iterator[tuple[str, Row]]:
    """The instances with these tags that do not run, by name: nobody can log in to them."""
    rows = [row for row in account.rows("instances") if state(row) not in {"running", "terminated", "shutting-down"}]
    names = _names(rows)
    return ((names[str(row["InstanceId"])], row) for row in rows if all(_has(row, one) for one in tags))


def _tags(row: Row) -> Mapping[str, str]:
    return {clean.line(str(one.get("Key", "")), 128): clean.line(str(one.get("Value", "")), 256)
            for one in row.get("Tags", ())}  # fmt: skip


def _has(row: Row, tag: tuple[str, str]) -> bool:
    """An empty value: any. A value may be one of several tags' spelling, so case does not matter."""
    found = _tags(row).get(tag[0])
    return found is not None and (not tag[1] or found.lower() == tag[1].lower())


def _names(rows: Sequence[Row]) -> Mapping[str, str]:
    """The Name tag in letters of a Host; its id where it has none, and behind it where two have the same."""
    told = {str(row["InstanceId"]): _NAME.sub("-", name_of(row)).strip("-.")[:80] for row in rows}
    often = Counter(told.values())
    return {id_: (name if often[name] == 1 else f"{name}-{id_[-6:]}") if name else id_
            for id_, name in told.items()}  # fmt: skip


def _users(account: Account) -> Mapping[str, str]:
    """The login user of each image, where a publisher's own image tells it."""
    return {str(row.get("ImageId", "")): str(read_user({"Images": [row]}).data.get("user", ""))
            for row in account.rows("images")}  # fmt: skip


def _public(row: Row) -> str:
    six = (str(one.get("Ipv6Address", "")) for nic in row.get("NetworkInterfaces", ())
           for one in nic.get("Ipv6Addresses", ()))  # fmt: skip
    return str(row.get("PublicIpAddress") or next((one for one in six if one), ""))


def _gates(rows: Sequence[Row]) -> Mapping[str, str]:
    """The id of the instance that leads to each one without a public address, where there is one."""
    near: dict[str, list[Row]] = {}
    for row in rows:
        if _public(row):
            near.setdefault(str(row.get("VpcId", "")), []).append(row)
    found = {}
    for vpc, public in near.items():
        named = [row for row in public if _BASTION.search(name_of(row))]
        if gates := named or (public if len(public) == 1 else []):
            found[vpc] = str(gates[0]["InstanceId"])
    return {str(row["InstanceId"]): found[vpc] for row in rows
            if not _public(row) and (vpc := str(row.get("VpcId", ""))) in found}  # fmt: skip
