"""OS Login is on: is our key in our login profile, in time, and ours the login name?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.metadata import Metadata
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.oslogin import Profile, profile_call, read_profile
from sshwizard.cloud.gcp.sshkeys import entries, fingerprint, of_keys
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact
from sshwizard.paths import short
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.admission import InProfile
from sshwizard.probes.gcp.asked import as_typed, inquiry
from sshwizard.probes.gcp.offered import Offered, metadata, named, offered, shown
from sshwizard.probes.localkeys import LocalKey
from sshwizard.probes.scene import Scene


async def account_and_profile(asked: Inquiry, place: Place) -> tuple[str, Profile] | Unseen:
    """Who we are to Google, and our login profile."""
    account = await asked.account()
    if isinstance(account, Unseen):
        return account
    if not account:
        return Unseen("oslogin.loginProfile", "failed", "who you are to Google is not known", "gcloud auth login")
    answer = await asked.ask("profile", profile_call(account, place.project))
    if isinstance(answer, Unseen):
        return (account, Profile()) if answer.kind == "missing" else answer
    return account, read_profile(answer, place.project, datetime.now(UTC))


def read(account: str, mine: Profile, keys: Offered, user: str, known: Metadata, data: dict[str, Any],
         now: datetime, *, others: Sequence[LocalKey] = ()) -> Fact[InProfile]:  # fmt: skip
    """What OS Login would do with the keys that are offered. `others`: those of this computer that were not tried."""
    wanted = clean.line(mine.users[0], 64) if mine.users else ""
    held = mine.holding(keys.prints)
    valid = [one for one in held if one.key.blob and not one.expired(now)]
    told = clean.line(account, 120)
    data = {**data, "account": told, "user": user, "user_wanted": wanted, "public": list(keys.publics)[:4]}
    command = as_typed("compute", "os-login", "describe-profile")
    lines = [f"{told}  {wanted or '(no POSIX user name)'}"]
    lines += [clean.line(f"{one.key.print}  {_until(one.expires)}", 160) for one in held or mine.keys[:4]]

    def fact(outcome: InProfile, says: str, *more: str) -> Fact[InProfile]:
        return Fact(outcome, says, (*lines, *more), command, data)

    if known.switch("enable-oslogin-certificates").on and held:
        return fact("certificates", "this VM takes certificates of OS Login only, not the keys of a profile")
    if valid and not mine.users:
        return fact("no-account", f"the OS Login profile of {told} has no POSIX user name")
    if valid and user not in mine.users:
        return fact("other-user", f"the key is that of {told}, whose OS Login user name is {wanted}, not {user}")
    if valid:
        return fact("fits", f"the key is in the OS Login profile of {told}, whose user name is {user}")
    if held:
        return fact("expired", f"the key in the OS Login profile of {told} expired ({_until(held[0].expires)})")
    for one in others:
        if any(not key.expired(now) for key in mine.holding({fingerprint(one.blob)})):
            says = f"the OS Login profile holds {short(one.path)}, which this connection does not offer"
            return Fact("other-local", says, tuple(lines), command, {**data, **at(one)})
    if found := of_keys(entries(known, now), keys.prints):
        says = f"the key is in {found[0].where} metadata, which OS Login ignores, and not in the profile of {told}"
        return fact("only-in-metadata", says, shown(found[0]))
    count = f"{len(mine.keys)} other key{'s' * (len(mine.keys) != 1)}" if mine.keys else "no key"
    return fact("none", f"the OS Login profile of {told} holds {count}, and not one that is offered")


def at(one: LocalKey) -> dict[str, str]:
    """A key file, as sentences and fixes name it."""
    return {"path": one.path, "named": short(one.path)}


def _until(ends: datetime | None) -> str:
    return f"expires {ends.isoformat(timespec='seconds')}" if ends else "does not expire"


def unasked(scene: Scene, keys: Offered) -> tuple[LocalKey, ...]:
    """Keys of this computer that the server was not asked about: it was asked about all, where another look did."""
    asked = scene.facts.get("other-key")
    return keys.others if asked is not None and asked.outcome == "no-other" else ()


async def look(scene: Scene) -> Fact[InProfile]:
    asked = await inquiry(scene)
    who = await asked.identity()
    found = await account_and_profile(asked, who.place)
    if isinstance(found, Unseen):
        return blind(found)
    keys = await offered(scene)
    known, _ = await metadata(asked, who)
    others = unasked(scene, keys)
    return read(*found, keys, scene.leg.user, known, named(who), datetime.now(UTC), others=others)
