"""Changes of private key files. Their bytes never leave the file system: not into a journal, not into a preview."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sshwizard import keytext
from sshwizard.effects.content import content_of, digest, expect, write_whole
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.files import Restore
from sshwizard.effects.spelling import spelled
from sshwizard.paths import short

BESIDE = ".sshwizard-bak"
"""What the original is called beside its repaired copy."""


@dataclass(frozen=True, slots=True)
class RepairKeyText:
    """Give a private key the text that ssh wants; the original is kept beside it, mode 600."""

    path: str
    expects: str
    undoable: bool = True
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        there = spelled(self.path)
        return (f"cp -p {there} {there}{BESIDE}", f"{there}: plain line ends, no spaces around, a final newline")

    def check(self) -> None:
        self._repaired()
        if self._beside().exists():
            raise Refused(f"{short(self._beside())} is there already; move it away first")

    def inverse(self) -> Effect:
        repaired = self._repaired()
        return Restore(self.path, str(self._beside()), digest(repaired), self._mode(), spent=True)

    def apply(self) -> None:
        self.check()
        path, repaired = Path(self.path), self._repaired()
        prove_key(repaired)
        write_whole(self._beside(), path.read_bytes(), 0o600)
        try:
            write_whole(path, repaired, self._mode() & 0o700 or 0o600)
        except OSError:
            self._beside().unlink(missing_ok=True)
            raise

    def _beside(self) -> Path:
        return Path(self.path + BESIDE)

    def _mode(self) -> int:
        return stat.S_IMODE(Path(self.path).stat().st_mode)

    def _repaired(self) -> bytes:
        content = content_of(Path(self.path))
        expect(Path(self.path), content, self.expects)
        return keytext.repaired(content or b"")


@dataclass(frozen=True, slots=True)
class CopyKey:
    """Copy a private key to a place where it can be private."""

    path: str
    to: str
    expects: str
    undoable: bool = True
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        return (f"install -m 600 {spelled(self.path)} {spelled(self.to)}",)

    def check(self) -> None:
        expect(Path(self.path), content_of(Path(self.path)), self.expects)
        if Path(self.to).exists():
            raise Refused(f"{short(self.to)} is there already; nothing is written over")

    def inverse(self) -> Effect:
        return Restore(self.to, "", self.expects)

    def apply(self) -> None:
        self.check()
        write_whole(Path(self.to), Path(self.path).read_bytes(), 0o600)


@dataclass(frozen=True, slots=True)
class ConvertKey:
    """Write PuTTY's .ppk as an OpenSSH key under another name, by puttygen(1); the original stays."""

    path: str
    to: str
    expects: str
    undoable: bool = True
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        return (
            f"puttygen {spelled(self.path)} -O private-openssh -o {spelled(self.to)}",
            f"chmod 600 {spelled(self.to)}",
        )

    def check(self) -> None:
        expect(Path(self.path), content_of(Path(self.path)), self.expects)
        if Path(self.to).exists():
            raise Refused(f"{short(self.to)} is there already; nothing is written over")

    def inverse(self) -> Effect:
        return RemoveKey(self.to)

    def apply(self) -> None:
        self.check()
        program = shutil.which("puttygen")
        if program is None:
            raise Refused("puttygen is not installed")
        with tempfile.TemporaryDirectory(prefix="sshwizard-") as place:
            made = Path(place, "key")
            command = (program, self.path, "-O", "private-openssh", "-o", str(made))
            ran = _run(command)
            if ran.returncode or not made.exists():
                raise Refused(
                    "puttygen could not convert it: " + (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
                )
            prove_key(made.read_bytes())
            write_whole(Path(self.to), made.read_bytes(), 0o600)


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """Take away a key file that we made."""

    path: str
    undoable: bool = False
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        return (f"rm {spelled(self.path)}",)

    def check(self) -> None:
        Path(self.path).stat()

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        Path(self.path).unlink()


def prove_key(content: bytes) -> None:
    """Raise Refused unless ssh-keygen(1) reads these bytes as a private key, with or without a passphrase."""
    with tempfile.TemporaryDirectory(prefix="sshwizard-") as place:
        file = Path(place, "key")
        write_whole(file, content, 0o600)
        ran = _run(("ssh-keygen", "-y", "-P", "", "-f", str(file)))
    if ran.returncode and "incorrect passphrase" not in ran.stderr:
        raise Refused("ssh-keygen cannot read the repaired copy, so the key stays as it is")


def _run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=10, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"{command[0]} did not end within 10 s; it may ask for a passphrase") from None
