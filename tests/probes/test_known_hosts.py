"""known_hosts, read as ssh reads it: compared with `ssh-keygen -F` on real files."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.model import Fact, Target
from sshwizard.probes.keyfile import fingerprint, public_line
from sshwizard.probes.known_hosts import Entry, Known, entries, host_names, known, read_known
from sshwizard.probes.published import published
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def lines(file: Path, *names: str) -> list[int]:
    """The numbers of the lines that name one of `names`."""
    return [entry.line for entry in entries(file, names)]


def keygen(file: Path, name: str) -> list[int]:
    """The same by `ssh-keygen -F`."""
    told = subprocess.run(
        ["ssh-keygen", "-F", name, "-f", file], capture_output=True, text=True, check=False, timeout=20
    ).stdout
    return [int(number) for number in re.findall(r"^# Host .* found: line (\d+)", told, re.M)]


FILES: dict[str, tuple[str, str]] = {
    "plain": (f"box {ED}\nother {ED}\n", "box"),
    "capitals in the file": (f"BOX {ED}\n", "box"),
    "capitals in the name": (f"box {ED}\n", "BOX"),
    "several names": (f"a,box,192.0.2.1 {ED}\n", "192.0.2.1"),
    "a port": (f"[box]:2222 {ED}\nbox {ED}\n", "[box]:2222"),
    "no port": (f"[box]:2222 {ED}\nbox {ED}\n", "box"),
    "IPv6": (f"2001:db8::1 {ED}\n[2001:db8::1]:2222 {ED}\n", "[2001:db8::1]:2222"),
    "a star": (f"*.example.com {ED}\nexample.com {ED}\n", "a.b.example.com"),
    "a question mark": (f"web-? {ED}\nweb-?? {ED}\n", "web-1"),
    "a star over ports": (f"[*.example.com]:2222 {ED}\n", "[a.example.com]:2222"),
    "a star for all": (f"* {ED}\n", "box"),
    "a star does not cover a port's brackets": (f"*.example.com {ED}\n", "[a.example.com]:2222"),
    "a negation": (f"*.example.com,!bad.example.com {ED}\n", "bad.example.com"),
    "a negation of another": (f"*.example.com,!bad.example.com {ED}\n", "good.example.com"),
    "only a negation": (f"!bad.example.com {ED}\n", "good.example.com"),
    "comments and blank lines": (f"# box {ED}\n\n   \n  # x\n  box {ED} a comment\n", "box"),
    "several lines": (f"box {ED}\nx {ED}\nbox {OTHER}\n", "box"),
    "Windows line ends": (f"x {ED}\r\nbox {ED}\r\n", "box"),
    "a form feed in a comment": (f"# a\x0cb\nbox {ED}\n", "box"),
    "a line separator in a comment": (f"# a\u2028b\nbox {ED}\n", "box"),
    "a next-line sign in a comment": (f"# a\x85b\nbox {ED}\n", "box"),
    "brackets are no class": (f"web[12] {ED}\n", "web1"),
    "tabs": (f"box\t{ED}\n", "box"),
    "no newline at the end": (f"x {ED}\nbox {ED}", "box"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("hashed", [False, True], ids=["plain", "hashed"])
def test_it_agrees_with_ssh_keygen(file: Path, name: str, hashed: bool) -> None:
    text, wanted = FILES[name]
    file.write_bytes(text.encode())
    if hashed:
        subprocess.run(["ssh-keygen", "-H", "-f", file], capture_output=True, check=True, timeout=20)
    assert lines(file, wanted.lower()) == keygen(file, wanted.lower())


hosts = st.sampled_from(["box", "[box]:22", "[box]:2222", "*", "b?x", "b*", "!box", "BOX", "192.0.2.1", "2001:db8::1",
                         "|1|x|y",
                         "x,y", "#box", "@revoked", "", "[box", "b[o]x"])  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(hosts, min_size=1, max_size=3).map(",".join), max_size=6),
    st.sampled_from(["box", "[box]:2222", "192.0.2.1"]),
)
def test_any_patterns_agree_with_ssh_keygen(patterns: list[str], wanted: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "known_hosts")
        file.write_text("".join(f"{pattern} {ED}\n" for pattern in patterns))
        assert lines(file, wanted) == keygen(file, wanted)


def test_a_hashed_file_of_ssh_keygen_is_read(file: Path) -> None:
    file.write_text(f"box,192.0.2.1 {ED}\n[box]:2222 {OTHER}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", file], capture_output=True, check=True, timeout=20)
    assert "box" not in file.read_text()
    assert len(lines(file, "box")) == 1
    assert [entry.fingerprint for entry in entries(file, ("[box]:2222",))] == [fingerprint(public_line(OTHER) or b"")]
    assert lines(file, "other") == []


def test_an_entry_tells_what_stands_there(file: Path) -> None:
    file.write_text(f"box {ED} dana@web\n@revoked box {OTHER}\n@cert-authority *.box {ED}\n")
    first, second = entries(file, ("box",))
    told = subprocess.run(["ssh-keygen", "-lf", file], capture_output=True, text=True, check=True, timeout=20).stdout
    assert (first.marker, first.type, first.whole) == ("", "ssh-ed25519", True)
    assert first.fingerprint in told
    assert first.text == f"box {ED} dana@web"
    assert (second.line, second.marker) == (2, "@revoked")


MALFORMED = {
    "no key": "box",
    "no blob": "box ssh-ed25519",
    "a blob that is none": "box ssh-ed25519 !!!!",
    "a blob that was cut": f"box {ED[:-8]}",
    "another type": f"box ssh-rsa {ED.split()[1]}",
    "a blob of one letter": "box ssh-ed25519 A",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_damaged_line_is_damaged(file: Path, name: str) -> None:
    file.write_text(MALFORMED[name] + "\n")
    (entry,) = entries(file, ("box",))
    assert not entry.whole
    assert entry.fingerprint == ""


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "known_hosts")
        file.write_bytes(b"box " + raw + b"\n|1|" + raw + b"\n" + raw)
        list(entries(file, ("box",)))


def leg(**settings: str) -> Leg:
    return Leg("box", {"hostname": ("box.example",), **{key: (value,) for key, value in settings.items()}})


def test_the_names_are_those_that_ssh_looks_up() -> None:
    assert host_names(leg()) == ("box.example",)
    assert host_names(leg(port="22"), ("192.0.2.1",)) == ("box.example", "192.0.2.1")
    assert host_names(leg(port="2222"), ("192.0.2.1",)) == ("[box.example]:2222", "[192.0.2.1]:2222")
    assert host_names(leg(hostkeyalias="alias", port="2222"), ("192.0.2.1",)) == ("alias",)


def entry(print_: str, type_: str = "ssh-ed25519", whole: bool = True, marker: str = "") -> Entry:
    return Entry("/k", 3, "text", marker, type_, print_, whole)


SEEN = Fact("unknown-key", "x", data={"fingerprint": "SHA256:new", "type": "ssh-ed25519"})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([], "absent"),
        ([entry("SHA256:new")], "right"),
        ([entry("SHA256:old")], "other-key"),
        ([entry("SHA256:old"), entry("SHA256:new")], "right"),
        ([entry("SHA256:old", "ssh-rsa")], "other-type"),
        ([entry("SHA256:old", "ssh-rsa"), entry("SHA256:old")], "other-key"),
        ([entry("", whole=False)], "malformed"),
        ([entry("SHA256:old", marker="@cert-authority")], "absent"),
    ],
    ids=["nothing", "the key", "another", "both", "another type", "types", "damaged", "an authority"],
)
def test_known_and_seen_are_compared(found: list[Entry], outcome: str) -> None:
    assert read_known(found, SEEN, ("box",), {}).outcome == outcome


def test_rsa_is_one_type_whatever_its_signature() -> None:
    seen = Fact("changed", "x", data={"fingerprint": "SHA256:new", "type": "rsa-sha2-512"})
    assert read_known([entry("SHA256:old", "ssh-rsa")], seen, ("box",), {}).outcome == "other-key"


# ------------------------------------------------------------------ published keys


def test_a_published_key_is_known_by_its_exact_name_only() -> None:
    """The table is checked against the very keys that the operators publish beside their fingerprints."""
    keys = {
        "github.com": "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        "gitlab.com": "AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
        "bitbucket.org": "AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO",
    }
    for host, key in keys.items():
        blob = public_line(f"ssh-ed25519 {key}")
        assert blob
        seen = Fact("changed", "", data={"fingerprint": fingerprint(blob), "type": "ssh-ed25519"})
        assert published(host, seen)
        assert published(host.upper() + ".", seen)
        assert not published(f"{host}.example", seen)
        assert not published("box", seen)
        assert not any(published(other, seen) for other in keys if other != host)
    assert published("github.com", None) is None


async def test_an_announced_key_is_told_from_a_changed_one(file: Path) -> None:
    """known_hosts has an older key; the offered one equals what the operator publishes."""
    file.write_text(f"github.com {OTHER}\n")
    leg = Leg("github.com", {"userknownhostsfile": (str(file),), "hostname": ("github.com",), "port": ("22",)})
    blob = public_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
    assert blob
    seen = Fact("changed", "", data={"fingerprint": fingerprint(blob), "type": "ssh-ed25519"})
    assert (await known_look(leg, seen)).outcome == "published"
    seen = Fact("changed", "", data={"fingerprint": "SHA256:else", "type": "ssh-ed25519"})
    assert (await known_look(leg, seen)).outcome == "other-key"


def known_look(leg: Leg, seen: Fact[Any]) -> Awaitable[Fact[Known]]:
    return known.look(Scene(Target("x", ("x",)), (leg,), 0, {"hostkey": seen}, Run()))


async def test_a_key_known_by_another_name_is_said(file: Path) -> None:
    file.write_text(f"web-1 {ED}\n@cert-authority *.corp {OTHER}\n")
    leg = Leg("localhost", {"userknownhostsfile": (str(file),), "hostname": ("127.0.0.1",), "port": ("22",)})
    blob = public_line(ED)
    assert blob
    seen: Fact[Any] = Fact("unknown-key", "", data={"fingerprint": fingerprint(blob), "type": "ssh-ed25519"})
    fact = await known_look(leg, seen)
    assert fact.outcome == "absent"
    assert any("line 1 has this very key for web-1" in row for row in fact.lines)
