"""One key of one's own OS Login profile (OS Login API: importSshPublicKey, sshPublicKeys.patch and delete)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.oslogin import ProfileKey, profile_call, read_profile
from sshwizard.cloud.gcp.sshkeys import read
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.gcp.place import Place, asked


@dataclass(frozen=True, slots=True)
class _Key(Place):
    account: str
    """The e-mail address whose profile it is."""
    key: str
    """`TYPE BLOB`."""
    expires: str
    """`expirationTimeUsec`: microseconds since 1970; empty: it does not expire."""

    @property
    def words(self) -> str:
        ends = (
            datetime.fromtimestamp(int(self.expires) / 1e6, UTC).isoformat(timespec="seconds") if self.expires else ""
        )
        return f"OS Login profile of {self.account}: {self.key} ({f'until {ends}' if ends else 'for good'})"

    @property
    def body(self) -> dict[str, str]:
        """As the API takes it."""
        return {"key": self.key, **({"expirationTimeUsec": self.expires} if self.expires else {})}

    @property
    def ttl(self) -> str:
        """As gcloud takes it: minutes from now; 0: it does not expire."""
        if not self.expires:
            return "--ttl=0"
        return f"--ttl={max(1, round((int(self.expires) / 1e6 - datetime.now(UTC).timestamp()) / 60))}m"

    def standing(self) -> ProfileKey | None:
        """This key in the profile, expired or not."""
        mine = read_profile(asked(profile_call(self.account, self.project)), self.project, datetime.now(UTC))
        entry = read(f"me:{self.key}", datetime.now(UTC))
        return next((one for one in mine.keys if entry and one.key.blob == entry.blob), None)

    def named(self, found: ProfileKey) -> str:
        """The path of a key's resource; only of one of this profile."""
        return f"v1/{path('users', self.account, 'sshPublicKeys', found.name.rpartition('/')[2])}"

    def there(self) -> ProfileKey:
        """This key in the profile. Raises Refused when it is not."""
        found = self.standing()
        if found is None:
            raise Refused(f"the OS Login profile of {clean.line(self.account, 80)} does not hold this key any more")
        return found


@dataclass(frozen=True, slots=True)
class ImportKey(_Key):
    """One more key in the profile."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        ttl = (self.ttl,) if self.expires else ()
        return self.command("compute", "os-login", "ssh-keys", "add", f"--key={self.key}", *ttl)

    def check(self) -> None:
        if self.standing():
            raise Refused("the profile holds this key already")

    def inverse(self) -> Effect:
        return RemoveKey(self.project, self.account, self.key, self.expires)

    def apply(self) -> None:
        where = f"v1/{path('users', self.account)}:importSshPublicKey"
        asked(Call("oslogin", where, "", {"projectId": self.project}, self.body))


@dataclass(frozen=True, slots=True)
class RemoveKey(_Key):
    """One key less: the one with this very blob."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("compute", "os-login", "ssh-keys", "remove", f"--key={self.key}")

    def check(self) -> None:
        self.there()

    def inverse(self) -> Effect:
        return ImportKey(self.project, self.account, self.key, self.expires)

    def apply(self) -> None:
        asked(Call("oslogin", self.named(self.there()), method="DELETE"))


@dataclass(frozen=True, slots=True)
class ExtendKey(_Key):
    """A key that is there gets another time."""

    was: str = ""

    def by_hand(self) -> str:
        return self.command("compute", "os-login", "ssh-keys", "update", f"--key={self.key}", self.ttl)

    def check(self) -> None:
        self.there()

    def inverse(self) -> Effect:
        return ExtendKey(self.project, self.account, self.key, self.was, self.expires)

    def apply(self) -> None:
        where = self.named(self.there())
        mask = {"updateMask": "expirationTimeUsec"}
        asked(Call("oslogin", where, "", mask, {"key": self.key, "expirationTimeUsec": self.expires or "0"}, "PATCH"))
