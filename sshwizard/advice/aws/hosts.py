"""The instances of an account as hosts of a team: where each is reached, as whom, and through which other one.

Who is reached from outside stands for itself. One without a way from outside is reached through a bastion of its own
network: an instance whose name says so, else the only one there that has a public address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice import Machine
from sshwizard.advice.aws.account import Account
from sshwizard.cloud.aws.identify import Row, name_of
from sshwizard.probes.aws.images import read_user

_BASTION = re.compile(r"bastion|jump|gateway|gate\b", re.I)
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def machines_of(account: Account, tag: tuple[str, str] | None = None) -> Iterator[Machine]:
    """The running Linux instances with this tag, each name once. A bastion that leads to one is among them."""
    rows = [row for row in account.running if str(row.get("Platform", "")).lower() != "windows"]
    names, users = _names(rows), _users(account)
    chosen = {str(row["InstanceId"]) for row in rows if tag is None or _has(row, tag)}
    gates = {str(row["InstanceId"]): gate for row in rows if (gate := _gate(row, rows))}
    chosen |= {gates[id_] for id_ in tuple(chosen) if id_ in gates}
    for row in rows:
        id_ = str(row["InstanceId"])
        if id_ in chosen:
            yield Machine(
                names[id_], _public(row), str(row.get("PrivateIpAddress", "")), users.get(str(row.get("ImageId")), ""),
                names.get(gates.get(id_, ""), ""), 22, id_, tuple(sorted(_tags(row).items())),
            )  # fmt: skip


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
    values = list(told.values())
    return {id_: (name if values.count(name) == 1 else f"{name}-{id_[-6:]}") if name else id_
            for id_, name in told.items()}  # fmt: skip


def _users(account: Account) -> Mapping[str, str]:
    """The login user of each image, where a publisher's own image tells it."""
    return {str(row.get("ImageId", "")): str(read_user({"Images": [row]}).data.get("user", ""))
            for row in account.rows("images")}  # fmt: skip


def _public(row: Row) -> str:
    six = (str(one.get("Ipv6Address", "")) for nic in row.get("NetworkInterfaces", ())
           for one in nic.get("Ipv6Addresses", ()))  # fmt: skip
    return str(row.get("PublicIpAddress") or next((one for one in six if one), ""))


def _gate(row: Row, rows: Sequence[Row]) -> str:
    """The id of the instance that leads to one without a public address; empty for none."""
    if _public(row):
        return ""
    near = [one for one in rows if one.get("VpcId") == row.get("VpcId") and _public(one)]
    named = [one for one in near if _BASTION.search(name_of(one))]
    found = named or (near if len(near) == 1 else [])
    return str(found[0]["InstanceId"]) if found else ""
