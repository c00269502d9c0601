"""Where a config value comes from: real config files, read by the real ssh, followed by our reader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshwizard.model import Fact
from sshwizard.probes import process
from sshwizard.probes.client import answer_of
from sshwizard.probes.configfiles import ANY, EXACT, Reader, settings_in_order, special_match, split, trace, words
from sshwizard.probes.scene import Leg

Files = dict[str, str]


async def leg(tmp_path: Path, files: Files, *args: str) -> Leg:
    """What ssh and our reader make of these files; the first of them is the config."""
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.replace("@", str(tmp_path)))
    answer = await answer_of(("-F", str(tmp_path / next(iter(files))), *(args or ("box",))))
    assert not isinstance(answer, Fact), answer
    return Leg("box", *answer)


def at(found: Leg, keyword: str, under: Path) -> str:
    """`file:line value` of what set a keyword; empty for ssh's default."""
    setting = found.setting(keyword)
    if setting is None:
        return ""
    where = f"{Path(setting.file).relative_to(under)}:{setting.line}" if setting.file else "-"
    return f"{where} {setting.value}"


async def test_the_first_line_wins(tmp_path: Path) -> None:
    found = await leg(tmp_path, {"config": "Host *\n  Port 2222\n\nHost box\n  Port 22\n  User dana\n"})
    assert at(found, "port", tmp_path) == "config:2 2222"
    assert at(found, "user", tmp_path) == "config:6 dana"
    assert at(found, "hostname", tmp_path) == ""
    assert [(one.line, one.value) for one in found.overruled("port")] == [(5, "22")]
    assert found.overruled("user") == ()


async def test_a_narrow_block_that_stands_first_overrules_nothing(tmp_path: Path) -> None:
    found = await leg(tmp_path, {"config": "Host box\n  Port 2222\nHost *\n  Port 22\n"})
    assert found.overruled("port") == ()


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ("Port=2222\n", "config:1 2222"),
        ('PORT "2222"\n', "config:1 2222"),
        ("  port = 2222 # the old one\n", "config:1 2222"),
        ("# Port 1\n\nPort 2222\n", "config:3 2222"),
        ("Host !box *\n  Port 1\nHost b?x\n  Port 2222\n", "config:4 2222"),
        ("Host other box\n  Port 2222\n", "config:2 2222"),
        ("Match all\n  Port 2222\n", "config:2 2222"),
        ("Match host other\n  Port 1\nMatch originalhost box user *\n  Port 2222\n", "config:4 2222"),
        ('Match host box exec "exit 1"\n  Port 1\nMatch exec "exit 0"\n  Port 2222\n', "config:4 2222"),
        ("Match !host box\n  Port 1\nMatch final\n  Port 2222\n", "config:4 2222"),
        ("HostName real\nMatch host real\n  Port 2222\n", "config:3 2222"),
    ],
)
async def test_lines_and_blocks_as_ssh_reads_them(tmp_path: Path, config: str, where: str) -> None:
    found = await leg(tmp_path, {"config": config})
    assert found.port == 2222
    assert at(found, "port", tmp_path) == where


async def test_included_files_are_read_where_they_are_included(tmp_path: Path) -> None:
    found = await leg(
        tmp_path,
        {
            "config": "Host nope\n  Include @/parts/never.conf\nHost box\n  Include @/parts/*.conf\n  User late\n",
            "parts/never.conf": "Host box\n  Port 1\n",
            "parts/a.conf": "Port 2222\nHost other\n  User wrong\n",
            "parts/b.conf": "User dana\n",
        },
    )
    assert (found.port, found.user) == (2222, "dana")
    assert at(found, "port", tmp_path) == "parts/a.conf:1 2222"
    assert at(found, "user", tmp_path) == "parts/b.conf:1 dana"


async def test_the_command_line_stands_before_every_file(tmp_path: Path) -> None:
    config = {"config": "Host *\n  Port 1\n  User a\n  IdentityFile /k/b\nHost box\n  Port 2\n"}
    found = await leg(tmp_path, config, "-o", "Port=2222", "-i", "/k/a", "-4", "dana@box")
    assert at(found, "port", tmp_path) == "- 2222"
    assert found.place("port") == "the command line"
    assert at(found, "user", tmp_path) == "- dana"
    assert at(found, "addressfamily", tmp_path) == "- inet"
    assert found.overruled("port") == ()  # who types a port means it
    named = [one.value for one in found.lines if one.keyword == "identityfile"]
    assert named == ["/k/a", "/k/b"]


def test_where_trace_and_files_differ_only_what_came_before_is_told() -> None:
    steps = trace("debug1: Reading configuration data /c\ndebug1: Reading configuration data /gone\n")
    files = {"/c": ["Port 2222", "Match host box", "User dana"]}
    reader = Reader(steps, files.__getitem__)
    assert [one.value for one in reader.found] == ["2222"]
    assert not reader.whole


def test_a_value_that_ssh_answers_otherwise_is_not_claimed(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Port 2222\nUser dana\n")
    text = f"debug1: Reading configuration data {config}\n"
    found = settings_in_order(("box",), text, {"port": ("22",), "user": ("dana",)})
    assert [one.keyword for one in found] == ["user"]


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ("", ("", "")),
        ("   # Port 22", ("", "")),
        ("User\tdana", ("user", "dana")),
        ("User = dana", ("user", "dana")),
        ('IdentityFile "/k/a key"', ("identityfile", "/k/a key")),
        ("UserKnownHostsFile /a '/b c'", ("userknownhostsfile", "/a /b c")),
        ('ProxyCommand sh -c "nc %h %p"', ("proxycommand", 'sh -c "nc %h %p"')),
        ("Compression yes\r", ("compression", "yes")),
    ],
)
def test_one_line(row: str, parts: tuple[str, str]) -> None:
    assert split(row) == parts


def test_how_special_a_match_line_is() -> None:
    assert special_match("all") == special_match('exec "true"') == ANY
    assert special_match("host box") == special_match('originalhost="a*,box" exec "x host *"') == EXACT
    assert special_match("host *.example") == len(".example")


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    words(text)
    split(text)
    Reader(trace(text), lambda file: text.split("\n"))


async def test_the_trace_is_only_asked_for_and_costs_no_process(tmp_path: Path) -> None:
    """`Match exec` runs as often as one `ssh -G` would run it: once."""
    ran = tmp_path / "ran"
    config = {"config": f'Match exec "echo x >> {ran}"\n  Port 2222\n'}
    assert at(await leg(tmp_path, config), "port", tmp_path) == "config:2 2222"
    assert ran.read_text() == "x\n"


async def test_the_system_s_own_file_is_named(tmp_path: Path) -> None:
    system = Path("/etc/ssh/ssh_config")
    if not system.exists():
        pytest.skip("no /etc/ssh/ssh_config")
    answer = await answer_of(("box",))
    assert not isinstance(answer, Fact)
    plain = await process.run(("ssh", "-vG", "box"), 5)
    if "ssh_config line" in plain.err and os.access(system, os.R_OK):
        assert any(one.file.startswith("/etc/ssh/") for one in answer[2])
