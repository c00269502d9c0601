"""OS Login is off: do metadata let our key in, for this user?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.metadata import MOST_VALUE, Metadata, room
from sshwizard.cloud.gcp.oslogin import Profile
from sshwizard.cloud.gcp.parts import ACT_AS
from sshwizard.cloud.gcp.sshkeys import Entry, Standing, broken, fingerprint, judge, spare, users, written
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.admission import InMetadata
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import Offered, metadata, named, offered, shown
from sshwizard.probes.gcp.profile import account_and_profile, at, unasked
from sshwizard.probes.gcp.rights import granted, service_account
from sshwizard.probes.localkeys import LocalKey
from sshwizard.probes.scene import Scene

_WHY = {
    "no-user": "it has no user name and colon in front",
    "bad-user": "its user name holds white space",
    "no-key": "its key cannot be read",
    "bad-expiry": "its google-ssh comment holds no time that can be read",
    "expired": "it has expired",
}


@dataclass(frozen=True)
class Rights:
    """May we put a key into metadata?"""

    may: bool | None = None
    """None: not known."""
    lacking: str = ""
    """The permission that is missing for it."""
    of_vm: bool = True
    of_project: bool = True


def read(known: Metadata, keys: Offered, user: str, now: datetime, data: dict[str, Any], command: str = "",
         unseen: tuple[Unseen, ...] = (), others: Sequence[LocalKey] = ()) -> Fact[InMetadata]:  # fmt: skip
    """What the entries come to. Where the project's could not be read, only what they cannot change is said."""
    standing, entry = judge(known, keys.prints, user, now)
    lines = (shown(entry),) if entry else ()
    data = {**data, "user": user, "public": list(keys.publics)[:4], "blocked": known.blocked, **missing(unseen)}

    def fact(outcome: InMetadata, says: str, *more: str, **extra: Any) -> Fact[InMetadata]:
        return Fact(outcome, says, (*lines, *more), command, {**data, **extra})

    if standing == "fits" and entry:
        if known.manager_off.on:
            says = "the key is there, and disable-account-manager tells the agent to leave accounts and keys alone"
            return fact("manager-off", says, f"disable-account-manager={known.manager_off.text}")
        extra = {"restricted": entry.options} if entry.options else {}
        limit = f", with the options {clean.line(entry.options, 80)}" if entry.options else ""
        return fact("fits", f"the {entry.where}'s metadata let this key in for {user}{limit}", **extra)
    if known.project is None and not known.blocked:
        partly = f"the instance's own entry: {_said(standing, entry)}; " if entry else ""
        return blind(*unseen, says=f"{partly}the project's metadata could not be read: {unseen[0].why}")
    if standing == "blocked":
        says = f"the key is in the project's metadata only, and the instance has {known.blocked}"
        return fact("blocked", says, known.blocked)
    if standing == "expired" and entry and entry.expires:
        ended = entry.expires.isoformat(timespec="seconds")
        return fact("expired", f"the entry in the {entry.where}'s metadata expired at {ended}", ended=ended)
    if standing == "rejected" and entry:
        says = f"the guest agent leaves the entry of this key out: {_WHY.get(entry.trouble, entry.trouble)}"
        return fact("rejected", says, clean.line(entry.line, 160))
    if standing == "other-user" and entry:
        who = clean.line(entry.user, 64)
        return fact("other-user", f"the metadata let this key in for {who}, not for {user}", user_wanted=who)
    for one in others:
        if judge(known, {fingerprint(one.blob)}, user, now)[0] == "fits":
            says = f"the metadata let {short(one.path)} in for {user}, and this connection does not offer it"
            return fact("other-local", says, **at(one))
    if cut := broken(known, keys.publics, now):
        return fact("broken", "an entry begins like this key and ends too soon", clean.line(cut.line, 160))
    let_in = users(known, now)
    told = ", ".join(clean.line(one, 40) for one in let_in[:6])
    return fact("none", "none of the keys that are offered is in the VM's metadata"
                + (f", which let in {told}" if told else ", which hold no key that lets anybody in"))  # fmt: skip


def deeper(found: Fact[InMetadata], profile: Profile | None, rights: Rights, known: Metadata, keys: Offered,
           now: datetime) -> Fact[InMetadata]:  # fmt: skip
    """Why the key is not there: it is in the OS Login profile, there is no room, or we may not add it."""
    held = [one for one in profile.holding(keys.prints) if not one.expired(now)] if profile else []
    if held:
        says = "the key is in your OS Login profile, and this VM reads metadata: enable-oslogin is not TRUE"
        wanted = profile.users[0] if profile and profile.users else ""
        data = {**found.data, "user_wanted": wanted}
        return Fact("only-in-profile", says, (f"{held[0].key.print}  in the profile",), found.command, data)
    by_gcloud = place_of_gcloud(known, rights)
    for where, values in (by_gcloud, ("instance", known.instance)):
        name = "sshKeys" if known.instance.get("sshKeys") and where == "instance" else "ssh-keys"
        if not room(values, name, _line(found, keys, now)):
            full = _full(found, where, name, values.get(name, ""), now)
            return full if where == by_gcloud[0] else replace(full, outcome="vm-full")
    if rights.may is False:
        says = f"{found.says}; and you may not add one ({rights.lacking})"
        data = {**found.data, "role": _ROLE.get(rights.lacking, "roles/compute.instanceAdmin.v1")}
        return Fact("may-not-add", says, (*found.lines, f"{rights.lacking}: not granted"), found.command, data)
    return found


def _line(found: Fact[InMetadata], keys: Offered, now: datetime) -> str:
    public = keys.publics[0] if keys.publics else "ssh-ed25519 " + "A" * 68
    return written(str(found.data.get("user", "")), public, now)


def _full(found: Fact[InMetadata], where: str, name: str, value: str, now: datetime) -> Fact[InMetadata]:
    gone = spare(value, now)
    won = sum(len(one.line) + 1 for one in gone)
    size = f"{where} {name}: {len(value):,} of {MOST_VALUE:,} characters, {won:,} of them expired or twice"
    data = {
        **found.data, "size": len(value), "full_at": where, "name": name, "won": won,
        "digest": hashlib.sha256(value.encode()).hexdigest(), "seen_at": now.isoformat(),
        "spare": [clean.line(f"{one.why}: {one.line}", 160) for one in gone[:MOST_SHOWN]],
    }  # fmt: skip
    says = f"the key is not there, and the {where}'s metadata have no room for one more entry"
    return Fact("full", says, (size,), found.command, data)


def place_of_gcloud(known: Metadata, rights: Rights) -> tuple[str, Mapping[str, str]]:
    """Where gcloud puts a key: into the project's metadata, unless the VM does not read them or they are not ours."""
    if known.blocked or (rights.of_vm and not rights.of_project):
        return "instance", known.instance
    return "project", known.shared or {}


_COMMON = "compute.projects.setCommonInstanceMetadata"
MOST_SHOWN = 12
"""Lines that are shown of what could go."""
MOST_USERS = 40
"""Users that are named when a change would shut them out."""
_ROLE = {ACT_AS: "roles/iam.serviceAccountUser"}


def _said(standing: Standing, entry: Entry | None) -> str:
    return f"{standing}, of {clean.line(entry.user, 40)}" if entry and entry.user else standing


async def rights_to_add(asked: Inquiry, who: Identity, known: Metadata) -> Rights:
    """Of the instance's metadata, and of the project's where the VM reads them; a VM's service account must be ours to
    act as for either."""
    vm = granted(await asked.part("may-instance"))
    project = frozenset[str]() if known.blocked else granted(await asked.part("may-project"))
    if vm is None or project is None:
        return Rights()
    of_vm, of_project = "compute.instances.setMetadata" in vm, _COMMON in project
    if not of_vm and not of_project:
        return Rights(False, "compute.instances.setMetadata", of_vm, of_project)
    acting = granted(await asked.part("may-act-as")) if service_account(who) else frozenset({ACT_AS})
    return Rights(None if acting is None else ACT_AS in acting, ACT_AS, of_vm, of_project)


async def look(scene: Scene) -> Fact[InMetadata]:
    asked = await inquiry(scene)
    who = await asked.identity()
    known, unseen = await metadata(asked, who)
    keys, now = await offered(scene), datetime.now(UTC)
    account = await asked.account()
    data = {**named(who), "account": clean.line(account, 120) if isinstance(account, str) else ""}
    command = of(who.place, "instances", "describe")
    found = read(known, keys, scene.leg.user, now, data, command, unseen, unasked(scene, keys))
    if found.outcome == "fits":
        return found
    rights = await rights_to_add(asked, who, known)
    fitting = room(known.instance, "ssh-keys", _line(found, keys, now))
    where = "project" if rights.of_project and not (rights.of_vm and fitting) else "instance"
    found = replace(found, data={**found.data, "add_to": where, "let_in": list(users(known, now))[:MOST_USERS]})
    if found.outcome != "none":
        return found
    profile = await account_and_profile(asked, who.place)
    return deeper(found, None if isinstance(profile, Unseen) else profile[1], rights, known, keys, now)
