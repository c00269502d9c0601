"""Who somebody is to OS Login: the POSIX accounts and keys of a login profile (OS Login API, LoginProfile)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.sshkeys import Entry, read

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProfileKey:
    """One key of a profile."""

    name: str
    """users/EMAIL/sshPublicKeys/FINGERPRINT."""
    key: Entry
    expires: datetime | None = None

    def expired(self, now: datetime) -> bool:
        """True when its time has passed."""
        return self.expires is not None and self.expires < now


@dataclass(frozen=True, slots=True)
class Profile:
    """One person or service account."""

    users: tuple[str, ...] = ()
    """POSIX user names; that of this project, or the primary one, first."""
    keys: tuple[ProfileKey, ...] = ()

    def holding(self, prints: Collection[str]) -> tuple[ProfileKey, ...]:
        """The keys with one of these fingerprints."""
        return tuple(one for one in self.keys if one.key.print in prints)


def profile_call(account: str, project: str) -> Call:
    """Who `account` is in this project. Everybody may ask for their own profile."""
    where = f"v1/{path('users', account)}/loginProfile"
    return Call("oslogin", where, query={"projectId": project} if project else {})


def read_profile(answer: Mapping[str, Any], project: str, now: datetime) -> Profile:
    """A profile, whatever is missing in it."""
    accounts = [row for row in answer.get("posixAccounts") or () if isinstance(row, Mapping)]
    accounts = [row for row in accounts if row.get("operatingSystemType", "LINUX") != "WINDOWS"]
    accounts.sort(key=lambda row: (row.get("accountId") != project, not row.get("primary")))
    names = tuple(dict.fromkeys(str(row.get("username")) for row in accounts if row.get("username")))
    rows = answer.get("sshPublicKeys")
    keys = []
    for print_, row in rows.items() if isinstance(rows, Mapping) else ():
        if isinstance(row, Mapping) and (entry := read(f"profile:{row.get('key', '')}", now)):
            keys.append(ProfileKey(str(row.get("name", print_)), entry, _time(row.get("expirationTimeUsec"))))
    return Profile(names, tuple(keys))


def _time(text: object) -> datetime | None:
    """`expirationTimeUsec`: microseconds since the epoch, as a string."""
    try:
        return _EPOCH + timedelta(microseconds=int(str(text))) if text else None
    except (ValueError, OverflowError):
        return None
