"""Changes of private key files. Their bytes never leave the file's own directory: not into a journal, a preview or
our backups."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sshwizard import clean, keytext
from sshwizard.effects.content import content_of, digest, expect, replaceable, write_whole
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled, word
from sshwizard.paths import short

BESIDE = ".sshwizard-bak"
"""What the original is called beside its repaired copy."""


@dataclass(frozen=True, slots=True)
class CopyKey(Effect):
    """Copy a private key to a place where it can be private."""

    path: str
    to: str
    expects: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"install -m 600 {name(self.path)} {name(self.to)}",)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless((f"[ ! -e {word(self.to)} ] && install -m 600 {word(self.path)} {word(self.to)}",))

    def check(self) -> None:
        unchanged(self.path, self.expects)
        nothing_at(self.to)

    def inverse(self) -> Effect:
        return RemoveCopy(self.to, self.path, self.expects)

    def apply(self) -> None:
        self.check()
        write_whole(Path(self.to), Path(self.path).read_bytes(), 0o600)


@dataclass(frozen=True, slots=True)
class RemoveCopy(Effect):
    """Take away a copy that we made, while the original is what it was."""

    path: str
    of: str
    expects: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"rm {name(self.path)}",)

    def check(self) -> None:
        unchanged(self.path, self.expects)
        unchanged(self.of, self.expects)

    def inverse(self) -> Effect:
        return CopyKey(self.of, self.path, self.expects)

    def apply(self) -> None:
        self.check()
        Path(self.path).unlink()


@dataclass(frozen=True, slots=True)
class RepairKeyText(Effect):
    """Give a private key the text that ssh wants. A copy of the original stands beside it."""

    path: str
    expects: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"{name(self.path)}: plain line ends, no spaces around, a final newline",)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        """No command does all of it and proves the result before it takes the key's place."""
        return ()

    def check(self) -> None:
        replaceable(Path(self.path))
        unchanged(self.path, self.expects)

    def inverse(self) -> Effect:
        return RestoreKey(self.path, self.path + BESIDE, digest(self._repaired()), mode_of(self.path))

    def apply(self) -> None:
        write_whole(Path(self.path), self._repaired(), mode_of(self.path) & 0o700 or 0o600, prove_key)

    def _repaired(self) -> bytes:
        return keytext.repaired(unchanged(self.path, self.expects))


@dataclass(frozen=True, slots=True)
class RestoreKey(Effect):
    """Put back a private key's own text, from the copy beside it."""

    path: str
    backup: str
    expects: str
    mode: int

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"install -m {self.mode:o} {name(self.backup)} {name(self.path)}",)

    def check(self) -> None:
        replaceable(Path(self.path))
        unchanged(self.path, self.expects)
        if not Path(self.backup).exists():
            raise Refused(f"the copy {short(self.backup)} is gone, so {short(self.path)} stays as it is")

    def inverse(self) -> Effect:
        return RepairKeyText(self.path, digest(Path(self.backup).read_bytes()))

    def apply(self) -> None:
        self.check()
        write_whole(Path(self.path), Path(self.backup).read_bytes(), self.mode)


@dataclass(frozen=True, slots=True)
class ConvertKey(Effect):
    """Write PuTTY's .ppk as an OpenSSH key under another name, by puttygen(1); the original stays."""

    path: str
    to: str
    expects: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (
            f"puttygen {name(self.path)} -O private-openssh -o {name(self.to)}",
            f"chmod 600 {name(self.to)}",
        )

    def check(self) -> None:
        unchanged(self.path, self.expects)
        nothing_at(self.to)

    def inverse(self) -> Effect:
        return RemoveConverted(self.to, self.path, self.expects)

    def apply(self) -> None:
        self.check()
        write_whole(Path(self.to), self._converted(), 0o600, prove_key)

    def _converted(self) -> bytes:
        """What puttygen makes of it, through a pipe: were we killed, it could not write a file that nobody sweeps."""
        ran = run((puttygen(), self.path, "-O", "private-openssh", "-o", "/dev/stdout"))
        if ran.returncode:
            said = (ran.stderr.strip().splitlines() or ["no reason given"])[0]
            raise Refused(f"puttygen could not convert it: {clean.line(said, 200)}")
        return ran.stdout.encode()


@dataclass(frozen=True, slots=True)
class RemoveConverted(Effect):
    """Take away the OpenSSH key that was made of a .ppk, if it still is that key."""

    path: str
    of: str
    expects: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"rm {name(self.path)}",)

    def check(self) -> None:
        unchanged(self.of, self.expects)
        made = run(("ssh-keygen", "-y", "-P", "", "-f", self.path)).stdout.split()[:2]
        if not made or made != run((puttygen(), self.of, "-L")).stdout.split()[:2]:
            raise Refused(f"{short(self.path)} is not the key that was made of {short(self.of)}; it stays")

    def inverse(self) -> Effect:
        return ConvertKey(self.of, self.path, self.expects)

    def apply(self) -> None:
        self.check()
        Path(self.path).unlink()


# ------------------------------------------------------------------ what they share


def unchanged(path: str, expects: str) -> bytes:
    """The content, which has this digest. Raises Refused or OSError."""
    content = content_of(Path(path))
    expect(Path(path), content, expects)
    return content or b""


def nothing_at(path: str) -> None:
    """Raise Refused when something has this name, a link that leads nowhere included."""
    if Path(path).exists() or Path(path).is_symlink():
        raise Refused(f"{short(path)} is there already; nothing is written over")


def mode_of(path: str) -> int:
    """The permission bits."""
    return stat.S_IMODE(Path(path).stat().st_mode)


def prove_key(file: Path) -> None:
    """Raise Refused unless ssh-keygen(1) reads this file as a private key, with or without a passphrase."""
    ran = run(("ssh-keygen", "-y", "-P", "", "-f", str(file)))
    if ran.returncode and "incorrect passphrase" not in ran.stderr:
        raise Refused("ssh-keygen cannot read the repaired copy, so the key stays as it is")


def puttygen() -> str:
    """PuTTY's own program for keys. Raises Refused."""
    program = shutil.which("puttygen")
    if program is None:
        raise Refused("puttygen is not installed")
    return program


def run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """A program that has nobody to ask, and no home: puttygen would save a random seed there. Raises Refused."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull}
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=10, stdin=subprocess.DEVNULL, env=env,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Refused(f"{command[0]} did not end within 10 s; it may ask for a passphrase") from None
    except FileNotFoundError:
        raise Refused(f"there is no program named {command[0]}") from None
