"""The key doctor on real keys: every defect named, every text damage mended, every fingerprint as ssh-keygen's."""

from __future__ import annotations

import base64
import os
import struct
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.keytext import repaired
from sshwizard.probes import keyfile
from sshwizard.probes.keyfile import examine, fingerprint, key_type, public_blob, public_line, rsa_bits

KINDS: dict[str, tuple[str, ...]] = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa": ("-t", "ecdsa", "-b", "256"),
    "rsa": ("-t", "rsa", "-b", "2048"),
    "rsa-pem": ("-t", "rsa", "-b", "2048", "-m", "PEM"),
    "rsa-pkcs8": ("-t", "rsa", "-b", "2048", "-m", "PKCS8"),
    "ecdsa-pem": ("-t", "ecdsa", "-b", "384", "-m", "PEM"),
    "ed25519-locked": ("-t", "ed25519", "-N", "secret words"),
    "rsa-pem-locked": ("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret words"),
    "rsa-pkcs8-locked": ("-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret words"),
    "rsa-short": ("-t", "rsa", "-b", "1024"),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("keys")
    for name, options in KINDS.items():
        locked = () if "-N" in options else ("-N", "")
        subprocess.run(["ssh-keygen", "-q", *options, *locked, "-C", name, "-f", place / name], check=True, timeout=20)
    return place


@pytest.fixture
def copy(keys: Path, tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str, *, pub: bool = False) -> Path:
        path = tmp_path / "id"
        path.write_bytes((keys / name).read_bytes())
        path.chmod(0o600)
        if pub:
            path.with_name("id.pub").write_bytes((keys / f"{name}.pub").read_bytes())
        return path

    return make


def listed(path: Path) -> tuple[str, str]:
    """Bits and fingerprint as `ssh-keygen -l` prints them."""
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", path], check=True, capture_output=True, text=True, timeout=20
    ).stdout.split()
    return told[0], told[1]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("pub", [False, True], ids=["alone", "with .pub"])
def test_a_sound_key_has_no_defect(name: str, pub: bool, copy: Callable[..., Path]) -> None:
    found = examine(copy(name, pub=pub))
    locked = name.endswith("locked")
    assert found.defect == ("passphrase" if locked else "none"), found.detail
    assert found.encrypted is locked
    assert (found.mode, found.owner) == (0o600, os.getuid())


@pytest.mark.parametrize("name", ["ed25519", "ecdsa", "rsa", "ed25519-locked"])
def test_the_fingerprint_is_ssh_keygen_s(name: str, keys: Path) -> None:
    bits, print_ = listed(keys / f"{name}.pub")
    assert examine(keys / name).fingerprint == print_
    blob = public_line((keys / f"{name}.pub").read_text())
    assert blob is not None
    assert fingerprint(blob) == print_
    assert key_type(blob) == (keys / f"{name}.pub").read_text().split()[0]
    if name == "rsa":
        assert str(rsa_bits(blob)) == bits


def sk_key() -> bytes:
    """A key of a hardware token, in the layout of PROTOCOL.key: only its public half is looked at."""

    def string(data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + data

    blob = string(b"sk-ssh-ed25519@openssh.com") + string(bytes(32)) + string(b"ssh:")
    private = struct.pack("!II", 7, 7) + blob + b"\x01" + string(b"handle") + string(b"") + string(b"token")
    private += bytes(range(1, 1 + -len(private) % 8))
    data = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + struct.pack("!I", 1)
    text = base64.encodebytes(data + string(blob) + string(private)).replace(b"\n", b"")
    rows = [text[at : at + 70] for at in range(0, len(text), 70)]
    return b"\n".join([b"-----BEGIN OPENSSH PRIVATE KEY-----", *rows, b"-----END OPENSSH PRIVATE KEY-----", b""])


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new)


CONTENTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda raw: b"", "damaged"),
    "white space": (lambda raw: b" \r\n\t\n", "damaged"),
    "a web page": (lambda raw: b"<!DOCTYPE html><html></html>", "damaged"),
    "a word": (lambda raw: b"hello\n", "damaged"),
    "its first half": (lambda raw: raw[: len(raw) // 2], "damaged"),
    "without its last line": (lambda raw: raw.rsplit(b"-----END", 1)[0], "damaged"),
    "with a line lost": (lambda raw: b"\n".join([*raw.split(b"\n")[:2], *raw.split(b"\n")[3:]]), "damaged"),
    "NUL bytes": (lambda raw: bytes(4096), "damaged"),
    "a public key": (lambda raw: b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0Y comment\n", "public"),
    "a public key of ssh.com": (lambda raw: b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
                                "public"),
    "PuTTY's format": (lambda raw: b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "foreign"),
    "ssh.com's format": (lambda raw: b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "foreign"),
    "SSH version 1": (lambda raw: b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0", "foreign"),
    "a hardware key": (lambda raw: sk_key(), "hardware"),
    "Windows line ends": (swap(b"\n", b"\r\n"), "text-damaged"),
    "old Mac line ends": (swap(b"\n", b"\r"), "text-damaged"),
    "a byte-order mark": (lambda raw: b"\xef\xbb\xbf" + raw, "text-damaged"),
    "no newline at its end": (lambda raw: raw.rstrip(b"\n"), "text-damaged"),
    "indented lines": (lambda raw: b"    " + raw.replace(b"\n", b"\n    "), "text-damaged"),
    "spaces behind lines": (swap(b"\n", b" \n"), "text-damaged"),
    "everything on one line": (lambda raw: raw.replace(b"\n", b" ").strip() + b"\n", "text-damaged"),
    "all at once": (lambda raw: b"\xef\xbb\xbf  " + raw.replace(b"\n", b"\r\n  ").strip(), "text-damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("kind", ["ed25519", "rsa-pem", "ed25519-locked"])
def test_each_defect_of_a_content_is_named(name: str, kind: str, copy: Callable[..., Path]) -> None:
    change, defect = CONTENTS[name]
    path = copy(kind)
    before = path.read_bytes()
    path.write_bytes(change(before))
    found = examine(path)
    assert found.defect == defect, found.detail
    assert found.detail
    assert not [row for row in before.decode().splitlines()[1:-1] if row in repr(found)]


@pytest.mark.parametrize("name", [name for name, (_, defect) in CONTENTS.items() if defect == "text-damaged"])
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa-pem", "rsa-pkcs8", "ed25519-locked"])
def test_a_repaired_key_loads_again(name: str, kind: str, copy: Callable[..., Path]) -> None:
    path = copy(kind)
    before = path.read_bytes()
    path.write_bytes(repaired(CONTENTS[name][0](before)))
    assert examine(path).defect == ("passphrase" if "locked" in kind else "none")
    phrase = "secret words" if "locked" in kind else ""
    made = subprocess.run(
        ["ssh-keygen", "-y", "-P", phrase, "-f", path], capture_output=True, text=True, check=False, timeout=20
    )
    assert made.returncode == 0, made.stderr


def test_a_sound_key_is_repaired_to_itself(keys: Path) -> None:
    for name in KINDS:
        raw = (keys / name).read_bytes()
        assert repaired(raw) == raw or "Proc-Type" in raw.decode()


def test_the_file_itself(copy: Callable[..., Path], tmp_path: Path) -> None:
    assert examine(tmp_path / "none").defect == "missing"
    assert examine(tmp_path).defect == "directory"
    path = copy("ed25519")
    assert examine(path / "below").defect == "missing"
    os.mkfifo(tmp_path / "pipe")
    assert examine(tmp_path / "pipe").defect == "damaged"
    (tmp_path / "gone").symlink_to("nowhere")
    assert examine(tmp_path / "gone").defect == "missing"
    (tmp_path / "loop").symlink_to("loop")
    assert examine(tmp_path / "loop").defect == "unreadable"
    (tmp_path / "link").symlink_to("id")
    assert examine(tmp_path / "link").defect == "none"


@pytest.mark.parametrize(("mode", "defect"), [(0o600, "none"), (0o400, "none"), (0o640, "too-open"), (0o604,
                                                                                                      "too-open"),
                                              (0o644, "too-open"), (0o777, "too-open"), (0o610,
                                                                                         "too-open")])  # fmt: skip
def test_a_key_that_others_may_touch_is_too_open(mode: int, defect: str, copy: Callable[..., Path]) -> None:
    path = copy("ed25519")
    path.chmod(mode)
    assert examine(path).defect == defect


def test_a_key_that_we_may_not_read() -> None:
    """root may read everything, so root looks with the rights of somebody else."""
    somebody = 65534
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        path = Path(place, "id")
        path.write_bytes(b"x")
        path.chmod(0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(somebody)
        try:
            assert examine(path).defect == "unreadable"
        finally:
            if root:
                os.seteuid(0)


def test_a_pub_file_of_another_key(copy: Callable[..., Path], keys: Path) -> None:
    path = copy("ed25519")
    path.with_name("id.pub").write_bytes((keys / "rsa.pub").read_bytes())
    found = examine(path)
    assert found.defect == "pub-mismatch"
    assert found.fingerprint == listed(keys / "ed25519.pub")[1]


def test_a_pub_file_that_is_none_is_no_mismatch(copy: Callable[..., Path]) -> None:
    path = copy("ed25519")
    path.with_name("id.pub").write_bytes(b"\xff\xfe nothing\n")
    assert examine(path).defect == "none"


def test_a_short_rsa_key_is_too_weak_where_ssh_wants_more(copy: Callable[..., Path]) -> None:
    assert examine(copy("rsa-short"), 2048).defect == "too-weak"
    assert examine(copy("rsa-short"), 1024).defect == "none"
    assert examine(copy("rsa"), 2048).defect == "none"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(
            lambda raw: b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.b64encode(b"openssh-key-v1\0" + raw)
            + b"\n-----END OPENSSH PRIVATE KEY-----\n"
        ),
        st.binary(max_size=200).map(
            lambda raw: b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.b64encode(raw)
            + b"\n-----END RSA PRIVATE KEY-----\n"
        ),
    )
)  # fmt: skip
def test_no_bytes_break_the_doctor(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "id")
        path.write_bytes(raw)
        path.chmod(0o600)
        assert examine(path).defect in {
            "damaged",
            "public",
            "foreign",
            "text-damaged",
            "passphrase",
            "hardware",
            "too-weak",
            "none",
        }
        repaired(raw)
        public_blob(raw)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_one_changed_byte_of_a_key_breaks_nothing(data: st.DataObject) -> None:
    raw = bytearray(sk_key())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "id")
        path.write_bytes(bytes(raw))
        path.chmod(0o600)
        examine(path)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=80))
def test_no_blob_breaks_the_readers(blob: bytes) -> None:
    key_type(blob)
    rsa_bits(blob)
    assert fingerprint(blob).startswith("SHA256:")


def test_a_very_large_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(1 << 32)
    path.chmod(0o600)
    assert examine(path).defect == "damaged"
    assert keyfile.LARGEST < 1 << 20
