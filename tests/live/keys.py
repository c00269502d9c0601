"""Key pairs for the worlds, made once per test session, and ways to spoil them."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

PASSPHRASE = "correct horse"


class KeyRing:
    """Key pairs by name.  A name that starts with ``rsa`` is RSA, one with ``locked`` has a passphrase."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        """The private key file of the pair `name`, which is made when it is first asked for."""
        file = self.directory / name
        if not file.exists():
            kind = ["-t", "rsa", "-b", "3072"] if name.startswith("rsa") else ["-t", "ed25519"]
            secret = PASSPHRASE if name.startswith("locked") else ""
            command = ["ssh-keygen", "-q", *kind, "-N", secret, "-C", f"{name}@example", "-f", str(file)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)  # RSA takes its time
        return file

    def private(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def public(self, name: str) -> str:
        """The public key line: type, key and comment."""
        self.path(name)
        return (self.directory / f"{name}.pub").read_text().strip()

    def bare(self, name: str) -> str:
        """The public key without its comment, as known_hosts wants it."""
        return " ".join(self.public(name).split()[:2])

    def fingerprint(self, name: str) -> str:
        """SHA256:…, as ssh shows the key."""
        shown = subprocess.run(
            ["ssh-keygen", "-lf", "-"],
            input=self.public(name),
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return shown.stdout.split()[1]

    def secrets(self) -> list[str]:
        """Lines that only private keys have: none of them may ever be shown."""
        lines: list[str] = []
        for file in self.directory.iterdir():
            if file.suffix != ".pub" and not file.name.startswith("rsa"):
                # The first lines are the same for every key of one kind, or hold the public part.
                lines += [line for line in file.read_text().splitlines()[3:-1] if len(line) > 15]
        return lines


def with_windows_line_ends(key: bytes) -> bytes:
    return key.replace(b"\n", b"\r\n")


def cut_off(key: bytes) -> bytes:
    """A copy that stopped half way."""
    return key[: len(key) // 2]


def on_one_line(key: bytes) -> bytes:
    """What is left of a key that went through a form field: its line ends became spaces."""
    return key.replace(b"\n", b" ")


def with_written_line_ends(key: bytes) -> bytes:
    """A key out of a variable of a build service: its line ends stand there as two letters."""
    return key.replace(b"\n", b"\\n")


def in_sixteen_bits(key: bytes) -> bytes:
    """What `>` of Windows PowerShell 5 writes."""
    return b"\xff\xfe" + key.decode().replace("\n", "\r\n").encode("utf-16-le")


def as_putty(public: str) -> bytes:
    """A file in PuTTY's format around this public key; the private part is made up."""
    kind, blob = public.split()[:2]
    private = base64.b64encode(bytes(36)).decode()
    lines = [
        f"PuTTY-User-Key-File-3: {kind}",
        "Encryption: none",
        "Comment: from-windows",
        f"Public-Lines: {-(-len(blob) // 64)}",
        *(blob[at : at + 64] for at in range(0, len(blob), 64)),
        "Private-Lines: 1",
        private,
        f"Private-MAC: {'0' * 64}",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def broken_in_two(line: str) -> str:
    """A line that an editor wrapped in the middle of the key."""
    return f"{line[:60]}\n{line[60:]}"
