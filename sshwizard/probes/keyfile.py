"""The key doctor: what a private key file really is. ssh prints one error for eight different defects."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sshwizard import clean, keytext
from sshwizard.paths import short
from sshwizard.probes import keyplace, pemkeys

Defect = Literal[
    "none", "missing", "directory", "unreadable", "too-open", "public", "foreign", "text-damaged", "damaged",
    "passphrase", "pub-mismatch", "hardware", "too-weak", "no-modes", "perhaps-no-modes",
]  # fmt: skip

LARGEST = 65536
"""Bytes of a key file that are read: the largest RSA keys stay below 13,000."""

_PUBLIC = re.compile(
    r"\ufeff?\s*(?:(?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ AAAA|---- BEGIN SSH2 PUBLIC|-----BEGIN (?:RSA )?PUBLIC)"
)
_FOREIGN = {
    "PuTTY-User-Key-File": "PuTTY's .ppk format",
    "---- BEGIN SSH2 ENCRYPTED PRIVATE": "the format of ssh.com",
    "SSH PRIVATE KEY FILE FORMAT": "the format of SSH version 1",
}
_DROPBEAR = re.compile(rb"\0\0\0[\x07-\x16](?:ssh-|ecdsa-)")
"""A dropbear key: the name of its type as a counted string, in binary."""
_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One private key file, examined. Paths and texts are for display; no private byte is kept."""

    path: str
    defect: Defect = "none"
    detail: str = ""
    mode: int = 0
    owner: int = -1
    type: str = ""
    fingerprint: str = ""
    """SHA256:… of the public half, when the file shows it without a passphrase."""
    encrypted: bool = False


def examine(path: Path, smallest_rsa: int = 1024, *, whole: bool = True) -> KeyFile:
    """Say what is wrong with the key at `path`, nearest defect first. Reads, and changes nothing.

    Not `whole`: only what a glance shows, in less than a millisecond.
    """
    name = str(path)
    try:
        info = path.stat()
    except FileNotFoundError:
        return KeyFile(name, "missing", "no such file")
    except NotADirectoryError:
        return KeyFile(name, "missing", "a part of the path is not a directory")
    except PermissionError:
        return KeyFile(name, "unreadable", "a directory above it is closed to you")
    except OSError as error:
        return KeyFile(name, "unreadable", clean.line(error.strerror or "it cannot be looked at"))
    mode, owner = stat.S_IMODE(info.st_mode), info.st_uid
    if stat.S_ISDIR(info.st_mode):
        return KeyFile(name, "directory", "it is a directory", mode, owner)
    if not stat.S_ISREG(info.st_mode):
        return KeyFile(name, "damaged", "it is not a regular file", mode, owner)
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST)
    except OSError:
        return KeyFile(name, "unreadable", f"it belongs to uid {owner}, mode {mode:04o}", mode, owner)
    found = _content(name, raw, mode, owner, smallest_rsa if whole else None)
    if found.defect in {"none", "passphrase", "pub-mismatch"} and mode & 0o077 and owner == os.getuid():
        return _but(found, *_open(path, mode))
    return found


def _open(path: Path, mode: int) -> tuple[Defect, str]:
    """Why others may read the key: its mode, an access list behind the mode, or a file system that keeps none."""
    mount = keyplace.place(path)
    kept = keyplace.keeps(mount) if mount else "modes"
    if mount and kept != "modes":
        return kept, f"mode {mode:04o}, given by the file system {mount.kind} mounted at {short(mount.point)}"
    if listed := keyplace.access_list(path):
        return "too-open", f"an access list (ACL) lets {listed} read it, so its mode shows as {mode:04o}"
    return "too-open", f"mode {mode:04o}"


def _content(name: str, raw: bytes, mode: int, owner: int, smallest_rsa: int | None) -> KeyFile:
    """Without `smallest_rsa` the key itself is not read."""

    def bad(defect: Defect, detail: str, type_: str = "", fingerprint: str = "", locked: bool = False) -> KeyFile:
        return KeyFile(name, defect, detail, mode, owner, type_, fingerprint, locked)

    text = keytext.plain(raw).decode("utf-8", "replace")
    if not raw.strip():
        return bad("damaged", "the file is empty" if not raw else "the file holds only white space")
    if _PUBLIC.match(text):
        return bad("public", "it holds a public key", clean.line(text.split()[0], 60))
    for head, words in _FOREIGN.items():
        if text.lstrip("\ufeff \t").startswith(head):
            return bad("foreign", f"it is in {words}")
    if _DROPBEAR.match(raw):
        return bad("foreign", "it is in dropbear's format")
    if raw[:2] == b"0\x82":
        return bad("foreign", "it is in binary DER format (or PKCS#12)")
    if text.lstrip()[:1] == "<":
        return bad("damaged", "it is a web page, not a key")
    if "-----BEGIN" not in text or "PRIVATE KEY" not in text:
        return bad("damaged", "it has no BEGIN … PRIVATE KEY line")
    if smallest_rsa is None:
        return bad("none", "")
    if flaws := _flaws(raw):
        if _loads(keytext.repaired(raw)):
            return bad("text-damaged", flaws)
        if "-----END" in text:
            return bad("damaged", f"{flaws}, and repairing that does not help")
    if "-----END" not in text:
        return bad("damaged", "its END line is missing: it was cut off")
    return _whole(name, raw, mode, owner, smallest_rsa)


def _flaws(raw: bytes) -> str:
    flaws = []
    if raw.startswith(keytext.UTF16):
        flaws.append("16-bit characters (UTF-16)")
    raw = keytext.plain(raw)
    if raw.startswith(b"\xef\xbb\xbf"):
        flaws.append("a byte-order mark at its start")
    if b"\\n" in raw:
        flaws.append("line ends written out as \\n")
    if b"\r" in raw:
        flaws.append("Windows line ends (CR LF)")
    if not raw.endswith(b"\n"):
        flaws.append("no newline at its end")
    rows = raw.splitlines()
    if any(row != row.strip(b" \t") for row in rows):
        flaws.append("spaces around its lines")
    if len(rows) == 1 and raw.count(b"-----") >= 4:
        flaws.append("everything on one line")
    return "it has " + ", ".join(flaws) if flaws else ""


def _loads(raw: bytes) -> bool:
    """True when the bytes are a private key, with or without a passphrase."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load = serialization.load_ssh_private_key if b"OPENSSH PRIVATE" in raw else serialization.load_pem_private_key
    try:
        load(raw, None)
    except TypeError:  # a passphrase is needed: the frame is whole
        return True
    except UnsupportedAlgorithm:
        return True
    except ValueError as error:
        return "assword" in str(error)
    return True


def _whole(name: str, raw: bytes, mode: int, owner: int, smallest_rsa: int) -> KeyFile:
    blob, encrypted = public_blob(raw)
    if blob is None and not _loads(raw):
        return KeyFile(name, "damaged", "its content cannot be read as a key", mode, owner)
    if blob is None and not encrypted:
        blob, stranger = pemkeys.public_half(raw)
        if stranger:
            return KeyFile(name, "too-weak", f"it is a key of type {stranger}, which ssh does not know", mode, owner)
    if blob is not None and not encrypted and not _loads(raw):
        return KeyFile(name, "damaged", "its content cannot be read as a key", mode, owner)
    type_ = key_type(blob) if blob else ""
    print_ = fingerprint(blob) if blob else ""
    known = KeyFile(name, "none", "", mode, owner, type_, print_, encrypted)
    if type_ == "ssh-dss":
        return _but(known, "too-weak", "it is a DSA key (ssh-dss), which ssh takes no longer by default")
    if type_ == "ssh-rsa" and blob and rsa_bits(blob) < smallest_rsa:
        says = f"it is an RSA key of {rsa_bits(blob)} bits; this ssh wants at least {smallest_rsa} (RequiredRSASize)"
        return _but(known, "too-weak", says)
    beside = _beside(Path(name))
    if blob and beside and beside != blob:
        return _but(known, "pub-mismatch", f"{short(name)}.pub holds {fingerprint(beside)}, the key is {print_}")
    if type_.startswith("sk-"):
        return _but(known, "hardware", f"it needs a hardware token ({type_})")
    if encrypted:
        return _but(known, "passphrase", "it has a passphrase")
    return known


def _but(known: KeyFile, defect: Defect, detail: str) -> KeyFile:
    return KeyFile(known.path, defect, detail, known.mode, known.owner, known.type, known.fingerprint, known.encrypted)


def _beside(path: Path) -> bytes | None:
    try:
        return public_line(path.with_name(path.name + ".pub").read_text("utf-8", "replace"))
    except OSError:
        return None


def public_line(text: str) -> bytes | None:
    """The key blob of a `type base64 comment` line (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""
    for word in text.split()[1:2]:
        try:
            return base64.b64decode(word, validate=True)
        except (binascii.Error, ValueError):
            return None
    return None


def public_blob(raw: bytes) -> tuple[bytes | None, bool]:
    """The public half that an OpenSSH-format file shows openly, and whether the private half is encrypted.

    The layout is that of PROTOCOL.key in OpenSSH; PEM files show nothing before they are decrypted.
    """
    encrypted = b"ENCRYPTED" in raw
    body = b"".join(row for row in raw.splitlines() if row and not row.startswith(b"-----") and b":" not in row)
    try:
        data = base64.b64decode(body)
    except (binascii.Error, ValueError):
        return None, encrypted
    if not data.startswith(_MAGIC):
        return None, encrypted
    try:
        cipher, rest = _string(data[len(_MAGIC) :])
        _, rest = _string(rest)
        _, rest = _string(rest)
        blob, _ = _string(rest[4:])
    except (struct.error, ValueError):
        return None, encrypted
    return blob, cipher != b"none"


def _string(data: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from("!I", data)
    if length > len(data) - 4:
        raise ValueError("the length points beyond the end")
    return data[4 : 4 + length], data[4 + length :]


def key_type(blob: bytes) -> str:
    """The algorithm name at the start of a key blob (RFC 4253, 6.6)."""
    try:
        return clean.line(_string(blob)[0].decode("ascii", "replace"), 60)
    except (struct.error, ValueError):
        return ""


def rsa_bits(blob: bytes) -> int:
    """The size of an ssh-rsa key: the bits of its modulus."""
    try:
        _, rest = _string(blob)
        _, rest = _string(rest)
        modulus, _ = _string(rest)
    except (struct.error, ValueError):
        return 0
    return int.from_bytes(modulus, "big").bit_length()


def fingerprint(blob: bytes) -> str:
    """SHA256:… as ssh-keygen -l prints it."""
    import hashlib

    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
