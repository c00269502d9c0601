"""The private keys of this computer, as far as their public half can be told without a passphrase."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sshwizard import paths
from sshwizard.probes.keyfile import LARGEST, public_blob, public_line
from sshwizard.probes.pemkeys import public_half
from sshwizard.probes.scene import Leg

MOST = 60
"""Files that are read: keys are small, and nobody has more."""


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key of this computer: its file, its public half, and the private one where no passphrase hides it."""

    path: str
    blob: bytes
    raw: bytes = b""


def local_keys(leg: Leg) -> list[LocalKey]:
    """The keys of this connection, then those in ~/.ssh, then where browsers and people put a .pem file."""
    given = [paths.expand(name) for name in leg.values("identityfile") if name != "none"]
    home = paths.home()
    more = [*files(paths.ssh_dir(), "*"), *files(home, "*.pem"), *files(home / "Downloads", "*.pem")]
    found = (read_key(path) for path in list(dict.fromkeys((*given, *more)))[:MOST] if path.suffix != ".pub")
    return [one for one in found if one]


def files(place: Path, pattern: str) -> list[Path]:
    """The files of a directory with such a name; of one that cannot be read none."""
    try:
        return sorted(path for path in place.glob(pattern) if path.is_file())
    except OSError:
        return []


def read_key(path: Path) -> LocalKey | None:
    """A private key file; of one with a passphrase only what stands beside it or openly in it."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        raw = path.read_bytes()
    except OSError:
        return None
    if b"PRIVATE KEY-----" not in raw:
        return None
    blob, locked = public_blob(raw)
    if blob is None and not locked:
        blob = public_half(raw)[0]
    if blob is None:
        blob = _beside(path)
    return LocalKey(str(path), blob, b"" if locked else raw) if blob else None


def _beside(path: Path) -> bytes | None:
    try:
        return public_line(path.with_name(path.name + ".pub").read_text("utf-8", "replace"))
    except OSError:
        return None
