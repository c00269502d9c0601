"""A key where the VM looks for it, and what stands in its way: exactly one line, one switch, one profile's key.

Every plan reads the fact that decided the verdict; the VM and its project stand in there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sshwizard import clean
from sshwizard.effects import Effect, Retarget
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.fixes.gcp.place import place as _place

MINUTES = 10
"""How long a key stays that is added, unless the person says otherwise."""
_LONGEST = 366 * 24 * 60
_NOWHERE = Refusal("")
_SOURCE = "google-source"


def _ends(answer: str) -> datetime | Refusal | None:
    """When the key ends, by what the person typed: minutes, or `permanent`; None: never."""
    told = answer.strip().lower()
    if told == "permanent":
        return None
    if told and not (told.isascii() and told.isdigit() and 0 < int(told[:9]) <= _LONGEST):
        return Refusal(f"type a number of minutes, from 1 to {_LONGEST:,}, or the word permanent")
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=int(told or MINUTES))


def _by_oslogin(at: Situation) -> bool:
    source = at.facts.get(_SOURCE)
    return source is not None and source.outcome == "oslogin"


def _add(at: Situation) -> tuple[Effect, ...] | Refusal:
    place = _place(at)
    if place is None:
        return _NOWHERE
    if at.found.outcome == "certificates":
        return Refusal("this VM takes certificates of OS Login only; gcloud compute ssh gets one")
    ends = _ends(at.answer)
    if isinstance(ends, Refusal):
        return ends
    publics = at.found.data.get("public") or ()
    if not publics:
        return Refusal("the public half of no offered key is at hand; put its .pub file beside the key, and look again")
    return (_to_profile if _by_oslogin(at) else _to_metadata)(at, place, str(publics[0]), ends)


def _to_profile(at: Situation, place: tuple[str, str, str], public: str, ends: datetime | None
                ) -> tuple[Effect, ...] | Refusal:  # fmt: skip
    from sshwizard.effects.gcp import ExtendKey, ImportKey

    account, user = str(at.found.data.get("account", "")), str(at.found.data.get("user_wanted", ""))
    if not account:
        return Refusal("who you are to Google is not known")
    usec = str(int(ends.timestamp() * 1e6)) if ends else ""
    kind = ExtendKey if at.found.outcome == "expired" else ImportKey
    made: tuple[Effect, ...] = (kind(place[0], account, public, usec),)
    if user and user != at.leg.user and re.fullmatch(r"[a-z_][a-z0-9_.-]{0,63}", user, re.ASCII):
        made += (
            Retarget(("-l", user, *at.target.overrides), at.target.overrides),
        )  # a key there is for that name only
    return made


def _to_metadata(at: Situation, place: tuple[str, str, str], public: str, ends: datetime | None
                 ) -> tuple[Effect, ...] | Refusal:  # fmt: skip
    from sshwizard.cloud.gcp.sshkeys import written
    from sshwizard.effects.gcp import EditKeys

    user = at.leg.user
    if not user or ":" in user or any(letter.isspace() for letter in user):
        return Refusal(f"{clean.line(user, 60)!r} is no user name that metadata could hold")
    project, zone, vm = place
    line = written(user, public, ends, str(at.found.data.get("account", "")))
    if at.found.data.get("add_to") == "project":
        return (EditKeys(project, "", "", "ssh-keys", ((-1, line),)),)
    return (EditKeys(project, zone, vm, "ssh-keys", ((-1, line),)),)


def _prune(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.gcp import PruneKeys

    place, data = _place(at), at.found.data
    if place is None or "digest" not in data:
        return _NOWHERE
    if not data.get("spare"):
        return Refusal("no entry has expired and none stands there twice; OS Login has no such limit")
    project, zone, vm = place if data["full_at"] == "instance" else (place[0], "", "")
    won = f"{int(data['won']):,} of {int(data['size']):,} characters become free; first of all:"
    shown = (won, *(f"  {line}" for line in data["spare"]))
    return (PruneKeys(project, zone, vm, str(data["name"]), str(data["digest"]), str(data["seen_at"]), shown),)


def _oslogin(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.gcp import SetValue

    place, source = _place(at), at.facts.get(_SOURCE)
    if place is None or source is None:
        return _NOWHERE
    on = _by_oslogin(at)
    if on and source.data.get("required"):
        return Refusal("the organisation requires OS Login (constraints/compute.requireOsLogin)")
    was = source.data.get("oslogin_own")
    who = ", ".join(clean.line(str(one), 40) for one in at.found.data.get("let_in") or ())
    off = "whoever gets in by OS Login only, by role, no longer does"
    note = off if on else f"their keys in metadata are ignored then: {who or 'nobody has one'}"
    new = "FALSE" if on else "TRUE"
    return (SetValue(*place, "enable-oslogin", new, None if was is None else str(was), note),)


def _windows(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.cloud.gcp.metadata import parse_bool
    from sshwizard.effects.gcp import SetValue

    place = _place(at)
    if place is None:
        return _NOWHERE
    was = str(at.found.data.get("windows_ssh", "")) or None
    key, steps = "enable-windows-ssh", []
    if parse_bool(was):  # off, so that the agent sees it go on
        steps.append(SetValue(*place, key, "FALSE", was))
        was = "FALSE"
    return (*steps, SetValue(*place, key, "TRUE", was))


FIXES = (
    Fix("add-key-in-gcp", _add, asks=f"Minutes that the key stays ({MINUTES}), or permanent"),
    Fix("prune-gcp-keys", _prune),
    Fix("set-oslogin-for-instance", _oslogin),
    Fix("toggle-windows-ssh", _windows),
)
