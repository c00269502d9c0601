"""Our one block in the ssh config: every other byte stays, and every other line means what it meant."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshwizard.effects import EditLines
from sshwizard.fixes import hostblock
from sshwizard.fixes.fix import Refusal

HOST, OTHER = "box", "other.example"
MINE = f"{hostblock.BEGIN}: {HOST}"
ENDS = f"{hostblock.END}: {HOST}"

LINES = st.sampled_from(
    [
        b"Host box", b"Host other.example", b"Host *", b"Host !box *", b"Match host box", b"Match all",
        b"\tHost\tbox  other.example", b"Host=box", b"host = *.example", b'Host "box"', b'"Host" box',
        b"Port 2200", b"  Port=2201", b"\tPort\t2202", b"User erin\r", b"Compression yes", b'User "a b"',
        b"port = 2203", b"HostName 192.0.2.9", b"ServerAliveInterval 7", b"   ", b"", b"\t", b"# plain",
        b"# \xff\xfe \xe9", b"#",
        b"Include none/*.conf", b"Include extra.conf", b"IdentityFile ~/.ssh/other", b"SendEnv A=b",
        b"# >>> sshwizard: third", b"# <<< sshwizard: third", b"## >>> sshwizard: box",
        b"# >>> sshwizard", b"# <<< sshwizard: bo", b"#>>> sshwizard: box", b"Host #odd", b"\x0c# form feed",
    ]
)  # fmt: skip
ANY = LINES | st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b""))
FILES = st.tuples(st.lists(ANY, max_size=9), st.booleans()).map(lambda it: b"\n".join(it[0]) + b"\n" * it[1])
GOOD = st.tuples(st.lists(LINES, max_size=9), st.booleans()).map(lambda it: b"\n".join(it[0]) + b"\n" * it[1])


def written(content: bytes | None, *rows: str, name: str = HOST) -> bytes:
    """The file after the edit, by the effect itself."""
    effect = hostblock.block_in("/f", content, name, rows)
    return effect._edited(content)


def without(content: bytes, name: str = HOST) -> bytes:
    """The file without our block."""
    begin, end = (re.escape(f"{mark}: {name}".encode()) for mark in (hostblock.BEGIN, hostblock.END))
    return re.sub(b"\\A" + begin + b"\n.*?" + end + b"\n\n?", b"", content, count=1, flags=re.S)


def effective(place: Path, content: bytes, host: str) -> dict[str, list[str]] | None:
    """What `ssh -G` says; None where ssh cannot read the file."""
    (place / "config").write_bytes(content)
    ran = subprocess.run(
        ["ssh", "-G", "-F", str(place / "config"), host],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=20,
    )
    if ran.returncode:
        return None
    found: dict[str, list[str]] = {}
    for row in ran.stdout.decode("utf-8", "replace").splitlines():
        key, _, value = row.partition(" ")
        found.setdefault(key, []).append(value)
    return found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(FILES)
def test_every_other_byte_stays(content: bytes) -> None:
    once = written(content, "Port 2222")
    assert once.endswith(content)
    assert without(once) == content
    assert written(once, "Port 2222") == once, "applied twice it is not the same as once"
    more = written(once, "User erin")
    assert without(more) == content
    assert written(more, "Port 2222", "User erin") == more
    assert more.count(b"    Port 2222\n    User erin\n") == 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(GOOD)
def test_every_other_line_means_what_it_meant(content: bytes) -> None:
    """For the host, only what was written is other; for another host, nothing is."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "extra.conf").write_text("Host box\n  LogLevel DEBUG\n")
        mine, theirs = effective(place, content, HOST), effective(place, content, OTHER)
        after = written(written(content, "Port 2222"), "ServerAliveInterval 60", name=OTHER)
        after = written(after, "Port 2223", "Compression no")
        for host, before, wanted in (
            (HOST, mine, {"port": ["2223"], "compression": ["no"]}),
            (OTHER, theirs, {"serveraliveinterval": ["60"]}),
        ):
            now = effective(place, after, host)
            assert (now is None) is (before is None)
            if before is not None:
                assert now == {**before, **wanted}


def test_a_block_before_global_lines_does_not_swallow_them(tmp_path: Path) -> None:
    """Two hosts have blocks, and that of the one below grows: the lines under it stay everybody's."""
    content = written(written(b"Compression yes\n", "Port 1"), "Port 2", name=OTHER)
    content = written(content, "User erin")
    for host in (HOST, OTHER, "third"):
        found = effective(tmp_path, content, host)
        assert found
        assert found["compression"] == ["yes"]


BROKEN = {
    "begun twice": f"{MINE}\n{MINE}\nHost box\nHost *\n{ENDS}\n",
    "never ended": f"{MINE}\nHost box\n    Port 1\n",
    "ended before it begins": f"{ENDS}\n{MINE}\nHost box\n",
    "another host in it": f"{MINE}\nHost box\nHost third\n    Port 1\nHost *\n{ENDS}\n",
    "a Match in it": f"{MINE}\nHost box\n    Match all\nHost *\n{ENDS}\n",
    "its host was changed": f"{MINE}\nHost box box2\n    Port 1\nHost *\n{ENDS}\n",
    "its end was taken away": f"{MINE}\nHost box\n    Port 1\n{ENDS}\n",
    "one in the other": f"{MINE}\nHost box\n# >>> sshwizard: c\nHost c\nHost *\n# <<< sshwizard: c\nHost *\n{ENDS}\n",
    "not at the top": f"Host third\n  Port 1\n{MINE}\nHost box\n    Port 1\nHost *\n{ENDS}\nCompression yes\n",
    "empty": f"{MINE}\n{ENDS}\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_block_that_is_not_as_we_left_it_is_left_alone(name: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(BROKEN[name])
    refused = hostblock.edit(file, HOST, ["Port 2"])
    assert isinstance(refused, Refusal)
    assert "by hand" in refused.why


@pytest.mark.parametrize(
    "content", [None, b"", b"\n", b"Host box", b"Host\0box\n", b"\xff\n", b"Host box\r\n  Port 1\r\n"]
)
def test_odd_files(content: bytes | None) -> None:
    once = written(content, "Port 2")
    assert without(once) == (content or b"")
    assert written(once, "Port 2") == once


def test_windows_line_ends_in_our_block() -> None:
    """An editor converted the whole file: it is still ours."""
    once = written(b"Host box\r\n", "Port 2").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    again = written(once, "Port 3")
    assert b"Port 2" not in again
    assert again.count(MINE.encode()) == 1


@pytest.mark.parametrize(
    "rows", [['IdentityFile "a"b"'], ['User "'], ["User a\nProxyCommand evil"], ["User a\r"], ["User a\0b"]]
)
def test_rows_that_are_more_than_one_line_are_refused(rows: list[str], tmp_path: Path) -> None:
    made = hostblock.edit(tmp_path / "config", HOST, rows)
    if isinstance(made, EditLines):
        with pytest.raises(Exception, match="more than one line"):
            made.apply()
    assert not (tmp_path / "config").exists()


def test_a_path_with_a_percent_sign(tmp_path: Path) -> None:
    content = written(None, f"IdentityFile {hostblock.quoted('/a b/100%/id')}")
    assert b'IdentityFile "/a b/100%%/id"' in content
    found = effective(tmp_path, content, HOST)
    assert found
    assert found["identityfile"] == ["/a b/100%%/id"]


@pytest.mark.parametrize("name", ["", "-F=x", "a b", "*", "!box", "box,other", "a\nb", "ü"])
def test_names_that_are_patterns_or_options_get_no_block(name: str, tmp_path: Path) -> None:
    assert isinstance(hostblock.edit(tmp_path / "config", name, ["Port 1"]), Refusal)


def test_ten_thousand_hosts(tmp_path: Path) -> None:
    content = b"".join(b"Host h%d\n  HostName 192.0.2.1\n  Port %d\n" % (n, n % 60000 + 1) for n in range(10_000))
    began = time.monotonic()
    once = written(content, "Port 2222", name="h9999")
    assert written(once, "User erin", name="h9999").endswith(content)
    assert time.monotonic() - began < 2
    found = effective(tmp_path, once, "h9999")
    assert found
    assert found["port"] == ["2222"]
