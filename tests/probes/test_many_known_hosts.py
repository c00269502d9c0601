"""The quick reading of known_hosts: it finds what a plain reading, line by line, and `ssh-keygen -F` find."""

from __future__ import annotations

import base64
import hmac
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.probes.hostnames import authorities, holding, matching
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.known_hosts import holders, lines

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
WANTED = ("box", "[box]:2222", "192.0.2.1", "ssh", "a", "BOX.example")


def hashed(name: str, salt: bytes = b"s" * 20) -> str:
    """As HashKnownHosts writes it."""
    made = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(made).decode()}"


def line_by_line(raw: bytes, wanted: str) -> Iterator[int]:
    """The numbers of the lines that name `wanted`, from the manual (sshd(8)) and with nothing left out."""
    for number, row in enumerate(raw.split(b"\n"), 1):
        words = row.split()
        if words and words[0].startswith(b"@"):
            del words[0]
        if words and not words[0].startswith(b"#") and plainly(words[0].decode("latin-1"), wanted):
            yield number


def plainly(pattern: str, wanted: str) -> bool:
    """Whether the first word names it."""
    if pattern.startswith("|1|"):
        try:
            _, _, salt, digest = pattern.split("|")
            return hmac.digest(base64.b64decode(salt), wanted.encode(), "sha1") == base64.b64decode(digest)
        except ValueError:
            return False
    fits = {
        part.startswith("!")
        for part in pattern.split(",")
        if re.fullmatch("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in part.removeprefix("!")),
                        wanted, re.ASCII | re.IGNORECASE | re.DOTALL)
    }  # fmt: skip
    return fits == {False}


patterns = st.lists(
    st.sampled_from([*WANTED, "BOX", "*", "b?x", "b*", "*.example", "!box", "!b*", "boxes", "inbox", "[box]:22", "?"]),
    min_size=1, max_size=3,
).map(",".join)  # fmt: skip
names = patterns | st.sampled_from([hashed("box"), hashed("[box]:2222"), hashed("a", b"t" * 20), hashed("x")])
rows = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "", "", " ", "\t", "#", "# "]),
    st.sampled_from(["", "", "", "@revoked ", "@cert-authority "]),
    names,
    st.sampled_from([" ", "\t", "  "]),
    st.sampled_from([ED, OTHER]),
    st.sampled_from(["\n", "\n", "\r\n", " box\n", " dana@box,a *\r\n", "\n\n", f" {ED}\n"]),
)
files = st.lists(rows, max_size=8).map("".join)
odd = st.lists(rows | st.sampled_from(["box\n", "|1|x|y z\n", "|1|\n", "@revoked\n", "box", "\x0c\n"]), max_size=6).map(
    "".join
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(odd, st.sampled_from(WANTED), st.binary(max_size=30))
def test_the_quick_reading_is_the_plain_one(text: str, wanted: str, junk: bytes) -> None:
    raw = text.encode() + junk + b"\n" + text.encode()
    found = list(matching(raw, (wanted,)))
    assert [number for number, _ in found] == list(line_by_line(raw, wanted))
    spelled = raw.split(b"\n")
    assert all(row.encode("utf-8", "surrogateescape") == spelled[number - 1] for number, row in found)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(files, st.sampled_from(WANTED[:3]))
def test_it_agrees_with_ssh_keygen(text: str, wanted: str) -> None:
    """ssh-keygen has one line for each: `# Host box found: line 3 REVOKED`."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "known_hosts")
        file.write_bytes(text.encode())
        ran = subprocess.run(["ssh-keygen", "-F", wanted, "-f", file], capture_output=True, check=False, timeout=20)
        told = [int(number) for number in re.findall(rb"^# Host .* found: line (\d+)", ran.stdout, re.M)]
        assert [number for number, _ in matching(text.encode(), (wanted,))] == told


@settings(max_examples=100, deadline=None, derandomize=True)
@given(files, st.sampled_from([ED, OTHER]))
def test_who_holds_a_key_is_found_without_reading_the_others(text: str, key: str) -> None:
    mark = fingerprint(public_line(key) or b"")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "known_hosts")
        file.write_bytes(text.encode())
        everything = list(lines(file))
        assert list(holders(file, mark)) == [entry for entry in everything if entry.fingerprint == mark]
        told = [number for number, row in authorities(text.encode()) if row.split()[0] == "@cert-authority"]
        assert told == [entry.line for entry in everything if entry.marker == "@cert-authority"]


def test_what_is_no_fingerprint_is_nobodys() -> None:
    for mark in ("", "SHA256:new", "MD5:00:11", "SHA256:ü"):
        assert list(holding(f"box {ED}\n".encode(), mark)) == []


def test_a_hostile_file_of_patterns_does_not_hold_us_up() -> None:
    """As many stars as one line may hold, and a hundred thousand patterns of which each is another one."""

    many = b"".join(b"*.a%d.example,w?b%d %s\n" % (row, row, ED.encode()) for row in range(100_000))
    stars = b"a*" * 10_000 + b"b " + ED.encode() + b"\n"
    began = time.process_time()
    assert not list(matching(many, ("web-1.example",)))
    assert not list(matching(stars, ("a" * 250,)))
    assert time.process_time() - began < 5  # a slow machine; 0.5 s otherwise
